"""The terminal parameters that this platform names; every other is carried as raw bytes.

Source: JT/T 808-2019 section 8.12, table of parameter ids (终端参数设置各参数项定义).
"""

from __future__ import annotations

from enum import IntEnum

from guitu.wire.jt808.codec import Malformed
from guitu.wire.jt808.reading import text_of


class Parameter(IntEnum):
    """Parameters by their number; the comment gives type and unit."""

    HEARTBEAT_S = 0x0001  # DWORD, seconds between heartbeats
    ANSWER_TIMEOUT_S = 0x0002  # DWORD, TCP
    RESENDS = 0x0003  # DWORD, TCP
    APN = 0x0010  # text
    SERVER = 0x0013  # text, address of the main server
    BACKUP_SERVER = 0x0017  # text
    TCP_PORT = 0x0018  # DWORD; from 2019 on the port stands behind the address instead
    STRATEGY = 0x0020  # DWORD, 0 by time, 1 by distance, 2 both
    SCHEME = 0x0021  # DWORD, what the state of the device changes
    SLEEP_INTERVAL_S = 0x0027  # DWORD
    SOS_INTERVAL_S = 0x0028  # DWORD
    INTERVAL_S = 0x0029  # DWORD, seconds between reports
    DISTANCE_M = 0x002C  # DWORD, metres between reports
    TURN_DEG = 0x0030  # DWORD, a turn that makes a report
    CENTRE_PHONE = 0x0040  # text
    ALARM_MASK = 0x0050  # DWORD, alarm bits that are silent
    TOP_SPEED_KMH = 0x0055  # DWORD
    MILEAGE = 0x0080  # DWORD, tenths of a kilometre
    PROVINCE = 0x0081  # WORD
    CITY = 0x0082  # WORD
    PLATE = 0x0083  # text
    PLATE_COLOUR = 0x0084  # BYTE


_TEXTS = frozenset({0x0010, 0x0013, 0x0017, 0x0040, 0x0083})
_SIZES = {0x0081: 2, 0x0082: 2, 0x0084: 1}


def value_of(parameter: int, raw: bytes) -> int | str | bytes:
    """A parameter's value as its type; raw where the number is not named here or does not fit."""
    if parameter in _TEXTS:
        return text_of(raw)
    if parameter in set(Parameter) and len(raw) == _SIZES.get(parameter, 4):
        return int.from_bytes(raw, "big")
    return raw


def bytes_of(parameter: Parameter, value: int | str) -> tuple[int, bytes]:
    """An entry for `ParametersSet.values`. Raises `Malformed` for a value of the wrong type or size."""
    if parameter in _TEXTS:
        if not isinstance(value, str):
            raise Malformed(f"{parameter.name} is text, not {value!r}")
        return int(parameter), value.encode("gb18030", "replace")
    size = _SIZES.get(parameter, 4)
    if not isinstance(value, int) or not 0 <= value < 1 << 8 * size:
        raise Malformed(
            f"{parameter.name} is a number from 0 to {(1 << 8 * size) - 1}, not {value!r}"
        )
    return int(parameter), value.to_bytes(size, "big")
