import math
from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from guitu.engine.columns import CONTACT_ONLY, Verdict
from guitu.engine.positions import fixes_of, unix_ms
from guitu.engine.tests.story import Story, home_fence
from guitu.engine.warm import warm
from guitu.wire.messages import Flag, Position, Source

AT = datetime(2026, 6, 1, 2, 0, 0, 123_000, tzinfo=UTC)


def test_a_position_becomes_a_row() -> None:
    p = Position(
        time=AT,
        lat=32.05,
        lon=-118.78,
        valid=True,
        speed_kmh=3.5,
        satellites=9,
        source=Source.WIFI,
        battery_pct=80,
        flags=Flag.SOS,
    )
    one = fixes_of([(3, 77, p)])
    assert (one.slot[0], one.received_ms[0], one.time_ms[0]) == (3, 77, unix_ms(AT))
    assert unix_ms(AT) % 1000 == 123
    assert (one.lon_e7[0], one.lat_e7[0]) == (-1_187_800_000, 320_500_000)
    assert np.isnan(one.accuracy_m[0])
    assert (one.satellites[0], one.source[0], one.battery_pct[0]) == (9, 2, 80)
    assert (one.flags[0], one.valid[0]) == (2, 1)


def test_a_heartbeat_is_only_a_sign_of_life() -> None:
    story = Story(home_fence())
    story.give(fixes_of([(0, unix_ms(AT), None)]))
    assert story.verdict == Verdict.CONTACT
    assert fixes_of([(0, 5, None)]).flags[0] == CONTACT_ONLY


def test_no_rows_are_an_empty_batch() -> None:
    assert len(fixes_of([])) == 0


wild = st.floats() | st.sampled_from([math.nan, math.inf, 1e300])


@given(wild, wild, wild, wild, st.integers(-(2**40), 2**40), st.integers(-(2**40), 2**40))
def test_no_position_stops_a_batch(
    lat: float, lon: float, accuracy: float, speed: float, satellites: int, battery: int
) -> None:
    p = Position(
        time=datetime(1, 1, 1, tzinfo=UTC),
        lat=lat,
        lon=lon,
        valid=True,
        accuracy_m=accuracy,
        speed_kmh=speed,
        satellites=satellites,
        battery_pct=battery,
    )
    story = Story(home_fence())
    story.give(fixes_of([(0, unix_ms(AT), p)]))
    assert Verdict.CLOCK in story.verdict


def test_warming_compiles_once() -> None:
    warm()
    assert warm() < 5
