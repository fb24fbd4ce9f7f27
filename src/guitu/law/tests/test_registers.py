"""Articles, figures, policies, spans, ages, words: the small registers."""

from datetime import date

import pytest

from guitu.law.ages import age_on, is_minor, within_working_age
from guitu.law.articles import UnknownArticle, all_articles, article, chinese_number
from guitu.law.figures import NoFigure, all_figures, figure
from guitu.law.length import Length
from guitu.law.policies import PolicyNotInForce, guangzhou_2016_explains, policy
from guitu.law.reasons import Answer
from guitu.law.spans import Span, Spans
from guitu.law.to_verify import to_verify
from guitu.law.words import Category, SentenceKind


def test_an_article_is_cited_in_both_languages() -> None:
    ground = article("CCL 29(1)[3]")
    assert ground.cite_zh() == "《社区矫正法》第二十九条第一款第三项"
    assert ground.cite_en() == "Community Corrections Law, art. 29(1) item 3"
    assert not ground.in_force(date(2020, 6, 30))
    assert ground.in_force(date(2020, 7, 1))


@pytest.mark.parametrize(
    ("number", "text"),
    [(2, "二"), (10, "十"), (19, "十九"), (40, "四十"), (105, "一百零五"), (268, "二百六十八")],
)
def test_article_numbers_in_chinese(number: int, text: str) -> None:
    assert chinese_number(number) == text


def test_an_unknown_article_names_the_remedy() -> None:
    with pytest.raises(UnknownArticle, match="articles_table"):
        article("CCL 999")


def test_nothing_of_the_implementing_measures_is_called_sure() -> None:
    assert all(not a.sure for a in all_articles() if a.law.key == "IM")
    assert all(a.zh and a.en for a in all_articles())


def test_every_figure_is_to_be_verified_and_dated() -> None:
    assert all_figures()
    assert not any(f.sure for f in all_figures())
    assert figure("illness_review", date(2026, 1, 1)).after(date(2026, 1, 31)) == date(2026, 4, 30)
    with pytest.raises(NoFigure, match="2019"):
        figure("illness_review", date(2019, 1, 1))


def test_the_blanket_rule_of_2016_explains_history() -> None:
    then = date(2018, 5, 1)
    assert guangzhou_2016_explains(then, length=Length(months=6)).banded
    assert not guangzhou_2016_explains(then, length=Length(months=5)).banded
    assert guangzhou_2016_explains(then, length=Length(months=2), key_managed=True).banded


@pytest.mark.parametrize("day", [date(2020, 7, 1), date(2026, 1, 1), date(2015, 12, 31)])
def test_the_blanket_rule_is_refused_outside_its_days(day: date) -> None:
    with pytest.raises(PolicyNotInForce, match="CCL 29"):
        guangzhou_2016_explains(day, length=Length(years=1))
    with pytest.raises(PolicyNotInForce):
        policy("guangzhou_2016", day)


def test_the_policy_of_today_is_the_law() -> None:
    assert policy("cn_2020", date(2026, 1, 1)).sure
    assert policy("guangzhou_2016", date(2020, 6, 30)).key == "guangzhou_2016"
    with pytest.raises(LookupError, match="cn_2020"):
        policy("cn_1999", date(2026, 1, 1))


def test_spans_are_sorted_and_answer_for_a_day() -> None:
    spans = Spans.of(
        [
            Span(date(2026, 5, 1), None, holds=False),
            Span.inclusive(date(2026, 3, 1), date(2026, 4, 30), holds=True),
        ]
    )
    assert spans.holds(date(2026, 4, 30))
    assert not spans.holds(date(2026, 5, 1))
    assert not spans.holds(date(2026, 2, 28))
    assert spans.at(date(2026, 2, 28)) is None


def test_spans_that_overlap_or_are_empty_are_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Span(date(2026, 5, 1), date(2026, 5, 1), holds=True)
    with pytest.raises(ValueError, match="overlap"):
        Spans.of(
            [
                Span(date(2026, 5, 1), None, holds=True),
                Span(date(2026, 6, 1), None, holds=True),
            ]
        )
    with pytest.raises(ValueError, match="out of order"):
        Spans(
            (
                Span(date(2026, 6, 1), None, holds=True),
                Span(date(2026, 5, 1), date(2026, 5, 2), holds=True),
            )
        )


def test_neighbours_that_say_the_same_are_merged() -> None:
    a = Span.inclusive(date(2026, 1, 1), date(2026, 1, 31), holds=True)
    b = Span.inclusive(date(2026, 2, 1), date(2026, 2, 28), holds=True)
    c = Span(date(2026, 3, 1), None, holds=False)
    assert Spans((a, b, c)).merged().items == (
        Span(date(2026, 1, 1), date(2026, 3, 1), holds=True),
        c,
    )


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("2008-05-05", "2026-05-05", 17),
        ("2008-05-05", "2026-05-06", 18),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("2008-02-29", "2028-02-29", 19),
        ("2026-05-05", "2026-05-05", 0),
    ],
)
def test_an_age_is_complete_from_the_day_after_the_birthday(born: str, day: str, age: int) -> None:
    assert age_on(date.fromisoformat(born), date.fromisoformat(day)) == age


def test_sixteen_and_seventeen_are_helped_with_work() -> None:
    born = date(2009, 8, 8)
    assert not within_working_age(born, date(2025, 8, 8))
    assert within_working_age(born, date(2025, 8, 9))
    assert is_minor(born, date(2027, 8, 8))
    assert not within_working_age(born, date(2027, 8, 9))
    with pytest.raises(ValueError, match="2009-08-08"):
        age_on(born, date(2009, 8, 7))


def test_categories_are_read_from_their_three_names() -> None:
    assert Category.of("缓刑") is Category.of("02") is Category.of("probation")
    assert [c.code for c in Category] == ["01", "02", "03", "04"]
    assert [k.code for k in SentenceKind] == ["01", "02", "03", "04", "05"]
    with pytest.raises(ValueError, match="剥夺政治权利"):
        Category.of("剥夺政治权利")


def test_an_answer_without_reasons_is_as_sure_as_its_articles() -> None:
    assert Answer((), (article("CCL 29(1)"),)).sure
    assert not Answer((), (article("IM 37"),)).sure


def test_one_list_holds_everything_a_person_has_to_check() -> None:
    where = [item.where for item in to_verify()]
    assert {"IM 53", "figures.json: illness_review", "policy guangzhou_2016"} <= set(where)
    assert "CCL 29(1)" not in where
    assert len(where) == len(set(where))
