"""Fixtures of the whole thread."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from guitu.tracking.tests.conftest import world

from .harness import Node, WorkerProcess

__all__ = ["world"]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A stream server of the test's own."""
    made = Node(tmp_path / "stream")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def workers() -> Iterator[list[WorkerProcess]]:
    """Worker processes put in here are stopped at the end."""
    made: list[WorkerProcess] = []
    yield made
    for worker in made:
        worker.stop()
