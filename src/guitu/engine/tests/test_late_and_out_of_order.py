"""Late and out-of-order reports first: they are what a network really sends."""

from guitu.engine.columns import Fixes, Verdict
from guitu.engine.events import Cause
from guitu.engine.tests.story import HOME, NIGHT, WEAK, Story, home_fence, ms, row


def backlog(story: Story, clocks: list[str], east_m: float, *, received: str) -> list[str]:
    """Old fixes that come in one after another after a newer one."""
    said: list[str] = []
    for clock in clocks:
        said += story.fix(clock, east_m, received=received)
    return said


def test_a_late_fix_is_marked_and_kept() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    story.fix("09:50", received="10:01")
    assert Verdict.LATE in story.verdict
    assert Verdict.JUDGED in story.verdict


def test_fixes_with_equal_times_are_both_in_order() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    story.fix("10:00", 20)
    assert story.verdict == Verdict.JUDGED


def test_a_single_late_fix_outside_proves_nothing() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    assert story.fix("09:50", 130, received="10:01") == []


def test_a_backlog_outside_proves_a_breach_that_is_over() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    said = backlog(story, ["09:50", "09:51", "09:52", "09:53"], 400, received="10:01")
    assert said == ["BREACH_PAST"]
    assert story.last.time_ms == ms("09:50")
    assert story.last.cause == Cause.BACKLOG
    assert story.state.standing_breaches() == []


def test_a_backlog_that_goes_back_twice_tells_each_breach_once() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    assert backlog(story, ["09:50", "09:51", "09:52"], 130, received="10:01") == ["BREACH_PAST"]
    assert backlog(story, ["09:50:30", "09:51:30"], 130, received="10:02") == []


def test_two_excursions_in_one_backlog_are_two_breaches() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    said = backlog(story, ["09:10", "09:11"], 130, received="10:01")
    said += backlog(story, ["09:20"], 0, received="10:01")
    said += backlog(story, ["09:30", "09:31"], 130, received="10:01")
    assert said == ["BREACH_PAST", "BREACH_PAST"]


def test_a_backlog_outside_while_still_outside_begins_the_breach_of_now() -> None:
    story = Story(home_fence())
    assert story.fix("10:00", 130) == []
    assert backlog(story, ["09:50", "09:51"], 130, received="10:01") == ["BREACH_BEGIN"]
    assert story.last.time_ms == ms("09:50")
    assert story.fix("10:02", 130) == []
    assert story.fix("10:03") == ["BREACH_END"]


def test_a_backlog_about_a_breach_that_stands_says_nothing_new() -> None:
    story = Story(home_fence())
    story.fix("10:00", 400)
    assert [e.kind.name for e in story.events] == ["BREACH_BEGIN"]
    assert backlog(story, ["09:50", "09:51"], 400, received="10:01") == []


def test_a_backlog_within_a_breach_that_ended_says_nothing_new() -> None:
    story = Story(home_fence())
    story.fix("10:00", 400)
    story.fix("10:10")
    story.fix("10:11")
    assert backlog(story, ["10:04", "10:05"], 400, received="10:12") == []


def test_a_late_fix_inside_ends_no_breach() -> None:
    story = Story(home_fence())
    story.fix("10:00", 400)
    assert backlog(story, ["09:58", "09:59"], 0, received="10:01") == []
    assert len(story.state.standing_breaches()) == 1


def test_a_backlog_is_judged_by_the_curfew_of_its_own_time() -> None:
    story = Story(home_fence(timetable=NIGHT))
    story.fix("12:00", day=2)
    assert backlog(story, ["21:00", "21:01", "21:02"], 400, received="22:30") == []
    story = Story(home_fence(timetable=NIGHT))
    story.fix("06:30", day=2)
    said = []
    for clock in ("05:00", "05:01"):
        said += story.fix(clock, 400, day=2, received="06:31")
    assert said == ["BREACH_PAST"]


def test_weak_late_fixes_need_six() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    said = []
    for minute in range(6):
        said.append(story.fix(f"09:5{minute}", 300, received="10:01", **WEAK))
    assert said == [[], [], [], [], [], ["BREACH_PAST"]]


def test_the_same_time_place_and_flags_is_a_duplicate_and_not_judged_again() -> None:
    story = Story(home_fence())
    story.fix("10:00", 130)
    assert story.fix("10:00", 130, received="10:05") == []
    assert story.verdict == Verdict.DUPLICATE
    story.fix("10:01", 130)
    assert [e.kind.name for e in story.events] == ["BREACH_BEGIN"]


def test_the_same_time_and_place_with_other_flags_is_no_duplicate() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    assert story.fix("10:00", flags=2) == ["SOS"]


def test_a_duplicate_is_known_among_the_last_thirty_two_only() -> None:
    story = Story(home_fence())
    for minute in range(33):
        story.fix(f"10:{minute:02d}")
    story.fix("10:01", received="11:00")
    assert Verdict.DUPLICATE in story.verdict
    story.fix("10:00", received="11:00")
    assert story.verdict == Verdict.LATE | Verdict.JUDGED


def test_a_clock_wrong_by_years_is_marked_and_the_time_received_used() -> None:
    story = Story(home_fence())
    for wrong in (0, ms("10:00") - 31 * 86_400_000, ms("10:00") + 601_000, 4_102_444_800_000):
        story.give(
            Fixes.of(
                slot=[story.slot],
                time_ms=[wrong],
                received_ms=[ms("10:00")],
                lon_e7=[HOME[0] + wrong % 1000],
                lat_e7=[HOME[1]],
            )
        )
        assert Verdict.CLOCK in story.verdict
        assert Verdict.LATE not in story.verdict
    story.fix("10:01")
    assert story.verdict == Verdict.JUDGED


def test_a_backlog_of_thirty_days_and_a_clock_ten_minutes_ahead_are_believed() -> None:
    story = Story(home_fence())
    at = ms("10:00")
    for told in (at - 30 * 86_400_000, at + 600_000):
        story.give(
            Fixes.of(
                slot=[story.slot],
                time_ms=[told],
                received_ms=[at],
                lon_e7=[HOME[0]],
                lat_e7=[HOME[1]],
            )
        )
        assert story.verdict == Verdict.JUDGED


def test_a_report_without_a_readable_time_is_judged_by_the_time_received() -> None:
    story = Story(home_fence())
    story.give(row(story.slot, "09:00", received="09:01", flags=1024))
    assert Verdict.CLOCK in story.verdict


def test_devices_do_not_disturb_each_other() -> None:
    story = Story(home_fence())
    other = story.state.slot_of(4712)
    story.rules.set_device(other, fences=[home_fence(9)])
    story.fix("10:00", 130)
    story.give(row(other, "10:00:30", 0))
    story.give(row(other, "08:00", 0, received="10:00:40"))
    assert story.fix("10:01", 130) == ["BREACH_BEGIN"]
    assert story.last.device_id == 4711
