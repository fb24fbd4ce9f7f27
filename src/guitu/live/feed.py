"""Reading the news in commit order.

A row is read once no older transaction can still bring one forth before it: rows whose transaction
is below ``pg_snapshot_xmin``, in the order (transaction, row). So a position (transaction, row) in
that order says exactly what was read, and nothing that is committed is ever passed over.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Self

import psycopg

from guitu.tracking.news import CHANNEL, FLOOR

#: More than this since a page's last event, and it had better load itself anew.
MOST_RESUMED = 2_000

_WINDOW = """
WITH now AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin)
SELECT now.xmin, n.xid, n.id, n.kind, n.person_id, n.payload
FROM now LEFT JOIN tracking_news n ON n.xid >= %s AND n.xid < now.xmin
ORDER BY n.xid, n.id
"""

_SINCE = """
SELECT xid, id, kind, person_id, payload FROM tracking_news
WHERE (xid, id) > (%s, %s) AND xid < %s ORDER BY xid, id LIMIT %s
"""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Everything up to and with this row has been read."""

    xid: int
    row: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.row}"

    @classmethod
    def read(cls, text: str) -> Self:
        """The inverse of ``str``; raises ``ValueError`` on anything else."""
        xid, dash, row = text.partition("-")
        if not dash or not all(part.isascii() and part.isdigit() for part in (xid, row)):
            raise ValueError(f"{text[:40]!r} is no position: leave it out to begin from now")
        made = cls(int(xid), int(row))
        if max(made.xid, made.row) >= 1 << 63:
            raise ValueError("a position is two numbers below 2^63")
        return made


@dataclass(frozen=True, slots=True)
class Item:
    """One row of news."""

    position: Position
    kind: str
    person: int | None
    payload: Any


class Feed:
    """The one reader. ``next_xid``: every transaction below it has been read."""

    def __init__(self, db: psycopg.AsyncConnection, ask: psycopg.AsyncConnection) -> None:
        self._db = db
        # Pages that resume ask on a connection of their own: the news wait for nobody.
        self._ask = ask
        self._asking = asyncio.Lock()
        self.next_xid = 0

    @classmethod
    async def open(cls, url: str, *, next_xid: int = 0) -> Feed:
        """Connect and listen; with ``next_xid`` go on where an earlier one was cut off."""
        db = await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=5)
        ask = await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=5)
        await db.execute(f"LISTEN {CHANNEL}")
        feed = cls(db, ask)
        feed.next_xid = next_xid
        if not next_xid:
            row = await (
                await db.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            ).fetchone()
            assert row is not None
            feed.next_xid = row[0]
        return feed

    async def wait(self, timeout_s: float) -> None:
        """Until something was told, or the time is over."""
        async for _ in self._db.notifies(timeout=timeout_s, stop_after=1):
            pass

    async def read(self) -> tuple[list[Item], bool]:
        """What can be read now; and whether more is committed that an older transaction holds up."""
        rows = await (await self._db.execute(_WINDOW, [self.next_xid])).fetchall()
        self.next_xid = max(self.next_xid, rows[0][0])
        items = [_item(row[1:]) for row in rows if row[1] is not None]
        waiting = await (
            await self._db.execute(
                "SELECT EXISTS (SELECT 1 FROM tracking_news WHERE xid >= %s)", [self.next_xid]
            )
        ).fetchone()
        return items, bool(waiting and waiting[0])

    async def since(self, after: Position, *, below_xid: int) -> list[Item] | None:
        """What came after a position; None when it is too much, or too old to be there still."""
        async with self._asking:
            forgotten = await (
                await self._ask.execute(
                    "SELECT version FROM tracking_change WHERE name = %s", [FLOOR]
                )
            ).fetchone()
            # A position beyond what was read is of another database: a backup was restored.
            if (forgotten and after.xid <= forgotten[0]) or after.xid > below_xid:
                return None
            rows = await (
                await self._ask.execute(_SINCE, [after.xid, after.row, below_xid, MOST_RESUMED + 1])
            ).fetchall()
        if len(rows) > MOST_RESUMED:
            return None
        return [_item(row) for row in rows]

    async def close(self) -> None:
        """Disconnect."""
        await self._db.close()
        await self._ask.close()


def _item(row: Any) -> Item:
    xid, number, kind, person, payload = row
    return Item(Position(xid, number), kind, person, payload)
