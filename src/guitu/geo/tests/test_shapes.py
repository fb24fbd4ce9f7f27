import math

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from guitu.geo import kernel
from guitu.geo.errors import SENTENCES, Place, ShapeError
from guitu.geo.shapes import (
    E7,
    Area,
    Circle,
    contains,
    signed_distance_m,
    simplify_area,
    to_shapely,
)

NANJING = (118.78, 32.05)
SQUARE = [(118.0, 32.0), (119.0, 32.0), (119.0, 33.0), (118.0, 33.0)]


def code_of(polygons: object) -> str:
    with pytest.raises(ShapeError) as caught:
        Area.of(polygons)  # type: ignore[arg-type]
    for lang in ("zh-hans", "en"):
        sentence = caught.value.sentence(lang)  # type: ignore[arg-type]
        assert "{" not in sentence
        assert sentence.endswith(("。", "."))
    return caught.value.code


@pytest.mark.parametrize(
    ("polygons", "code"),
    [
        ([], "nothing"),
        ([[]], "empty"),
        ([[[]]], "empty"),
        ([[[(118, 32), (119, 32)]]], "empty"),
        ([[[(118, 32), (119, 33), (120, 34)]]], "empty"),
        ([[[(118, 32), (118, 32), (118, 32), (118, 32)]]], "empty"),
        ([[[(118, 32), (119, 33), (118, 33), (119, 32)]]], "crosses_itself"),
        ([[[(118, 32), (119, 32), (118.5, 32), (118.5, 33)]]], "crosses_itself"),
        ([[SQUARE], [SQUARE]], "crosses_itself"),
        ([[SQUARE, [(120, 32), (121, 32), (121, 33)]]], "crosses_itself"),
        ([[[(70, 20), (170, 20), (170, 50), (70, 50)]]], "too_wide"),
        ([[[(118, 20), (118.1, 20), (118.1, 40), (118, 40)]]], "too_wide"),
        ([[[(179, 30), (-179, 30), (-179, 31), (179, 31)]]], "antimeridian"),
        ([[[(118, 32), (math.nan, 32), (119, 33)]]], "not_finite"),
        ([[[(118, 32), (math.inf, 32), (119, 33)]]], "not_finite"),
        ([[[(32, 118), (33, 118), (33, 119)]]], "coordinate_range"),
        ([[[("118", 32), (119, 32), (119, 33)]]], "wrong_type"),
        ([[[(True, 32), (119, 32), (119, 33)]]], "wrong_type"),
    ],
)
def test_a_bad_area_is_refused_with_a_sentence(polygons: object, code: str) -> None:
    assert code_of(polygons) == code


def test_a_crossing_is_named_by_its_place() -> None:
    with pytest.raises(ShapeError) as caught:
        Area.of([[[(118, 32), (119, 33), (118, 33), (119, 32)]]])
    assert "118.500000, 32.500000" in caught.value.sentence("zh-hans")


def test_a_bad_point_is_named_by_its_number() -> None:
    with pytest.raises(ShapeError) as caught:
        Area.of([[SQUARE, [(118.2, 32.2), (118.4, 95), (118.4, 32.4)]]])
    assert caught.value.sentence("zh-hans").startswith("第 1 个多边形第 2 个环第 2 个点的坐标")
    assert caught.value.sentence("en").startswith("Polygon 1, ring 2, point 2 has")


def test_too_many_vertices_are_refused() -> None:
    turn = np.linspace(0, 2 * np.pi, 20_002, endpoint=False)
    ring = np.stack([118 + np.cos(turn), 32 + np.sin(turn)], -1)
    assert code_of([[ring.tolist()]]) == "too_many_vertices"


@pytest.mark.parametrize("radius_m", [0.0, -5.0, 9.9, 300_001.0, math.nan, math.inf])
def test_a_radius_out_of_range_is_refused(radius_m: float) -> None:
    with pytest.raises(ShapeError) as caught:
        Circle.at(*NANJING, radius_m=radius_m)
    assert caught.value.code == "radius"
    assert "{" not in caught.value.sentence("zh-hans")


def test_every_sentence_exists_in_both_languages_with_the_same_values() -> None:
    import string

    def names(text: str) -> set[str]:
        return {
            name.split("_zh")[0].split("_en")[0]
            for _, name, _, _ in string.Formatter().parse(text)
            if name
        }

    for chinese, english in SENTENCES.values():
        assert names(chinese) == names(english)


def test_a_long_value_is_cut_in_the_sentence() -> None:
    error = ShapeError("duplicate_key", key="x" * 10_000)
    assert len(error.sentence("en")) < 300
    assert Place().in_words("zh-hans") == "文件"


def test_closed_and_open_rings_are_the_same_shape() -> None:
    assert Area.of([[SQUARE]]) == Area.of([[[*SQUARE, SQUARE[0]]]])


def test_a_circle_is_measured_from_its_rim() -> None:
    circle = Circle.at(*NANJING, radius_m=100)
    _, north_m = kernel.metres_per_e7(circle.lat_e7)
    away = round(250 / north_m)
    d = signed_distance_m(circle, [circle.lon_e7] * 2, [circle.lat_e7, circle.lat_e7 + away])
    assert d == pytest.approx([-100, 150], abs=0.05)


def test_a_degree_of_latitude_and_longitude_has_its_known_length() -> None:
    # WGS-84 at 32° N: 110.887 km and 94.493 km a degree.
    east, north = kernel.metres_per_e7(32 * E7)
    assert east * E7 == pytest.approx(94_493, abs=1.5)
    assert north * E7 == pytest.approx(110_887, abs=1.5)


@pytest.mark.parametrize("lat", [-90, -45, 0, 18, 32.05, 53, 60, 89, 90])
def test_the_fixed_series_is_the_cosine(lat: float) -> None:
    import numba

    ask = numba.njit(lambda v: kernel.cos_e7(v))
    assert ask(round(lat * E7)) == pytest.approx(math.cos(math.radians(lat)), abs=2e-15)


def test_holes_are_outside_and_boundaries_inside() -> None:
    hole = [(118.4, 32.4), (118.6, 32.4), (118.6, 32.6), (118.4, 32.6)]
    area = Area.of([[SQUARE, hole]])
    points = [(118.5, 32.5), (118.2, 32.2), (117.9, 32.5), (118.0, 32.5), (118.0, 32.0)]
    lon, lat = (np.array(points) * E7).round().astype(np.int32).T
    assert contains(area, lon, lat).tolist() == [False, True, False, True, True]


def test_two_parts_are_one_area() -> None:
    far = [(x + 2, y) for x, y in SQUARE]
    area = Area.of([[SQUARE], [far]])
    assert contains(area, [1185000000, 1205000000, 1195000000], [325000000] * 3).tolist() == [
        True,
        True,
        False,
    ]


star = st.lists(st.integers(2_000, 400_000), min_size=3, max_size=60)
point = st.tuples(st.integers(-600_000, 600_000), st.integers(-600_000, 600_000))


@given(star, st.lists(point, min_size=1, max_size=20))
def test_inside_and_distance_agree_with_shapely(
    reach: list[int], points: list[tuple[int, int]]
) -> None:
    turn = np.linspace(0, 2 * np.pi, len(reach), endpoint=False)
    ring = tuple(
        (1_187_800_000 + round(r * math.cos(t)), 320_500_000 + round(r * math.sin(t)))
        for r, t in zip(reach, turn, strict=True)
    )
    try:
        area = Area(((ring,),))
    except ShapeError:
        assume(False)
    geometry = to_shapely(area)
    for dx, dy in points:
        x, y = 1_187_800_000 + dx, 320_500_000 + dy
        d = float(signed_distance_m(area, x, y)[0])
        p = shapely.Point(x, y)
        if geometry.boundary.distance(p) > 0:
            assert (d < 0) == geometry.contains(p)
        east, north = kernel.metres_per_e7(y)
        local = shapely.transform(
            geometry, lambda c, x=x, y=y, e=east, n=north: (c - [x, y]) * [e, n]
        )
        assert abs(d) == pytest.approx(local.boundary.distance(shapely.Point(0, 0)), abs=1e-6)


def test_simplifying_keeps_the_shape_within_the_tolerance() -> None:
    turn = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
    ring = np.stack([118 + 0.2 * np.cos(turn), 32 + 0.2 * np.sin(turn)], -1)
    area = Area.of([[ring.tolist()]])
    simple = simplify_area(area, tolerance_m=50)
    assert simple.vertex_count() < 100
    lon, lat = (ring * E7).round().astype(np.int32).T
    assert np.abs(signed_distance_m(simple, lon, lat)).max() < 60


def test_bounds_hold_the_shape() -> None:
    assert Area.of([[SQUARE]]).bounds_e7() == (1180000000, 320000000, 1190000000, 330000000)
    west, south, east, north = Circle.at(*NANJING, radius_m=1000).bounds_e7()
    assert east - west > north - south > 0


def test_an_area_over_many_chunks_far_away_is_still_exact() -> None:
    turn = np.linspace(0, 2 * np.pi, 5000, endpoint=False)
    ring = np.stack([118 + 0.3 * np.cos(turn), 32 + 0.3 * np.sin(turn)], -1)
    area = Area.of([[ring.tolist()]])
    rng = np.random.default_rng(1)
    lon = rng.integers(1_170_000_000, 1_190_000_000, 300).astype(np.int32)
    lat = rng.integers(310_000_000, 330_000_000, 300).astype(np.int32)
    got = contains(area, lon, lat)
    expected = shapely.contains_xy(to_shapely(area), lon, lat)
    assert (got == expected).all()
