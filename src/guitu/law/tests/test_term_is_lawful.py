"""What intake must not accept without a question."""

from datetime import date

import pytest

from guitu.law.term import (
    Length,
    ProhibitionDefect,
    SentenceFacts,
    TermDefect,
    probation_term,
    prohibition_days_are_lawful,
    prohibition_order_is_lawful,
    public_surveillance_term,
    term_is_lawful,
)
from guitu.law.words import Category, SentenceKind

D, K = TermDefect, SentenceKind


@pytest.mark.parametrize(
    ("length", "crimes", "defects"),
    [
        ("3个月", 1, set()),
        ("2年", 1, set()),
        ("24个月", 1, set()),
        ("25个月", 1, {D.SENTENCE_TOO_LONG}),
        ("2年1日", 1, {D.SENTENCE_TOO_LONG}),
        ("2年6个月", 2, set()),
        ("3年", 2, set()),
        ("37个月", 3, {D.SENTENCE_TOO_LONG}),
        ("2个月", 2, {D.SENTENCE_TOO_SHORT}),
        ("90日", 1, {D.LENGTH_UNCLEAR}),
    ],
)
def test_public_surveillance(length: str, crimes: int, defects: set[TermDefect]) -> None:
    answer = term_is_lawful(
        SentenceFacts(
            category=Category.PUBLIC_SURVEILLANCE,
            kind=K.SURVEILLANCE,
            sentence=Length.parse(length),
            crimes=crimes,
        )
    )
    assert {reason.code for reason in answer.reasons} == defects
    assert answer.allowed is not bool(defects)


@pytest.mark.parametrize(
    ("kind", "sentence", "test_period", "defects"),
    [
        (K.IMPRISONMENT, "6个月", "1年", set()),
        (K.IMPRISONMENT, "3年", "5年", set()),
        (K.IMPRISONMENT, "3年", "3年", set()),
        (K.IMPRISONMENT, "2年", "1年11个月", {D.TEST_PERIOD_SHORTER_THAN_SENTENCE}),
        (K.IMPRISONMENT, "8个月", "11个月", {D.TEST_PERIOD_TOO_SHORT}),
        (K.IMPRISONMENT, "3年1个月", "4年", {D.SENTENCE_TOO_LONG}),
        (K.IMPRISONMENT, "5个月", "1年", {D.SENTENCE_TOO_SHORT}),
        (K.IMPRISONMENT, "4年", "6年", {D.SENTENCE_TOO_LONG, D.TEST_PERIOD_TOO_LONG}),
        (K.DETENTION, "3个月", "6个月", set()),
        (K.DETENTION, "1个月", "2个月", set()),
        (K.DETENTION, "1个月", "1个月", {D.TEST_PERIOD_TOO_SHORT}),
        (K.DETENTION, "6个月", "1年", set()),
        (K.DETENTION, "6个月", "13个月", {D.TEST_PERIOD_TOO_LONG}),
        (K.DETENTION, "4个月", "3个月", {D.TEST_PERIOD_SHORTER_THAN_SENTENCE}),
        (K.DETENTION, "7个月", "8个月", {D.SENTENCE_TOO_LONG}),
        (K.LIFE, "1年", "2年", {D.WRONG_SENTENCE_KIND}),
    ],
)
def test_probation(
    kind: SentenceKind, sentence: str, test_period: str, defects: set[TermDefect]
) -> None:
    answer = term_is_lawful(
        SentenceFacts(
            category=Category.PROBATION,
            kind=kind,
            sentence=Length.parse(sentence),
            test_period=Length.parse(test_period),
        )
    )
    assert {reason.code for reason in answer.reasons} == defects


def test_detention_for_several_crimes_goes_up_to_a_year() -> None:
    facts = SentenceFacts(
        category=Category.PROBATION,
        kind=K.DETENTION,
        sentence=Length(months=10),
        test_period=Length(months=12),
        crimes=2,
    )
    assert term_is_lawful(facts).allowed


def test_all_reasons_are_collected_and_each_names_its_article_and_value() -> None:
    answer = term_is_lawful(
        SentenceFacts(
            category=Category.PROBATION,
            kind=K.IMPRISONMENT,
            sentence=Length(years=4),
            test_period=Length(months=6),
            recidivist=True,
        )
    )
    assert {r.code for r in answer.reasons} == {
        D.SENTENCE_TOO_LONG,
        D.TEST_PERIOD_TOO_SHORT,
        D.TEST_PERIOD_SHORTER_THAN_SENTENCE,
        D.RECIDIVIST,
    }
    assert all(r.articles and r.zh and r.en for r in answer.reasons)
    assert any("4年" in r.zh and "3年" in r.zh for r in answer.reasons)


def test_a_missing_length_is_named() -> None:
    answer = term_is_lawful(SentenceFacts(category=Category.PROBATION, kind=K.IMPRISONMENT))
    assert [r.code for r in answer.reasons] == [D.MISSING, D.MISSING]


def test_parole_before_half_is_questioned_and_at_half_is_not() -> None:
    def parole(day: date) -> bool:
        return term_is_lawful(
            SentenceFacts(
                category=Category.PAROLE,
                kind=K.IMPRISONMENT,
                sentence=Length(years=4),
                sentence_start=date(2022, 1, 1),
                sentence_end=date(2025, 12, 31),  # 1461 days
                parole_day=day,
            )
        ).allowed

    assert not parole(date(2024, 1, 1))  # 730 days served
    assert parole(date(2024, 1, 2))


def test_parole_from_life_needs_thirteen_years_and_lasts_ten() -> None:
    base = {
        "category": Category.PAROLE,
        "kind": K.LIFE,
        "sentence_start": date(2010, 3, 1),
    }
    early = SentenceFacts(**base, parole_day=date(2023, 2, 28))
    ripe = SentenceFacts(**base, parole_day=date(2023, 3, 1), test_period=Length(years=10))
    wrong = SentenceFacts(**base, parole_day=date(2023, 3, 1), test_period=Length(years=9))
    assert [r.code for r in term_is_lawful(early).reasons] == [D.TOO_LITTLE_SERVED]
    assert term_is_lawful(ripe).allowed
    assert [r.code for r in term_is_lawful(wrong).reasons] == [D.TEST_PERIOD_TOO_SHORT]


def test_a_recidivist_gets_no_parole() -> None:
    facts = SentenceFacts(category=Category.PAROLE, kind=K.IMPRISONMENT, recidivist=True)
    assert [r.code for r in term_is_lawful(facts).reasons] == [D.RECIDIVIST]


def test_life_is_served_outside_only_by_a_mother() -> None:
    def outside(**more: bool) -> bool:
        return term_is_lawful(
            SentenceFacts(category=Category.TEMPORARY_SERVICE, kind=K.LIFE, **more)
        ).allowed

    assert outside(nursing_or_pregnant=True)
    assert not outside()


def test_no_crime_at_all_is_misuse() -> None:
    with pytest.raises(ValueError, match="0"):
        term_is_lawful(SentenceFacts(category=Category.PAROLE, kind=K.IMPRISONMENT, crimes=0))


PS, PR = Category.PUBLIC_SURVEILLANCE, Category.PROBATION
P = ProhibitionDefect


@pytest.mark.parametrize(
    ("category", "length", "whole", "defects"),
    [
        (PS, "3个月", "6个月", set()),
        (PS, "2个月15日", "6个月", {P.BELOW_FLOOR}),
        (PS, "7个月", "6个月", {P.BEYOND_TERM}),
        (PR, "2个月", "1年", set()),
        (PR, "1个月", "1年", {P.BELOW_FLOOR}),
        (PR, "1年", "1年", set()),
        (PR, "13个月", "1年", {P.BEYOND_TERM}),
        (Category.PAROLE, "6个月", "1年", {P.CATEGORY_HAS_NONE}),
        (Category.TEMPORARY_SERVICE, "6个月", "1年", {P.CATEGORY_HAS_NONE}),
    ],
)
def test_the_length_of_a_prohibition_order(
    category: Category, length: str, whole: str, defects: set[ProhibitionDefect]
) -> None:
    answer = prohibition_order_is_lawful(category, Length.parse(length), whole=Length.parse(whole))
    assert {r.code for r in answer.reasons} == defects


def test_the_floor_falls_away_when_custody_leaves_less() -> None:
    short = public_surveillance_term(date(2026, 7, 1), Length(months=4), prior_custody_days=30)
    assert prohibition_order_is_lawful(PS, Length(months=2), term=short).allowed
    whole = public_surveillance_term(date(2026, 7, 1), Length(months=4))
    assert not prohibition_order_is_lawful(PS, Length(months=2), term=whole).allowed
    still_long = public_surveillance_term(date(2026, 7, 1), Length(months=6), prior_custody_days=9)
    assert not prohibition_order_is_lawful(PS, Length(months=2), term=still_long).allowed


def test_an_order_entered_by_its_days_lies_inside_the_test_period() -> None:
    term = probation_term(date(2026, 3, 1), Length(years=1))
    good = prohibition_days_are_lawful(PR, date(2026, 3, 1), date(2026, 8, 31), term=term)
    assert good.allowed
    bad = prohibition_days_are_lawful(PR, date(2026, 2, 1), date(2027, 3, 31), term=term)
    assert {r.code for r in bad.reasons} == {P.BEFORE_TERM, P.BEYOND_TERM}
    brief = prohibition_days_are_lawful(PR, date(2026, 3, 1), date(2026, 4, 29), term=term)
    assert [r.code for r in brief.reasons] == [P.BELOW_FLOOR]
    with pytest.raises(ValueError, match="2026-02-28"):
        prohibition_days_are_lawful(PR, date(2026, 3, 1), date(2026, 2, 28), term=term)
