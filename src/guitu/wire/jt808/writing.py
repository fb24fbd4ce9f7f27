"""JT/T 808 messages written, for every edition (`reading` is the other way).

Source: JT/T 808-2019 chapter 8. `Header.version` chooses the form: 0 writes 2013, 1 writes 2019.
The form of 2011 is read but never written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from struct import Struct
from struct import error as StructError

from guitu.wire import messages as m
from guitu.wire.jt808.codec import MAX_BODY, Frame, Malformed, frames
from guitu.wire.jt808.ids import NAMES, Reply, is_from_platform
from guitu.wire.jt808.position import LATE_KIND, batch_body, position_body
from guitu.wire.jt808.subpackage import Missing
from guitu.wire.messages import Header

DONE = 0
FAILED = 1
WRONG = 2
UNSUPPORTED = 3
ALARM_CONFIRMED = 4

_Sendable = (
    m.Registration
    | m.RegistrationAnswer
    | m.Authentication
    | m.Heartbeat
    | m.Logout
    | m.GeneralAnswer
    | m.ResendRequest
    | m.ParametersSet
    | m.ParametersQuery
    | m.ParametersAnswer
    | m.Control
    | m.AttributesQuery
    | m.Attributes
    | m.Text
    | m.PositionQuery
    | m.TimeQuery
    | m.TimeAnswer
    | m.TrackingControl
    | m.Known
    | m.Unknown
)
_ANSWER = Struct(">HHB")
_WORD_BYTE = Struct(">HB")
_AREA = Struct(">HH")


def encode(message: m.Message, *, max_body: int = MAX_BODY) -> bytes:
    """A message as it goes over the wire: one frame, or all its parts one after the other.

    The message number comes from the type; `header.msg_id` only tells where a type has several
    (general answers, requests for parts, known and unknown messages). A `Position` has no header:
    see `position_report` and `position_batch`. Raises `Malformed` for what cannot be sent.
    """
    return b"".join(encode_frames(message, max_body=max_body))


def encode_frames(message: m.Message, *, max_body: int = MAX_BODY) -> list[bytes]:
    """`encode`, frame by frame: a divided message takes one serial a frame."""
    if isinstance(message, m.Position | m.PositionAnswer | m.Part):
        raise Malformed(
            f"a {type(message).__name__} alone is no message: use position_report,"
            " position_batch, position_answer or codec.frames"
        )
    try:
        msg_id, body = _body(message)
    except StructError as why:
        raise Malformed(f"a number in {message!r} does not fit its field: {why}") from why
    return frames(replace(message.header, msg_id=msg_id), body, max_body=max_body)


def position_report(header: Header, position: m.Position) -> bytes:
    """0x0200: one position from a terminal."""
    return frames(replace(header, msg_id=0x0200), position_body(position))[0]


def position_batch(
    header: Header,
    positions: Iterable[m.Position],
    *,
    kind: int = LATE_KIND,
    max_body: int = MAX_BODY,
) -> list[bytes]:
    """0x0704: positions of a terminal in the order given, in as many parts as they need."""
    body = batch_body(positions, kind=kind)
    return frames(replace(header, msg_id=0x0704), body, max_body=max_body)


def position_answer(header: Header, position: m.Position, *, answers_serial: int) -> bytes:
    """0x0201: where the terminal is, in answer to a query with that serial."""
    body = _serial(answers_serial) + position_body(position)
    return frames(replace(header, msg_id=0x0201), body)[0]


def general_answer(to: Header, *, serial: int, result: int = DONE) -> bytes:
    """The general answer to a message: 0x8001 to a terminal's, 0x0001 to a platform's.

    `serial` is the sender's own next serial; `result` is DONE, FAILED, WRONG, UNSUPPORTED or
    ALARM_CONFIRMED.
    """
    msg_id = 0x0001 if is_from_platform(to.msg_id) else 0x8001
    return encode(
        m.GeneralAnswer(_back(to, serial, msg_id), to.serial, to.msg_id, result),
    )


def register_answer(to: Header, *, serial: int, result: int = DONE, code: str = "") -> bytes:
    """0x8100. `result` 0 registered, 1 vehicle taken, 2 vehicle unknown, 3 terminal taken,
    4 terminal unknown; the code goes out with 0 alone."""
    return encode(m.RegistrationAnswer(_back(to, serial, 0x8100), to.serial, result, code))


def resend_request(missing: Missing, *, serial: int, from_platform: bool = True) -> bytes:
    """0x8003 (or 0x0005 from a terminal): asks for the parts an `Assembler` misses."""
    msg_id = 0x8003 if from_platform else 0x0005
    return encode(
        m.ResendRequest(_back(missing.header, serial, msg_id), missing.first_serial, missing.parts)
    )


def answer_due(frame: Frame, *, serial: int, now: datetime, result: int = DONE) -> bytes | None:
    """What the platform owes a terminal for a whole message, ready to send; None for nothing.

    Send it when the message is durable. Two answers need more than the frame and are the
    caller's: 0x0100 (`register_answer`, with a code) and 0x0005 (`Sent.again`); both give None.
    Numbers that the standard does not have are answered "not supported", and so are encrypted
    messages and the RSA key: this platform does not encrypt.
    """
    header = frame.header
    name = NAMES.get(header.msg_id)
    if is_from_platform(header.msg_id):
        return None
    if name is None or (frame.encryption and name.reply != Reply.NONE):
        return general_answer(header, serial=serial, result=UNSUPPORTED)
    if name.reply == Reply.NONE or header.msg_id in (0x0100, 0x0005):
        return None
    if header.msg_id == 0x0004:
        return encode(m.TimeAnswer(_back(header, serial, 0x8004), now))
    if header.msg_id == 0x0801 and result == DONE:
        # The whole is here, so only the number of the item goes back (section 8.52).
        return frames(_back(header, serial, 0x8800), frame.body[:4])[0]
    if header.msg_id == 0x0A00:
        return general_answer(header, serial=serial, result=UNSUPPORTED)
    return general_answer(header, serial=serial, result=result)


def _back(to: Header, serial: int, msg_id: int) -> Header:
    return Header(to.terminal, serial & 0xFFFF, msg_id, to.version)


def _serial(serial: int) -> bytes:
    return (serial & 0xFFFF).to_bytes(2, "big")


def _text(value: str) -> bytes:
    return value.encode("gb18030", "replace")


def _fixed(value: str, size: int, name: str) -> bytes:
    data = _text(value)
    if len(data) > size:
        raise Malformed(f"{name} {value!r} has {len(data)} bytes: at most {size} fit")
    return data.ljust(size, b"\0")


def _short(value: str, name: str) -> bytes:
    data = _text(value)
    if len(data) > 0xFF:
        raise Malformed(f"{name} has {len(data)} bytes: at most 255 fit")
    return bytes((len(data),)) + data


def _count(items: Sequence[object], name: str) -> bytes:
    if len(items) > 0xFF:
        raise Malformed(f"{len(items)} {name} cannot be sent at once: at most 255")
    return bytes((len(items),))


def _number(value: int, size: int, name: str) -> bytes:
    if not 0 <= value < 1 << 8 * size:
        raise Malformed(f"{name} is {value}: 0 to {(1 << 8 * size) - 1} fit")
    return value.to_bytes(size, "big")


def _either(header: Header, *allowed: int) -> int:
    if header.msg_id not in allowed:
        listed = " or ".join(f"0x{msg_id:04x}" for msg_id in allowed)
        raise Malformed(f"the header says 0x{header.msg_id:04x}: set {listed}")
    return header.msg_id


def _body(message: _Sendable) -> tuple[int, bytes]:
    match message:
        case m.Heartbeat():
            return 0x0002, b""
        case m.GeneralAnswer(header, answers_serial, answers_id, result):
            msg_id = _either(header, 0x0001, 0x8001)
            return msg_id, _ANSWER.pack(answers_serial & 0xFFFF, answers_id, result)
        case m.Registration():
            return 0x0100, _registration(message)
        case m.RegistrationAnswer(_, answers_serial, result, code):
            body = _WORD_BYTE.pack(answers_serial & 0xFFFF, result)
            return 0x8100, body + (_text(code) if result == DONE else b"")
        case m.Authentication():
            return 0x0102, _authentication(message)
        case m.Logout():
            return 0x0003, b""
        case m.ResendRequest(header, first_serial, parts):
            msg_id = _either(header, 0x0005, 0x8003)
            listed = b"".join(_number(n, 2, "a part") for n in parts)
            return msg_id, _serial(first_serial) + _count(parts, "parts") + listed
        case m.ParametersSet(_, values):
            return 0x8103, _count(values, "parameters") + _parameters(values)
        case m.ParametersAnswer(_, answers_serial, values):
            count = _count(values, "parameters")
            return 0x0104, _serial(answers_serial) + count + _parameters(values)
        case m.ParametersQuery(_, ids):
            if not ids:
                return 0x8104, b""
            listed = b"".join(_number(each, 4, "a parameter's id") for each in ids)
            return 0x8106, _count(ids, "parameters") + listed
        case m.Control(_, command, arguments):
            return 0x8105, _number(command, 1, "command") + _text(arguments)
        case m.AttributesQuery():
            return 0x8107, b""
        case m.Attributes():
            return 0x0107, _attributes(message)
        case m.Text(header, text, flags, kind):
            body = _number(flags, 1, "flags")
            if header.version:
                body += _number(1 if kind is None else kind, 1, "kind")
            return 0x8300, body + _text(text)
        case m.PositionQuery():
            return 0x8201, b""
        case m.TimeQuery():
            return 0x0004, b""
        case m.TimeAnswer(_, time):
            return 0x8004, bytes.fromhex(time.astimezone(UTC).strftime("%y%m%d%H%M%S"))
        case m.TrackingControl(_, interval_s, duration_s):
            body = _number(interval_s, 2, "interval_s")
            return 0x8202, body + (_number(duration_s, 4, "duration_s") if interval_s else b"")
        case m.Known(header, _, _, body) | m.Unknown(header, body):
            return header.msg_id, body


def _registration(message: m.Registration) -> bytes:
    maker, model, terminal_id = (11, 30, 30) if message.header.version else (5, 20, 7)
    plate = _text(message.plate)
    return b"".join(
        (
            _number(message.province, 2, "province"),
            _number(message.city, 2, "city"),
            _fixed(message.maker, maker, "maker"),
            _fixed(message.model, model, "model"),
            _fixed(message.terminal_id, terminal_id, "terminal_id"),
            _number(message.plate_colour, 1, "plate_colour"),
            plate,
        )
    )


def _authentication(message: m.Authentication) -> bytes:
    if not message.header.version:
        return _text(message.code)
    return (
        _short(message.code, "code")
        + _fixed(message.imei or "", 15, "imei")
        + _fixed(message.software or "", 20, "software")
    )


def _parameters(values: Iterable[tuple[int, bytes]]) -> bytes:
    out: list[bytes] = []
    for number, value in values:
        if len(value) > 0xFF:
            raise Malformed(f"parameter 0x{number:04x} has {len(value)} bytes: at most 255 fit")
        out.append(_number(number, 4, "a parameter's id") + bytes((len(value),)) + value)
    return b"".join(out)


def _attributes(message: m.Attributes) -> bytes:
    maker, model, terminal_id = (5, 30, 30) if message.header.version else (5, 20, 7)
    try:
        iccid = bytes.fromhex(message.iccid.rjust(20, "0"))
    except ValueError:
        iccid = b""
    if len(iccid) != 10:
        raise Malformed(f"iccid {message.iccid!r} is no number of up to 20 digits")
    return b"".join(
        (
            _number(message.kind_bits, 2, "kind_bits"),
            _fixed(message.maker, maker, "maker"),
            _fixed(message.model, model, "model"),
            _fixed(message.terminal_id, terminal_id, "terminal_id"),
            iccid,
            _short(message.hardware, "hardware"),
            _short(message.firmware, "firmware"),
            _number(message.gnss_bits, 1, "gnss_bits"),
            _number(message.radio_bits, 1, "radio_bits"),
        )
    )
