"""``make test``: every check of the project, one after the other, with a summary at the end.

All stages run even when one fails, so that one run tells everything.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from guitu.ops.bootstrap import ROOT, apt_install

BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a stage went; ``note`` says what was left out and why."""

    name: str
    good: bool
    seconds: float
    note: str = ""


def find_chromium() -> str | None:
    """The browser for the browser tests, if the system has one."""
    for name in ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


def _chromium() -> tuple[str | None, str]:
    found = find_chromium()
    if found is None and apt_install("chromium"):
        found = find_chromium()
    if found is None:
        return None, "browser tests not run: install Chromium with `apt-get install chromium`"
    return found, ""


def _stage(name: str, command: list[str], *, environ: dict[str, str], note: str = "") -> Outcome:
    print(f"\n── {name} " + "─" * max(4, 72 - len(name)), flush=True)
    began_s = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environ, check=False)
    return Outcome(name, done.returncode == 0, time.monotonic() - began_s, note)


def stages() -> list[Callable[[], Outcome]]:
    """The stages in the order of their price."""
    # The project's own settings must not leak into its tests.
    environ = {name: text for name, text in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}

    def plain(name: str, *command: str) -> Callable[[], Outcome]:
        return lambda: _stage(name, [str(BIN / command[0]), *command[1:]], environ=environ)

    def pytest(name: str, *arguments: str, **more: str) -> Outcome:
        command = [str(BIN / "python"), "-m", "pytest", "-m", "not shared", *arguments]
        return _stage(name, command, environ=environ | more)

    def browser() -> Outcome:
        # A process of its own: Playwright keeps a loop running in the thread of the tests.
        chromium, note = _chromium()
        if chromium is None:
            print(note, flush=True)
            return Outcome("browser tests", True, 0.0, note)
        return pytest("browser tests", "tests/browser", GUITU_CHROMIUM=chromium)

    def types() -> Outcome:
        # Django's plugin for mypy reads the settings; they need a home and a database to name.
        with tempfile.TemporaryDirectory(prefix="guitu-types-") as home:
            named = {"GUITU_HOME": home, "DATABASE_URL": "postgresql://none@127.0.0.1/none"}
            return _stage("types (mypy)", [str(BIN / "mypy")], environ=environ | named)

    return [
        plain("lint (ruff)", "ruff", "check"),
        plain("format (ruff)", "ruff", "format", "--check"),
        plain("import rules", "lint-imports"),
        plain("messages", "python", "-m", "guitu.ops.messages"),
        types,
        browser,
        lambda: pytest("tests", "--ignore=tests/browser"),
    ]


def main() -> int:
    """Run all stages (with ``--quick`` all but the tests); 1 when any of them failed."""
    chosen = stages()[:-2] if "--quick" in sys.argv[1:] else stages()
    outcomes = [stage() for stage in chosen]
    width = max(len(outcome.name) for outcome in outcomes)
    print("\n── summary " + "─" * 64)
    for outcome in outcomes:
        word = "ok    " if outcome.good else "FAILED"
        line = f"{outcome.name:<{width}}  {word}  {outcome.seconds:7.1f} s  {outcome.note}"
        print(line.rstrip())
    failed = [outcome.name for outcome in outcomes if not outcome.good]
    print(f"failed: {', '.join(failed)}" if failed else "all stages passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
