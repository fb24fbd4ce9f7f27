"""Civil time of Asia/Shanghai: the simulated city's days begin there. No Django here."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))


def local(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of Asia/Shanghai as UTC."""
    return datetime.combine(day, time(hour, minute, second), SHANGHAI).astimezone(UTC)
