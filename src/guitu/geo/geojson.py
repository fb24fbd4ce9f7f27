"""Read GeoJSON that a stranger may have written, and write ours.

A file is never trusted: size, encoding, depth, duplicate keys, numbers and types are checked before
any geometry is built, in time and memory proportional to the size allowed. Everything refused is a
`ShapeError` whose sentence names the value, the place and the remedy.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from guitu.geo.datums import DATUMS, Datum, to_wgs84
from guitu.geo.errors import Place, ShapeError
from guitu.geo.shapes import E7, MAX_VERTICES, Area, Circle, Shape, to_e7

MAX_BYTES = 8_000_000
MAX_DEPTH = 24  # a MultiPolygon in nested collections needs about 12
MAX_FEATURES = 500
_MAX_NAME = 200

_WGS84_CRS = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4490", "EPSG:4490")


@dataclass(frozen=True, slots=True)
class Imported:
    """One feature of a file: its name (may be empty) and its shape in WGS-84."""

    name: str
    shape: Shape


def read_geojson(source: bytes | str, *, datum: Datum) -> tuple[Imported, ...]:
    """All areas and circles of a GeoJSON text whose coordinates are in the declared `datum`.

    Takes FeatureCollection, Feature or a bare geometry; Polygon, MultiPolygon, a collection of
    these, and Point with a property `radius_m` (a circle). Altitudes are ignored. Raises ShapeError.
    """
    if datum not in DATUMS:
        raise ShapeError("unknown_datum", value=str(datum))
    document = _parse(_text(source))
    return _Reader(datum).document(document)


def write_geojson(shapes: tuple[Imported, ...] | list[Imported]) -> str:
    """A FeatureCollection in WGS-84, coordinates with seven decimals (exactly what is stored)."""
    features = [
        {"type": "Feature", "properties": _properties(i), "geometry": _geometry(i.shape)}
        for i in shapes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def _properties(item: Imported) -> dict[str, Any]:
    own: dict[str, Any] = {"name": item.name}
    if isinstance(item.shape, Circle):
        own["radius_m"] = item.shape.radius_m
    return own


def _geometry(shape: Shape) -> dict[str, Any]:
    if isinstance(shape, Circle):
        return {"type": "Point", "coordinates": [shape.lon_e7 / E7, shape.lat_e7 / E7]}
    rings = [
        [[[x / E7, y / E7] for x, y in (*ring, ring[0])] for ring in polygon]
        for polygon in shape.polygons
    ]
    return {"type": "MultiPolygon", "coordinates": rings}


def _text(source: bytes | str) -> str:
    # A character is at most four bytes: a str that is over the limit in characters is over it anyhow.
    if len(source) > MAX_BYTES:
        raise ShapeError("too_large", size=len(source), limit=MAX_BYTES)
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ShapeError("encoding", at=error.start) from error


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser recurses into it."""
    depth = 0
    quoted = escaped = False
    for at, c in enumerate(text):
        if quoted:
            if escaped:
                escaped = False
            elif c == "\\":
                escaped = True
            elif c == '"':
                quoted = False
        elif c == '"':
            quoted = True
        elif c in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ShapeError("too_deep", at=at, limit=MAX_DEPTH)
        elif c in "]}":
            depth -= 1


def _parse(text: str) -> Any:
    _check_depth(text)
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_number,
            parse_int=_number,
            parse_constant=_bad_number,
        )
    except json.JSONDecodeError as error:
        raise ShapeError("not_json", line=error.lineno, column=error.colno) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise ShapeError("duplicate_key", key=key)
        made[key] = value
    return made


def _number(text: str) -> float:
    value = float(text) if len(text) <= 400 else math.inf
    if not math.isfinite(value):
        raise ShapeError("bad_number", value=text)
    return value


def _bad_number(text: str) -> NoReturn:
    raise ShapeError("bad_number", value=text)


class _Reader:
    def __init__(self, datum: Datum) -> None:
        self.datum = datum
        self.vertices = 0

    def document(self, document: Any) -> tuple[Imported, ...]:
        place = Place()
        top = _dict(document, place)
        self._crs(top)
        if top.get("type") != "FeatureCollection":
            return (self._feature(top, place),)
        features = _list(_member(top, "features", place), place)
        if not features:
            raise ShapeError("nothing")
        if len(features) > MAX_FEATURES:
            raise ShapeError("too_many_shapes", limit=MAX_FEATURES)
        return tuple(self._feature(f, place.at("feature", n)) for n, f in enumerate(features, 1))

    def _crs(self, top: dict[str, Any]) -> None:
        crs = top.get("crs")
        if crs is None:
            return
        name = str(_dict(crs, Place()).get("properties", {}))
        if not any(known in name for known in _WGS84_CRS):
            raise ShapeError("foreign_crs", value=name)

    def _feature(self, value: Any, place: Place) -> Imported:
        feature = _dict(value, place)
        if feature.get("type") != "Feature":
            return Imported("", self._shape(feature, {}, place))
        properties = _dict(feature.get("properties") or {}, place)
        geometry = _dict(_member(feature, "geometry", place), place)
        name = properties.get("name")
        try:
            shape = self._shape(geometry, properties, place)
        except ShapeError as error:
            raise error.inside(place) from error
        return Imported(name[:_MAX_NAME] if isinstance(name, str) else "", shape)

    def _shape(self, geometry: dict[str, Any], properties: dict[str, Any], place: Place) -> Shape:
        if geometry.get("type") == "Point":
            if "radius_m" not in properties:
                raise ShapeError("missing", place=place, key="radius_m")
            radius = properties["radius_m"]
            if not isinstance(radius, float):
                raise _wrong(place, "数", "a number", radius)
            ((lon, lat),) = self._ring([_member(geometry, "coordinates", place)], place)
            return Circle.at(lon, lat, radius_m=radius)
        polygons = self._polygons(geometry, place)
        if not polygons:
            raise ShapeError("nothing")
        return Area.of(polygons, place=place)

    def _polygons(self, geometry: dict[str, Any], place: Place) -> list[list[list[list[float]]]]:
        kind = geometry.get("type")
        if kind == "Polygon":
            return [self._polygon(_member(geometry, "coordinates", place), place)]
        if kind == "MultiPolygon":
            parts = _list(_member(geometry, "coordinates", place), place)
            return [self._polygon(p, place.at("polygon", n)) for n, p in enumerate(parts, 1)]
        if kind == "GeometryCollection":
            members = _list(_member(geometry, "geometries", place), place)
            return [
                polygon
                for n, m in enumerate(members, 1)
                for polygon in self._polygons(
                    _dict(m, place.at("geometry", n)), place.at("geometry", n)
                )
            ]
        if not isinstance(kind, str):
            raise ShapeError("missing", place=place, key="type")
        raise ShapeError("unsupported_type", place=place, value=kind)

    def _polygon(self, value: Any, place: Place) -> list[list[list[float]]]:
        rings = []
        for n, ring in enumerate(_list(value, place), 1):
            spot = place.at("ring", n)
            points = _list(ring, spot)
            if len(points) > 1 and points[0] != points[-1]:
                raise ShapeError("ring_open", place=spot)
            rings.append(self._ring(points, spot))
        return rings

    def _ring(self, points: list[Any], place: Place) -> list[list[float]]:
        self.vertices += len(points)
        if self.vertices > MAX_VERTICES * 5:
            raise ShapeError("too_many_vertices", count=self.vertices, limit=MAX_VERTICES * 5)
        for n, point in enumerate(points, 1):
            if (
                not isinstance(point, list)
                or len(point) < 2
                or not all(isinstance(c, float) for c in point)
            ):
                raise _wrong(place.at("point", n), "[经度, 纬度]", "[longitude, latitude]", point)
            to_e7(point[0], point[1], place=place.at("point", n))
        if not points:
            raise ShapeError("empty", place=place)
        flat = np.array([p[:2] for p in points], np.float64)
        lon, lat = to_wgs84(self.datum, flat[:, 0], flat[:, 1])
        return np.stack([lon, lat], axis=1).tolist()  # type: ignore[no-any-return]


def _wrong(place: Place, zh: str, en: str, value: object) -> ShapeError:
    return ShapeError(
        "wrong_type", place=place, expected_zh=zh, expected_en=en, value=repr(value)[:80]
    )


def _dict(value: Any, place: Place) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(place, "对象", "an object", value)
    return value


def _list(value: Any, place: Place) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(place, "数组", "an array", value)
    return value


def _member(value: dict[str, Any], key: str, place: Place) -> Any:
    if key not in value:
        raise ShapeError("missing", place=place, key=key)
    return value[key]
