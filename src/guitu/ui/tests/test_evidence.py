"""Evidence never overstates: circles to scale, gaps dashed, cells aside, the sentence agrees."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.utils import translation

from guitu.ui import evidence_curve, evidence_map, examples, plane
from guitu.ui.evidence import draw_curve, draw_map, says


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


def test_error_circles_are_to_scale() -> None:
    e = examples.evidence()
    at = evidence_map.plane_of(e, width=660, height=330)
    drawing = evidence_map.draw(e, width=660, height=330)
    radii = [
        float(found)
        for found in re.findall(r'<circle cx="[\d.]+" cy="[\d.]+" r="([\d.]+)" class="fix-error', drawing)
    ]  # fmt: skip
    for radius, fix in zip(radii, e.fixes, strict=True):
        assert radius == pytest.approx(fix.accuracy_m * at.scale, abs=0.06)


def test_a_gap_is_dashed_and_has_no_arrow_on_it() -> None:
    drawing = evidence_map.draw(examples.evidence(), width=660, height=330)
    assert drawing.count("trail-line--gap") == 1
    assert "curve-line--unseen" in draw_curve(examples.evidence())


def test_a_cell_stands_on_the_map_but_takes_no_part() -> None:
    e = examples.evidence()
    assert all(fix.source != "cell" for fix in e.placed)
    assert "fix-error--cell" in evidence_map.draw(e, width=660, height=330)
    assert len(e.curve) == 9


def test_all_fixes_are_in_view() -> None:
    e = examples.evidence()
    for width, height in ((660, 330), (328, 300)):
        at = evidence_map.plane_of(e, width=width, height=height)
        for fix in e.fixes:
            x, y = at.xy(fix.lon, fix.lat)
            assert 0 < x < width
            assert 0 < y < height


def test_the_sentence_says_what_the_drawing_shows() -> None:
    said = says(examples.evidence())
    assert "08:16至08:41的5个点在围栏内" in said
    assert "没有信号，共16分钟" in said
    assert "08:57起连续4个点在围栏外" in said
    assert "概率09:03过0.95" in said


def test_an_exclusion_turns_the_words_round() -> None:
    said = says(replace(examples.evidence(), kind="exclusion"))
    assert "5个点在围栏外" in said
    assert "4个点在围栏内" in said


def test_evidence_without_a_fix_is_a_sentence_and_no_map() -> None:
    e = replace(examples.evidence(), fixes=())
    assert "没有可用的定位点" in draw_map(e)
    assert draw_curve(e) == ""


def test_fixes_out_of_order_are_refused() -> None:
    e = examples.evidence()
    with pytest.raises(ValueError, match="order of time"):
        replace(e, fixes=tuple(reversed(e.fixes)))


def test_names_are_escaped_and_nothing_is_inline() -> None:
    drawing = str(draw_map(replace(examples.evidence(), fence_name="<script>")))
    assert "<script>" not in drawing
    assert "style=" not in drawing


def test_time_ticks_are_round_and_apart() -> None:
    p = evidence_curve.plot(examples.evidence(), width=660, height=152)
    found = evidence_curve.time_ticks(p)
    assert [f"{moment:%H:%M}" for moment in found][:2] == ["08:20", "08:30"]


def test_a_scale_bar_is_a_round_length() -> None:
    at = plane.fit([(118.78, 32.0, 0.0), (118.9, 32.1, 0.0)], width=660, height=330)
    metres, px = plane.scale_bar(at)
    assert str(int(metres)).strip("0") in ("1", "2", "5")
    assert px <= 130
