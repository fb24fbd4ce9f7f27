import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guitu.geo import datums
from guitu.geo.errors import ShapeError
from guitu.geo.geojson import MAX_BYTES, Imported, read_geojson, write_geojson
from guitu.geo.shapes import E7, Area, Circle

RING = [[118.0, 32.0], [118.1, 32.0], [118.1, 32.1], [118.0, 32.0]]
POLYGON: dict[str, Any] = {"type": "Polygon", "coordinates": [RING]}


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def refused(source: Any, *, datum: Any = "wgs84") -> ShapeError:
    text = source if isinstance(source, str | bytes) else json.dumps(source)
    with pytest.raises(ShapeError) as caught:
        read_geojson(text, datum=datum)
    for lang in ("zh-hans", "en"):
        sentence = caught.value.sentence(lang)  # type: ignore[arg-type]
        assert "{" not in sentence or "“" in sentence
        assert len(sentence) < 500
    return caught.value


def test_a_collection_of_features_is_read_with_its_names() -> None:
    circle = feature({"type": "Point", "coordinates": [118.0, 32.0]}, name="家", radius_m=200)
    text = json.dumps(
        {"type": "FeatureCollection", "features": [feature(POLYGON, name="厂区"), circle]}
    )
    factory, home = read_geojson(text.encode(), datum="wgs84")
    assert factory.name == "厂区"
    assert isinstance(factory.shape, Area)
    assert factory.shape.vertex_count() == 3
    assert home == Imported("家", Circle(1180000000, 320000000, 200.0))


@pytest.mark.parametrize(
    "source",
    [
        POLYGON,
        feature(POLYGON),
        {"type": "Feature", "geometry": POLYGON, "properties": None},
        {"type": "MultiPolygon", "coordinates": [[RING]]},
        {"type": "GeometryCollection", "geometries": [POLYGON]},
        {"type": "Polygon", "coordinates": [[[x, y, 12.5] for x, y in RING]]},
        {
            **POLYGON,
            "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
        },
    ],
)
def test_the_same_area_in_any_wrapping(source: Any) -> None:
    (one,) = read_geojson(json.dumps(source), datum="wgs84")
    assert one.shape == Area.of([[RING]])


def test_a_byte_order_mark_is_no_matter() -> None:
    assert read_geojson(b"\xef\xbb\xbf" + json.dumps(POLYGON).encode(), datum="wgs84")


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_declared_datum_is_converted_to_wgs84(datum: Any) -> None:
    (one,) = read_geojson(json.dumps(POLYGON), datum=datum)
    assert isinstance(one.shape, Area)
    back = datums.gcj02_to_wgs84 if datum == "gcj02" else datums.bd09_to_wgs84
    expected = back(118.1, 32.0)
    got = one.shape.polygons[0][0][1]
    assert (got[0] / E7, got[1] / E7) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"\xff\xfe", "encoding"),
        ("", "not_json"),
        ("{", "not_json"),
        ('{"type": "Polygon", "type": "Point"}', "duplicate_key"),
        ('{"type":"Polygon","coordinates":[[[1e999,0],[1,1],[0,1],[1e999,0]]]}', "bad_number"),
        ('{"type":"Polygon","coordinates":[[[NaN,0],[1,1],[0,1],[NaN,0]]]}', "bad_number"),
        ('{"type":"Polygon","coordinates":[[[-Infinity,0]]]}', "bad_number"),
        ('{"type":"Polygon","coordinates":' + "9" * 5000 + "}", "bad_number"),
        ("[" * 100_000, "too_deep"),
        ('{"a":' * 100_000, "too_deep"),
        ("[]", "wrong_type"),
        ("null", "wrong_type"),
        ('"Polygon"', "wrong_type"),
        ("{}", "missing"),
        ({"type": "FeatureCollection"}, "missing"),
        ({"type": "FeatureCollection", "features": []}, "nothing"),
        ({"type": "FeatureCollection", "features": {}}, "wrong_type"),
        ({"type": "FeatureCollection", "features": [POLYGON] * 501}, "too_many_shapes"),
        ({"type": "Feature", "geometry": None, "properties": {}}, "wrong_type"),
        ({"type": "Feature", "properties": {}}, "missing"),
        ({"type": "Polygon"}, "missing"),
        ({"type": "Polygon", "coordinates": "x"}, "wrong_type"),
        ({"type": "Polygon", "coordinates": [[["118", "32"]]]}, "wrong_type"),
        ({"type": "Polygon", "coordinates": [[[118]]]}, "wrong_type"),
        ({"type": "Polygon", "coordinates": [[[True, False]]]}, "wrong_type"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "Polygon", "coordinates": [[]]}, "empty"),
        ({"type": "Polygon", "coordinates": [RING[:3]]}, "ring_open"),
        (
            {"type": "Polygon", "coordinates": [[[32, 118], [33, 118], [33, 119], [32, 118]]]},
            "coordinate_range",
        ),
        ({"type": "LineString", "coordinates": RING}, "unsupported_type"),
        ({"type": "<script>", "coordinates": RING}, "unsupported_type"),
        ({"type": "Point", "coordinates": [118, 32]}, "missing"),
        (feature({"type": "Point", "coordinates": [118, 32]}, radius_m="5"), "wrong_type"),
        (feature({"type": "Point", "coordinates": [118, 32]}, radius_m=1e9), "radius"),
        ({**POLYGON, "crs": {"type": "name", "properties": {"name": "EPSG:3857"}}}, "foreign_crs"),
        ({"type": "MultiPolygon", "coordinates": [[RING]] * 2}, "crosses_itself"),
        ({"type": "Polygon", "coordinates": [RING * 30_000]}, "ring_open"),
    ],
)
def test_hostile_or_broken_text_is_refused_with_a_sentence(source: Any, code: str) -> None:
    if code == "ring_open" and len(json.dumps(source)) > 10_000:
        ring = source["coordinates"][0]
        ring.append(ring[0])
        assert refused(source).code == "too_many_vertices"
        return
    assert refused(source).code == code


def test_a_file_over_the_limit_is_not_even_parsed() -> None:
    assert refused(b" " * (MAX_BYTES + 1)).code == "too_large"


def test_an_unknown_datum_is_refused() -> None:
    assert refused(POLYGON, datum="mars").code == "unknown_datum"


def test_the_feature_at_fault_is_named() -> None:
    bad = {"type": "FeatureCollection", "features": [feature(POLYGON), feature({"type": "Circle"})]}
    assert refused(bad).sentence("zh-hans").startswith("第 2 个要素的类型是“Circle”")
    assert refused(bad).sentence("en").startswith("Feature 2 is a “Circle”")


def test_a_shape_that_fails_as_a_whole_is_named_by_its_feature() -> None:
    bow = {
        "type": "Polygon",
        "coordinates": [[[118, 32], [119, 33], [118, 33], [119, 32], [118, 32]]],
    }
    line = {"type": "Polygon", "coordinates": [[[118, 32], [119, 33], [120, 34], [118, 32]]]}
    for bad, zh, en in (
        (bow, "第 2 个要素：边界在", "Feature 2: The boundary"),
        (
            line,
            "第 2 个要素第 1 个多边形第 1 个环没有面积",
            "Feature 2, polygon 1, ring 1 has no area",
        ),
    ):
        error = refused({"type": "FeatureCollection", "features": [feature(POLYGON), feature(bad)]})
        assert error.sentence("zh-hans").startswith(zh)
        assert error.sentence("en").startswith(en)
        assert str(error) == error.sentence("en")


def test_the_largest_file_is_refused_within_seconds() -> None:
    text = "[" + "[1,2]," * (MAX_BYTES // 6 - 2) + "1]"
    started = time.perf_counter()
    refused(text)
    assert time.perf_counter() - started < 10


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5)
    | st.sampled_from(["Polygon", "Feature", "MultiPolygon", "Point"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["type", "coordinates", "geometry", "properties", "features", "crs", "geometries", "radius_m"]),
        inner,
        max_size=4,
    ),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(json_values)
def test_any_json_is_read_or_refused_and_nothing_else(value: Any) -> None:
    try:
        read_geojson(json.dumps(value), datum="gcj02")
    except ShapeError as error:
        assert error.sentence("zh-hans")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with pytest.raises(ShapeError):
        read_geojson(body, datum="wgs84")


def test_what_is_written_is_read_back_exactly() -> None:
    shapes = [
        Imported("区", Area.of([[RING, [[118.05, 32.01], [118.06, 32.01], [118.06, 32.02]]]])),
        Imported("", Circle(1187800001, 320500003, 123.5)),
    ]
    assert list(read_geojson(write_geojson(shapes), datum="wgs84")) == shapes
