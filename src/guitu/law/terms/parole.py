"""假释: from the day of parole to the sentence's end, or ten years for a life sentence (PC 83)."""

from __future__ import annotations

from datetime import date

from guitu.law.articles import articles
from guitu.law.length import Length
from guitu.law.terms.arithmetic import Step, Term, last_day

LIFE_TEST_PERIOD = Length(years=10)


def parole_term(parole_day: date, *, sentence_end: date) -> Term:
    """Parole from a fixed term: the unserved rest, to the sentence's last day; PC 83.

    Raises ValueError when the sentence ended before the day of parole.
    """
    if sentence_end < parole_day:
        raise ValueError(f"the sentence ended on {sentence_end}, before the parole of {parole_day}")
    return Term(
        parole_day,
        sentence_end,
        articles("PC 83(1)", "PC 83(2)"),
        (
            Step(
                f"自假释之日{parole_day}起，至原判刑期届满日{sentence_end}",
                f"from parole on {parole_day} to the sentence's last day {sentence_end}",
            ),
        ),
    )


def parole_term_of_life(parole_day: date) -> Term:
    """Parole from life imprisonment: ten years from the day of parole; PC 83.

    Length and start are text; the exact last day follows SPC 202(2) by analogy.
    """
    end = last_day(parole_day, LIFE_TEST_PERIOD)
    return Term(
        parole_day,
        end,
        articles("PC 83(1)", "PC 83(2)", "SPC 202(2)"),
        (
            Step(
                f"无期徒刑假释考验期十年，自{parole_day}起，至{end}",
                f"ten years for a life sentence, from {parole_day} to {end}",
            ),
        ),
        analogy=True,
    )
