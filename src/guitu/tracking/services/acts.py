"""What every service of tracking does around its change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pghistory
from django.db import transaction

from guitu.base.models import Account

#: Callers scope what they hand in; the row itself is then read again, locked.
WHY = "a service acts on a row that its caller has scoped"


@contextmanager
def act(by: Account, *, reason: str) -> Iterator[None]:
    """One transaction whose history rows carry who and why."""
    with transaction.atomic(), pghistory.context(user=by.pk, reason=reason[:200]):
        yield


def cut(text: str, most: int) -> str:
    """Text without zero bytes and outer spaces, at most so long."""
    return text.replace("\x00", "").strip()[:most]
