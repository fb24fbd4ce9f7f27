"""The last day of a term: SPC 202(2), as a table and as properties."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guitu.law.term import Length, last_day

DAY = timedelta(days=1)
starts = st.dates(date(1990, 1, 1), date(2110, 12, 31))
months = st.integers(1, 240)


@pytest.mark.parametrize(
    ("start", "length", "last"),
    [
        # an ordinary date
        ("2026-04-20", "3个月", "2026-07-19"),
        ("2026-04-20", "1年", "2027-04-19"),
        ("2026-01-01", "1个月", "2026-01-31"),
        ("2026-01-01", "1年", "2026-12-31"),
        ("2026-12-01", "1个月", "2026-12-31"),
        # the same date is missing
        ("2026-01-30", "1个月", "2026-02-27"),
        ("2026-01-29", "1个月", "2026-02-27"),
        ("2028-01-30", "1个月", "2028-02-28"),
        ("2026-12-30", "2个月", "2027-02-27"),
        # from a month's last day
        ("2026-01-31", "1个月", "2026-02-27"),
        ("2026-04-30", "1个月", "2026-05-30"),
        ("2026-02-28", "1个月", "2026-03-30"),
        ("2028-02-28", "1个月", "2028-03-27"),  # not the last day in a leap year
        ("2028-02-29", "1个月", "2028-03-30"),
        ("2026-06-30", "2个月", "2026-08-30"),
        # leap years, in years
        ("2028-02-29", "1年", "2029-02-27"),
        ("2028-02-29", "4年", "2032-02-28"),
        ("2027-02-28", "1年", "2028-02-27"),
        ("2027-03-01", "1年", "2028-02-29"),
        # 2100 is no leap year
        ("2096-02-29", "4年", "2100-02-27"),
        # years and months together, half months, days
        ("2026-03-15", "1年6个月", "2027-09-14"),
        ("2026-03-15", "半个月", "2026-03-29"),
        ("2026-03-15", "1个月15日", "2026-04-29"),
        ("2026-03-15", "1日", "2026-03-15"),
        ("2026-03-15", "40日", "2026-04-23"),
    ],
)
def test_the_last_day_is_the_day_before_the_same_date(start: str, length: str, last: str) -> None:
    assert last_day(date.fromisoformat(start), Length.parse(length)) == date.fromisoformat(last)


@given(starts, months)
def test_a_later_start_never_ends_earlier(start: date, n: int) -> None:
    assert last_day(start, Length(months=n)) <= last_day(start + DAY, Length(months=n))
    assert last_day(start, Length(years=n)) <= last_day(start + DAY, Length(years=n))


@given(starts, months)
def test_a_longer_term_always_ends_later(start: date, n: int) -> None:
    assert last_day(start, Length(months=n)) < last_day(start, Length(months=n + 1))
    assert last_day(start, Length(years=n)) < last_day(start, Length(years=n + 1))
    assert last_day(start, Length(months=n, days=1)) == last_day(start, Length(months=n)) + DAY


@given(starts, months)
def test_from_a_months_end_it_runs_to_the_day_before_a_months_end(start: date, n: int) -> None:
    end_of_start = start.replace(day=monthrange(start.year, start.month)[1])
    after = last_day(end_of_start, Length(months=n)) + DAY
    assert after.day == monthrange(after.year, after.month)[1]


@given(starts, months)
def test_otherwise_it_keeps_the_date_or_falls_back_to_the_months_end(start: date, n: int) -> None:
    after = last_day(start, Length(months=n)) + DAY
    end = monthrange(after.year, after.month)[1]
    if start.day != monthrange(start.year, start.month)[1]:
        assert after.day == min(start.day, end)
    assert (after.year * 12 + after.month) - (start.year * 12 + start.month) == n


@given(starts, months)
def test_twelve_months_and_a_year_differ_only_at_the_end_of_february(start: date, n: int) -> None:
    by_year, by_month = last_day(start, Length(years=n)), last_day(start, Length(months=12 * n))
    assert by_year <= by_month
    if by_year != by_month:
        assert (start.month, start.day) == (2, 28)
        assert by_month - by_year == DAY


@given(starts, months)
def test_a_month_has_between_28_and_31_days(start: date, n: int) -> None:
    days = (last_day(start, Length(months=n)) - start).days + 1
    assert 28 * n <= days <= 31 * n
