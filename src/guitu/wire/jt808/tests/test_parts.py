"""Messages in parts: in and out of order, lost, resent, mixed, and bounded."""

import random
from dataclasses import replace

import pytest

from guitu.wire.jt808 import (
    Assembler,
    Malformed,
    Sent,
    Stream,
    decode,
    encode_frames,
    read,
    resend_request,
)
from guitu.wire.jt808.codec import frames, parse
from guitu.wire.jt808.tests import frames as real
from guitu.wire.messages import Header, ParametersAnswer, Part, ResendRequest

BODY = bytes(range(256)) * 12


def parts_of(body=BODY, *, serial=65534, msg_id=0x0900, version=0, max_body=500):
    sent = frames(Header("013800138000", serial, msg_id, version), body, max_body=max_body)
    return [parse(each[1:-1]) for each in sent]


def accept_all(assembler, parts, now_s=0.0):
    return [whole for part in parts if (whole := assembler.accept(part, now_s=now_s))]


@pytest.mark.parametrize("version", [0, 1])
def test_parts_in_order_make_the_whole_with_the_last(version):
    parts = parts_of(version=version)
    assembler = Assembler()
    assert [assembler.accept(part, now_s=0) for part in parts[:-1]] == [None] * (len(parts) - 1)
    whole = assembler.accept(parts[-1], now_s=0)
    assert whole.body == BODY and whole.of == 1
    assert whole.part_serials == (65534, 65535, 0, 1, 2, 3, 4)
    assert decode(parts[0]) == [Part(parts[0].header, 1, 7)]
    assert (len(assembler), assembler.held_bytes) == (0, 0)
    assert read(whole.raw) == whole


def test_parts_in_any_order_make_the_whole():
    for seed in range(30):
        parts = parts_of()
        random.Random(seed).shuffle(parts)
        (whole,) = accept_all(Assembler(), parts)
        assert whole.body == BODY


def test_two_messages_that_come_mixed_are_kept_apart():
    first, second = parts_of(serial=10), parts_of(BODY[::-1], serial=17)
    mixed = [part for pair in zip(first, second, strict=True) for part in pair]
    assert [whole.body for whole in accept_all(Assembler(), mixed)] == [BODY, BODY[::-1]]


def test_a_lost_part_is_asked_for_and_completes_the_message():
    parts = parts_of(serial=100)
    assembler = Assembler(ask_after_s=5)
    accept_all(assembler, parts[:2] + parts[4:])
    assert assembler.missing(now_s=4) == []
    (missing,) = assembler.missing(now_s=6)
    assert (missing.first_serial, missing.parts) == (100, (3, 4))

    (request,) = Stream().feed(resend_request(missing, serial=9))
    assert decode(request) == [ResendRequest(request.header, 100, (3, 4))]
    assert request.header.msg_id == 0x8003

    kept = Sent()
    kept.keep(100, [part.raw for part in parts])
    again = Stream().feed(b"".join(kept.again(100, (3, 4, 99))))
    assert [frame.n for frame in again] == [3, 4]
    (whole,) = accept_all(assembler, again, now_s=7)
    assert whole.body == BODY


def test_a_request_that_is_never_answered_is_given_up():
    assembler = Assembler(ask_after_s=5, max_asks=2)
    accept_all(assembler, parts_of()[:3])
    asked = [len(assembler.missing(now_s=now)) for now in (6, 12, 18, 24)]
    assert asked == [1, 1, 0, 0]
    assert (len(assembler), assembler.dropped, assembler.held_bytes) == (0, 1, 0)


def test_a_part_sent_twice_counts_once():
    parts = parts_of()
    (whole,) = accept_all(Assembler(), [part for part in parts for _ in range(2)])
    assert whole.body == BODY


def test_a_part_of_a_finished_message_is_known_as_a_repeat():
    parts = parts_of()
    assembler = Assembler()
    accept_all(assembler, parts)
    assert assembler.is_repeat(parts[3])
    assert accept_all(assembler, parts) == []
    assert len(assembler) == 0


def test_a_device_that_gives_all_parts_one_serial_is_understood():
    assembler = Assembler()
    for serial, body in ((7, BODY), (8, BODY[::-1]), (8, BODY[1:])):
        parts = [with_serial(part, serial) for part in parts_of(body, msg_id=0x0704)]
        (whole,) = accept_all(assembler, parts)
        assert whole.body == body


def with_serial(part, serial):
    return replace(part, header=replace(part.header, serial=serial))


def test_a_device_that_mixes_other_messages_in_between_is_understood():
    parts = [
        bytes.fromhex(real.PARTS_TWO_SERIALS_APART_1),
        bytes.fromhex(real.PARTS_TWO_SERIALS_APART_2),
    ]
    found = Stream().feed(b"".join(parts))
    assert [frame.header.serial for frame in found] == [0x04D1, 0x04E2]
    (whole,) = accept_all(Assembler(), found)
    (answer,) = decode(whole)
    assert isinstance(answer, ParametersAnswer)
    assert dict(answer.values)[0x0001] == (600).to_bytes(4, "big")


def test_halves_of_two_position_batches_are_never_joined():
    first = parts_of(msg_id=0x0704, serial=100, max_body=2000 // 2)
    second = parts_of(msg_id=0x0704, serial=110, max_body=2000 // 2)
    assert accept_all(Assembler(), [first[0], *second[1:]]) == []


def test_parts_of_other_terminals_on_the_connection_are_not_joined():
    one = parts_of(max_body=1023)
    other = [with_terminal(part, "019999999999") for part in one]
    assert accept_all(Assembler(), [one[0], *other[1:]]) == []


def with_terminal(part, terminal):
    return replace(part, header=replace(part.header, terminal=terminal))


def test_what_is_held_is_bounded_in_messages_and_bytes():
    assembler = Assembler(max_open=4, max_bytes=20_000)
    for serial in range(0, 60_000, 20):
        accept_all(assembler, parts_of(serial=serial)[:-1])
        assert len(assembler) <= 4
        assert assembler.held_bytes <= 20_000
    assert assembler.dropped > 2900


def test_what_is_old_is_forgotten():
    assembler = Assembler(age_s=60)
    accept_all(assembler, parts_of()[:2], now_s=0)
    accept_all(assembler, parts_of(serial=500)[:1], now_s=61)
    assert (len(assembler), assembler.dropped) == (1, 1)


def test_a_message_that_could_never_fit_is_refused():
    (part,) = [each for each in parts_of(b"\0" * 5000, max_body=1) if each.n == 1]
    with pytest.raises(Malformed, match="5000 parts does not fit"):
        Assembler().accept(part, now_s=0)


def test_a_long_message_is_divided_and_takes_a_serial_a_part():
    values = tuple((0xF000 + n, bytes(200)) for n in range(20))
    sent = encode_frames(ParametersAnswer(Header("1", 65535, 0), 3, values))
    found = [parse(each[1:-1]) for each in sent]
    assert [(part.header.serial, part.n, part.of) for part in found] == [
        (65535, 1, 5),
        (0, 2, 5),
        (1, 3, 5),
        (2, 4, 5),
        (3, 5, 5),
    ]
    (whole,) = accept_all(Assembler(), found)
    assert decode(whole)[0].values == values


def test_sent_messages_are_kept_up_to_a_bound():
    kept = Sent(max_messages=2)
    for serial in (1, 2, 3):
        kept.keep(serial, [b"a", b"b"])
    assert kept.again(1, (1,)) == []
    assert kept.again(3, (2,)) == [b"b"]
    kept.done(3)
    assert kept.again(3, (2,)) == []
