"""The intake announcement (入矫宣告): due once the person is taken in; the law sets no day."""

from __future__ import annotations

from datetime import date

from guitu.law.ages import minors_chapter_applies
from guitu.law.articles import articles
from guitu.law.deadlines import Calendar
from guitu.law.duties.shape import CaseFacts, Obligation, ObligationCode


def intake_is_announced(
    facts: CaseFacts, today: date, calendar: Calendar
) -> tuple[Obligation, ...]:
    """Open from reporting in until the announcement; for a minor never in public (IM 55)."""
    if facts.reported_on is None or facts.intake_announced_on or not facts.is_open(today):
        return ()
    minor = facts.born is not None and minors_chapter_applies(facts.born, facts.first_day)
    return (
        Obligation(
            code=ObligationCode.ANNOUNCE_INTAKE,
            title_zh="入矫宣告（不公开）" if minor else "入矫宣告",
            title_en="intake announcement (not public)" if minor else "intake announcement",
            basis_zh=f"{facts.reported_on}接收，尚未宣告；法律未定日数",
            basis_en=f"taken in on {facts.reported_on}, not announced; the Law sets no day",
            begins=facts.reported_on,
            due=None,
            articles=articles("CCL 22", "CCL 54") if minor else articles("CCL 22"),
            sure=True,
        ),
    )
