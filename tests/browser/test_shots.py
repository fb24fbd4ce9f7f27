"""Screenshots of every page; only with ``GUITU_SHOTS`` (``make shots``)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .harness import DESK, PHONE
from .test_every_page import NAMES

FOLDER = os.environ.get("GUITU_SHOTS", "")


@pytest.mark.skipif(not FOLDER, reason="make shots asks for these")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(("size", "theme"), [(DESK, "light"), (DESK, "dark"), (PHONE, "light")])
def test_a_page_is_drawn(open_page, site, name, language, size, theme) -> None:
    who, path = site.pages[name]
    page = open_page(who, path, size=size, language=language, theme=theme)
    page.wait_for_timeout(350)
    file = Path(FOLDER) / f"{name}-{language[:2]}-{size[0]}-{theme}.png"
    page.screenshot(path=str(file), full_page=True)
    assert file.stat().st_size > 5_000
