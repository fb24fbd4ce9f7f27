"""Messages in parts: joined as they arrive, missing parts asked for, sent ones kept for resend.

Source: JT/T 808-2019 sections 4.4.3 (parts), 8.6 and 8.7 (0x8003, 0x0005: missing parts).
The standard gives the parts of a message consecutive serials. Real devices do otherwise (one
serial for all parts, or other messages in between), which is followed where it cannot mix up
two messages, and never for messages that carry positions: a false trail is worse than a resend.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from zlib import crc32

from guitu.wire.jt808.codec import Frame, Malformed, join
from guitu.wire.jt808.ids import CARRY_POSITIONS
from guitu.wire.messages import Header

SERIALS = 0x10000
NEARBY = 64
"""How many serials apart the parts of one message may be on a device that mixes its messages."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Ask for these parts (1-based) of the message whose first part had `first_serial`."""

    header: Header
    first_serial: int
    parts: tuple[int, ...]


@dataclass(slots=True)
class _Open:
    """One message of which some parts are here."""

    of: int
    base: int
    fed_s: float
    asked_s: float
    parts: dict[int, Frame] = field(default_factory=dict)
    size: int = 0
    asked: int = 0


_Key = tuple[str, int, int, int]


class Assembler:
    """Joins the parts of one connection. Memory is bounded; the clock is an argument.

    At most `max_open` messages and `max_bytes` bytes are held: the least recently fed message
    gives way. A message is forgotten `age_s` seconds after its last part, or when it has been
    asked for `max_asks` times, `ask_after_s` seconds apart.
    """

    def __init__(
        self,
        *,
        max_open: int = 8,
        max_bytes: int = 512 * 1024,
        age_s: float = 120.0,
        ask_after_s: float = 8.0,
        max_asks: int = 3,
    ) -> None:
        self._open: OrderedDict[_Key, _Open] = OrderedDict()
        self._done: OrderedDict[_Key, tuple[int, ...]] = OrderedDict()
        self._bytes = 0
        self._max_open = max_open
        self._max_bytes = max_bytes
        self._age_s = age_s
        self._ask_after_s = ask_after_s
        self._max_asks = max_asks
        self.dropped = 0
        """Messages given up because parts never came or the bounds were reached."""

    def __len__(self) -> int:
        return len(self._open)

    @property
    def held_bytes(self) -> int:
        """Bytes of the parts that wait for others."""
        return self._bytes

    def accept(self, frame: Frame, *, now_s: float) -> Frame | None:
        """The whole message if `frame` is one or completes one, else None.

        A part that was already here, or whose message is complete already (`is_repeat`), gives
        None. Raises `Malformed` for a message that could never fit.
        """
        if frame.of == 1:
            return frame
        self._forget_old(now_s)
        # A part costs its bytes and about as much again for its objects.
        cost = len(frame.raw) + len(frame.body) + 256
        if frame.of * 256 > self._max_bytes:
            raise Malformed(
                f"a message of {frame.of} parts does not fit into {self._max_bytes} bytes"
            )
        key = self._key_of(frame)
        held = self._open.get(key)
        if held is None:
            if self.is_repeat(frame):
                return None
            held = self._open[key] = _Open(frame.of, key[3], now_s, now_s)
        elif frame.n in held.parts:
            return None
        self._open.move_to_end(key)
        held.parts[frame.n] = frame
        held.size += cost
        held.fed_s = held.asked_s = now_s
        held.asked = 0
        self._bytes += cost
        if len(held.parts) == held.of:
            self._drop(key)
            parts = [held.parts[n] for n in range(1, held.of + 1)]
            self._remember(parts)
            return join(parts)
        while len(self._open) > self._max_open or self._bytes > self._max_bytes:
            self._drop(next(iter(self._open)))
            self.dropped += 1
        return None

    def is_repeat(self, frame: Frame) -> bool:
        """Whether this very part belongs to a message that was completed a short while ago.

        Told by content too: some devices give every message the same serial.
        """
        done = self._done.get(_done_key(frame))
        return done is not None and done[frame.n - 1] == crc32(frame.body)

    def _remember(self, parts: list[Frame]) -> None:
        digests = tuple(crc32(part.body) for part in parts)
        for part in parts:
            self._done[_done_key(part)] = digests
            self._done.move_to_end(_done_key(part))
        while len(self._done) > max(64, len(parts)):
            self._done.popitem(last=False)

    def missing(self, *, now_s: float) -> list[Missing]:
        """What to ask for now (each message at most every `ask_after_s` seconds)."""
        self._forget_old(now_s)
        found: list[Missing] = []
        for key, held in list(self._open.items()):
            if now_s - held.asked_s < self._ask_after_s:
                continue
            if held.asked >= self._max_asks:
                self._drop(key)
                self.dropped += 1
                continue
            held.asked += 1
            held.asked_s = now_s
            some = next(iter(held.parts.values())).header
            # The standard counts the ids in one byte; the rest is asked for next time.
            parts = [n for n in range(1, held.of + 1) if n not in held.parts][:255]
            found.append(Missing(some, held.base, tuple(parts)))
        return found

    def _key_of(self, frame: Frame) -> _Key:
        header = frame.header
        base = (header.serial - frame.n + 1) % SERIALS
        key = (header.terminal, header.msg_id, frame.of, base)
        others = [
            (other, held)
            for other, held in reversed(self._open.items())
            if other[:3] == key[:3] and frame.n not in held.parts
        ]
        # One serial for all parts comes first: to such a device, the next serial is the next
        # message, which the consecutive rule would take for a part of this one.
        for other, held in others:
            if all(part.header.serial == header.serial for part in held.parts.values()):
                return other
        if key not in self._open and header.msg_id not in CARRY_POSITIONS:
            for other, held in others:
                if _in_order(frame, held):
                    return other
        return key

    def _drop(self, key: _Key) -> None:
        self._bytes -= self._open.pop(key).size

    def _forget_old(self, now_s: float) -> None:
        while self._open:
            key, held = next(iter(self._open.items()))
            if now_s - held.fed_s <= self._age_s:
                return
            self._drop(key)
            self.dropped += 1


def _done_key(frame: Frame) -> _Key:
    return (frame.header.terminal, frame.header.msg_id, frame.n, frame.header.serial)


def _in_order(frame: Frame, held: _Open) -> bool:
    """Whether the serial lies on the right side of every part that is here, and near."""
    for part in held.parts.values():
        ahead = (frame.header.serial - part.header.serial) % SERIALS
        if frame.n < part.n:
            ahead = SERIALS - ahead
        if not 0 < ahead <= NEARBY:
            return False
    return True


class Sent:
    """The sender's side: divided messages kept until the receiver can no longer ask for parts.

    Bounded by `max_messages`, the oldest gives way.
    """

    def __init__(self, *, max_messages: int = 8) -> None:
        self._sent: OrderedDict[int, list[bytes]] = OrderedDict()
        self._max = max_messages

    def keep(self, first_serial: int, parts: list[bytes]) -> None:
        """Remember what `frames` made, under its first serial. One frame is not kept."""
        if len(parts) < 2:
            return
        self._sent.pop(first_serial, None)
        self._sent[first_serial] = parts
        while len(self._sent) > self._max:
            self._sent.popitem(last=False)

    def again(self, first_serial: int, parts: tuple[int, ...]) -> list[bytes]:
        """The frames to send again; numbers that the message does not have are left out."""
        kept = self._sent.get(first_serial, [])
        return [kept[n - 1] for n in parts if 1 <= n <= len(kept)]

    def done(self, first_serial: int) -> None:
        """The receiver has the whole message."""
        self._sent.pop(first_serial, None)
