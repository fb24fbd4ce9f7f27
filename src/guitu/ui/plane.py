"""A small piece of the earth on paper: equal scale both ways, good to a thousandth over a city."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from shapely.geometry import LineString, MultiLineString, Polygon, box
from shapely.geometry.base import BaseGeometry

#: Metres of a degree of latitude (mean over the sphere of radius 6,371,008.8 m).
M_PER_DEGREE = 111195.08


@dataclass(frozen=True, slots=True)
class Plane:
    """WGS-84 degrees to drawing px: ``scale`` in px a metre, the middle of the view at its centre."""

    lon: float
    lat: float
    scale: float
    width: float
    height: float

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a place lies in the drawing, px from the upper left."""
        shrink = math.cos(math.radians(self.lat))
        x = (lon - self.lon) * M_PER_DEGREE * shrink * self.scale
        y = (lat - self.lat) * M_PER_DEGREE * self.scale
        return self.width / 2 + x, self.height / 2 - y

    def view(self, *, beyond_px: float = 0.0) -> BaseGeometry:
        """The seen rectangle in degrees, with a margin that hides cut edges."""
        half_lat = (self.height / 2 + beyond_px) / self.scale / M_PER_DEGREE
        shrink = math.cos(math.radians(self.lat))
        half_lon = (self.width / 2 + beyond_px) / self.scale / M_PER_DEGREE / shrink
        return box(
            self.lon - half_lon, self.lat - half_lat, self.lon + half_lon, self.lat + half_lat
        )


def fit(
    places: Iterable[tuple[float, float, float]],
    *,
    width: float,
    height: float,
    margin_px: float = 44.0,
    least_m: float = 600.0,
) -> Plane:
    """The plane that shows all ``(lon, lat, radius_m)``; never less than ``least_m`` across."""
    known = list(places)
    if not known:
        raise ValueError("nothing to show: pass at least one place")
    lat = (min(p[1] for p in known) + max(p[1] for p in known)) / 2
    shrink = math.cos(math.radians(lat)) * M_PER_DEGREE
    west = min(p[0] * shrink - p[2] for p in known)
    east = max(p[0] * shrink + p[2] for p in known)
    south = min(p[1] * M_PER_DEGREE - p[2] for p in known)
    north = max(p[1] * M_PER_DEGREE + p[2] for p in known)
    wide, tall = max(east - west, least_m), max(north - south, least_m / 2)
    scale = min((width - 2 * margin_px) / wide, (height - 2 * margin_px) / tall)
    middle = (north + south) / 2 / M_PER_DEGREE
    return Plane((west + east) / 2 / shrink, middle, scale, width, height)


def scale_bar(plane: Plane, *, wish_px: float = 130.0) -> tuple[float, float]:
    """A round length (1, 2 or 5 × 10ⁿ metres) no longer than the wish, and its px."""
    wish_m = wish_px / plane.scale
    power = 10 ** math.floor(math.log10(wish_m))
    metres = max(step * power for step in (1, 2, 5) if step * power <= wish_m)
    return metres, metres * plane.scale


def area_path(plane: Plane, rings: Iterable[Iterable[tuple[float, float]]]) -> str:
    """The ``d`` of an area cut to the view (even–odd rings, (lon, lat)); empty when not seen."""
    view = plane.view(beyond_px=24)
    pieces: list[str] = []
    for ring in rings:
        polygon = Polygon(list(ring))
        if not polygon.is_valid:
            polygon = polygon.buffer(0)
        seen = polygon.intersection(view)
        pieces.extend(
            _d(plane, part.exterior.coords, closed=True)
            for part in getattr(seen, "geoms", [seen])
            if isinstance(part, Polygon) and not part.is_empty
        )
    return "".join(pieces)


def line_path(plane: Plane, lines: Iterable[Iterable[tuple[float, float]]]) -> str:
    """The ``d`` of lines cut to the view; empty when none is seen."""
    view = plane.view(beyond_px=24)
    pieces = []
    for line in lines:
        seen = LineString(list(line)).intersection(view)
        parts = seen.geoms if isinstance(seen, MultiLineString) else [seen]
        pieces += [
            _d(plane, part.coords, closed=False)
            for part in parts
            if isinstance(part, LineString) and not part.is_empty
        ]
    return "".join(pieces)


def _d(plane: Plane, coords: Iterable[tuple[float, ...]], *, closed: bool) -> str:
    points: list[str] = []
    last = (math.inf, math.inf)
    for lon, lat, *_height in coords:
        x, y = plane.xy(lon, lat)
        if abs(x - last[0]) + abs(y - last[1]) >= 0.6:  # finer than the eye only makes pages heavy
            points.append(f"{x:.1f} {y:.1f}")
            last = (x, y)
    return "M" + "L".join(points) + ("Z" if closed else "") if len(points) > 1 else ""
