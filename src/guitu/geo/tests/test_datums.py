import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guitu.geo import datums
from guitu.geo.kernel import distance_e7

china = st.tuples(st.floats(73.5, 135.0), st.floats(18.0, 53.5))
METRE_DEG = 1 / 111_000


def test_gcj02_shifts_tiananmen_by_half_a_kilometre() -> None:
    # The published formula worked by hand for this place in double precision.
    lon, lat = datums.wgs84_to_gcj02(116.3912757, 39.9072885)
    assert (lon, lat) == pytest.approx((116.3975171, 39.9086919), abs=1e-5)


def test_bd09_lies_further_north_east_of_gcj02() -> None:
    lon, lat = datums.gcj02_to_bd09(116.3975171, 39.9086919)
    assert 0.006 < lon - 116.3975171 < 0.0075
    assert 0.005 < lat - 39.9086919 < 0.0075


@given(china)
def test_there_and_back_is_the_same_to_a_millimetre(at: tuple[float, float]) -> None:
    for there, back in (
        (datums.wgs84_to_gcj02, datums.gcj02_to_wgs84),
        (datums.wgs84_to_bd09, datums.bd09_to_wgs84),
        (datums.gcj02_to_bd09, datums.bd09_to_gcj02),
    ):
        again = back(*there(*at))
        assert again == pytest.approx(at, abs=METRE_DEG / 1000)


@given(china)
def test_the_shift_is_between_fifty_metres_and_a_kilometre(at: tuple[float, float]) -> None:
    lon, lat = datums.wgs84_to_gcj02(*at)
    moved = distance_e7(round(at[0] * 1e7), round(at[1] * 1e7), round(lon * 1e7), round(lat * 1e7))
    assert 20 < moved < 1200


@pytest.mark.parametrize(
    "at", [(-0.1, 51.5), (139.7, 35.7), (72.0, 30.0), (100.0, 0.8), (0.0, 0.0)]
)
def test_outside_china_nothing_is_shifted(at: tuple[float, float]) -> None:
    for shift in (
        datums.wgs84_to_gcj02,
        datums.gcj02_to_wgs84,
        datums.wgs84_to_bd09,
        datums.bd09_to_wgs84,
    ):
        assert shift(*at) == at


def test_arrays_give_arrays_and_mixed_places_are_each_treated_as_their_own() -> None:
    lon, lat = np.array([116.4, -0.1]), np.array([39.9, 51.5])
    out_lon, out_lat = datums.wgs84_to_gcj02(lon, lat)
    assert (out_lon[0], out_lat[0]) == datums.wgs84_to_gcj02(116.4, 39.9)
    assert (out_lon[1], out_lat[1]) == (-0.1, 51.5)
    empty = datums.gcj02_to_wgs84(np.zeros(0), np.zeros(0))
    assert len(empty[0]) == 0


def test_an_unknown_datum_is_refused() -> None:
    with pytest.raises(ValueError, match="use one of wgs84"):
        datums.to_wgs84("itrf", np.zeros(1), np.zeros(1))  # type: ignore[arg-type]
