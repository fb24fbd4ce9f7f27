"""The periodic report (定期报告): CCL 23; its interval is local policy by level (待核)."""

from __future__ import annotations

from datetime import date, timedelta

from guitu.law.articles import articles
from guitu.law.deadlines import Calendar
from guitu.law.duties.shape import CaseFacts, Obligation, ObligationCode
from guitu.law.figures import figure
from guitu.law.words import Level

_SHOWN_BEFORE = timedelta(days=3)
_INTERVALS = {
    Level.STRICT: "periodic_report_strict",
    Level.ORDINARY: "periodic_report_ordinary",
    Level.LENIENT: "periodic_report_lenient",
}


def person_reports_periodically(
    facts: CaseFacts, today: date, calendar: Calendar
) -> tuple[Obligation, ...]:
    """The next report, counted from the last one or from reporting in; none beyond the term.

    A case without a level is taken as ordinary. The interval in force today applies.
    """
    if facts.reported_on is None or not facts.is_open(today):
        return ()
    interval = figure(_INTERVALS[facts.level or Level.ORDINARY], today)
    last = max(facts.last_periodic_report_on or facts.reported_on, facts.reported_on)
    due = interval.after(last)
    if due > facts.last_day:
        return ()
    return (
        Obligation(
            code=ObligationCode.PERIODIC_REPORT,
            title_zh="定期报告",
            title_en="periodic report",
            basis_zh=f"上次{last}，按管理类别每{interval.value}"
            f"{'日' if interval.unit == 'days' else '个月'}一次",
            basis_en=f"last on {last}, every {interval.value} {interval.unit.value} by level",
            begins=due - _SHOWN_BEFORE,
            due=due,
            articles=(*articles("CCL 23"), interval.article),
            sure=interval.sure,
        ),
    )
