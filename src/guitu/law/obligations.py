"""What the law wants next of a case, and by when: the workbench's source.

`obligations` asks every duty in turn (one file each in `duties`) and sorts by day. Pure: facts
and today's civil day in, obligations out; nothing is remembered, so a duty that is done simply
no longer appears.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from guitu.law.deadlines import WEEKENDS_ONLY, Calendar
from guitu.law.duties import DUTIES
from guitu.law.duties.shape import (
    CaseFacts,
    MonitoringFacts,
    Obligation,
    ObligationCode,
    ProhibitionFacts,
    Sex,
    TeamMember,
)

__all__ = [
    "CaseFacts",
    "MonitoringFacts",
    "Obligation",
    "ObligationCode",
    "ProhibitionFacts",
    "Sex",
    "Standing",
    "TeamMember",
    "next_deadline",
    "obligations",
    "on_the_desk",
    "standing",
]

_WEEK = timedelta(days=7)


class Standing(StrEnum):
    """How an obligation stands today: the workbench's columns."""

    OVERDUE = "overdue"  # the day has passed
    TODAY = "today"  # due today
    WEEK = "week"  # due within the next seven days
    LATER = "later"
    UNDATED = "undated"  # the law says "do it" without a day


def obligations(
    facts: CaseFacts, today: date, *, calendar: Calendar = WEEKENDS_ONLY
) -> tuple[Obligation, ...]:
    """Every open obligation of the case, soonest first, undated ones before them all.

    A case that ended owes nothing but what its end left open (a device still worn). Includes
    what lies far ahead, so that the caller can keep a next deadline; `on_the_desk` leaves only
    what belongs on today's workbench. Without a calendar only weekends move a deadline, and the
    obligations so reckoned are not `sure`. Raises NoFigure for a day before 2020-07-01: the
    past is read from the record, not reckoned by today's duties.
    """
    found = [o for duty in DUTIES for o in duty(facts, today, calendar)]
    return tuple(sorted(found, key=lambda o: (o.due or date.min, o.code, o.subject or "")))


def standing(due: date | None, today: date) -> Standing:
    """Where a due day stands from today; a deadline's own day still counts as in time."""
    if due is None:
        return Standing.UNDATED
    if due < today:
        return Standing.OVERDUE
    if due == today:
        return Standing.TODAY
    return Standing.WEEK if due <= today + _WEEK else Standing.LATER


def on_the_desk(found: Iterable[Obligation], today: date) -> tuple[Obligation, ...]:
    """Those whose time to be shown has come."""
    return tuple(o for o in found if o.begins <= today)


def next_deadline(found: Iterable[Obligation]) -> date | None:
    """The soonest due day, for the column a query sorts by; None where nothing has a day."""
    return min((o.due for o in found if o.due is not None), default=None)
