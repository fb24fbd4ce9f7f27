import json
from xml.etree import ElementTree

import numpy as np
import pytest

from guitu.geo import trail
from guitu.geo.export import degrees, to_geojson, to_gpx
from guitu.geo.kernel import metres_per_e7

LON, LAT = 1_187_800_000, 320_500_000
EAST_M, NORTH_M = metres_per_e7(LAT)


def path(*legs: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(seconds, east m, north m) from the start."""
    t, x, y = (np.array(c) for c in zip(*legs, strict=True))
    return (
        (t * 1000).astype(np.int64),
        (LON + x / EAST_M).round().astype(np.int32),
        (LAT + y / NORTH_M).round().astype(np.int32),
    )


def test_distance_is_the_sum_of_the_legs() -> None:
    _, lon, lat = path((0, 0, 0), (60, 300, 0), (120, 300, 400))
    assert trail.distance_m(lon, lat) == pytest.approx(700, abs=0.1)
    assert trail.distance_m(lon[:0], lat[:0]) == 0


def test_speed_between_equal_times_is_unknown() -> None:
    t, lon, lat = path((0, 0, 0), (60, 600, 0), (60, 601, 0))
    speed = trail.speeds_kmh(t, lon, lat)
    assert np.isnan(speed[0])
    assert speed[1] == pytest.approx(36, abs=0.1)
    assert np.isnan(speed[2])


def test_a_gap_is_longer_than_its_limit() -> None:
    t, lon, lat = path((0, 0, 0), (600, 0, 0), (1201, 500, 0))
    (gap,) = trail.gaps(t, lon, lat)
    assert (gap.before, gap.start_ms, gap.end_ms) == (1, 600_000, 1_201_000)
    assert gap.moved_m == pytest.approx(500, abs=0.1)


def test_a_stop_is_a_stay_and_one_stray_fix_does_not_split_it() -> None:
    legs = [(60 * i, 20 * (i % 3), 0) for i in range(10)]
    legs[5] = (300, 400, 0)
    legs += [(600 + 60 * i, 500 * (i + 1), 0) for i in range(6)]
    t, lon, lat = path(*legs)
    (stop,) = trail.stops(t, lon, lat)
    assert (stop.first, stop.last) == (0, 9)
    assert abs(stop.lon_e7 - LON) * EAST_M < 30


def test_a_stop_does_not_reach_over_a_gap() -> None:
    t, lon, lat = path((0, 0, 0), (400, 0, 0), (4000, 0, 0), (4400, 0, 0))
    assert [(s.first, s.last) for s in trail.stops(t, lon, lat)] == [(0, 1), (2, 3)]


def test_simplifying_keeps_the_ends_and_the_corners() -> None:
    legs = [(i, i * 10, 0.5 * (i % 2)) for i in range(100)] + [
        (100 + i, 990, i * 10) for i in range(100)
    ]
    _, lon, lat = path(*legs)
    keep = trail.simplify(lon, lat, tolerance_m=5)
    assert keep[0] == 0
    assert keep[-1] == 199
    assert 3 <= len(keep) <= 5
    assert len(trail.simplify(lon[:2], lat[:2], tolerance_m=5)) == 2


def test_a_trail_that_never_moves_is_simplified_to_its_ends() -> None:
    _, lon, lat = path(*[(i, 0, 0) for i in range(50)])
    assert trail.simplify(lon, lat, tolerance_m=5).tolist() == [0, 49]


def test_gpx_holds_every_fix_with_its_exact_place_and_time() -> None:
    t, lon, lat = path((1_780_243_200.123, 0, 0), (1_780_243_260, 10, 0), (1_780_243_260, 10, 0))
    text = to_gpx("张三 <&> \x00", t, lon, lat)
    root = ElementTree.fromstring(text)
    ns = {"g": "http://www.topografix.com/GPX/1/1"}
    points = root.findall(".//g:trkpt", ns)
    assert len(points) == 3
    assert points[0].get("lon") == "118.7800000"
    assert points[0].findtext("g:time", namespaces=ns) == "2026-05-31T16:00:00.123Z"
    assert root.findtext(".//g:name", namespaces=ns) == "张三 <&> "


def test_degrees_are_written_digit_for_digit() -> None:
    assert [degrees(v) for v in (0, 1, -1, -1_187_800_001)] == [
        "0.0000000",
        "0.0000001",
        "-0.0000001",
        "-118.7800001",
    ]


def test_geojson_is_a_line_a_point_or_nothing() -> None:
    t, lon, lat = path((1_780_243_200, 0, 0), (1_780_243_260, 10, 0))
    line = json.loads(to_geojson("一", t, lon, lat))
    assert line["geometry"]["type"] == "LineString"
    assert line["properties"]["times"][0] == "2026-05-31T16:00:00.000Z"
    assert json.loads(to_geojson("", t[:1], lon[:1], lat[:1]))["geometry"]["type"] == "Point"
    assert json.loads(to_geojson("", t[:0], lon[:0], lat[:0]))["geometry"] is None
