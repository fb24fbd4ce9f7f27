"""What live pages are told: rows in the act's own transaction, one notification for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils import timezone

from guitu.tracking.models import News

#: The channel on which live listens.
CHANNEL = "guitu_news"

#: The row of ``Change`` that holds the greatest transaction whose news are forgotten.
FLOOR = "news_floor"

#: ``fixes`` rows: [person, time_ms, lon_e7, lat_e7, accuracy_m, speed_kmh, source, battery_pct, verdict].
KIND_FIXES = "fixes"
KIND_ALARM = "alarm"


def tell(kind: str, *, person_id: int, payload: Mapping[str, Any]) -> None:
    """One person's news, seen once the transaction commits. ``payload`` holds ids, states, numbers.

    Raises ``RuntimeError`` outside a transaction: news of what was rolled back would be false.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"the news {kind!r} must be told in its act's own transaction")
    News(at=timezone.now(), kind=kind, person_id=person_id, payload=dict(payload)).save(
        force_insert=True
    )
    with connection.cursor() as cursor:
        # Equal notifications of one transaction are folded into one by the server.
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
