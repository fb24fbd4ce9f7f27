"""What the browser tests share: where things are, sizes, and waiting without the page's own eval."""

from __future__ import annotations

import time
from pathlib import Path

from playwright.sync_api import Error

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
DATABASE = "guitu_browser"
PASSWORD = "Browser-2026-guitu"
DESK, PHONE = (1366, 768), (360, 780)


def until(page, expression: str, *, timeout_s: float = 8.0) -> None:
    """Wait for a JavaScript expression; the policy of our pages forbids Playwright's own waiting."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        try:
            if page.evaluate(expression):
                return
        except Error as error:
            if "navigation" not in str(error):
                raise
        page.wait_for_timeout(40)
    raise AssertionError(f"never true: {expression}")
