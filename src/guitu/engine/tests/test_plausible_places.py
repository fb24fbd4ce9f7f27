import math

import pytest

from guitu.engine.columns import SOURCE_CELL, SOURCE_WIFI, Verdict
from guitu.engine.tests.story import Story, home_fence


def test_a_good_fix_is_judged() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    assert story.verdict == Verdict.JUDGED


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ({"valid": 0}, Verdict.NO_PLACE),
        ({"source": SOURCE_CELL}, Verdict.FILTERED_SOURCE),
        ({"accuracy_m": 501.0}, Verdict.FILTERED_ACCURACY),
        ({"speed_kmh": 361.0}, Verdict.FILTERED_SPEED),
    ],
)
def test_a_place_not_to_be_believed_is_marked_and_begins_no_breach(
    told: dict[str, float], verdict: Verdict
) -> None:
    story = Story(home_fence())
    for minute in range(5):
        assert story.fix(f"10:0{minute}", 900, **told) == []
        assert verdict in story.verdict
        assert Verdict.JUDGED not in story.verdict


@pytest.mark.parametrize(
    "told", [{"accuracy_m": 500.0}, {"speed_kmh": 359.0}, {"accuracy_m": math.nan}]
)
def test_on_the_limit_a_fix_is_still_judged(told: dict[str, float]) -> None:
    story = Story(home_fence())
    story.fix("10:00", **told)
    assert Verdict.JUDGED in story.verdict


@pytest.mark.parametrize("lon_lat", [(0, 0), (1_800_000_001, 0), (0, -900_000_001)])
def test_coordinates_that_are_no_place_are_marked(lon_lat: tuple[int, int]) -> None:
    from guitu.engine.columns import Fixes
    from guitu.engine.tests.story import ms

    story = Story(home_fence())
    lon, lat = lon_lat
    story.give(Fixes.of(slot=[0], time_ms=[ms("10:00")], lon_e7=[lon], lat_e7=[lat]))
    assert Verdict.NO_PLACE in story.verdict


def test_wifi_and_few_satellites_and_poor_accuracy_are_weak() -> None:
    story = Story(home_fence())
    for n, told in enumerate(
        ({"source": SOURCE_WIFI, "satellites": -1}, {"satellites": 7}, {"accuracy_m": 41.0})
    ):
        story.fix(f"10:0{n}", n, **told)
        assert story.verdict == Verdict.JUDGED | Verdict.WEAK


def test_a_jump_of_ten_kilometres_in_a_minute_is_marked() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    assert story.fix("10:01", 10_000) == []
    assert story.verdict == Verdict.FILTERED_JUMP
    story.fix("10:02")
    assert story.verdict == Verdict.JUDGED


def test_a_jump_that_the_next_fix_confirms_was_a_journey() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    story.fix("10:01", 50_000)
    assert story.verdict == Verdict.FILTERED_JUMP
    assert story.fix("10:02", 50_100) == ["BREACH_BEGIN"]
    assert story.verdict == Verdict.JUDGED | Verdict.OUTSIDE


def test_two_wrong_places_do_not_confirm_each_other() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    story.fix("10:01", 50_000)
    story.fix("10:02", -50_000)
    assert story.verdict == Verdict.FILTERED_JUMP


def test_a_flight_by_high_speed_train_is_seen() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    said = []
    for minute in range(1, 4):
        said += story.fix(f"10:0{minute}", 5_800.0 * minute)
        assert Verdict.JUDGED in story.verdict
    assert said == ["BREACH_BEGIN"]


def test_reports_each_second_may_scatter_within_their_uncertainty() -> None:
    story = Story(home_fence(radius_m=500))
    story.fix("10:00:00")
    story.fix("10:00:01", 125)
    assert story.verdict == Verdict.JUDGED
    story.fix("10:00:02", 400)
    assert story.verdict == Verdict.FILTERED_JUMP


def test_after_a_long_outage_any_place_can_be_reached() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    assert story.fix("12:00", 500_000) == ["BREACH_BEGIN"]
