"""管制: from the start of execution; a day in custody before counts for two (PC 41)."""

from __future__ import annotations

from datetime import date, timedelta

from guitu.law.articles import article, articles
from guitu.law.length import Length
from guitu.law.terms.arithmetic import ONE_DAY, Step, Term, last_day, not_negative

DAYS_PER_CUSTODY_DAY = 2


def public_surveillance_term(
    execution_start: date, sentence: Length, *, prior_custody_days: int = 0
) -> Term:
    """The term of public surveillance; PC 41, SPC 202(2).

    `prior_custody_days` are days actually held before execution; raises ValueError below zero.
    A term that began before SPC 202 came into force is reckoned the same and marked an analogy.
    """
    credit = DAYS_PER_CUSTODY_DAY * not_negative(prior_custody_days, "prior custody")
    nominal = last_day(execution_start, sentence)
    end = max(nominal - timedelta(days=credit), execution_start - ONE_DAY)
    steps = [
        Step(
            f"自{execution_start}起{sentence.zh()}，至{nominal}",
            f"{sentence.en()} from {execution_start} end on {nominal}",
        )
    ]
    if credit:
        steps.append(
            Step(
                f"先行羁押{prior_custody_days}日，一日折抵二日，减{credit}日，至{end}",
                f"{prior_custody_days} days in custody count double: {credit} days less, {end}",
            )
        )
    return Term(
        execution_start,
        end,
        articles("PC 41", "SPC 202(2)"),
        tuple(steps),
        custody_credit_days=credit,
        analogy=not article("SPC 202(2)").in_force(execution_start),
    )
