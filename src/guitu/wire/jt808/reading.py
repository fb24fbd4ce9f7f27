"""Message bodies of JT/T 808 read, for every edition (`writing` is the other way).

Source: JT/T 808-2019 chapter 8; the older forms from the editions of 2011 and 2013, chosen by
the header's version and, where that does not tell, by the length. Text is GBK (read and written
as its superset GB 18030); padding zeros are taken off.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from struct import Struct
from struct import error as StructError

from guitu.wire import messages as m
from guitu.wire.jt808.codec import Frame, Malformed, read
from guitu.wire.jt808.ids import NAMES
from guitu.wire.jt808.position import positions_of, time_of

_ANSWER = Struct(">HHB")
_WORD_BYTE = Struct(">HB")
_AREA = Struct(">HH")
_PARAMETER = Struct(">IB")
_EIGHT_HOURS = timedelta(hours=8)


def decode(frame: Frame) -> list[m.Message]:
    """What a frame says: one message, or several positions.

    A part gives `Part`; an encrypted body or one nobody acts on gives `Known`; a number the
    standard does not have, `Unknown`. Raises `Malformed` where the body is not what the standard
    says it is.
    """
    header = frame.header
    if frame.of > 1:
        return [m.Part(header, frame.n, frame.of)]
    name = NAMES.get(header.msg_id)
    if name is None:
        return [m.Unknown(header, frame.body)]
    reader = _READERS.get(header.msg_id)
    if reader is None or frame.encryption:
        return [m.Known(header, name.en, name.zh, frame.body)]
    try:
        return reader(header, frame.body)
    except (StructError, IndexError) as why:
        raise Malformed(
            f"0x{header.msg_id:04x} ({name.en}) is cut short: {len(frame.body)} bytes of body"
        ) from why


def positions_in(raw: bytes) -> list[m.Position]:
    """Every position of a stored message (`Frame.raw`), in the order sent.

    None for a message that has none, is only a part or is encrypted. Raises `Malformed` if it
    cannot be read.
    """
    frame = read(raw)
    if frame.of > 1 or frame.encryption:
        return []
    return positions_of(frame.header.msg_id, frame.body, frame.header.version)


def text_of(value: bytes) -> str:
    """GBK text without its padding; bytes that are no text become U+FFFD."""
    return value.decode("gb18030", "replace").replace("\0", "").strip()


def _need(body: bytes, size: int, header: m.Header) -> None:
    if len(body) < size:
        raise Malformed(
            f"0x{header.msg_id:04x} needs at least {size} bytes of body, {len(body)} came"
        )


def _registration(header: m.Header, body: bytes) -> list[m.Message]:
    if header.version and len(body) >= 76:
        maker, model, terminal_id = 11, 30, 30
    elif len(body) >= 37:
        maker, model, terminal_id = 5, 20, 7
    else:
        # 2011; it is told from 2013 by its length, since no plate fills twelve bytes.
        maker, model, terminal_id = 5, 8, 7
    _need(body, 4 + maker + model + terminal_id + 1, header)
    province, city = _AREA.unpack_from(body)
    at = 4
    texts: list[str] = []
    for size in (maker, model, terminal_id):
        texts.append(text_of(body[at : at + size]))
        at += size
    return [
        m.Registration(
            header,
            province,
            city,
            maker=texts[0],
            model=texts[1],
            terminal_id=texts[2],
            plate_colour=body[at],
            plate=text_of(body[at + 1 :]),
        )
    ]


def _registration_answer(header: m.Header, body: bytes) -> list[m.Message]:
    serial, result = _WORD_BYTE.unpack_from(body)
    return [m.RegistrationAnswer(header, serial, result, text_of(body[3:]))]


def _authentication(header: m.Header, body: bytes) -> list[m.Message]:
    if header.version and body and len(body) >= 1 + body[0] + 15:
        end = 1 + body[0]
        return [
            m.Authentication(
                header,
                text_of(body[1:end]),
                text_of(body[end : end + 15]),
                text_of(body[end + 15 :]),
            )
        ]
    if header.version and body and len(body) == 1 + body[0]:
        return [m.Authentication(header, text_of(body[1:]))]
    return [m.Authentication(header, text_of(body))]


def _general_answer(header: m.Header, body: bytes) -> list[m.Message]:
    serial, msg_id, result = _ANSWER.unpack_from(body)
    return [m.GeneralAnswer(header, serial, msg_id, result)]


def _resend_request(header: m.Header, body: bytes) -> list[m.Message]:
    _need(body, 3, header)
    # The count is one byte; makers that read the draft of 2019 send two. Parity tells.
    start = 3 if len(body) % 2 else 4
    parts = tuple(int.from_bytes(body[at : at + 2], "big") for at in range(start, len(body) - 1, 2))
    return [m.ResendRequest(header, int.from_bytes(body[:2], "big"), parts)]


def _parameters(body: bytes, at: int, header: m.Header) -> tuple[tuple[int, bytes], ...]:
    found: list[tuple[int, bytes]] = []
    while at < len(body):
        number, size = _PARAMETER.unpack_from(body, at)
        at += 5
        if at + size > len(body):
            raise Malformed(
                f"parameter 0x{number:04x} says {size} bytes, {len(body) - at} came"
                f" (0x{header.msg_id:04x})"
            )
        found.append((number, body[at : at + size]))
        at += size
    return tuple(found)


def _parameters_set(header: m.Header, body: bytes) -> list[m.Message]:
    _need(body, 1, header)
    return [m.ParametersSet(header, _parameters(body, 1, header))]


def _parameters_answer(header: m.Header, body: bytes) -> list[m.Message]:
    _need(body, 3, header)
    serial = int.from_bytes(body[:2], "big")
    return [m.ParametersAnswer(header, serial, _parameters(body, 3, header))]


def _parameters_query(header: m.Header, body: bytes) -> list[m.Message]:
    if header.msg_id == 0x8104:
        return [m.ParametersQuery(header)]
    _need(body, 1 + 4 * (body[0] if body else 1), header)
    return [
        m.ParametersQuery(
            header,
            tuple(int.from_bytes(body[1 + 4 * n : 5 + 4 * n], "big") for n in range(body[0])),
        )
    ]


def _attributes(header: m.Header, body: bytes) -> list[m.Message]:
    if not header.version:
        return [_attributes_of(header, body, (5, 20, 7))]
    # The maker has five bytes here but eleven in the registration, and devices exist that send
    # eleven here too: the form that fills the body to the last byte is the one meant.
    try:
        return [_attributes_of(header, body, (5, 30, 30))]
    except Malformed:
        return [_attributes_of(header, body, (11, 30, 30))]


def _attributes_of(header: m.Header, body: bytes, sizes: tuple[int, int, int]) -> m.Attributes:
    at = 2
    texts: list[str] = []
    for size in sizes:
        texts.append(text_of(body[at : at + size]))
        at += size
    _need(body, at + 14, header)
    iccid = body[at : at + 10].hex()
    at += 10
    for _ in range(2):
        _need(body, at + 1, header)
        end = at + 1 + body[at]
        texts.append(text_of(body[at + 1 : end]))
        at = end
    if at + 2 != len(body):
        raise Malformed(
            f"0x{header.msg_id:04x}: the lengths inside make {at + 2} bytes of body,"
            f" {len(body)} came"
        )
    maker, model, terminal_id, hardware, firmware = texts
    return m.Attributes(
        header,
        int.from_bytes(body[:2], "big"),
        maker,
        model,
        terminal_id,
        iccid,
        hardware,
        firmware,
        body[at],
        body[at + 1],
    )


def _text_down(header: m.Header, body: bytes) -> list[m.Message]:
    start = 2 if header.version else 1
    _need(body, start, header)
    return [m.Text(header, text_of(body[start:]), body[0], body[1] if header.version else None)]


def _control(header: m.Header, body: bytes) -> list[m.Message]:
    return [m.Control(header, body[0], text_of(body[1:]))]


def _time_answer(header: m.Header, body: bytes) -> list[m.Message]:
    # Unlike a position's, this time is UTC (2019, section 8.5): undo the eight hours.
    _need(body, 6, header)
    time = time_of(body[:6])
    if time is None:
        raise Malformed(f"{body[:6].hex()} is no time")
    return [m.TimeAnswer(header, time + _EIGHT_HOURS)]


def _tracking(header: m.Header, body: bytes) -> list[m.Message]:
    _need(body, 2, header)
    duration = int.from_bytes(body[2:6], "big")
    return [m.TrackingControl(header, int.from_bytes(body[:2], "big"), duration)]


def _positions(header: m.Header, body: bytes) -> list[m.Message]:
    found: list[m.Message] = list(positions_of(header.msg_id, body, header.version))
    if header.msg_id in (0x0201, 0x0500):
        return [m.PositionAnswer(header, int.from_bytes(body[:2], "big")), *found]
    return found


_Reader = Callable[[m.Header, bytes], list[m.Message]]
_READERS: dict[int, _Reader] = {
    0x0001: _general_answer,
    0x0002: lambda header, body: [m.Heartbeat(header)],
    0x0003: lambda header, body: [m.Logout(header)],
    0x0004: lambda header, body: [m.TimeQuery(header)],
    0x0005: _resend_request,
    0x0100: _registration,
    0x0102: _authentication,
    0x0104: _parameters_answer,
    0x0107: _attributes,
    0x0200: _positions,
    0x0201: _positions,
    0x0500: _positions,
    0x0704: _positions,
    0x8001: _general_answer,
    0x8003: _resend_request,
    0x8004: _time_answer,
    0x8100: _registration_answer,
    0x8103: _parameters_set,
    0x8104: _parameters_query,
    0x8105: _control,
    0x8106: _parameters_query,
    0x8107: lambda header, body: [m.AttributesQuery(header)],
    0x8201: lambda header, body: [m.PositionQuery(header)],
    0x8202: _tracking,
    0x8300: _text_down,
}
