"""Every other message: real ones of each edition, and what is sent comes back."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from guitu.wire import messages as m
from guitu.wire.jt808 import (
    FAILED,
    UNSUPPORTED,
    Malformed,
    Parameter,
    answer_due,
    decode,
    encode,
    frames,
    general_answer,
    positions_in,
    read,
    register_answer,
)
from guitu.wire.jt808.codec import checksum, escape
from guitu.wire.jt808.ids import NAMES, Reply
from guitu.wire.jt808.parameters import bytes_of, value_of
from guitu.wire.jt808.tests import frames as real
from guitu.wire.messages import Header

OLD = Header("013800138000", 7, 0)
NEW = Header("00000000013800138000", 7, 0, 1)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def only(raw):
    (message,) = decode(read(bytes.fromhex(raw) if isinstance(raw, str) else raw))
    return message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (real.REGISTRATION_2011, (44, 303, "70111", "BSJ-M7B", "0000000", 1, "粤B88888")),
        (real.REGISTRATION_2013, (0, 0, "70107", "HB-R03GBD", "2366104", 2, "苏BA6860")),
        (real.REGISTRATION_2019, (40, 50, "1234", "smallchi123", "CHI123", 1, "粤A12345")),
    ],
)
def test_registrations_of_each_edition_are_read(text, expected):
    message = only(text)
    assert isinstance(message, m.Registration)
    found = (
        message.province,
        message.city,
        message.maker,
        message.model,
        message.terminal_id,
        message.plate_colour,
        message.plate,
    )
    assert found == expected


def test_short_real_messages_are_read():
    assert isinstance(only(real.HEARTBEAT), m.Heartbeat)
    assert isinstance(only(real.LOGOUT), m.Logout)
    assert only(real.AUTHENTICATION).code == "authentication"
    text = only(real.TEXT_2013)
    assert (text.text, text.flags, text.kind) == ("smallchi 518", 5, None)


def test_attributes_are_read_whether_the_maker_has_five_bytes_or_eleven():
    five = only(real.ATTRIBUTES_MAKER_OF_5)
    assert (five.maker, five.model, five.hardware) == ("88888", "CK100C", "HW-V2.5")
    eleven = only(real.ATTRIBUTES_MAKER_OF_11)
    assert (eleven.iccid, eleven.firmware) == ("89860833192330760501", "6.2.84")


def both(make):
    return [make(OLD), make(NEW)]


MESSAGES = [
    *both(lambda h: m.Heartbeat(h)),
    *both(lambda h: m.Logout(h)),
    *both(lambda h: m.TimeQuery(h)),
    *both(lambda h: m.PositionQuery(h)),
    *both(lambda h: m.AttributesQuery(h)),
    *both(lambda h: m.Registration(h, 44, 100, "GT001", "BAND-1", "A000001", 0, "")),
    *both(lambda h: m.Registration(h, 44, 100, "GT001", "BAND-1", "A000001", 1, "粤A·12345")),
    *both(lambda h: m.RegistrationAnswer(h, 3, 0, "k7f3-秘")),
    *both(lambda h: m.RegistrationAnswer(h, 3, 4)),
    m.Authentication(OLD, "k7f3"),
    m.Authentication(NEW, "k7f3", "866496077582164", "1.2.3"),
    *both(lambda h: m.ParametersSet(h, ((0x29, b"\0\0\0\x3c"), (0x13, b"127.0.0.1")))),
    *both(lambda h: m.ParametersQuery(h)),
    *both(lambda h: m.ParametersQuery(h, (0x29, 0x13))),
    *both(lambda h: m.ParametersAnswer(h, 9, ((0x29, b"\0\0\0\x3c"),))),
    *both(lambda h: m.Control(h, 4)),
    *both(lambda h: m.Control(h, 1, "http://127.0.0.1/fw;;;")),
    *both(lambda h: m.Attributes(h, 5, "GT001", "BAND", "A1", "8986" + "0" * 16, "h", "f", 3, 32)),
    m.Text(OLD, "请按时到司法所报到", 0b101),
    m.Text(NEW, "请按时到司法所报到", 0b101, 1),
    *both(lambda h: m.TimeAnswer(h, NOW)),
    *both(lambda h: m.TrackingControl(h, 10, 600)),
    *both(lambda h: m.TrackingControl(h, 0)),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: type(each).__name__)
def test_what_is_sent_comes_back(message):
    found = only(encode(message))
    assert replace(found, header=replace(found.header, msg_id=0)) == message


@pytest.mark.parametrize("msg_id", [0x0001, 0x8001])
def test_general_answers_of_both_sides_come_back(msg_id):
    sent = m.GeneralAnswer(Header("013800138000", 1, msg_id), 65535, 0x0200, 3)
    assert only(encode(sent)) == sent


@pytest.mark.parametrize("msg_id", [0x0005, 0x8003])
def test_requests_for_parts_come_back_and_a_count_of_two_bytes_is_read(msg_id):
    sent = m.ResendRequest(Header("013800138000", 1, msg_id), 9, (1, 300))
    assert only(encode(sent)) == sent
    (raw,) = frames(sent.header, bytes.fromhex("0009 0002 0001 012c"))
    assert only(raw) == sent


def test_the_time_answer_is_utc_on_the_wire():
    assert read(encode(m.TimeAnswer(OLD, NOW))).body.hex() == "260102030405"


def test_every_message_of_the_standard_has_both_names():
    assert len(NAMES) >= 60
    for msg_id, name in NAMES.items():
        assert name.en and name.zh, hex(msg_id)
        assert name.since in (2011, 2013, 2019)


@pytest.mark.parametrize("msg_id", sorted(NAMES))
def test_every_message_of_the_standard_is_known_or_read_and_answered_as_due(msg_id):
    (raw,) = frames(Header("013800138000", 5, msg_id), bytes(64))
    frame = read(raw)
    try:
        messages = decode(frame)
    except Malformed:
        pass
    else:
        # A batch of none says nothing.
        assert bool(messages) == (msg_id != 0x0704)
        assert not any(isinstance(message, m.Unknown) for message in messages)
    answer = answer_due(frame, serial=6, now=NOW)
    if NAMES[msg_id].reply == Reply.NONE or msg_id >= 0x8000 or msg_id in (0x0100, 0x0005):
        assert answer is None
    elif msg_id == 0x0004:
        assert only(answer) == m.TimeAnswer(Header("013800138000", 6, 0x8004), NOW)
    elif msg_id == 0x0801:
        assert read(answer).header.msg_id == 0x8800
    else:
        expected = UNSUPPORTED if msg_id == 0x0A00 else 0
        assert only(answer) == m.GeneralAnswer(
            Header("013800138000", 6, 0x8001), 5, msg_id, expected
        )


def test_a_number_the_standard_does_not_have_is_unknown_and_answered_as_unsupported():
    frame = read(bytes.fromhex(real.MAKERS_OWN_6006))
    (message,) = decode(frame)
    assert isinstance(message, m.Unknown) and b"VER:SDK" in message.body
    assert only(answer_due(frame, serial=1, now=NOW)).result == UNSUPPORTED


def test_a_message_of_the_standard_that_nobody_acts_on_is_known_and_raw():
    (raw,) = frames(Header("013800138000", 1, 0x0702), b"\x01card")
    assert only(raw) == m.Known(
        Header("013800138000", 1, 0x0702),
        "driver identity report",
        "驾驶员身份信息采集上报",
        b"\x01card",
    )
    assert encode(only(raw)) == raw


def test_an_encrypted_body_is_kept_raw_instead_of_read_as_nonsense():
    content = bytes.fromhex("0200 041c 013800138000 0001" + "22" * 28)
    raw = b"\x7e" + escape(content + bytes((checksum(content),))) + b"\x7e"
    assert isinstance(only(raw), m.Known)
    assert positions_in(raw) == []
    assert only(answer_due(read(raw), serial=1, now=NOW)).result == UNSUPPORTED


def test_answers_go_back_with_the_asker_s_number_and_version():
    asked = read(bytes.fromhex(real.REGISTRATION_2019)).header
    answer = only(register_answer(asked, serial=3, code="abc"))
    assert (answer.header.terminal, answer.header.version) == (asked.terminal, 1)
    assert (answer.answers_serial, answer.code) == (asked.serial, "abc")
    refused = only(register_answer(asked, serial=3, result=4, code="never sent"))
    assert (refused.result, refused.code) == (4, "")
    down = Header("013800138000", 77, 0x8103)
    assert only(general_answer(down, serial=1, result=FAILED)) == m.GeneralAnswer(
        Header("013800138000", 1, 0x0001), 77, 0x8103, FAILED
    )


@pytest.mark.parametrize(
    ("msg_id", "body"),
    [
        (0x0001, "0001"),
        (0x0100, "00" * 20),
        (0x0104, "0001"),
        (0x0104, "00010100000029ff00"),
        (0x0107, "00" * 40),
        (0x0107, "00" * 60),
        (0x0201, "0001"),
        (0x0704, "00"),
        (0x8003, "0001"),
        (0x8004, "ffffffffffff"),
        (0x8106, "02 00000029"),
        (0x8106, ""),
        (0x8100, "00"),
        (0x8105, ""),
        (0x8300, ""),
    ],
)
@pytest.mark.parametrize("version", [0, 1])
def test_a_body_cut_short_is_refused_in_words(msg_id, body, version):
    (raw,) = frames(Header("1", 1, msg_id, version), bytes.fromhex(body))
    with pytest.raises(Malformed):
        decode(read(raw))


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (m.Registration(OLD, 44, 100, "toolong", "x", "y", 0, ""), "at most 5 fit"),
        (m.Registration(OLD, 70000, 100, "a", "x", "y", 0, ""), "province is 70000"),
        (m.ParametersSet(OLD, ((1, bytes(256)),)), "at most 255 fit"),
        (m.GeneralAnswer(OLD, 1, 2, 0), "set 0x0001 or 0x8001"),
        (m.GeneralAnswer(Header("1", 1, 0x8001), 1, 2, 999), "does not fit its field"),
        (m.Attributes(OLD, 5, "G", "B", "A", "x", "h", "f", 3, 32), "iccid 'x'"),
        (m.Part(OLD, 1, 2), "alone is no message"),
        (m.PositionAnswer(OLD, 1), "alone is no message"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_value(message, words):
    with pytest.raises(Malformed, match=words):
        encode(message)


def test_parameters_have_types_and_unknown_ones_stay_raw():
    assert bytes_of(Parameter.INTERVAL_S, 60) == (0x29, b"\0\0\0\x3c")
    assert value_of(*bytes_of(Parameter.SERVER, "127.0.0.1")) == "127.0.0.1"
    assert value_of(*bytes_of(Parameter.PLATE_COLOUR, 2)) == 2
    assert value_of(0xF001, b"\x05\x00") == b"\x05\x00"
    with pytest.raises(Malformed, match="INTERVAL_S is a number"):
        bytes_of(Parameter.INTERVAL_S, "soon")
    with pytest.raises(Malformed, match="SERVER is text"):
        bytes_of(Parameter.SERVER, 5)
