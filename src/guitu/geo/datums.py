"""WGS-84, GCJ-02 and BD-09: the datums that Chinese maps use, for the edge alone.

GCJ-02 shifts WGS-84 by up to about 700 m by a published-by-use formula; Amap, Tencent and most
Chinese services return it, Baidu returns BD-09 (a further shift of GCJ-02). Inside Guitu everything
is WGS-84: convert once on import and once for display.

Outside the rectangle 72.004–137.8347 E, 0.8293–55.8271 N (the one every implementation uses) the
shift is none, and all functions return their input untouched. Inverses are iterated to below a
millimetre, wherever the rectangle's own edge does not lie between the two.

These functions use the C library's sine and cosine, whose last bit may differ between processors.
That is harmless here (1e-9 m) and allowed because no decision of the engine passes through them:
what they return is rounded to 1e-7 degree before it is stored.

Scalars give floats, arrays give arrays; all in degrees, longitude first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

Datum = Literal["wgs84", "gcj02", "bd09"]
DATUMS: tuple[Datum, ...] = ("wgs84", "gcj02", "bd09")

F8 = npt.NDArray[np.float64]
_Shift = Callable[[F8, F8], tuple[F8, F8]]

# Krasovsky 1940, which the GCJ-02 formula is built on.
_KRASOVSKY_A_M = 6378245.0
_KRASOVSKY_E2 = 0.00669342162296594323
_BD_PI = np.pi * 3000.0 / 180.0
_CLOSE_DEG = 1e-10  # 0.01 mm


def in_china_box(lon: F8, lat: F8) -> npt.NDArray[np.bool_]:
    """Whether GCJ-02 shifts this place at all."""
    return (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)


def _wave(a: F8, parts: tuple[tuple[float, float], ...]) -> F8:
    total: F8 = np.zeros_like(a)
    for weight, frequency in parts:
        total = total + weight * np.sin(a * frequency * np.pi)
    return total * 2.0 / 3.0


def _to_gcj(lon: F8, lat: F8) -> tuple[F8, F8]:
    x, y = lon - 105.0, lat - 35.0
    common = _wave(x, ((20.0, 6.0), (20.0, 2.0)))
    root = np.sqrt(np.abs(x))
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    d_lat = d_lat + _wave(y, ((20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30)))
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    d_lon = d_lon + _wave(x, ((20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30)))
    phi = np.radians(lat)
    magic = 1.0 - _KRASOVSKY_E2 * np.sin(phi) ** 2
    meridian = _KRASOVSKY_A_M * (1.0 - _KRASOVSKY_E2) / (magic * np.sqrt(magic))
    d_lat = np.degrees(d_lat / meridian)
    d_lon = np.degrees(d_lon / (_KRASOVSKY_A_M / np.sqrt(magic) * np.cos(phi)))
    inside = in_china_box(lon, lat)
    return np.where(inside, lon + d_lon, lon), np.where(inside, lat + d_lat, lat)


def _to_bd(lon: F8, lat: F8) -> tuple[F8, F8]:
    """BD-09 from GCJ-02."""
    z = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_PI)
    theta = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_PI)
    inside = in_china_box(lon, lat)
    return (
        np.where(inside, z * np.cos(theta) + 0.0065, lon),
        np.where(inside, z * np.sin(theta) + 0.006, lat),
    )


def _inverse(shift: _Shift) -> _Shift:
    """Undo a shift that varies slowly: guess, shift, correct by what is left, until it is nothing."""

    def back(lon: F8, lat: F8) -> tuple[F8, F8]:
        guess_lon, guess_lat = lon.copy(), lat.copy()
        for _ in range(40):
            got_lon, got_lat = shift(guess_lon, guess_lat)
            off_lon, off_lat = lon - got_lon, lat - got_lat
            guess_lon, guess_lat = guess_lon + off_lon, guess_lat + off_lat
            if (
                not (np.abs(off_lon) > _CLOSE_DEG).any()
                and not (np.abs(off_lat) > _CLOSE_DEG).any()
            ):
                break
        inside = in_china_box(lon, lat)
        return np.where(inside, guess_lon, lon), np.where(inside, guess_lat, lat)

    return back


_from_gcj = _inverse(_to_gcj)
_from_bd = _inverse(_to_bd)


def _chain(*shifts: _Shift) -> _Shift:
    def run(lon: F8, lat: F8) -> tuple[F8, F8]:
        for shift in shifts:
            lon, lat = shift(lon, lat)
        return lon, lat

    return run


@overload
def wgs84_to_gcj02(lon: float, lat: float) -> tuple[float, float]: ...
@overload
def wgs84_to_gcj02(lon: F8, lat: F8) -> tuple[F8, F8]: ...
def wgs84_to_gcj02(lon: Any, lat: Any) -> Any:
    """GCJ-02 of a WGS-84 place, degrees."""
    return _apply(_to_gcj, lon, lat)


@overload
def gcj02_to_wgs84(lon: float, lat: float) -> tuple[float, float]: ...
@overload
def gcj02_to_wgs84(lon: F8, lat: F8) -> tuple[F8, F8]: ...
def gcj02_to_wgs84(lon: Any, lat: Any) -> Any:
    """WGS-84 of a GCJ-02 place, degrees; the inverse to below 1 mm."""
    return _apply(_from_gcj, lon, lat)


@overload
def wgs84_to_bd09(lon: float, lat: float) -> tuple[float, float]: ...
@overload
def wgs84_to_bd09(lon: F8, lat: F8) -> tuple[F8, F8]: ...
def wgs84_to_bd09(lon: Any, lat: Any) -> Any:
    """BD-09 of a WGS-84 place, degrees."""
    return _apply(_chain(_to_gcj, _to_bd), lon, lat)


@overload
def bd09_to_wgs84(lon: float, lat: float) -> tuple[float, float]: ...
@overload
def bd09_to_wgs84(lon: F8, lat: F8) -> tuple[F8, F8]: ...
def bd09_to_wgs84(lon: Any, lat: Any) -> Any:
    """WGS-84 of a BD-09 place, degrees; the inverse to below 1 mm."""
    return _apply(_chain(_from_bd, _from_gcj), lon, lat)


@overload
def gcj02_to_bd09(lon: float, lat: float) -> tuple[float, float]: ...
@overload
def gcj02_to_bd09(lon: F8, lat: F8) -> tuple[F8, F8]: ...
def gcj02_to_bd09(lon: Any, lat: Any) -> Any:
    """BD-09 of a GCJ-02 place, degrees."""
    return _apply(_to_bd, lon, lat)


@overload
def bd09_to_gcj02(lon: float, lat: float) -> tuple[float, float]: ...
@overload
def bd09_to_gcj02(lon: F8, lat: F8) -> tuple[F8, F8]: ...
def bd09_to_gcj02(lon: Any, lat: Any) -> Any:
    """GCJ-02 of a BD-09 place, degrees; the inverse to below 1 mm."""
    return _apply(_from_bd, lon, lat)


def to_wgs84(datum: Datum, lon: F8, lat: F8) -> tuple[F8, F8]:
    """WGS-84 of places in a declared datum; an unknown datum is a ValueError."""
    match datum:
        case "wgs84":
            return lon, lat
        case "gcj02":
            return gcj02_to_wgs84(lon, lat)
        case "bd09":
            return bd09_to_wgs84(lon, lat)
        case _:
            raise ValueError(f"datum {datum!r} is unknown: use one of {', '.join(DATUMS)}")


def _apply(shift: _Shift, lon: Any, lat: Any) -> Any:
    out_lon, out_lat = shift(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    if np.ndim(lon) == 0:
        return float(out_lon), float(out_lat)
    return out_lon, out_lat
