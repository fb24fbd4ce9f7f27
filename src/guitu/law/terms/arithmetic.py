"""The last day of a term, and the value every rule of a term answers with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from guitu.law.articles import Article
from guitu.law.length import Length, last_of_month, month_after

ONE_DAY = timedelta(days=1)


def last_day(start: date, length: Length) -> date:
    """Last day, inclusive, of a term that starts on `start`: SPC 202(2).

    Years alone run to the day before the same date, or, where that date is missing, to the day
    before the month's last day. Months do the same, and from a month's last day they run to the
    day before the target month's last day. A length with any month in it follows the rule of
    months as a whole (our reading: the text speaks of years or months). Days come on top.
    A term of punishment never moves for a holiday (CPL 105(4)), so no calendar is asked.
    """
    if not length.total_months:
        return start + timedelta(days=length.days) - ONE_DAY
    year, month = month_after(start, length.total_months)
    month_end = last_of_month(year, month)
    from_month_end = start.day == last_of_month(start.year, start.month)
    # The same date, a missing one and a month's end all fold into "at most the month's last day".
    day = month_end if from_month_end and length.months else min(start.day, month_end)
    return date(year, month, day) - ONE_DAY + timedelta(days=length.days)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the arithmetic, for the officer who checks it by hand."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Term:
    """A term with inclusive days, how it was reckoned, and by which articles.

    When custody credit consumes the whole term, `last_day` is the day before `first_day` and
    `is_spent` is true: there is nothing left to serve. `analogy` marks a rule carried over from
    penal terms to test periods (SPC 202(2) speaks of 刑期 only).
    """

    first_day: date
    last_day: date
    articles: tuple[Article, ...]
    steps: tuple[Step, ...] = ()
    custody_credit_days: int = 0
    analogy: bool = False

    @property
    def is_spent(self) -> bool:
        return self.last_day < self.first_day

    @property
    def sure(self) -> bool:
        """False where the reckoning is an analogy or an article is still to be checked."""
        return not self.analogy and all(a.sure for a in self.articles)

    @property
    def days(self) -> int:
        """How many days it lasts, first and last included."""
        return (self.last_day - self.first_day).days + 1


def not_negative(days: int, what: str) -> int:
    """The number itself; raises ValueError naming it when it is below zero."""
    if days < 0:
        raise ValueError(f"{what} can't be negative: {days} days")
    return days
