"""Days of the trail: tables made ahead, dropped when retention says so.

``keep()`` is a job of the keeper. It changes tables, so it works as the database's owner
(``DATABASE_OWNER_URL``). A fix whose day has no table yet falls into the parent's default
partition (``…_rest``) and is moved when its day is made: nothing waits for the keeper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import psycopg
from psycopg import sql

from guitu.config import settings

PARENTS = ("tracking_report", "tracking_fix")
#: A credible fix is at most 30 days older than its report.
DAYS_BACK = 31
DAYS_AHEAD = 7
#: News live for a day: a page that was away longer loads afresh.
NEWS_HOURS = 24
_SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Kept:
    """What one round did."""

    made: tuple[date, ...]
    dropped: tuple[date, ...]


def day_of(at: datetime) -> date:
    """The civil day of Asia/Shanghai by which trails are partitioned."""
    return at.astimezone(_SHANGHAI).date()


def table_of(parent: str, day: date) -> str:
    """The name of a day's table."""
    return f"{parent}_{day:%Y%m%d}"


def make_ahead(cursor: Any, *, today: date) -> tuple[date, ...]:
    """Make the missing days from 31 back to 7 ahead; returns those made."""
    days = [today + timedelta(days=n) for n in range(-DAYS_BACK, DAYS_AHEAD + 1)]
    there = {(parent, day) for parent in PARENTS for day in existing(cursor, parent)}
    made = [day for day in days if any((parent, day) not in there for parent in PARENTS)]
    for day in made:
        for parent in PARENTS:
            if (parent, day) not in there:
                make_day(cursor, parent, day)
    return tuple(made)


def make_day(cursor: Any, parent: str, day: date) -> None:
    """Make one day's table, with what already lies in the default partition."""
    names = {
        "parent": sql.Identifier(parent),
        "table": sql.Identifier(table_of(parent, day)),
        "rest": sql.Identifier(f"{parent}_rest"),
        "day": sql.Literal(day),
        "next": sql.Literal(day + timedelta(days=1)),
    }
    for statement in (
        "CREATE TABLE {table} (LIKE {parent} INCLUDING DEFAULTS)",
        "WITH moved AS (DELETE FROM {rest} WHERE day = {day} RETURNING *)"
        " INSERT INTO {table} SELECT * FROM moved",
        "ALTER TABLE {parent} ATTACH PARTITION {table} FOR VALUES FROM ({day}) TO ({next})",
    ):
        cursor.execute(sql.SQL(statement).format(**names))


def existing(cursor: Any, parent: str) -> list[date]:
    """The days that have a table, oldest first."""
    cursor.execute(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = %s::regclass",
        [parent],
    )
    tails = [name.removeprefix(f"{parent}_") for (name,) in cursor.fetchall()]
    return sorted(
        datetime.strptime(tail, "%Y%m%d").replace(tzinfo=UTC).date()
        for tail in tails
        if tail.isdigit()
    )


def keep(*, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Kept:
    """Make days ahead, drop days past retention, and forget what belongs to them."""
    url = settings.database_owner_url or settings.database_url
    today = day_of(now())
    oldest = today - timedelta(days=settings.trail_days)
    dropped: set[date] = set()
    # A lock is taken on a parent for a moment: the worker waits, it must not wait long.
    with psycopg.connect(url, options="-c lock_timeout=5s") as owner, owner.cursor() as cursor:
        made = make_ahead(cursor, today=today)
        owner.commit()
        for parent in PARENTS:
            for day in existing(cursor, parent):
                if day < oldest:
                    cursor.execute(
                        sql.SQL("DROP TABLE {}").format(sql.Identifier(table_of(parent, day)))
                    )
                    owner.commit()
                    dropped.add(day)
            cursor.execute(
                sql.SQL("DELETE FROM {} WHERE day < %s").format(sql.Identifier(f"{parent}_rest")),
                [oldest],
            )
        _forget_places(cursor, before=oldest, now=now())
    return Kept(made, tuple(sorted(dropped)))


def _forget_places(cursor: Any, *, before: date, now: datetime) -> None:
    """Places in alarms go with the trail they come from; the alarm and its handling stay."""
    edge = datetime(before.year, before.month, before.day, tzinfo=_SHANGHAI)
    for table, column in (("tracking_alarm", "known_at"), ("tracking_alarmevent", "received_at")):
        cursor.execute(
            sql.SQL(
                "UPDATE {} SET lon_e7 = NULL, lat_e7 = NULL, evidence = '{{}}'"
                " WHERE {} < %s AND (lon_e7 IS NOT NULL OR evidence <> '{{}}')"
            ).format(sql.Identifier(table), sql.Identifier(column)),
            [edge],
        )
    cursor.execute("DELETE FROM tracking_latest WHERE heard_at < %s", [edge])
    cursor.execute("DELETE FROM tracking_refusal WHERE received_at < %s", [edge])
    cursor.execute("DELETE FROM tracking_deadletter WHERE at < %s", [edge])
    cursor.execute(
        "WITH gone AS (DELETE FROM tracking_news WHERE at < %s RETURNING xid)"
        " INSERT INTO tracking_change AS c (name, version) SELECT %s, max(xid) FROM gone"
        " HAVING count(*) > 0"
        " ON CONFLICT (name) DO UPDATE SET version = greatest(c.version, EXCLUDED.version)",
        [now - timedelta(hours=NEWS_HOURS), "news_floor"],
    )
