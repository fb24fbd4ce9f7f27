"""Temporary service outside prison: a report on the state of the body every month (IM 24, 待核)."""

from __future__ import annotations

from datetime import date, timedelta

from guitu.law.deadlines import Calendar
from guitu.law.duties.shape import CaseFacts, Obligation, ObligationCode
from guitu.law.figures import figure
from guitu.law.length import last_of_month, month_after
from guitu.law.words import Category

_SHOWN_BEFORE = timedelta(days=7)


def body_is_reported_monthly(
    facts: CaseFacts, today: date, calendar: Calendar
) -> tuple[Obligation, ...]:
    """Due by the end of the calendar month that follows the last report (or the intake).

    Read as "each month", so a report early or late in its month counts alike.
    """
    if (
        facts.category is not Category.TEMPORARY_SERVICE
        or facts.reported_on is None
        or not facts.is_open(today)
    ):
        return ()
    every = figure("body_report", today)
    last = max(facts.last_body_report_on or facts.reported_on, facts.reported_on)
    year, month = month_after(last, every.value)
    due = min(date(year, month, last_of_month(year, month)), facts.last_day)
    if last >= due:
        return ()
    return (
        Obligation(
            code=ObligationCode.BODY_REPORT,
            title_zh="报告身体情况",
            title_en="report on the state of the body",
            basis_zh=f"上次{last}，暂予监外执行每月报告",
            basis_en=f"last on {last}; monthly while serving outside prison",
            begins=due - _SHOWN_BEFORE,
            due=due,
            articles=(every.article,),
            sure=every.sure,
        ),
    )
