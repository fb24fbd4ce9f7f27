"""Procedural periods and rest days."""

from datetime import date

import pytest

from guitu.law.deadlines import (
    WEEKENDS_ONLY,
    HolidayTable,
    months_later,
    within_days,
    within_months,
    within_working_days,
    without_rolling,
)
from guitu.law.duties.person_reports_in_within_ten_days import reporting_in_deadline
from guitu.law.handover import notice_deadline, service_deadline

# a made-up year: a week off from Monday 4 May, paid for by Saturday 9 May
CALENDAR = HolidayTable.of(
    [date(2026, 5, day) for day in range(1, 9)], make_up_work_days=[date(2026, 5, 9)]
)


@pytest.mark.parametrize(
    ("event", "days", "due", "moved"),
    [
        ("2026-04-14", 10, "2026-04-24", False),
        ("2026-04-15", 10, "2026-04-27", True),  # the tenth day is a Saturday
        ("2026-04-21", 10, "2026-05-09", True),  # a holiday; the made-up Saturday is a work day
        ("2026-04-29", 10, "2026-05-09", False),
        ("2026-04-30", 10, "2026-05-11", True),
        ("2028-02-20", 10, "2028-03-01", False),  # over the leap day
    ],
)
def test_the_first_day_is_not_counted_and_rest_days_move_the_last(
    event: str, days: int, due: str, moved: bool
) -> None:
    deadline = within_days(date.fromisoformat(event), days, CALENDAR)
    assert (deadline.due, deadline.moved) == (date.fromisoformat(due), moved)


def test_a_year_without_a_calendar_is_said_to_be_unsure() -> None:
    assert within_days(date(2026, 4, 14), 10, CALENDAR).sure
    assert not within_days(date(2031, 4, 14), 10, CALENDAR).sure
    assert not within_days(date(2026, 4, 14), 10, WEEKENDS_ONLY).sure


def test_working_days_leave_out_rest_days_and_count_made_up_ones() -> None:
    assert within_working_days(date(2026, 4, 29), 2, CALENDAR).due == date(2026, 5, 9)
    assert within_working_days(date(2026, 4, 13), 10, CALENDAR).due == date(2026, 4, 27)


def test_custody_is_never_lengthened_by_a_rest_day() -> None:
    assert without_rolling(date(2026, 4, 21), 10).due == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2026-03-15", 1, "2026-04-15"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-08-30", 6, "2027-02-28"),
        ("2027-02-28", 1, "2027-03-31"),
        ("2028-02-28", 1, "2028-03-28"),
        ("2026-12-01", 1, "2027-01-01"),
    ],
)
def test_a_month_of_procedure_ends_on_the_same_date(day: str, months: int, later: str) -> None:
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(later)


def test_months_move_past_rest_days_too() -> None:
    assert within_months(date(2026, 4, 2), 1, CALENDAR).due == date(2026, 5, 9)


@pytest.mark.parametrize("days", [0, -1])
def test_a_period_of_nothing_is_misuse(days: int) -> None:
    for count in (within_days, within_working_days):
        with pytest.raises(ValueError, match=str(days)):
            count(date(2026, 4, 14), days, CALENDAR)
    with pytest.raises(ValueError, match=str(days)):
        months_later(date(2026, 4, 14), days)


def test_the_court_notifies_in_five_days_serves_in_ten_and_the_person_reports_in_ten() -> None:
    effective = date(2026, 4, 13)
    assert notice_deadline(effective, CALENDAR).due == date(2026, 4, 20)  # past a weekend
    assert service_deadline(effective, CALENDAR).due == date(2026, 4, 23)
    assert reporting_in_deadline(effective, CALENDAR).due == date(2026, 4, 23)
