"""Discharge (解除) on the last day of the term: CCL 44; supervision beyond it has no basis."""

from __future__ import annotations

from datetime import date, timedelta

from guitu.law.articles import articles
from guitu.law.deadlines import Calendar
from guitu.law.duties.shape import CaseFacts, Obligation, ObligationCode

_SHOWN_BEFORE = timedelta(days=30)


def person_is_discharged_at_the_end(
    facts: CaseFacts, today: date, calendar: Calendar
) -> tuple[Obligation, ...]:
    """Due on the last day itself, holiday or not, until the case is closed."""
    if facts.ended_on is not None:
        return ()
    return (
        Obligation(
            code=ObligationCode.DISCHARGE,
            title_zh="期满解除",
            title_en="discharge at the end of the term",
            basis_zh=f"{facts.last_day}期满，发给解除证明书并通知决定机关、检察院、公安机关；节假日不顺延",
            basis_en=f"the term ends on {facts.last_day}, holiday or not: certificate, and notice "
            "to deciding organ, procuratorate and police",
            begins=facts.last_day - _SHOWN_BEFORE,
            due=facts.last_day,
            articles=articles("CCL 44", "CPL 105(4)"),
            sure=True,
        ),
    )
