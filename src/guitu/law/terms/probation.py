"""缓刑: the test period runs from the day the judgment is final (PC 73(3)); no custody credit."""

from __future__ import annotations

from datetime import date

from guitu.law.articles import articles
from guitu.law.length import Length
from guitu.law.terms.arithmetic import Step, Term, last_day


def probation_term(judgment_effective: date, test_period: Length) -> Term:
    """The test period of probation; PC 73(3), SPC 202(2) by analogy.

    Days in custody are credited to the sentence if it is ever executed (PC 47), never to the
    test period, so they are no argument here.
    """
    end = last_day(judgment_effective, test_period)
    return Term(
        judgment_effective,
        end,
        articles("PC 73(3)", "SPC 202(2)"),
        (
            Step(
                f"自判决确定之日{judgment_effective}起{test_period.zh()}，至{end}（羁押不折抵考验期）",
                f"{test_period.en()} from the final judgment of {judgment_effective} end on {end}; "
                "custody does not shorten a test period",
            ),
        ),
        analogy=True,
    )
