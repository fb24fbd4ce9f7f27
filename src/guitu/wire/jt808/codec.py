"""JT/T 808 frames: delimiters, escapes, checksum and the header of 2013 and of 2019.

Source: JT/T 808-2019 section 4.4. A frame on the wire is `7e | header body check | 7e`;
inside, 7e is sent as `7d 02` and 7d as `7d 01`; `check` is the XOR of header and body. Bit 14
of the body's properties tells a header of 2019 (version byte, ten bytes of terminal number)
from an older one (six bytes). Bodies are not looked at here.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from guitu.wire.jt808.ids import NAMES
from guitu.wire.messages import Header

DELIMITER = b"\x7e"
MAX_BODY = 0x3FF
"""Longest body of one frame in bytes: the length field has ten bits."""

MAX_WIRE = 2 * (21 + MAX_BODY + 1) + 2
"""Longest frame on the wire in bytes: every byte escaped, and both delimiters."""

VERSION_2013 = 0
VERSION_2019 = 1

_HEAD = Struct(">HH")
_OLD = Struct(">6sH")
_NEW = Struct(">B10sH")
_SUB = Struct(">HH")
_VERSIONED = 0x4000
_DIVIDED = 0x2000
_ENCRYPTED = 0x0400


class Malformed(ValueError):
    """Bytes that are no JT/T 808 frame or message. The text says what is wrong with which value."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, or one message joined from several.

    `raw` is what came over the wire, delimiters included (of a joined message: its parts in
    order, one after the other), and `read(raw)` gives this frame again. `n` of `of` counts from
    1; a whole message is 1 of 1. With `encryption` (RSA, the one way the standard has) the body is
    not readable here.
    `part_serials` are the serials of the parts of a joined message, in order.
    """

    header: Header
    body: bytes
    raw: bytes
    n: int = 1
    of: int = 1
    encryption: bool = False
    part_serials: tuple[int, ...] = ()

    @property
    def whole(self) -> bool:
        return self.of == 1


@dataclass(frozen=True, slots=True)
class FrameError:
    """Bytes that were refused: why, and how many. Their content is not kept (it may be a place)."""

    reason: str
    size: int


def checksum(content: bytes) -> int:
    """XOR of all bytes. Folds one large integer, which is ten times a loop over bytes."""
    size = len(content)
    value = int.from_bytes(content, "big")
    while size > 1:
        half = (size + 1) >> 1
        value = (value >> (half << 3)) ^ (value & ((1 << (half << 3)) - 1))
        size = half
    return value


def escape(content: bytes) -> bytes:
    """Header, body and check byte as they are sent between the delimiters."""
    return content.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")


def unescape(piece: bytes) -> bytes:
    """The reverse of `escape`; raises `Malformed` where 7d is followed by neither 01 nor 02."""
    marks = piece.count(b"\x7d")
    if not marks:
        return piece
    if marks != piece.count(b"\x7d\x01") + piece.count(b"\x7d\x02"):
        raise Malformed("7d is followed by neither 01 nor 02: the escape is broken")
    return piece.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")


def parse(piece: bytes) -> Frame:
    """A frame out of the escaped bytes between two delimiters. Raises `Malformed`.

    A maker's own message whose length field is one too large is read with a serial of one byte,
    as the locks that send 0x5501 and 0x5502 have it.
    """
    content = unescape(piece)
    size = len(content)
    if size < 13:
        raise Malformed(f"a frame of {size} bytes is too short: the shortest has 13")
    if check := checksum(content):
        raise Malformed(
            f"checksum 0x{content[-1]:02x} is wrong, the bytes give 0x{content[-1] ^ check:02x}"
        )
    msg_id, properties = _HEAD.unpack_from(content)
    version = 0
    if properties & _VERSIONED:
        if size < 18:
            raise Malformed(f"a frame of {size} bytes is too short for the header of 2019")
        version, number, serial = _NEW.unpack_from(content, 4)
        start = 17
        # A version byte of 0 would make the header look like an older one to everybody else.
        version = version or VERSION_2019
    else:
        number, serial = _OLD.unpack_from(content, 4)
        start = 12
    n = of = 1
    if properties & _DIVIDED:
        if size < start + 5:
            raise Malformed("the header promises parts and ends before their numbers")
        of, n = _SUB.unpack_from(content, start)
        start += 4
        if not 1 <= n <= of:
            raise Malformed(f"part {n} of {of} is no part: parts count from 1")
    length = properties & MAX_BODY
    if start + length + 1 != size:
        if msg_id in NAMES or start + length != size:
            raise Malformed(f"the header says {length} bytes of body, {size - 1 - start} came")
        start -= 1
        serial >>= 8
    return Frame(
        Header(number.hex(), serial, msg_id, version),
        content[start:-1],
        DELIMITER + piece + DELIMITER,
        n,
        of,
        bool(properties & _ENCRYPTED),
    )


def read(raw: bytes) -> Frame:
    """The one message in `raw` (a `Frame.raw` from before): a frame, or all parts of a message.

    Raises `Malformed` if it is none, or parts that do not make one whole.
    """
    frames = [parse(piece) for piece in raw.split(DELIMITER) if piece]
    if not frames:
        raise Malformed(f"no frame in {len(raw)} bytes")
    first = frames[0]
    if len(frames) == 1:
        return first
    return join(frames)


def join(parts: list[Frame]) -> Frame:
    """All parts of one message, in order, as the message. Raises `Malformed` if one is missing."""
    first = parts[0]
    if [part.n for part in parts] != list(range(1, first.of + 1)) or any(
        part.header.msg_id != first.header.msg_id or part.of != first.of for part in parts
    ):
        found = ", ".join(f"{part.n} of {part.of}" for part in parts[:10])
        raise Malformed(f"these parts do not make one message: {found}")
    return Frame(
        first.header,
        b"".join(part.body for part in parts),
        b"".join(part.raw for part in parts),
        encryption=first.encryption,
        part_serials=tuple(part.header.serial for part in parts),
    )


def terminal_number(terminal: str) -> str:
    """A terminal's number without the zeros that fill its header, the same in every edition."""
    return terminal.lstrip("0") or "0"


def number_bytes(terminal: str, size: int) -> bytes:
    """A terminal number as `size` bytes of BCD, zeros in front.

    Raises `Malformed` if it does not fit. Letters a to f are let through: real devices send them.
    """
    digits = terminal.lstrip("0")
    if len(digits) <= 2 * size:
        try:
            return bytes.fromhex(digits.rjust(2 * size, "0"))
        except ValueError:
            pass  # said below, together with numbers that are too long
    raise Malformed(f"terminal number {terminal!r} does not fit: up to {2 * size} digits")


def frames(header: Header, body: bytes, *, max_body: int = MAX_BODY) -> list[bytes]:
    """A message as frames ready to send: one, or parts of at most `max_body` bytes.

    Parts take the serials `header.serial`, `header.serial` + 1, … (modulo 65,536), so the
    caller's next serial is as many further as the list is long. Raises `Malformed` for a body of
    more than 65,535 parts or a terminal number that does not fit.
    """
    if not 1 <= max_body <= MAX_BODY:
        raise Malformed(f"max_body is {max_body}: choose 1 to {MAX_BODY}")
    if len(body) <= max_body:
        return [_frame(header, body, 0, 1, 1)]
    of = -(-len(body) // max_body)
    if of > 0xFFFF:
        raise Malformed(f"a body of {len(body)} bytes makes {of} parts: at most 65535 can be sent")
    return [
        _frame(header, body[(n - 1) * max_body : n * max_body], n - 1, n, of)
        for n in range(1, of + 1)
    ]


def _frame(header: Header, body: bytes, ahead: int, n: int, of: int) -> bytes:
    properties = len(body) | (_DIVIDED if of > 1 else 0)
    serial = (header.serial + ahead) & 0xFFFF
    if header.version:
        content = _HEAD.pack(header.msg_id, properties | _VERSIONED) + _NEW.pack(
            header.version & 0xFF, number_bytes(header.terminal, 10), serial
        )
    else:
        content = _HEAD.pack(header.msg_id, properties) + _OLD.pack(
            number_bytes(header.terminal, 6), serial
        )
    if of > 1:
        content += _SUB.pack(of, n)
    content += body
    return DELIMITER + escape(content + bytes((checksum(content),))) + DELIMITER


class Stream:
    """The framing state of one connection: bytes in, frames and refusals out.

    Holds at most one unfinished frame of `max_frame` bytes, whatever is fed. A delimiter both
    ends a frame and may begin the next, so frames that share one are read as well as frames
    with rubbish between them.
    """

    __slots__ = ("_max_frame", "_open", "_rest")

    def __init__(self, *, max_frame: int = MAX_WIRE) -> None:
        self._rest = b""
        self._open = False
        self._max_frame = max_frame

    @property
    def pending(self) -> int:
        """Bytes of an unfinished frame that are waiting for the rest of it."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[Frame | FrameError]:
        """What is complete now, in order of arrival."""
        out: list[Frame | FrameError] = []
        pieces = (self._rest + data if self._rest else data).split(DELIMITER)
        rest = pieces.pop()
        for piece in pieces:
            if not self._open:
                self._open = True
                if piece:
                    out.append(FrameError(_outside(piece), len(piece)))
            elif piece:
                try:
                    out.append(parse(piece))
                except Malformed as why:
                    out.append(
                        FrameError(_outside(piece) if _is_text(piece) else str(why), len(piece))
                    )
        if not self._open and rest:
            out.append(FrameError(_outside(rest), len(rest)))
            rest = b""
        elif len(rest) > self._max_frame:
            out.append(
                FrameError(
                    f"{len(rest)} bytes without an end: a frame has at most {self._max_frame}",
                    len(rest),
                )
            )
            rest = b""
            self._open = False
        self._rest = rest
        return out

    def end(self) -> list[FrameError]:
        """The connection (or the line) ends: what was unfinished is refused."""
        rest, self._rest, self._open = self._rest, b"", False
        if not rest:
            return []
        reason = _outside(rest) if _is_text(rest) else "the frame has no end (7e)"
        return [FrameError(reason, len(rest))]


def _is_text(piece: bytes) -> bool:
    return piece[:1] == b"("


def _outside(piece: bytes) -> str:
    if _is_text(piece):
        return "text in brackets: not JT/T 808 but the sentence of another protocol"
    return f"{len(piece)} bytes outside of a frame: a frame begins and ends with 7e"
