"""Framing: delimiters, escapes, checksums, headers, and streams cut anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guitu.wire.jt808 import Frame, FrameError, Malformed, Stream, read, terminal_number
from guitu.wire.jt808.codec import MAX_WIRE, checksum, escape, frames, parse, unescape
from guitu.wire.jt808.tests import frames as real
from guitu.wire.messages import Header

HEARTBEAT = bytes.fromhex(real.HEARTBEAT)
BAND = bytes.fromhex(real.BAND_WITH_BATTERY)

headers = st.builds(
    Header,
    terminal=st.text("0123456789", min_size=12, max_size=12),
    serial=st.integers(0, 0xFFFF),
    msg_id=st.integers(0, 0xFFFF),
    version=st.just(0),
) | st.builds(
    Header,
    terminal=st.text("0123456789", min_size=20, max_size=20),
    serial=st.integers(0, 0xFFFF),
    msg_id=st.integers(0, 0xFFFF),
    version=st.integers(1, 255),
)


@given(st.binary(max_size=200))
def test_escaping_leaves_no_delimiter_and_comes_back(content):
    assert b"\x7e" not in escape(content)
    assert unescape(escape(content)) == content


@given(st.binary(min_size=1, max_size=200))
def test_checksum_is_the_xor_of_all_bytes(content):
    expected = 0
    for byte in content:
        expected ^= byte
    assert checksum(content) == expected


@given(headers, st.binary(max_size=1023))
def test_a_frame_comes_back_as_it_was_sent(header, body):
    (sent,) = frames(header, body)
    (frame,) = Stream().feed(sent)
    assert (frame.header, frame.body, frame.raw) == (header, body, sent)
    assert read(sent) == frame


@pytest.mark.parametrize("text", [real.HEARTBEAT_ESCAPED_CHECKSUM, real.ESCAPED])
def test_real_frames_with_escapes_are_read(text):
    (frame,) = Stream().feed(bytes.fromhex(text))
    assert isinstance(frame, Frame)


def test_the_header_of_2019_has_twenty_digits_and_a_version():
    (frame,) = Stream().feed(bytes.fromhex(real.REGISTRATION_2019))
    assert frame.header == Header("00000000000123456789", 10, 0x0100, 1)
    assert terminal_number(frame.header.terminal) == "123456789"


def test_a_wrong_checksum_is_refused_and_says_what_it_should_be():
    damaged = HEARTBEAT[:-2] + bytes((HEARTBEAT[-2] ^ 1,)) + HEARTBEAT[-1:]
    (error,) = Stream().feed(damaged)
    assert error == FrameError("checksum 0xcb is wrong, the bytes give 0xca", 13)


def test_a_broken_escape_is_refused():
    (error,) = Stream().feed(b"\x7e" + bytes.fromhex("0002000004304832547d0500b7ca") + b"\x7e")
    assert "escape is broken" in error.reason


def test_a_length_that_does_not_fit_is_refused_for_messages_of_the_standard():
    content = bytes.fromhex("00020001043048325465 00b7")
    with pytest.raises(Malformed, match="the header says 1 bytes of body, 0 came"):
        parse(escape(content + bytes((checksum(content),))))


def test_the_locks_with_a_serial_of_one_byte_are_read():
    (frame,) = Stream().feed(bytes.fromhex(real.LOCK_5501))
    assert (frame.header.msg_id, frame.header.serial, len(frame.body)) == (0x5501, 1, 40)


@pytest.mark.parametrize("size", [1, 2, 7, 50])
def test_a_stream_cut_anywhere_gives_the_same_frames(size):
    sent = BAND + HEARTBEAT + bytes.fromhex(real.ESCAPED) + HEARTBEAT
    stream = Stream()
    found = [
        frame for at in range(0, len(sent), size) for frame in stream.feed(sent[at : at + size])
    ]
    assert [frame.header.msg_id for frame in found] == [0x0200, 0x0002, 0x0200, 0x0002]
    assert b"".join(frame.raw for frame in found) == sent


def test_frames_that_share_a_delimiter_are_both_read():
    found = Stream().feed(BAND[:-1] + HEARTBEAT)
    assert [frame.header.msg_id for frame in found] == [0x0200, 0x0002]


def test_rubbish_between_frames_is_refused_and_the_frames_are_read():
    found = Stream().feed(b"rubbish" + BAND + b"\x00\x01\x02" + HEARTBEAT + b"\x7e\x7e" + BAND)
    assert [type(each) for each in found] == [FrameError, Frame, FrameError, Frame, Frame]


def test_text_in_brackets_is_refused_by_its_name():
    (error,) = Stream().feed(bytes.fromhex(real.BRACKETS))
    assert "brackets" in error.reason
    found = Stream().feed(BAND + bytes.fromhex(real.BRACKETS) + HEARTBEAT)
    assert [type(each) for each in found] == [Frame, FrameError, Frame]


def test_half_a_frame_for_ever_holds_one_frame_at_most():
    stream = Stream()
    errors = list(stream.feed(b"\x7e\x02\x00"))
    for _ in range(10_000):
        errors += stream.feed(b"\x00" * 100)
        assert stream.pending <= MAX_WIRE
    assert "without an end" in errors[0].reason
    # The next delimiter ends the flood, and the stream reads on.
    assert [type(each) for each in stream.feed(HEARTBEAT)][-1] is Frame


def test_an_unfinished_frame_is_refused_at_the_end():
    stream = Stream()
    assert stream.feed(BAND[:20]) == []
    assert stream.end() == [FrameError("the frame has no end (7e)", 19)]
    assert stream.end() == []


def test_a_refusal_does_not_keep_the_content():
    (error,) = Stream().feed(b"\x7e" + b"\x42" * 60 + b"\x7e")
    assert "42424242" not in repr(error) and "BBBB" not in repr(error)


@pytest.mark.parametrize("number", ["1234567890123", "12345678901z", "-1"])
def test_a_terminal_number_that_does_not_fit_is_refused(number):
    with pytest.raises(Malformed, match="does not fit"):
        frames(Header(number, 1, 2), b"")


def test_a_short_terminal_number_is_filled_with_zeros():
    (sent,) = frames(Header("13800138000", 1, 2), b"")
    assert read(sent).header.terminal == "013800138000"
