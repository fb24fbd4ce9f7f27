"""Procedural periods: natural days, working days, months; and how a rest day moves the end.

CPL 105: the first day isn't counted; a last day that is a rest day gives way to the first
working day after it. This is for procedures only: a term of punishment never moves, and custody
is never lengthened by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from guitu.law.articles import Article, articles
from guitu.law.length import last_of_month, month_after

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class Calendar(Protocol):
    """What a deadline has to know about days; the shell hands in the one of the database."""

    def is_rest_day(self, day: date) -> bool:
        """Whether offices are closed: weekends and public holidays less make-up work days."""
        ...

    def knows(self, day: date) -> bool:
        """Whether the State Council's arrangement for that day's year is entered."""
        ...


@dataclass(frozen=True, slots=True)
class HolidayTable:
    """A calendar from lists of days; in a year not among `years` only weekends are known."""

    holidays: frozenset[date] = frozenset()
    make_up_work_days: frozenset[date] = frozenset()
    years: frozenset[int] = field(default=frozenset())

    @classmethod
    def of(cls, holidays: Iterable[date], make_up_work_days: Iterable[date] = ()) -> HolidayTable:
        """The years are those in which a holiday is listed."""
        rest = frozenset(holidays)
        return cls(rest, frozenset(make_up_work_days), frozenset(day.year for day in rest))

    def is_rest_day(self, day: date) -> bool:
        if day in self.make_up_work_days:
            return False
        return day in self.holidays or day.weekday() >= _SATURDAY

    def knows(self, day: date) -> bool:
        return day.year in self.years


#: For the case that nobody entered a calendar: weekends, and every answer marked not sure.
WEEKENDS_ONLY = HolidayTable()


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day to act (inclusive), and whether a rest day moved it from `nominal`.

    `sure` is False when the calendar of that year is missing: a holiday might still move it.
    """

    due: date
    nominal: date
    articles: tuple[Article, ...]
    calendar_known: bool

    @property
    def moved(self) -> bool:
        return self.due != self.nominal

    @property
    def sure(self) -> bool:
        return self.calendar_known and all(a.sure for a in self.articles)


def within_days(event: date, days: int, calendar: Calendar) -> Deadline:
    """Natural days after an event, the event's own day not counted; CPL 105(2), (4)."""
    if days < 1:
        raise ValueError(f"a period lasts at least one day, not {days}")
    return _rolled(event + timedelta(days=days), calendar, articles("CPL 105(2)", "CPL 105(4)"))


def within_months(event: date, months: int, calendar: Calendar) -> Deadline:
    """Calendar months after an event; SPC 202(1), CPL 105(4)."""
    return _rolled(months_later(event, months), calendar, articles("SPC 202(1)", "CPL 105(4)"))


def within_working_days(event: date, days: int, calendar: Calendar) -> Deadline:
    """Working days after an event (pre-sentence investigation counts so); CPL 105(2)."""
    if days < 1:
        raise ValueError(f"a period lasts at least one day, not {days}")
    day, left, known = event, days, True
    while left:
        day += _ONE_DAY
        known = known and calendar.knows(day)
        if not calendar.is_rest_day(day):
            left -= 1
    return Deadline(day, day, articles("CPL 105(2)"), known)


def without_rolling(event: date, days: int) -> Deadline:
    """Natural days that no rest day may move: periods of custody; CPL 105(4)."""
    due = event + timedelta(days=days)
    return Deadline(due, due, articles("CPL 105(2)", "CPL 105(4)"), calendar_known=True)


def months_later(day: date, months: int) -> date:
    """The same date some months on; from a month's end to a month's end; SPC 202(1).

    Where the month has no such date, its last day. Unlike a penal term, the date itself counts.
    """
    if months < 1:
        raise ValueError(f"a period lasts at least one month, not {months}")
    year, month = month_after(day, months)
    end = last_of_month(year, month)
    from_end = day.day == last_of_month(day.year, day.month)
    return date(year, month, end if from_end else min(day.day, end))


def _rolled(nominal: date, calendar: Calendar, cited: tuple[Article, ...]) -> Deadline:
    due, known = nominal, calendar.knows(nominal)
    while calendar.is_rest_day(due):
        due += _ONE_DAY
        known = known and calendar.knows(due)
    return Deadline(due, nominal, cited, known)
