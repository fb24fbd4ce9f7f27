"""The personal summary (个人总结): thirty days before the end (IM 53, 待核)."""

from __future__ import annotations

from datetime import date, timedelta

from guitu.law.deadlines import Calendar
from guitu.law.duties.shape import CaseFacts, Obligation, ObligationCode
from guitu.law.figures import figure

_SHOWN_BEFORE = timedelta(days=14)


def summary_is_written_before_the_end(
    facts: CaseFacts, today: date, calendar: Calendar
) -> tuple[Obligation, ...]:
    """Open until the summary is in; for a term shorter than that, due from the first day."""
    if facts.reported_on is None or facts.personal_summary_on or not facts.is_open(today):
        return ()
    before = figure("personal_summary_before_end", today)
    due = max(facts.last_day - timedelta(days=before.value), facts.first_day)
    return (
        Obligation(
            code=ObligationCode.PERSONAL_SUMMARY,
            title_zh="提交个人总结",
            title_en="personal summary",
            basis_zh=f"{facts.last_day}期满，期满前{before.value}日提交",
            basis_en=f"{before.value} days before the end on {facts.last_day}",
            begins=due - _SHOWN_BEFORE,
            due=due,
            articles=(before.article,),
            sure=before.sure,
        ),
    )
