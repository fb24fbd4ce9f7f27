"""Circles and areas that a fence can be: frozen, valid from birth, with signed distances.

Coordinates are WGS-84 integers of 1e-7 degree. A shape that exists is valid: construction checks it
and raises `ShapeError` with a sentence for the officer who drew or imported it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from guitu.geo import kernel
from guitu.geo.errors import Place, ShapeError

E7 = 10_000_000
MAX_VERTICES = 20_000
# The widest prefecture (Bayingolin) is about 900 km wide, Chongqing 470; nothing lawful is wider.
MAX_WIDTH_KM = 1_200.0
MIN_RADIUS_M = 10.0  # smaller than any receiver can tell
MAX_RADIUS_M = 300_000.0

Vertex = tuple[int, int]
Ring = tuple[Vertex, ...]
Degrees = Sequence[float]


@dataclass(frozen=True, slots=True)
class Circle:
    """All places within `radius_m` metres of a centre."""

    lon_e7: int
    lat_e7: int
    radius_m: float

    def __post_init__(self) -> None:
        _check_vertex(self.lon_e7, self.lat_e7, Place().at("circle"))
        if not MIN_RADIUS_M <= self.radius_m <= MAX_RADIUS_M:
            raise ShapeError(
                "radius", radius_m=self.radius_m, least_m=MIN_RADIUS_M, most_m=MAX_RADIUS_M
            )

    @classmethod
    def at(cls, lon: float, lat: float, *, radius_m: float) -> Circle:
        """From a centre in WGS-84 degrees."""
        lon_e7, lat_e7 = to_e7(lon, lat, place=Place().at("circle"))
        return cls(lon_e7, lat_e7, float(radius_m))

    def bounds_e7(self) -> tuple[int, int, int, int]:
        """West, south, east, north."""
        east_m, north_m = kernel.metres_per_e7(self.lat_e7)
        dx, dy = math.ceil(self.radius_m / east_m), math.ceil(self.radius_m / north_m)
        return self.lon_e7 - dx, self.lat_e7 - dy, self.lon_e7 + dx, self.lat_e7 + dy


@dataclass(frozen=True, slots=True)
class Area:
    """One or more polygons with holes: `polygons[i][0]` is the outer ring, the others are holes.

    Rings are not closed (the first vertex is not repeated). Polygons may not cross or overlap.
    """

    polygons: tuple[tuple[Ring, ...], ...]

    def __post_init__(self) -> None:
        _check_area(self)

    @classmethod
    def of(
        cls, polygons: Iterable[Iterable[Iterable[Degrees]]], *, place: Place | None = None
    ) -> Area:
        """From WGS-84 degrees, polygon → ring → (lon, lat); rings may be closed or not."""
        place = place or Place()
        made = []
        for p, rings in enumerate(polygons, 1):
            polygon = []
            for r, ring in enumerate(rings, 1):
                spot = place.at("polygon", p).at("ring", r)
                points = [
                    to_e7(c[0], c[1], place=spot.at("point", n)) for n, c in enumerate(ring, 1)
                ]
                kept = [v for i, v in enumerate(points) if i == 0 or v != points[i - 1]]
                if len(kept) > 1 and kept[0] == kept[-1]:
                    kept.pop()
                polygon.append(tuple(kept))
            made.append(tuple(polygon))
        return cls(tuple(made))

    def vertex_count(self) -> int:
        """Vertices of all rings."""
        return sum(len(ring) for polygon in self.polygons for ring in polygon)

    def bounds_e7(self) -> tuple[int, int, int, int]:
        """West, south, east, north."""
        flat = [v for polygon in self.polygons for v in polygon[0]]
        lons, lats = [v[0] for v in flat], [v[1] for v in flat]
        return min(lons), min(lats), max(lons), max(lats)


Shape = Circle | Area


def to_e7(lon: Any, lat: Any, *, place: Place | None = None) -> Vertex:
    """Degrees to integers of 1e-7 degree (rounded half to even); `ShapeError` names a bad one."""
    place = place or Place()
    for value in (lon, lat):
        if isinstance(value, bool) or not isinstance(value, int | float | np.floating | np.integer):
            raise ShapeError(
                "wrong_type",
                place=place,
                expected_zh="数",
                expected_en="a number",
                value=str(value),
            )
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise ShapeError("not_finite", place=place, lon=lon, lat=lat)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ShapeError("coordinate_range", place=place, lon=lon, lat=lat)
    return round(float(lon) * E7), round(float(lat) * E7)


def _check_vertex(lon_e7: int, lat_e7: int, place: Place) -> None:
    if not (abs(lon_e7) <= 180 * E7 and abs(lat_e7) <= 90 * E7):
        raise ShapeError("coordinate_range", place=place, lon=lon_e7 / E7, lat=lat_e7 / E7)


def _check_area(area: Area) -> None:
    if not area.polygons:
        raise ShapeError("nothing")
    count = area.vertex_count()
    if count > MAX_VERTICES:
        raise ShapeError("too_many_vertices", count=count, limit=MAX_VERTICES)
    for p, polygon in enumerate(area.polygons, 1):
        place = Place().at("polygon", p)
        if not polygon:
            raise ShapeError("empty", place=place)
        for r, ring in enumerate(polygon, 1):
            if _on_one_line(ring):
                raise ShapeError("empty", place=place.at("ring", r))
            for n, (lon, lat) in enumerate(ring, 1):
                _check_vertex(lon, lat, place.at("ring", r).at("point", n))
    west, south, east, north = area.bounds_e7()
    if any(
        abs(a[0] - b[0]) > 180 * E7
        for polygon in area.polygons
        for a, b in zip(polygon[0], polygon[0][1:] + polygon[0][:1], strict=True)
    ):
        raise ShapeError("antimeridian", west=west / E7, east=east / E7)
    width_km = (
        max(
            kernel.distance_e7(west, (south + north) // 2, east, (south + north) // 2),
            kernel.distance_e7(west, south, west, north),
        )
        / 1000.0
    )
    if width_km > MAX_WIDTH_KM:
        raise ShapeError("too_wide", width_km=width_km, limit_km=MAX_WIDTH_KM)
    geometry = to_shapely(area)
    if not geometry.is_valid:
        at = _spot(shapely.is_valid_reason(geometry), fallback=(west, south))
        raise ShapeError("crosses_itself", lon=at[0] / E7, lat=at[1] / E7)


def _on_one_line(ring: Ring) -> bool:
    x, y = ring[0] if ring else (0, 0)
    u, v = next(((a - x, b - y) for a, b in ring if (a, b) != (x, y)), (0, 0))
    return all((a - x) * v == (b - y) * u for a, b in ring)


def _spot(reason: str, *, fallback: Vertex) -> tuple[float, float]:
    """GEOS says `Self-intersection[1130000000 320500000]`: the place within the brackets."""
    inside = reason.partition("[")[2].partition("]")[0].split()
    if len(inside) >= 2:
        return float(inside[0]), float(inside[1])
    return fallback


def to_shapely(area: Area) -> shapely.MultiPolygon:
    """For validity and simplification; coordinates stay in 1e-7 degree."""
    return shapely.MultiPolygon([(p[0], list(p[1:])) for p in area.polygons])


def simplify_area(area: Area, *, tolerance_m: float) -> Area:
    """Fewer vertices, none moved by more than about `tolerance_m`; stays valid; never empty.

    Measured in degrees of latitude, so east–west it keeps more than it must.
    """
    _, north_m = kernel.metres_per_e7(area.bounds_e7()[1])
    simple = to_shapely(area).simplify(tolerance_m / north_m, preserve_topology=True)
    parts = simple.geoms if isinstance(simple, shapely.MultiPolygon) else [simple]
    polygons = tuple(
        tuple(
            tuple((round(x), round(y)) for x, y in list(ring.coords)[:-1])
            for ring in (part.exterior, *part.interiors)
        )
        for part in parts
        if not part.is_empty
    )
    return Area(polygons)


def columns(shapes: Sequence[Shape]) -> kernel.ShapeColumns:
    """Shapes in the columns of the distance kernel, in the order given."""
    n = len(shapes)
    kind = np.zeros(n, np.uint8)
    lon, lat = np.zeros(n, np.int32), np.zeros(n, np.int32)
    radius = np.zeros(n, np.float64)
    first, chunk = np.zeros(n, np.int64), np.zeros(n, np.int64)
    count = np.zeros(n, np.int32)
    edges: list[npt.NDArray[np.int32]] = []
    boxes: list[npt.NDArray[np.int32]] = []
    edge_total = chunk_total = 0
    for i, shape in enumerate(shapes):
        first[i], chunk[i] = edge_total, chunk_total
        if isinstance(shape, Circle):
            kind[i] = kernel.CIRCLE
            lon[i], lat[i], radius[i] = shape.lon_e7, shape.lat_e7, shape.radius_m
            continue
        kind[i] = kernel.AREA
        own = edges_of(shape)
        edges.append(own)
        boxes.append(boxes_of(own))
        count[i] = len(own)
        edge_total += len(own)
        chunk_total += len(boxes[-1])
    e = np.concatenate(edges) if edges else np.zeros((0, 4), np.int32)
    b = np.concatenate(boxes) if boxes else np.zeros((0, 4), np.int32)
    pick = np.ascontiguousarray
    return kernel.ShapeColumns(
        kind, lon, lat, radius, first, count, chunk,
        pick(e[:, 0]), pick(e[:, 1]), pick(e[:, 2]), pick(e[:, 3]),
        pick(b[:, 0]), pick(b[:, 1]), pick(b[:, 2]), pick(b[:, 3]),
    )  # fmt: skip


def edges_of(area: Area) -> npt.NDArray[np.int32]:
    """All edges as rows (x1, y1, x2, y2) in 1e-7 degree, ring after ring."""
    rows = []
    for polygon in area.polygons:
        for ring in polygon:
            a = np.asarray(ring, np.int32)
            rows.append(np.concatenate([a, np.roll(a, -1, axis=0)], axis=1))
    return np.concatenate(rows)


def boxes_of(edges: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """A bounding box (x1, y1, x2, y2) for each run of `kernel.CHUNK` edges."""
    starts = np.arange(0, len(edges), kernel.CHUNK)
    low = np.minimum(edges[:, :2], edges[:, 2:])
    high = np.maximum(edges[:, :2], edges[:, 2:])
    return np.concatenate(
        [np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)], axis=1
    )


@lru_cache(maxsize=1024)
def _one(shape: Shape) -> kernel.ShapeColumns:
    return columns([shape])


def signed_distance_m(
    shape: Shape, lon_e7: npt.ArrayLike, lat_e7: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Metres to the boundary, negative inside: the very numbers that the engine decides by."""
    lons = np.atleast_1d(np.asarray(lon_e7, np.int32))
    lats = np.atleast_1d(np.asarray(lat_e7, np.int32))
    out: npt.NDArray[np.float64] = kernel.distances(_one(shape), 0, lons, lats)
    return out


def contains(shape: Shape, lon_e7: npt.ArrayLike, lat_e7: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Whether the point is inside; a point on the boundary counts as inside."""
    return signed_distance_m(shape, lon_e7, lat_e7) <= 0.0
