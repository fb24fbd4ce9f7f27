"""Positions of JT/T 808: 0x0200, 0x0201, 0x0500 and the batch 0x0704, both ways.

Source: JT/T 808-2019 sections 8.21, 8.23, 8.31 and 8.48. A position is 28 fixed bytes (alarm bits,
status bits, latitude and longitude in millionths of a degree, height in metres, speed in tenths
of km/h, course, time) and then items of [id, length, value]. The time is six BCD bytes in GMT+8.

`positions_of` is the worker's hot path, so it trades a little beauty for speed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from struct import Struct

from guitu.wire.jt808.codec import Malformed
from guitu.wire.jt808.items import MAKER_BATTERY, MAKER_CONTAINER, SATELLITES, maker_states
from guitu.wire.messages import UNKNOWN_TIME, Flag, Position, Source

FIXED = 28
"""Bytes of a position before its items."""

LATE_KIND = 1
"""The kind of a 0x0704 batch of positions stored where there was no network (盲区补报)."""

_FIXED = Struct(">IIIIhHH6s")
_UTC8 = timedelta(hours=8)
_BCD = tuple(
    (byte >> 4) * 10 + (byte & 15) if byte >> 4 < 10 and byte & 15 < 10 else 1000
    for byte in range(256)
)

STATUS_FIX = 1 << 1
STATUS_SOUTH = 1 << 2
STATUS_WEST = 1 << 3

# The standard has no bit for a strap. Makers of bands report its removal as "illegally opened"
# (31) or, before 2019 gave that bit to blind spots of lorries, as bit 17 (Traccar reads it so
# too). Bit 29 is a collision, bit 28 illegal displacement.
ALARMS: tuple[tuple[int, Flag], ...] = (
    (1 << 0, Flag.SOS),
    (1 << 4 | 1 << 5 | 1 << 6, Flag.RECEIVER_FAULT),
    (1 << 7, Flag.LOW_BATTERY),
    (1 << 8, Flag.POWER_LOST),
    (1 << 28, Flag.MOVING),
    (1 << 29, Flag.VIBRATION),
    (1 << 31, Flag.TAMPER),
)
OLD_TAMPER = 1 << 17

_flags: dict[int, Flag] = {}


def _flag(bits: int) -> Flag:
    # Making an IntFlag from a number costs as much as the rest of a position: there are few.
    found = _flags.get(bits)
    if found is None:
        found = _flags[bits] = Flag(bits)
    return found


def time_of(bcd: bytes) -> datetime | None:
    """Six BCD bytes (YYMMDDhhmmss, GMT+8) in UTC; None if they are no time."""
    year, month, day, hour, minute, second = bcd
    try:
        return (
            datetime(
                2000 + _BCD[year],
                _BCD[month],
                _BCD[day],
                _BCD[hour],
                _BCD[minute],
                _BCD[second],
                tzinfo=UTC,
            )
            - _UTC8
        )
    except ValueError:
        return None


def bcd_of(time: datetime) -> bytes:
    """An aware time as six BCD bytes in GMT+8, whole seconds. Raises `Malformed` outside 2000–2099."""
    local = time.astimezone(UTC) + _UTC8
    if not 2000 <= local.year <= 2099:
        raise Malformed(
            f"{time.isoformat()} cannot be sent: two digits of a year mean 2000 to 2099"
        )
    return bytes.fromhex(local.strftime("%y%m%d%H%M%S"))


def position_of(body: bytes, *, version: int = 0, backlog: bool = False) -> Position:
    """One position from its fixed bytes and items. Raises `Malformed` if it is cut short.

    Coordinates off the earth become 0, 0 and not valid. An item cut off by the end of the body
    is kept with the bytes that came.
    """
    size = len(body)
    if size < FIXED:
        raise Malformed(f"a position has at least {FIXED} bytes, {size} came")
    alarm, status, lat_e6, lon_e6, height, speed, course, bcd = _FIXED.unpack_from(body)
    flags = Flag.BACKLOG.value if backlog else 0
    if alarm:
        for mask, flag in ALARMS:
            if alarm & mask:
                flags |= flag.value
        if alarm & OLD_TAMPER and not version:
            flags |= Flag.TAMPER.value
    time = time_of(bcd)
    if time is None:
        time = UNKNOWN_TIME
        flags |= Flag.TIME_UNKNOWN.value
    valid = bool(status & STATUS_FIX)
    if lat_e6 > 90_000_000 or lon_e6 > 180_000_000:
        lat = lon = 0.0
        valid = False
    else:
        lat = (-lat_e6 if status & STATUS_SOUTH else lat_e6) / 1e6
        lon = (-lon_e6 if status & STATUS_WEST else lon_e6) / 1e6
    satellites: int | None = None
    extras: dict[int, bytes] = {}
    at = FIXED
    while at < size:
        item = body[at]
        end = at + 2 + body[at + 1] if at + 1 < size else size
        value = body[at + 2 : end]
        if item == SATELLITES and end - at == 3 and end <= size:
            satellites = value[0]
        elif item in extras:
            extras[item] += value
        else:
            extras[item] = value
        at = end
    battery: int | None = None
    if MAKER_BATTERY in extras or MAKER_CONTAINER in extras:
        battery, more = maker_states(extras)
        flags |= more
    return Position(
        time,
        lat,
        lon,
        valid,
        height,
        speed / 10,
        course if course <= 360 else None,
        None,
        satellites,
        Source.SATELLITE if valid else Source.UNKNOWN,
        battery,
        _flag(flags),
        alarm,
        status,
        extras,
    )


def positions_of(msg_id: int, body: bytes, version: int) -> list[Position]:
    """Every position of a whole message, in the order sent; none for other messages.

    `version` is `Header.version`. Of a batch that is shorter than it says, the positions that
    came whole are given. Raises `Malformed` if a message that must have a position has none
    that can be read.
    """
    if msg_id == 0x0200:
        return [position_of(body, version=version)]
    if msg_id in (0x0201, 0x0500):
        return [position_of(body[2:], version=version)]
    if msg_id == 0x0704:
        return _batch(body, version)
    return []


def _batch(body: bytes, version: int) -> list[Position]:
    if len(body) < 3:
        raise Malformed(f"a batch has at least 3 bytes, {len(body)} came")
    count = int.from_bytes(body[:2], "big")
    found: list[Position] = []
    at = 3
    for _ in range(count):
        end = at + 2 + int.from_bytes(body[at : at + 2], "big")
        if end > len(body) or end - at - 2 < FIXED:
            break
        found.append(position_of(body[at + 2 : end], version=version, backlog=True))
        at = end
    if count and not found:
        raise Malformed(f"a batch says {count} positions and none of them is whole")
    return found


def position_body(position: Position) -> bytes:
    """A position as 28 bytes and its items.

    `flags` set their alarm bits beside `alarm_bits`; `battery_pct` goes out as item 0xE4 unless
    `extras` has that; `accuracy_m`, `source` and the flags that have no alarm bit are not sent.
    Raises `Malformed` for what the fields cannot hold.
    """
    alarm = position.alarm_bits
    for mask, flag in ALARMS:
        if position.flags & flag and not alarm & mask:
            alarm |= mask & -mask  # the lowest of the bits that mean the same
    status = position.status_bits & ~(STATUS_FIX | STATUS_SOUTH | STATUS_WEST)
    if position.valid:
        status |= STATUS_FIX
    if position.lat < 0:
        status |= STATUS_SOUTH
    if position.lon < 0:
        status |= STATUS_WEST
    if not (abs(position.lat) <= 90 and abs(position.lon) <= 180):
        raise Malformed(
            f"latitude {position.lat}, longitude {position.lon} is no place on the earth"
        )
    course = round(position.course_deg or 0)
    parts = [
        _FIXED.pack(
            alarm & 0xFFFFFFFF,
            status & 0xFFFFFFFF,
            round(abs(position.lat) * 1e6),
            round(abs(position.lon) * 1e6),
            max(-0x8000, min(0x7FFF, round(position.altitude_m or 0))),
            max(0, min(0xFFFF, round((position.speed_kmh or 0) * 10))),
            course if 0 <= course <= 360 else course % 360,
            b"\0" * 6 if position.flags & Flag.TIME_UNKNOWN else bcd_of(position.time),
        )
    ]
    if position.satellites is not None:
        parts.append(_item(SATELLITES, bytes((max(0, min(255, position.satellites)),))))
    if position.battery_pct is not None and not {MAKER_BATTERY, MAKER_CONTAINER} & set(
        position.extras
    ):
        parts.append(_item(MAKER_BATTERY, bytes((0, max(0, min(100, position.battery_pct))))))
    parts.extend(_item(item, value) for item, value in position.extras.items())
    return b"".join(parts)


def _item(item: int, value: bytes) -> bytes:
    if not 0 <= item <= 0xFF:
        raise Malformed(f"item {item} has no number of one byte")
    # Two items of one id were joined when read; they go out again as pieces of a legal length.
    pieces = [value[at : at + 0xFF] for at in range(0, len(value), 0xFF)] or [b""]
    return b"".join(bytes((item, len(piece))) + piece for piece in pieces)


def batch_body(positions: Iterable[Position], *, kind: int = LATE_KIND) -> bytes:
    """The body of 0x0704. `kind` 0: sent together to save traffic, 1: stored while offline."""
    bodies = [position_body(position) for position in positions]
    if not 1 <= len(bodies) <= 0xFFFF:
        raise Malformed(f"a batch of {len(bodies)} positions cannot be sent: 1 to 65535 can")
    return b"".join(
        (
            len(bodies).to_bytes(2, "big"),
            bytes((kind & 0xFF,)),
            *(len(body).to_bytes(2, "big") + body for body in bodies),
        )
    )
