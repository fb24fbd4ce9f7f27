"""The envelopes: what goes in comes out, what is none is refused with a reason."""

from __future__ import annotations

import msgspec
import pytest

from guitu.wire import envelope as e
from guitu.wire import jt808
from guitu.wire import messages as m

from .harness import position


def _report() -> e.Report:
    frame = jt808.position_report(m.Header("013800138000", 9, 0, 0), position(1))
    return e.Report(e.Protocol.JT808, 7, "13800138000", 5, 0x0200, 9, 0, frame)


ALL = [
    (e.Batch(1, 3, "g", [_report()], 17), e.decode_batch),
    (
        e.NoticeBatch(
            1,
            "g",
            [
                e.Quarantined("1", "10.0.0.1", 1, 2, 3, 4, e.Claim(model="W1"), True, "g"),
                e.Conflict(None, "1", "a", e.ConflictKind.IMEI, 1, 2, 3, e.Claim(), None, "g"),
                e.Refused(1, "1", e.RefusalReason.BLOCKED, 1, 2, 3, "g"),
                e.Presence(1, "1", True, 2, "a:1", "admitted", "g"),
                e.Identified(1, "1", 2, e.Claim(imei="3"), "g"),
                e.Started("g", 1),
            ],
        ),
        e.decode_notices,
    ),
    (e.Command(1, "x", 1, "1", e.SetParameters(((41, b"\0"),)), 1, 2), e.decode_command),
    (e.Command(1, "x", 1, "1", e.SendText("归途"), 1, 2, 5), e.decode_command),
    (
        e.CommandAnswer(1, "x", 1, "1", e.Outcome.DONE, 5, 1, "", ((1, b"2"),), e.Claim()),
        e.decode_answer,
    ),
    (
        e.DeviceEntry(1, "1", None, e.DeviceState.BLOCKED, 4, spans=((1, 2), (5, 9))),
        e.decode_entry,
    ),
    (e.RegistryHead(1, 5, 2, 9), e.decode_head),
]


@pytest.mark.parametrize(("message", "decode"), ALL, ids=lambda x: type(x).__name__)
def test_what_is_encoded_is_read_again(message: e.Envelope, decode) -> None:
    assert decode(e.encode(message)) == message


@pytest.mark.parametrize("decode", {decode for _, decode in ALL}, ids=lambda x: x.__name__)
@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x01", b"\x90", b"{}", b"\x91\xa3abc"])
def test_other_bytes_are_refused(decode, data: bytes) -> None:
    with pytest.raises(e.EnvelopeError):
        decode(data)


def test_a_later_version_is_refused_with_the_remedy() -> None:
    with pytest.raises(e.EnvelopeError, match="update the older"):
        e.decode_batch(e.encode(e.Batch(2, 0, "g", [])))


def test_a_later_writer_may_add_fields() -> None:
    more = msgspec.msgpack.encode([*msgspec.to_builtins(e.RegistryHead(1, 5, 2, 9)), "new"])
    assert e.decode_head(more) == e.RegistryHead(1, 5, 2, 9)


def test_one_band_has_one_number_in_both_editions() -> None:
    assert e.canonical("013800138000") == e.canonical("00000000013800138000") == "13800138000"
    assert e.canonical("000000000000") == "0"
    assert e.registry_key("013800138000") == "t.13800138000"
    assert e.commands_subject("013800138000") == "commands.13800138000"
    assert e.shard_of("013800138000", 8) == e.shard_of("13800138000", 8)
    for wrong in ("", "1.2", "1 2", "*", "一"):
        with pytest.raises(ValueError, match="digits or letters"):
            e.canonical(wrong)


def test_a_report_gives_its_body_and_its_identity() -> None:
    report = _report()
    (fix,) = jt808.positions_of(report.msg_id, report.body(), report.version)
    assert fix.time == position(1).time
    assert len(report.digest()) == 16
    broken = e.Report(e.Protocol.JT808, 7, "1", 5, 0x0200, 9, 0, b"\x7e\x00\x7e")
    with pytest.raises(e.EnvelopeError):
        broken.body()


@pytest.mark.parametrize(
    ("spans", "lawful"),
    [
        (None, True),
        ((), False),
        (((0, 2_000_000_000),), False),  # over for more than 30 days
        (((0, 2_408_000_001),), True),
        (((5_000_600_000, 6_000_000_000),), True),  # begins within the ten minutes of a fast clock
        (((5_000_600_001, 6_000_000_000),), False),
    ],
)
def test_a_report_is_dropped_early_only_when_no_reading_makes_it_lawful(spans, lawful) -> None:
    entry = e.DeviceEntry(1, "1", None, e.DeviceState.ADMITTED, 1, spans=spans)
    assert entry.may_be_lawful(5_000_000_000) is lawful
