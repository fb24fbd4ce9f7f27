"""Age in completed years: complete from the day after the birthday (by analogy, 待核)."""

from __future__ import annotations

from datetime import date

from guitu.law.length import last_of_month

ADULT_YEARS = 18
#: CCL 55(2): from this age a minor who wants to work is helped with training.
WORKING_YEARS = 16


def age_on(born: date, day: date) -> int:
    """Completed years on that day; the birthday itself does not count yet.

    Who was born on 29 February has the birthday on 28 February in a common year. Raises
    ValueError when the day lies before birth.
    """
    if day < born:
        raise ValueError(f"no age on {day}: born on {born}")
    birthday = date(day.year, born.month, min(born.day, last_of_month(day.year, born.month)))
    return max(0, day.year - born.year - (0 if day > birthday else 1))


def is_minor(born: date, day: date) -> bool:
    """Under eighteen on that day."""
    return age_on(born, day) < ADULT_YEARS


def minors_chapter_applies(born: date, correction_start: date) -> bool:
    """Whether the chapter on minors (CCL 52-58) governs the case, for all of it.

    Who was under eighteen when corrections began stays under the chapter after eighteen (CCL 58).
    """
    return is_minor(born, correction_start)


def within_working_age(born: date, day: date) -> bool:
    """A minor of sixteen or more, whom CCL 55(2) helps with training and work."""
    return WORKING_YEARS <= age_on(born, day) < ADULT_YEARS
