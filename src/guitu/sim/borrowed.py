"""Who plays which terminal: a replayed trace borrows a number from the living city for a while.

Two players of one number would throw each other off the line. A note in ``<home>/run/borrowed``
says that somebody else has it; the city's own terminal stays silent meanwhile and for some time
after, so that a person can look at what the trace did.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from guitu.config import process_mark
from guitu.wire.envelope import canonical

AFTERWARDS_S = 900.0
"""How long the city leaves a terminal alone after its trace has ended."""

LOOKS_EVERY_S = 1.0
"""How often the city looks whether somebody borrows a number."""


def _folder(run: Path) -> Path:
    return run / "borrowed"


@contextlib.contextmanager
def borrowed(number: str, *, run: Path) -> Iterator[None]:
    """Within the block (and :data:`AFTERWARDS_S` after it) the number is played by this process."""
    if not run.is_dir():
        yield
        return
    folder = _folder(run)
    folder.mkdir(exist_ok=True)
    note = folder / canonical(number)
    note.write_text(str(os.getpid()), "ascii")
    try:
        yield
    finally:
        # Its time of change begins the afterwards.
        with contextlib.suppress(OSError):
            note.write_text(str(os.getpid()), "ascii")


def borrowed_now(*, run: Path, now_s: float | None = None) -> frozenset[str]:
    """Canonical numbers that somebody else plays now; old notes are swept away."""
    now_s = time.time() if now_s is None else now_s
    found = set()
    for note in _folder(run).glob("*"):
        try:
            age_s = now_s - note.stat().st_mtime
            alive = process_mark(int(note.read_text("ascii"))) is not None
        except (OSError, ValueError):
            continue  # swept by another, or being written at this moment
        if alive or age_s < AFTERWARDS_S:
            found.add(note.name)
        else:
            note.unlink(missing_ok=True)
    return frozenset(found)
