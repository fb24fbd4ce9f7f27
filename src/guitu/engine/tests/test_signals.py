import pytest

from guitu.engine.columns import CONTACT_ONLY, Fixes, Verdict
from guitu.engine.events import Cause
from guitu.engine.rules import DeviceRule
from guitu.engine.tests.story import Story, home_fence, ms

TAMPER, SOS, LOW, SEPARATION = 1, 2, 4, 8


def test_silence_begins_after_five_reporting_intervals_and_ends_with_any_word() -> None:
    story = Story(device=DeviceRule(interval_s=60))
    story.fix("10:00")
    assert story.tick("10:05:00") == []
    assert story.tick("10:05:01") == ["SILENCE"]
    assert story.last.time_ms == ms("10:00:01")
    assert story.last.received_ms == ms("10:05:01")
    assert story.last.cause == Cause.TIME
    assert story.tick("10:06") == []
    assert story.fix("10:20") == ["SILENCE_END"]
    assert story.last.began_ms == ms("10:00:01")


def test_a_limit_in_seconds_comes_before_intervals() -> None:
    story = Story(device=DeviceRule(silence_s=30, interval_s=60))
    story.fix("10:00")
    assert story.tick("10:00:31") == ["SILENCE"]


def test_silence_is_counted_from_the_time_received_not_the_clock_of_the_device() -> None:
    story = Story(device=DeviceRule(silence_s=300))
    story.fix("07:00", received="10:00")
    assert story.tick("10:04:59") == []


def test_a_device_never_heard_is_silent_only_from_the_start_of_its_watch() -> None:
    story = Story(device=DeviceRule(silence_s=300))
    assert story.tick("10:00") == []
    story = Story(device=DeviceRule(silence_s=300, watch_from_ms=ms("10:00")))
    assert story.tick("10:04:59") == []
    assert story.tick("10:05") == ["SILENCE"]


def test_a_heartbeat_is_a_word_and_nothing_else() -> None:
    story = Story(home_fence(), device=DeviceRule(silence_s=300))
    story.fix("10:00", flags=TAMPER)
    beat = Fixes.of(
        slot=[0], time_ms=[ms("10:04")], lon_e7=[0], lat_e7=[0], valid=0, flags=CONTACT_ONLY
    )
    assert story.give(beat) == []
    assert story.verdict == Verdict.CONTACT
    assert story.tick("10:08:59") == []
    assert story.tick("10:09") == ["SILENCE"]


def test_silence_ends_when_it_is_no_longer_watched() -> None:
    story = Story(device=DeviceRule(silence_s=60))
    story.fix("10:00")
    story.tick("10:02")
    story.rules.remove_device(0)
    assert story.tick("10:03") == ["SILENCE_END"]
    assert story.last.cause == Cause.RULES_CHANGED


def test_silence_ends_when_only_its_limit_is_taken_away() -> None:
    story = Story(home_fence(), device=DeviceRule(silence_s=60))
    story.fix("10:00")
    assert story.tick("10:02") == ["SILENCE"]
    story.rules.set_device(0, fences=[home_fence()])
    assert story.tick("10:03") == ["SILENCE_END"]
    assert story.last.cause == Cause.RULES_CHANGED


def test_a_low_battery_is_said_once_and_over_ten_percent_higher() -> None:
    story = Story(device=DeviceRule(low_battery_pct=20))
    said = [
        story.fix(f"10:{n:02d}", battery_pct=p) for n, p in enumerate((22, 20, 21, 19, 29, 30, 20))
    ]
    assert said == [[], ["LOW_BATTERY"], [], [], [], ["LOW_BATTERY_END"], ["LOW_BATTERY"]]


def test_a_row_without_a_battery_figure_ends_nothing() -> None:
    story = Story(device=DeviceRule())
    assert story.fix("10:00", battery_pct=5) == ["LOW_BATTERY"]
    assert story.fix("10:01") == []


def test_the_low_battery_flag_alone_begins_and_ends() -> None:
    story = Story(device=DeviceRule())
    assert story.fix("10:00", flags=LOW) == ["LOW_BATTERY"]
    assert story.fix("10:01", flags=LOW) == []
    assert story.fix("10:02") == ["LOW_BATTERY_END"]


def test_an_unwatched_battery_says_nothing() -> None:
    story = Story(device=DeviceRule(low_battery_pct=None))
    assert story.fix("10:00", battery_pct=1, flags=LOW) == []


@pytest.mark.parametrize(("flag", "name"), [(TAMPER, "TAMPER"), (SEPARATION, "SEPARATION")])
def test_a_level_begins_and_ends_once(flag: int, name: str) -> None:
    story = Story()
    said = [story.fix(f"10:0{n}", flags=f) for n, f in enumerate((0, flag, flag, 0, 0))]
    assert said == [[], [name], [], [f"{name}_END"], []]
    assert story.last.began_ms == ms("10:01")


def test_a_call_for_help_is_said_at_each_press() -> None:
    story = Story()
    said = [story.fix(f"10:0{n}", flags=f) for n, f in enumerate((SOS, SOS, 0, SOS))]
    assert said == [["SOS"], [], [], ["SOS"]]


def test_signals_are_read_where_there_is_no_place() -> None:
    story = Story()
    assert story.fix("10:00", valid=0, flags=TAMPER | SOS) == ["TAMPER", "SOS"]


def test_a_backlog_still_tells_of_a_call_for_help_and_an_open_strap_once() -> None:
    story = Story()
    story.fix("10:00")
    said = [story.fix(f"09:5{n}", received="10:01", flags=TAMPER | SOS) for n in range(3)]
    assert said == [["SOS", "TAMPER_PAST"], [], []]
    assert story.events[0].cause == Cause.BACKLOG
    assert story.fix("10:02") == []
