"""The term bar's geometry: what is bright, where things stand, which labels have room."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from guitu.ui import termbar
from guitu.ui.examples import term
from guitu.ui.termbar import NOMINAL_PX, TermBar

START, END = date(2026, 3, 12), date(2028, 3, 11)


def test_the_way_ahead_is_drawn_after_today_and_the_past_before() -> None:
    bar = TermBar(START, date(2026, 11, 24), END)
    drawing = termbar.draw(bar, size="person")
    assert drawing.index("tb-past") < drawing.index("tb-way")
    assert 0.34 < bar.share(bar.today) < 0.36


def test_a_term_that_is_over_has_no_today_and_no_way_ahead() -> None:
    drawing = termbar.draw(TermBar(START, date(2029, 1, 1), END), size="person")
    assert "tb-today" not in drawing
    assert "tb-way" not in drawing
    assert "tb-end--over" in drawing


def test_a_term_not_begun_is_all_ahead() -> None:
    drawing = termbar.draw(TermBar(START, date(2026, 1, 1), END), size="list")
    assert "tb-past" not in drawing
    assert "tb-way" in drawing


def test_an_end_before_its_start_is_refused_with_both_days() -> None:
    with pytest.raises(ValueError, match=r"2026-03-11.*2026-03-12"):
        TermBar(START, START, date(2026, 3, 11))


def test_a_term_of_one_day_is_drawn() -> None:
    assert "termbar--list" in termbar.draw(TermBar(START, START, START), size="list")


def test_months_are_short_quarters_longer_and_years_longest_with_their_number() -> None:
    found = termbar.ticks(TermBar(START, START, END))
    heights = {tick.height_px for tick in found}
    assert heights == {3, 6, 12}
    assert [tick.year for tick in found if tick.year] == [2027, 2028]
    assert len(found) == 24


def test_a_long_term_has_years_alone() -> None:
    found = termbar.ticks(TermBar(date(2010, 1, 1), START, date(2034, 1, 1)), size="narrow")
    assert {tick.height_px for tick in found} == {12}


def test_labels_of_the_picture_all_have_room() -> None:
    found = [label.word for label in termbar.labels(term())]
    assert found == ["入矫宣告", "训诫", "警告", "今天", "个人总结"]


def test_today_keeps_its_label_where_a_warning_would_cover_it() -> None:
    bar = TermBar(START, date(2026, 11, 24), END, events=[(date(2026, 11, 23), "warning", "警告")])
    assert "今天" in [label.word for label in termbar.labels(bar, size="narrow")]


def test_two_decisions_at_once_stand_in_two_rows() -> None:
    spans = [
        (date(2026, 9, 22), date(2026, 12, 21), "电子定位"),
        (date(2026, 10, 1), date(2026, 11, 30), "禁止令"),
    ]
    rows = termbar.span_rows(TermBar(START, date(2026, 11, 24), END, spans=spans))
    assert sorted(row for _span, row, _text in rows) == [0, 1]


def test_the_text_alternative_names_everything() -> None:
    with translation.override("zh-hans"):
        said = term().in_words()
    for part in ("2026-03-12", "2028-03-11", "还有15个月16天", "电子定位", "警告：2026-09-18"):
        assert part in said


def test_the_english_bar_is_english() -> None:
    with translation.override("en"):
        assert "15 months 16 days" in term().in_words()


@given(
    st.dates(date(2020, 1, 1), date(2026, 1, 1)),
    st.integers(1, 4000),
    st.integers(-100, 5000),
    st.lists(st.tuples(st.integers(0, 4000), st.sampled_from(["warning", "praise", "other"])), max_size=12),
    st.sampled_from(["person", "middle", "narrow"]),
)  # fmt: skip
def test_no_two_labels_touch_and_none_leaves_the_bar(start, days, today, events, size) -> None:
    def day(offset: int) -> date:
        return date.fromordinal(start.toordinal() + offset)

    bar = TermBar(
        start,
        day(today),
        day(days),
        events=[(day(offset), kind, "训诫") for offset, kind in events],
    )
    whole = NOMINAL_PX[size]
    boxes = []
    for label in termbar.labels(bar, size=size):
        middle = label.x_pct / 100 * whole + label.shift_px
        boxes.append((middle - label.width_px / 2, middle + label.width_px / 2))
    assert all(left >= -0.1 and right <= whole + 0.1 for left, right in boxes)
    boxes.sort()
    assert all(a[1] + 7.9 <= b[0] for a, b in itertools.pairwise(boxes))
    assert termbar.draw(bar, size=size)
