"""A trail as a person reads it: how far, where they stayed, where nothing is known, what to draw.

Trails are parallel arrays in the order of time: `time_ms` (Unix milliseconds), `lon_e7`, `lat_e7`
(WGS-84, 1e-7 degree). Nothing here decides anything: it describes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guitu.geo import kernel

I4 = npt.NDArray[np.int32]
I8 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stop:
    """Fixes first … last (rows) stayed near one place: their middle, from start_ms to end_ms."""

    first: int
    last: int
    start_ms: int
    end_ms: int
    lon_e7: int
    lat_e7: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing is known between row `before` and the next: from start_ms to end_ms, moved_m apart."""

    before: int
    start_ms: int
    end_ms: int
    moved_m: float


def legs_m(lon_e7: I4, lat_e7: I4) -> npt.NDArray[np.float64]:
    """Metres from each fix to the one before it; the first is 0."""
    out: npt.NDArray[np.float64] = kernel.leg_lengths(_i4(lon_e7), _i4(lat_e7))
    return out


def distance_m(lon_e7: I4, lat_e7: I4) -> float:
    """Length of the whole trail in metres."""
    return float(legs_m(lon_e7, lat_e7).sum())


def speeds_kmh(time_ms: I8, lon_e7: I4, lat_e7: I4) -> npt.NDArray[np.float64]:
    """Speed of each leg; NaN for the first and between equal time stamps."""
    hours = np.diff(time_ms, prepend=time_ms[:1]) / 3_600_000.0
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = legs_m(lon_e7, lat_e7) / 1000.0 / hours
    return np.where(hours > 0, speed, np.nan)


def gaps(time_ms: I8, lon_e7: I4, lat_e7: I4, *, longer_than_s: float = 600.0) -> list[Gap]:
    """Where two fixes in a row are further apart in time than `longer_than_s`."""
    wide = np.flatnonzero(np.diff(time_ms) > longer_than_s * 1000.0)
    legs = legs_m(lon_e7, lat_e7)
    return [Gap(i, int(time_ms[i]), int(time_ms[i + 1]), float(legs[i + 1])) for i in wide.tolist()]


def stops(
    time_ms: I8,
    lon_e7: I4,
    lat_e7: I4,
    *,
    radius_m: float = 80.0,
    at_least_s: float = 300.0,
    gap_s: float = 1800.0,
) -> list[Stop]:
    """Stays of `at_least_s` within `radius_m` of their running middle, not across a gap.

    One pass: a fix joins the stay while it is within the radius of the middle of what joined so far;
    two fixes outside in a row end it, so that a single stray fix does not split a night in two.
    """
    found: list[Stop] = []
    n = len(time_ms)
    first = 0
    while first < n:
        last = first
        sum_lon, sum_lat, members, strays = int(lon_e7[first]), int(lat_e7[first]), 1, 0
        for i in range(first + 1, n):
            if time_ms[i] - time_ms[i - 1] > gap_s * 1000.0:
                break
            middle = sum_lon // members, sum_lat // members
            away = kernel.distance_e7(middle[0], middle[1], int(lon_e7[i]), int(lat_e7[i]))
            if away <= radius_m:
                sum_lon, sum_lat = sum_lon + int(lon_e7[i]), sum_lat + int(lat_e7[i])
                members, last, strays = members + 1, i, 0
                continue
            strays += 1
            if strays == 2:
                break
        if time_ms[last] - time_ms[first] >= at_least_s * 1000.0:
            found.append(
                Stop(
                    first,
                    last,
                    int(time_ms[first]),
                    int(time_ms[last]),
                    sum_lon // members,
                    sum_lat // members,
                )
            )
            first = last + 1
        else:
            first += 1
    return found


def simplify(lon_e7: I4, lat_e7: I4, *, tolerance_m: float) -> npt.NDArray[np.int64]:
    """Rows to keep so that the line drawn is nowhere further than `tolerance_m` from the trail.

    Douglas–Peucker with its own stack; first and last stay. For drawing alone: an export and a
    decision always use every fix.
    """
    n = len(lon_e7)
    if n <= 2:
        return np.arange(n, dtype=np.int64)
    east_m, north_m = kernel.metres_per_e7(int(lat_e7[0]))
    x = (lon_e7.astype(np.int64) - int(lon_e7[0])) * east_m
    y = (lat_e7.astype(np.int64) - int(lat_e7[0])) * north_m
    keep = np.zeros(n, np.bool_)
    keep[0] = keep[-1] = True
    stack = [(0, n - 1)]
    while stack:
        a, b = stack.pop()
        if b - a < 2:
            continue
        px, py = x[a + 1 : b] - x[a], y[a + 1 : b] - y[a]
        vx, vy = x[b] - x[a], y[b] - y[a]
        length2 = vx * vx + vy * vy
        t = np.clip((px * vx + py * vy) / length2, 0.0, 1.0) if length2 > 0 else np.zeros(b - a - 1)
        off = (px - t * vx) ** 2 + (py - t * vy) ** 2
        far = int(off.argmax())
        if off[far] > tolerance_m * tolerance_m:
            keep[a + 1 + far] = True
            stack += [(a, a + 1 + far), (a + 1 + far, b)]
    return np.flatnonzero(keep)


def _i4(column: npt.NDArray[np.int32]) -> I4:
    return np.ascontiguousarray(column, np.int32)
