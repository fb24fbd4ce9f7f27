"""Fixtures of tracking, its worker and live: a city with a lawfully worn band."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from guitu.tracking.tests.world import World, make_world


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    """The cast, and a device worn lawfully by ``cast.person`` since a day ago; committed for real."""
    yield make_world()
    from django.db import connection

    with connection.cursor() as cursor:
        # Unmanaged tables are not emptied by the test runner.
        cursor.execute("TRUNCATE tracking_report, tracking_fix")
