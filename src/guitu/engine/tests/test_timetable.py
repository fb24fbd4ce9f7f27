from datetime import date, datetime, timedelta

import numba
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guitu.engine import timetable as tt
from guitu.engine.rules import Rules
from guitu.engine.tests.story import NIGHT, SHANGHAI, home_fence, ms
from guitu.engine.timetable import ALWAYS, DayException, Timetable

FROM, TO = -(1 << 62), 1 << 62


@numba.njit
def _active(t, k, at):  # type: ignore[no-untyped-def]
    return tt.active_at(t, k, FROM, TO, at)


@numba.njit
def _since(t, k, at, floor):  # type: ignore[no-untyped-def]
    return tt.active_since(t, k, FROM, at, floor)


@numba.njit
def _until(t, k, begin, at):  # type: ignore[no-untyped-def]
    return tt.active_until(t, k, TO, begin, at)


def columns(table: Timetable) -> tt.TableColumns:
    return Rules.of({0: [home_fence(timetable=table)]}).columns().tables


def active(table: Timetable, at_ms: int) -> bool:
    return bool(_active(columns(table), 0, at_ms))


@pytest.mark.parametrize(
    ("clock", "day", "expected"),
    [
        ("21:59:59", 1, False),
        ("22:00", 1, True),
        ("23:59:59", 1, True),
        ("00:00", 2, True),
        ("05:59:59", 2, True),
        ("06:00", 2, False),
        ("22:00", 7, True),  # Sunday night goes on into Monday
        ("03:00", 8, True),
        ("03:00", 1, True),
    ],
)
def test_a_night_curfew_is_half_open_and_goes_over_midnight_and_the_week(
    clock: str, day: int, expected: bool
) -> None:
    assert active(NIGHT, ms(clock, day)) == expected


def test_always_is_always_and_an_empty_week_never() -> None:
    assert active(ALWAYS, ms("12:34"))
    assert not active(Timetable(()), ms("12:34"))


def test_days_of_the_week() -> None:
    weekend = Timetable.daily(8 * 60, 18 * 60, days=(5, 6))
    assert [active(weekend, ms("12:00", d)) for d in range(1, 9)] == [False] * 5 + [True] * 2 + [
        False
    ]


def test_a_whole_day_is_written_with_equal_ends() -> None:
    assert Timetable.daily(0, 0).merged() == ((0, 10_080),)


def test_the_start_of_the_window_is_found_across_midnight_and_the_end_of_the_week() -> None:
    t = columns(NIGHT)
    assert _since(t, 0, ms("03:00", 2), FROM) == ms("22:00", 1)
    assert _since(t, 0, ms("03:00", 8), FROM) == ms("22:00", 7)
    assert _since(t, 0, ms("03:00", 2), ms("01:00", 2)) == ms("01:00", 2)


def test_the_end_of_the_window_is_found() -> None:
    t = columns(NIGHT)
    assert _until(t, 0, ms("23:00", 1), ms("09:00", 2)) == ms("06:00", 2)


@pytest.mark.parametrize("wrong", [((-1, 5),), ((5, 5),), ((0, 10_081),), ((10_080, 5),)])
def test_minutes_outside_a_week_are_refused(wrong: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="within a week"):
        Timetable(wrong)


def test_an_exception_over_midnight_is_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match="next date"):
        DayException(date(2026, 6, 1), ((1300, 100),))


def test_two_exceptions_for_a_date_are_refused() -> None:
    day = DayException(date(2026, 6, 1))
    with pytest.raises(ValueError, match="two exceptions"):
        Timetable((), (day, day))


intervals = st.tuples(st.integers(0, 10_079), st.integers(0, 10_080)).filter(lambda p: p[0] != p[1])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(intervals, max_size=5),
    st.dictionaries(st.integers(0, 20), st.lists(st.integers(0, 1439), max_size=3), max_size=3),
    st.integers(0, 20 * 1440 - 1),
)
def test_it_agrees_with_the_plain_reading(
    weekly: list[tuple[int, int]], days: dict[int, list[int]], minute: int
) -> None:
    first = date(2026, 6, 1)
    exceptions = tuple(
        DayException(first + timedelta(days=d), tuple((m, m + 1) for m in sorted(set(on))))
        for d, on in days.items()
    )
    at = datetime(2026, 6, 1, tzinfo=SHANGHAI) + timedelta(minutes=minute)
    day, in_day = divmod(minute, 1440)
    if day in days:
        expected = in_day in days[day]
    else:
        in_week = at.weekday() * 1440 + in_day
        expected = any(
            a <= in_week < b if a < b else in_week >= a or in_week < b for a, b in weekly
        )
    table = Timetable(tuple(weekly), exceptions)
    assert active(table, int(at.timestamp() * 1000) + 59_999) == expected
