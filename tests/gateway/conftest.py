"""Fixtures of the gateway's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .harness import Node


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A stream server of the test's own, which it may kill."""
    server = Node(tmp_path / "stream")
    server.start()
    yield server
    server.stop()
