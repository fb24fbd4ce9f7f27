"""Fixes in columns, and the verdict on each: what goes into `step` and comes back for every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntFlag
from functools import lru_cache
from typing import Any, NamedTuple, get_type_hints

import numpy as np
import numpy.typing as npt

I1 = npt.NDArray[np.int8]
I2 = npt.NDArray[np.int16]
I4 = npt.NDArray[np.int32]
I8 = npt.NDArray[np.int64]
U1 = npt.NDArray[np.uint8]
U4 = npt.NDArray[np.uint32]
F4 = npt.NDArray[np.float32]
F8 = npt.NDArray[np.float64]
B1 = npt.NDArray[np.bool_]

_CODES = {I1: "i1", I2: "i2", I4: "i4", I8: "i8", U1: "u1", U4: "u4", F4: "f4", F8: "f8"}


@lru_cache
def codes(columns: type) -> dict[str, str]:
    """Column name → numpy code of a NamedTuple of columns."""
    return {name: _CODES[hint] for name, hint in get_type_hints(columns).items()}


# The codes of guitu.wire.messages.Source; a test keeps the two equal.
SOURCE_UNKNOWN, SOURCE_SATELLITE, SOURCE_WIFI, SOURCE_CELL = 0, 1, 2, 3

# The bits of guitu.wire.messages.Flag that the engine reads; a test keeps the two equal.
FLAG_TAMPER, FLAG_SOS, FLAG_LOW_BATTERY, FLAG_SEPARATION, FLAG_CHARGING = 1, 2, 4, 8, 16
FLAG_TIME_UNKNOWN = 1024
CONTACT_ONLY = 1 << 31
"""Set by the worker on a row that only says the device spoke (a heartbeat): nothing else is read."""


class Verdict(IntFlag):
    """Why a fix was or was not judged against fences. Every fix is kept, whatever its verdict."""

    JUDGED = 1  # its place was compared with every fence of the device
    LATE = 2  # older than the newest place of the device: judged only for what it can prove
    DUPLICATE = 4  # the same time and place as one of the last 32 fixes
    NO_PLACE = 8  # the device says it has no fix, or the coordinates are none
    FILTERED_ACCURACY = 16  # known no better than Tuning.max_accuracy_m
    FILTERED_SOURCE = 32  # a cell's own place, never the person's
    FILTERED_SPEED = 64  # the device itself reports an impossible speed
    FILTERED_JUMP = 128  # no journey leads here from the last credible place in that time
    CLOCK = 256  # the device's clock is not credible: the time received was used
    WEAK = 512  # few satellites, Wi-Fi or poor accuracy: counts half
    CONTACT = 1024  # only a sign of life
    OUTSIDE = 2048  # beyond some fence in force by more than its uncertainty

    @classmethod
    def filtered(cls) -> Verdict:
        """Any of the reasons for which a place was not believed."""
        return (
            cls.NO_PLACE
            | cls.FILTERED_ACCURACY
            | cls.FILTERED_SOURCE
            | cls.FILTERED_SPEED
            | cls.FILTERED_JUMP
        )


class FixColumns(NamedTuple):
    """`Fixes` as the kernel takes them."""

    slot: I4
    time_ms: I8
    received_ms: I8
    lon_e7: I4
    lat_e7: I4
    accuracy_m: F4
    speed_kmh: F4
    satellites: I2
    source: U1
    battery_pct: I1
    flags: U4
    valid: U1


@dataclass(frozen=True, slots=True)
class Fixes:
    """Reports in the order they came, in columns of equal length.

    slot: `State.slot_of(device)`. time_ms: the device's own clock, received_ms: the gateway's, both
    Unix milliseconds. lon_e7, lat_e7: WGS-84, 1e-7 degree. accuracy_m: reported 68 % radius, NaN if
    not told. speed_kmh: NaN if not told. satellites: -1 if not told. source: `wire.messages.Source`.
    battery_pct: -1 if not told. flags: `wire.messages.Flag` or CONTACT_ONLY. valid: 0 without a fix.
    """

    slot: I4
    time_ms: I8
    received_ms: I8
    lon_e7: I4
    lat_e7: I4
    accuracy_m: F4
    speed_kmh: F4
    satellites: I2
    source: U1
    battery_pct: I1
    flags: U4
    valid: U1

    def __post_init__(self) -> None:
        n = len(self.slot)
        for name, dtype in DTYPES.items():
            column = getattr(self, name)
            if column.dtype != dtype or column.shape != (n,):
                raise ValueError(
                    f"column {name} is {column.dtype}{column.shape}, should be {dtype}({n},): "
                    "build Fixes with Fixes.of"
                )

    def __len__(self) -> int:
        return len(self.slot)

    @classmethod
    def of(
        cls,
        *,
        slot: npt.ArrayLike,
        time_ms: npt.ArrayLike,
        lon_e7: npt.ArrayLike,
        lat_e7: npt.ArrayLike,
        received_ms: npt.ArrayLike | None = None,
        accuracy_m: npt.ArrayLike = np.nan,
        speed_kmh: npt.ArrayLike = np.nan,
        satellites: npt.ArrayLike = -1,
        source: npt.ArrayLike = SOURCE_SATELLITE,
        battery_pct: npt.ArrayLike = -1,
        flags: npt.ArrayLike = 0,
        valid: npt.ArrayLike = 1,
    ) -> Fixes:
        """From anything array-like; scalars stand for a whole column, received defaults to time."""
        given = {
            "slot": slot,
            "time_ms": time_ms,
            "received_ms": time_ms if received_ms is None else received_ms,
            "lon_e7": lon_e7,
            "lat_e7": lat_e7,
            "accuracy_m": accuracy_m,
            "speed_kmh": speed_kmh,
            "satellites": satellites,
            "source": source,
            "battery_pct": battery_pct,
            "flags": flags,
            "valid": valid,
        }
        n = max(np.size(v) for v in given.values())
        if np.size(slot) == 0:
            n = 0
        made = {
            k: np.ascontiguousarray(np.broadcast_to(np.asarray(v, DTYPES[k]).reshape(-1), (n,)))
            if n
            else np.zeros(0, DTYPES[k])
            for k, v in given.items()
        }
        return cls(**made)

    @classmethod
    def concatenate(cls, parts: Sequence[Fixes]) -> Fixes:
        """Several batches as one, in order."""
        if not parts:
            return cls.of(slot=[], time_ms=[], lon_e7=[], lat_e7=[])
        return cls(**{k: np.concatenate([getattr(p, k) for p in parts]) for k in DTYPES})

    def part(self, start: int, stop: int) -> Fixes:
        """Rows start … stop - 1."""
        return Fixes(**{k: getattr(self, k)[start:stop] for k in DTYPES})

    def columns(self) -> FixColumns:
        """For the kernel: contiguous and read-only, whatever they were made of, so that one compiled
        version serves all (numba compiles another for each mixture)."""
        return FixColumns(*(_sealed(getattr(self, k)) for k in DTYPES))


def _sealed(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    view = np.ascontiguousarray(column).view()
    view.flags.writeable = False
    return view


DTYPES: dict[str, np.dtype[np.generic]] = {
    "slot": np.dtype(np.int32),
    "time_ms": np.dtype(np.int64),
    "received_ms": np.dtype(np.int64),
    "lon_e7": np.dtype(np.int32),
    "lat_e7": np.dtype(np.int32),
    "accuracy_m": np.dtype(np.float32),
    "speed_kmh": np.dtype(np.float32),
    "satellites": np.dtype(np.int16),
    "source": np.dtype(np.uint8),
    "battery_pct": np.dtype(np.int8),
    "flags": np.dtype(np.uint32),
    "valid": np.dtype(np.uint8),
}
assert tuple(DTYPES) == tuple(f.name for f in fields(Fixes)) == FixColumns._fields
