"""A fence in force by the clock is judged as a state: no crossing has to be seen."""

from datetime import date

from guitu.engine.events import Cause
from guitu.engine.tests.story import NIGHT, Story, home_fence, ms
from guitu.engine.timetable import DayException, Timetable


def test_being_outside_when_curfew_begins_is_a_breach_at_its_first_minute() -> None:
    story = Story(home_fence(timetable=NIGHT))
    for minute in range(50, 60):
        assert story.fix(f"21:{minute}", 800) == []
    assert story.tick("21:59:59") == []
    assert story.tick("22:00:02") == ["BREACH_BEGIN"]
    assert story.last.time_ms == ms("22:00")
    assert story.last.cause == Cause.WINDOW_OPENED
    assert story.last.deciding.time_ms == ms("21:59")
    assert story.last.fix_index == -1
    assert story.tick("22:00:12") == []


def test_without_a_tick_the_next_fix_finds_it() -> None:
    story = Story(home_fence(timetable=NIGHT))
    story.fix("21:59", 800)
    assert story.fix("22:01", 800) == ["BREACH_BEGIN"]
    assert story.last.time_ms == ms("22:00")


def test_being_home_in_time_is_no_breach() -> None:
    story = Story(home_fence(timetable=NIGHT))
    story.fix("21:50", 800)
    story.fix("21:58", 0)
    assert story.tick("22:00:02") == []


def test_a_last_place_that_is_old_waits_for_the_next_fix() -> None:
    story = Story(home_fence(timetable=NIGHT))
    story.fix("21:30", 800)
    assert story.tick("22:00:02") == []
    assert story.fix("22:20", 800) == ["BREACH_BEGIN"]
    story = Story(home_fence(timetable=NIGHT))
    story.fix("21:30", 800)
    story.tick("22:00:02")
    assert story.fix("22:20", 0) == []


def test_a_last_fix_in_doubt_does_not_begin_a_breach_by_itself() -> None:
    story = Story(home_fence(timetable=NIGHT))
    story.fix("21:50", 800)
    story.fix("21:59", 90)
    assert story.tick("22:00:02") == []


def test_the_end_of_curfew_ends_the_breach_at_its_own_minute() -> None:
    story = Story(home_fence(timetable=NIGHT))
    story.fix("23:00", 800)
    story.fix("23:01", 800)
    assert story.tick("05:59:58", day=2) == []
    assert story.tick("06:00:07", day=2) == ["BREACH_END"]
    assert story.last.time_ms == ms("06:00", 2)
    assert story.last.cause == Cause.WINDOW_CLOSED


def test_the_end_of_curfew_is_found_by_a_fix_too() -> None:
    story = Story(home_fence(timetable=NIGHT))
    story.fix("23:00", 800)
    assert story.fix("07:15", 800, day=2) == ["BREACH_END"]
    assert story.last.time_ms == ms("06:00", 2)


def test_the_second_night_outside_is_a_second_breach() -> None:
    story = Story(home_fence(timetable=NIGHT))
    said = story.fix("23:00", 800)
    said += story.tick("06:00:01", day=2)
    said += story.fix("21:55", 800, day=2)
    said += story.tick("22:00:01", day=2)
    assert said == ["BREACH_BEGIN", "BREACH_END", "BREACH_BEGIN"]
    assert len({e.event_id for e in story.events}) == 3


def test_a_fix_sent_before_the_tick_but_come_after_it_does_not_end_the_breach() -> None:
    story = Story(home_fence(timetable=NIGHT))
    story.fix("21:58", 800)
    assert story.tick("22:00:01") == ["BREACH_BEGIN"]
    assert story.fix("21:59:58", 800, received="22:00:02") == []
    assert len(story.state.standing_breaches()) == 1


def test_a_trace_played_faster_than_it_was_walked_is_judged_by_its_own_clock() -> None:
    story = Story(home_fence(timetable=NIGHT))
    story.fix("20:00", 800, received="22:30")
    assert story.tick("22:30:10") == []
    story.fix("20:01", 800, received="22:30:11")
    assert story.tick("22:30:20") == []
    assert story.events == []


def test_a_fence_valid_from_a_moment_begins_a_breach_then() -> None:
    story = Story(home_fence(valid_from_ms=ms("10:30"), valid_to_ms=ms("11:30")))
    story.fix("10:25", 800)
    assert story.tick("10:29:59") == []
    assert story.tick("10:30:01") == ["BREACH_BEGIN"]
    assert story.last.time_ms == ms("10:30")
    assert story.tick("11:29:59") == []
    assert story.tick("11:30:01") == ["BREACH_END"]
    assert story.last.time_ms == ms("11:30")


def test_an_exception_by_date_replaces_the_week() -> None:
    leave = DayException(date(2026, 6, 2), ())
    table = Timetable(NIGHT.weekly, (leave,))
    story = Story(home_fence(timetable=table))
    assert story.fix("23:00", 800) == ["BREACH_BEGIN"]
    assert story.tick("00:00:01", day=2) == ["BREACH_END"]
    assert story.fix("23:00", 800, day=2) == []
    assert story.tick("00:00:00", day=3) == []  # the last place is an hour old
    assert story.fix("00:05", 800, day=3) == ["BREACH_BEGIN"]
    assert story.last.time_ms == ms("00:00", 3)
