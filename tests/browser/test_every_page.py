"""Every page, both languages, two sizes: accessible, within its window, alone with its host."""

from __future__ import annotations

import json

import pytest

from .harness import AXE, DESK, PHONE

NAMES = (
    "workbench", "alarms", "alarm-list", "alarm-silence", "alarms-closed", "map", "trail",
    "trail-empty", "fences", "fence", "fence-new", "fence-edit", "devices", "device", "device-new",
    "quarantine", "wear", "take-off", "persons", "person", "orders", "order", "design", "me",
)  # fmt: skip


def serious(page) -> list[str]:
    """What axe-core finds grave, in a line each."""
    page.evaluate(AXE.read_text("utf-8") + "; undefined")
    answer = page.evaluate(
        "() => axe.run(document, {resultTypes: ['violations'],"
        " runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
    )
    return [
        f"{one['id']}: {one['help']} — {json.dumps(one['nodes'][0]['target'], ensure_ascii=False)}"
        for one in answer["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("size", "language", "theme"),
    [(DESK, "zh-hans", "light"), (PHONE, "zh-hans", "dark"), (DESK, "en", "dark"), (PHONE, "en", "light")],
    ids=["desk-zh", "phone-zh-dark", "desk-en-dark", "phone-en"],
)  # fmt: skip
def test_a_page_is_accessible_fits_its_window_and_asks_nobody_else(
    open_page, site, name, size, language, theme
) -> None:  # fmt: skip
    who, path = site.pages[name]
    page = open_page(who, path, size=size, language=language, theme=theme)
    assert page.locator("h1").count() >= 1, page.title()
    assert serious(page) == []
    wider = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wider <= 0, f"{wider} px wider than the window"
    assert page.elsewhere == []
    assert page.wrong == []
    assert page.evaluate("document.documentElement.lang").startswith(language[:2])
