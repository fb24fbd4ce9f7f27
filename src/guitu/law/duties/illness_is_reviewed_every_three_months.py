"""Release for treatment (保外就医): the illness is reviewed every three months (IM 24, 待核)."""

from __future__ import annotations

from datetime import date, timedelta

from guitu.law.deadlines import Calendar
from guitu.law.duties.shape import CaseFacts, Obligation, ObligationCode
from guitu.law.figures import figure
from guitu.law.words import Category

_SHOWN_BEFORE = timedelta(days=14)


def illness_is_reviewed_every_three_months(
    facts: CaseFacts, today: date, calendar: Calendar
) -> tuple[Obligation, ...]:
    """Three months after the last review, or after intake, at a hospital the province names."""
    if (
        facts.category is not Category.TEMPORARY_SERVICE
        or not facts.released_for_treatment
        or facts.reported_on is None
        or not facts.is_open(today)
    ):
        return ()
    every = figure("illness_review", today)
    last = max(facts.last_illness_review_on or facts.reported_on, facts.reported_on)
    due = every.after(last)
    if due > facts.last_day:
        return ()
    return (
        Obligation(
            code=ObligationCode.ILLNESS_REVIEW,
            title_zh="提交病情复查情况",
            title_en="review of the illness",
            basis_zh=f"上次{last}，保外就医每{every.value}个月复查一次",
            basis_en=f"last on {last}; every {every.value} months when released for treatment",
            begins=due - _SHOWN_BEFORE,
            due=due,
            articles=(every.article,),
            sure=every.sure,
        ),
    )
