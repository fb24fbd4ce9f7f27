"""From what the wire says to the columns that the engine judges."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from guitu.engine.columns import CONTACT_ONLY, Fixes
from guitu.wire.messages import Position, Source

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
E7 = 10_000_000


def unix_ms(at: datetime) -> int:
    """Unix milliseconds of an aware time, exactly."""
    return (at - _EPOCH) // _MS


def fixes_of(rows: Iterable[tuple[int, int, Position | None]]) -> Fixes:
    """Fixes from (slot, received_ms, position) in the order they came.

    None stands for a report without a position, a heartbeat: a sign of life and nothing else.
    Coordinates that are no place, numbers that are none and figures that no column can hold become
    "not told": a device cannot stop a batch.
    """
    columns: dict[str, list[float]] = {
        name: []
        for name in (
            "slot", "time_ms", "received_ms", "lon_e7", "lat_e7", "accuracy_m", "speed_kmh",
            "satellites", "source", "battery_pct", "flags", "valid",
        )
    }  # fmt: skip
    for slot, received_ms, p in rows:
        for name, value in _row(slot, received_ms, p).items():
            columns[name].append(value)
    return Fixes.of(**columns)


def _row(slot: int, received_ms: int, p: Position | None) -> dict[str, float]:
    row: dict[str, float] = {
        "slot": slot, "time_ms": received_ms, "received_ms": received_ms, "lon_e7": 0, "lat_e7": 0,
        "accuracy_m": math.nan, "speed_kmh": math.nan, "satellites": -1,
        "source": Source.UNKNOWN, "battery_pct": -1, "flags": CONTACT_ONLY, "valid": 0,
    }  # fmt: skip
    if p is None:
        return row
    row |= {"time_ms": unix_ms(p.time), "source": p.source, "flags": p.flags & (CONTACT_ONLY - 1)}
    if abs(p.lon) <= 180 and abs(p.lat) <= 90:  # false for NaN
        row |= {"lon_e7": round(p.lon * E7), "lat_e7": round(p.lat * E7), "valid": int(p.valid)}
    if p.accuracy_m is not None and 0 <= p.accuracy_m < 1e9:
        row["accuracy_m"] = p.accuracy_m
    if p.speed_kmh is not None and 0 <= p.speed_kmh < 1e9:
        row["speed_kmh"] = p.speed_kmh
    if p.satellites is not None and 0 <= p.satellites <= 255:
        row["satellites"] = p.satellites
    if p.battery_pct is not None and 0 <= p.battery_pct <= 100:
        row["battery_pct"] = p.battery_pct
    return row
