"""Reporting in, or for temporary service outside prison being handed over: CCL 21."""

from __future__ import annotations

from datetime import date

from guitu.law.articles import articles
from guitu.law.deadlines import Calendar, Deadline, within_days
from guitu.law.duties.shape import CaseFacts, Obligation, ObligationCode
from guitu.law.words import Category

DAYS = 10


def reporting_in_deadline(effective_on: date, calendar: Calendar) -> Deadline:
    """The last day to report in: ten days from effect, whenever the papers arrive or, for
    parole, whenever the person left prison. A rest day moves it (CPL 105(4))."""
    return within_days(effective_on, DAYS, calendar)


def person_reports_in_within_ten_days(
    facts: CaseFacts, today: date, calendar: Calendar
) -> tuple[Obligation, ...]:
    """Open until the register holds the day of reporting in or of the hand-over."""
    if facts.taken_in() or not facts.is_open(today):
        return ()
    deadline = reporting_in_deadline(facts.effective_on, calendar)
    handed_over = facts.category is Category.TEMPORARY_SERVICE
    cited = articles("CCL 21(3)" if handed_over else "CCL 21(1)") + deadline.articles
    moved_zh = "，遇节假日顺延" if deadline.moved else ""
    moved_en = ", moved past rest days" if deadline.moved else ""
    return (
        Obligation(
            code=ObligationCode.REPORT_IN,
            title_zh="等待移送" if handed_over else "等待报到",
            title_en="awaiting hand-over" if handed_over else "awaiting reporting in",
            basis_zh=(
                f"{'收到决定或批准' if handed_over else '文书生效'}之日{facts.effective_on}"
                f"起{DAYS}日内{moved_zh}"
            ),
            basis_en=(
                f"within {DAYS} days of {'receipt' if handed_over else 'effect'} on "
                f"{facts.effective_on}{moved_en}"
            ),
            begins=facts.effective_on,
            due=deadline.due,
            articles=cited,
            sure=deadline.sure,
        ),
    )
