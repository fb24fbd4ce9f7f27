"""Start and end of the term in each of the four categories."""

from datetime import date

import pytest

from guitu.law.term import (
    Length,
    parole_term,
    parole_term_of_life,
    probation_term,
    public_surveillance_term,
    temporary_service_term,
)


@pytest.mark.parametrize(
    ("start", "length", "custody_days", "last"),
    [
        ("2026-07-01", "3个月", 0, "2026-09-30"),
        ("2026-07-01", "3个月", 1, "2026-09-28"),
        ("2026-07-01", "3个月", 30, "2026-08-01"),
        ("2027-09-01", "6个月", 0, "2028-02-29"),
        ("2027-09-01", "6个月", 10, "2028-02-09"),
    ],
)
def test_a_day_in_custody_takes_two_days_off_public_surveillance(
    start: str, length: str, custody_days: int, last: str
) -> None:
    term = public_surveillance_term(
        date.fromisoformat(start), Length.parse(length), prior_custody_days=custody_days
    )
    assert term.last_day == date.fromisoformat(last)
    assert term.custody_credit_days == 2 * custody_days
    assert term.sure
    assert [a.key for a in term.articles] == ["PC 41", "SPC 202(2)"]
    assert str(term.last_day) in term.steps[-1].zh


def test_custody_longer_than_the_sentence_leaves_nothing_to_serve() -> None:
    term = public_surveillance_term(date(2026, 7, 1), Length(months=3), prior_custody_days=60)
    assert term.is_spent
    assert term.days == 0
    assert term.last_day == date(2026, 6, 30)


def test_custody_of_exactly_half_the_sentence_leaves_nothing_to_serve() -> None:
    # July to September have 92 days, 46 in custody pay for all of them
    whole = public_surveillance_term(date(2026, 7, 1), Length(months=3), prior_custody_days=46)
    assert whole.is_spent
    nearly = public_surveillance_term(date(2026, 7, 1), Length(months=3), prior_custody_days=45)
    assert nearly.days == 2


def test_a_term_older_than_the_rule_is_reckoned_alike_and_marked_an_analogy() -> None:
    old = public_surveillance_term(date(2021, 2, 28), Length(months=3))
    assert (old.last_day, old.sure) == (date(2021, 5, 30), False)
    assert public_surveillance_term(date(2021, 3, 1), Length(months=3)).sure


def test_negative_custody_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        public_surveillance_term(date(2026, 7, 1), Length(months=3), prior_custody_days=-1)


def test_probation_runs_from_the_final_judgment_and_is_marked_an_analogy() -> None:
    term = probation_term(date(2026, 5, 20), Length(years=1, months=6))
    assert (term.first_day, term.last_day) == (date(2026, 5, 20), date(2027, 11, 19))
    assert term.custody_credit_days == 0
    assert not term.sure


def test_parole_runs_to_the_end_of_the_sentence() -> None:
    term = parole_term(date(2026, 5, 20), sentence_end=date(2028, 2, 29))
    assert (term.first_day, term.last_day) == (date(2026, 5, 20), date(2028, 2, 29))
    assert term.sure


def test_parole_from_life_lasts_ten_years() -> None:
    term = parole_term_of_life(date(2028, 2, 29))
    assert (term.first_day, term.last_day) == (date(2028, 2, 29), date(2038, 2, 27))


def test_parole_after_the_sentence_ended_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-05-19"):
        parole_term(date(2026, 5, 20), sentence_end=date(2026, 5, 19))


def test_service_outside_prison_runs_to_the_end_of_the_sentence() -> None:
    term = temporary_service_term(date(2026, 1, 5), sentence_end=date(2027, 3, 31))
    assert term.last_day == date(2027, 3, 31)


def test_escape_and_fraud_are_added_to_the_end() -> None:
    term = temporary_service_term(
        date(2026, 1, 5), sentence_end=date(2027, 3, 31), escape_days=10, fraud_days=21
    )
    assert term.last_day == date(2027, 5, 1)
    assert {a.key for a in term.articles} == {"CPL 268(3)", "SPC 518"}
    with pytest.raises(ValueError, match="-5"):
        temporary_service_term(date(2026, 1, 5), sentence_end=date(2027, 3, 31), escape_days=-5)
