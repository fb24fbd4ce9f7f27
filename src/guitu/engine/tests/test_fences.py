import pytest

from guitu.engine.columns import Verdict
from guitu.engine.events import Cause
from guitu.engine.rules import FenceKind, FenceRule
from guitu.engine.tests.story import WEAK, Story, home_fence, ms, place
from guitu.geo.shapes import E7, Area


def test_a_person_at_home_raises_nothing() -> None:
    story = Story(home_fence())
    assert [story.fix(f"10:{m:02d}") for m in range(60)] == [[]] * 60


def test_two_good_fixes_outside_begin_a_breach_at_the_first() -> None:
    story = Story(home_fence())
    assert story.fix("10:00", 130) == []
    assert story.fix("10:01", 130) == ["BREACH_BEGIN"]
    assert story.last.time_ms == ms("10:00")
    assert story.last.deciding.time_ms == ms("10:01")
    assert story.last.received_ms == ms("10:01:01")
    assert story.last.fix_index == 0
    assert story.last.cause == Cause.FIX


def test_one_good_fix_far_outside_is_enough() -> None:
    story = Story(home_fence())
    assert story.fix("10:00", 400) == ["BREACH_BEGIN"]
    assert story.last.cause == Cause.FAR


@pytest.mark.parametrize(("east_m", "said"), [(274.0, []), (276.0, ["BREACH_BEGIN"])])
def test_far_is_five_uncertainties_and_a_hundred_metres(east_m: float, said: list[str]) -> None:
    assert Story(home_fence()).fix("10:00", east_m) == said


@pytest.mark.parametrize(("east_m", "outside"), [(114.0, False), (116.0, True)])
def test_outside_is_beyond_by_more_than_the_uncertainty(east_m: float, outside: bool) -> None:
    story = Story(home_fence())
    story.fix("10:00", east_m)
    assert (Verdict.OUTSIDE in story.verdict) == outside


def test_the_margin_is_allowed_ground() -> None:
    story = Story(home_fence(margin_m=50.0))
    story.fix("10:00", 164)
    assert Verdict.OUTSIDE not in story.verdict
    story.fix("10:01", 166)
    assert Verdict.OUTSIDE in story.verdict


def test_a_reported_accuracy_better_than_any_band_is_not_believed() -> None:
    story = Story(home_fence())
    story.fix("10:00", 110, accuracy_m=1.0)
    assert Verdict.OUTSIDE not in story.verdict


def test_a_poor_accuracy_widens_the_doubt() -> None:
    story = Story(home_fence())
    for minute in range(9):
        assert story.fix(f"10:0{minute}", 250, accuracy_m=160.0) == []


def test_weak_fixes_need_six_in_a_row() -> None:
    story = Story(home_fence())
    said = [story.fix(f"10:0{m}", 200, **WEAK) for m in range(6)]
    assert said == [[], [], [], [], [], ["BREACH_BEGIN"]]


def test_a_fix_inside_breaks_the_row() -> None:
    story = Story(home_fence())
    story.fix("10:00", 130)
    story.fix("10:01", 90)
    assert story.fix("10:02", 130) == []


def test_a_fix_in_doubt_neither_breaks_nor_continues_the_row() -> None:
    story = Story(home_fence())
    story.fix("10:00", 130)
    assert story.fix("10:01", 110) == []
    assert story.fix("10:02", 130) == ["BREACH_BEGIN"]


def test_reports_each_second_are_confirmed_after_fifteen_seconds_not_one() -> None:
    story = Story(home_fence())
    said = [story.fix(f"10:00:{s:02d}", 130) for s in range(16)]
    assert said == [[]] * 15 + [["BREACH_BEGIN"]]


def test_a_car_is_seen_at_its_second_fix_even_within_seconds() -> None:
    story = Story(home_fence(kind=FenceKind.EXCLUSION))
    story.fix("10:00:00", -300)
    assert story.fix("10:00:05", -70) == []
    assert story.fix("10:00:09", 60) == ["BREACH_BEGIN"]
    assert story.last.time_ms == ms("10:00:05")


def test_coming_back_ends_the_breach_at_the_second_fix_inside() -> None:
    story = Story(home_fence())
    story.fix("10:00", 400)
    assert story.fix("10:01", 95) == []
    assert story.fix("10:02", 95) == ["BREACH_END"]
    assert story.last.began_ms == ms("10:00")
    assert story.last.time_ms == ms("10:02")


def test_one_fix_well_inside_ends_it_at_once() -> None:
    story = Story(home_fence())
    story.fix("10:00", 400)
    assert story.fix("10:01", 0) == ["BREACH_END"]


def test_a_person_at_the_boundary_raises_one_alarm_not_many() -> None:
    story = Story(home_fence())
    said = []
    for minute in range(50):
        said += story.fix(f"10:{minute:02d}", 130 if minute % 2 else 95)
    assert said.count("BREACH_BEGIN") <= 1


def test_an_exclusion_fence_is_broken_by_being_inside() -> None:
    story = Story(home_fence(kind=FenceKind.EXCLUSION))
    assert story.fix("10:00", 300) == []
    assert story.fix("10:01", 0) == []
    assert story.fix("10:02", 0) == ["BREACH_BEGIN"]
    assert story.fix("10:03", 300) == ["BREACH_END"]


def test_a_hole_in_an_area_is_outside() -> None:
    def square(half_m: float) -> list[tuple[float, float]]:
        return [
            (place(x, y)[0] / E7, place(x, y)[1] / E7)
            for x, y in ((-half_m, -half_m), (half_m, -half_m), (half_m, half_m), (-half_m, half_m))
        ]

    fence = FenceRule(1, FenceKind.INCLUSION, Area.of([[square(2000), square(500)]]))
    story = Story(fence)
    assert story.fix("10:00", 1000) == []
    assert story.fix("10:02", 0) == ["BREACH_BEGIN"]


def test_each_fence_is_judged_for_itself() -> None:
    story = Story(home_fence(1), home_fence(2, radius_m=1000))
    assert story.fix("10:00", 500) == ["BREACH_BEGIN"]
    assert story.last.fence_id == 1
    assert story.fix("10:03", 2000) == ["BREACH_BEGIN"]
    assert story.last.fence_id == 2
    assert story.fix("10:06", 500) == ["BREACH_END"]
    assert story.last.fence_id == 2


def test_a_device_without_fences_raises_nothing() -> None:
    story = Story()
    assert story.fix("10:00", 9000) == []
    assert story.verdict == Verdict.JUDGED


def test_a_changed_shape_under_the_same_id_keeps_the_breach() -> None:
    story = Story(home_fence())
    story.fix("10:00", 400)
    story.rules.set_device(story.slot, fences=[home_fence(radius_m=150.0)])
    assert story.fix("10:01", 400) == []
    assert story.fix("10:02", 0) == ["BREACH_END"]


def test_removing_the_fence_ends_its_breach() -> None:
    story = Story(home_fence())
    story.fix("10:00", 400)
    story.rules.remove_device(story.slot)
    assert story.fix("10:01", 400) == ["BREACH_END"]
    assert story.last.cause == Cause.RULES_CHANGED
    assert story.last.began_ms == ms("10:00")


def test_removing_the_fence_ends_its_breach_at_a_tick_too() -> None:
    story = Story(home_fence())
    story.fix("10:00", 400)
    story.rules.remove_device(story.slot)
    assert story.tick("10:01") == ["BREACH_END"]
    assert story.tick("10:02") == []
