"""暂予监外执行: the sentence itself goes on; what a court finds uncounted is added (CPL 268(3))."""

from __future__ import annotations

from datetime import date, timedelta

from guitu.law.articles import articles
from guitu.law.terms.arithmetic import Step, Term, not_negative


def temporary_service_term(
    first_day: date,
    *,
    sentence_end: date,
    escape_days: int = 0,
    fraud_days: int = 0,
) -> Term:
    """Service outside prison, to the sentence's last day as moved by uncounted days.

    `escape_days` are days of escape and `fraud_days` days outside obtained by bribery or other
    unlawful means without being eligible, both as found by the court or the approving organ on
    recommitment (CPL 268(3), SPC 518). Nobody else may find them. Raises ValueError below zero
    or when the sentence ended before the first day.
    """
    if sentence_end < first_day:
        raise ValueError(f"the sentence ended on {sentence_end}, before the start on {first_day}")
    added = not_negative(escape_days, "escape") + not_negative(fraud_days, "time by fraud")
    end = sentence_end + timedelta(days=added)
    steps = [Step(f"刑期至{sentence_end}", f"the sentence ends on {sentence_end}")]
    if added:
        steps.append(
            Step(
                f"不计入执行刑期{added}日（脱逃{escape_days}日，骗取{fraud_days}日），顺延至{end}",
                f"{added} days not counted (escape {escape_days}, fraud {fraud_days}): {end}",
            )
        )
    cited = articles("CPL 268(3)", "SPC 518") if added else articles("CCL 44")
    return Term(first_day, end, cited, tuple(steps))
