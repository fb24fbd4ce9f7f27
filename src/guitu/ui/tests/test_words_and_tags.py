"""Days and spans in words, components, and the sheet of tokens."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import Context, Template
from django.utils import translation

from guitu.ui import components, icons, nav, palette, words
from guitu.ui.assets import local_font_css

NOW = datetime(2026, 11, 24, 1, 12, tzinfo=UTC)
TODAY = date(2026, 11, 24)


@pytest.fixture(params=["zh-hans", "en"])
def language(request):
    with translation.override(request.param):
        yield request.param


def both(language: str, chinese: str, english: str) -> str:
    return chinese if language == "zh-hans" else english


def test_a_day_has_its_weekday(language) -> None:
    assert words.full_day(TODAY) == both(language, "2026-11-24 周二", "2026-11-24 Tue")
    assert words.full_moment(NOW).endswith("09:12")


def test_a_moment_is_told_on_shanghais_clock() -> None:
    late = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    assert words.civil(late) == date(2026, 11, 25)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        words.local(datetime(2026, 11, 24))


@pytest.mark.parametrize(
    ("days", "chinese", "english"),
    [
        (3, "还有3天", "3 days left"),
        (1, "还有1天", "1 day left"),
        (0, "今天", "today"),
        (-4, "逾期4天", "4 days overdue"),
    ],
)
def test_a_deadline_in_days(language, days, chinese, english) -> None:
    said = words.days_left(TODAY + timedelta(days=days), today=TODAY)
    assert said.lower() == both(language, chinese, english)


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (40, "40秒", "40 seconds"),
        (540, "9分钟", "9 minutes"),
        (3600, "1小时", "1 hour"),
        (3960, "1小时06分", "1 h 06 min"),
        (3 * 86400, "3天", "3 days"),
    ],
)
def test_a_span_in_words(language, seconds, chinese, english) -> None:
    assert words.duration(seconds) == both(language, chinese, english)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 3, 12), TODAY, (8, 12)),
        (TODAY, date(2028, 3, 11), (15, 16)),
        (date(2026, 1, 31), date(2026, 2, 28), (1, 0)),
        (date(2026, 1, 31), date(2026, 3, 1), (1, 1)),
        (date(2024, 2, 29), date(2025, 2, 28), (12, 0)),
    ],
)
def test_months_and_days_by_the_calendar(start, end, expected) -> None:
    assert words.months_and_days(start, end) == expected


def test_a_deadline_passed_is_an_icon_a_word_and_the_day_it_was_due() -> None:
    with translation.override("zh-hans"):
        drawn = components.due(date(2026, 11, 20), now=NOW)
    assert "逾期4天，应11-20" in drawn
    assert "<svg" in drawn


def test_a_category_is_known_by_code_word_and_enum(language) -> None:
    drawings = {str(components.category(value)) for value in ("probation", "02", "缓刑")}
    assert len(drawings) == 1
    with pytest.raises(ValueError, match="probation"):
        components.category("05")


def test_an_unverified_article_says_so() -> None:
    with translation.override("zh-hans"):
        assert "待核" in components.article("实施办法第24条", unverified=True)
        assert "待核" not in components.article("社矫法第29条")


def test_every_state_has_an_icon_that_exists() -> None:
    for kind, (shape, _tone) in components.STATES.items():
        assert icons.draw(shape), kind


def test_an_unknown_icon_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match="breach"):
        icons.draw("nothing")


def test_text_in_components_is_escaped() -> None:
    page = Template('{% state "overdue" t %}{% empty t t %}{% article t %}')
    assert "<b>" not in page.render(Context({"t": "<b>x"}))


def test_a_captured_block_that_is_empty_is_false() -> None:
    page = Template("{% capture x %} \n {% endcapture %}{% if x %}yes{% else %}no{% endif %}")
    assert page.render(Context()) == "no"


def test_the_bottom_bar_keeps_the_page_one_is_on() -> None:
    items = tuple(nav.NavItem(str(n), f"/{n}", current=n == 6) for n in range(8))
    found = nav.dock((nav.NavGroup(items),))
    assert [item.label for item in found] == ["0", "1", "2", "6"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_on_paper_has_contrast_enough(theme) -> None:
    value = palette.values(theme)
    for name in ("ink", "ink-2", "ink-3", "pine", "indigo", "amber-text", "cinnabar-text"):
        for ground in ("paper", "surface", "wash"):
            ratio = palette.contrast(value[name], value[ground])
            assert ratio >= 4.5, f"{name} on {ground} in {theme} is {ratio:.2f}"
    for name in ("surveillance", "probation", "parole", "temporary"):
        assert palette.contrast(value[f"cat-{name}"], value["paper"]) >= 3
    assert palette.contrast(value["on-pine"], value["pine"]) >= 4.5


def test_the_dark_values_are_the_same_by_choice_and_by_system() -> None:
    sheet = palette._SHEET.read_text(encoding="utf-8")
    blocks = [
        {line.strip() for line in block.split("}")[0].splitlines() if "--" in line}
        for block in sheet.split(":root:not([data-theme]) {")[1:]
        + sheet.split('[data-theme="dark"] {')[1:]
    ]
    assert len(blocks) == 2
    assert blocks[0] == blocks[1]


def test_font_css_keeps_its_subsets_and_names_only_local_files() -> None:
    css = (
        "src: url(./files/a-1.woff2) format('woff2'), url(./files/a-1.woff) format('woff');\n"
        "unicode-range: U+4e00-4e10;"
    )
    assert local_font_css(css, copy=lambda name: f"files/{name}") == (
        "src: url(files/a-1.woff2) format('woff2');\nunicode-range: U+4e00-4e10;"
    )
