"""All open pages: who they are, what each may be told, and telling it once for equal ones."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import msgspec
import psycopg
import structlog
from django.db import DatabaseError, connection

from guitu.live import access
from guitu.live.access import Access
from guitu.live.feed import Feed, Item, Position
from guitu.tracking import news
from guitu.tracking.live_ticket import Holder

log = structlog.get_logger("live")

T = TypeVar("T")

CHECK_S = 4.0
HEARTBEAT_S = 15.0
#: News that an open transaction elsewhere holds up is looked for again this soon.
AGAIN_S = 0.05
IDLE_S = 1.0
#: Bytes that may wait for a slow page before it is cut off; it comes back and resumes.
MOST_WAITING = 1_000_000
#: Access that could not be confirmed for so long is no access.
UNCONFIRMED_S = 5.0
PERSONS_KNOWN = 50_000


@dataclass(slots=True, eq=False)
class Page:
    """One open connection. ``held``: what came while it was resuming, else None."""

    holder: Holder
    writer: asyncio.StreamWriter
    access: Access
    held: list[bytes] | None = field(default_factory=list)

    def send(self, data: bytes) -> bool:
        """Write, or keep until it has resumed; False when it is too slow to be kept."""
        if self.held is not None:
            self.held.append(data)
            return sum(map(len, self.held)) <= MOST_WAITING
        if self.writer.is_closing():
            return False
        self.writer.write(data)
        return self.writer.transport.get_write_buffer_size() <= MOST_WAITING


class Hub:
    """``run`` reads the news for all pages; pages join and leave at any time."""

    def __init__(self, url: str, *, limit: int = 1_000) -> None:
        self._url = url
        self._limit = limit
        self._pages: set[Page] = set()
        self._feed: Feed | None = None
        self._next_xid = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live-db")
        self._persons: OrderedDict[int, frozenset[int]] = OrderedDict()
        self._asked: dict[Holder, asyncio.Future[Access | None]] = {}
        self._asking: asyncio.Task[None] | None = None
        self._checked_s = time.monotonic()
        self.problem: str | None = "not connected yet"
        self.sent = 0
        self.cut = 0

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def full(self) -> bool:
        """Whether no more pages can be held."""
        return len(self._pages) >= self._limit

    # ── pages ────────────────────────────────────────────────────────────────────────────────

    async def admit(self, holder: Holder) -> Access | None:
        """Whether this holder may listen now. Who asks at the same time is answered together: after
        a restart all pages come back at once."""
        answer = self._asked.get(holder)
        if answer is None:
            answer = self._asked[holder] = asyncio.get_running_loop().create_future()
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(answer)

    async def _ask(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                found = await self._in_thread(partial(access.check, asked))
            except Exception as error:
                for answer in asked.values():
                    answer.set_exception(error)
                continue
            for holder, answer in asked.items():
                answer.set_result(found.get(holder))

    async def join(self, page: Page, after: Position | None) -> bool:
        """Begin to tell a page: what it missed after ``after`` first. False: it must reload."""
        feed = self._feed
        if feed is None:
            raise ConnectionError("live has no database at the moment")
        # From this moment on news are held for it; what is below was read before.
        self._pages.add(page)
        begin = feed.next_xid
        missed: list[Item] | None = []
        if after is not None:
            missed = await feed.since(after, below_xid=begin)
        if missed is None:
            writer = page.writer
            writer.write(_event("reload", Position(begin, 0), {}))
            return False
        await self._learn(missed)
        told = [self._bytes(item, page.access) for item in missed]
        # From here without a pause: what was held must come after what was missed.
        held, page.held = page.held or [], None
        hello = _event("hello", after or Position(begin, 0), {"heartbeat_s": HEARTBEAT_S})
        for data in (hello, *told, *held):
            if data:
                page.send(data)
        return True

    def leave(self, page: Page) -> None:
        """The page is gone."""
        self._pages.discard(page)

    def _cut(self, page: Page) -> None:
        self._pages.discard(page)
        self.cut += 1
        page.writer.close()

    # ── work ─────────────────────────────────────────────────────────────────────────────────

    async def run(self, stop: asyncio.Event) -> None:
        """Read and tell until ``stop``; a database that is away is waited for, losing nothing."""
        checks = asyncio.create_task(self._checks(stop))
        beats = asyncio.create_task(self._heartbeats(stop))
        try:
            while not stop.is_set():
                try:
                    self._feed = await Feed.open(self._url, next_xid=self._next_xid)
                    self.problem = None
                    await self._follow(self._feed, stop)
                except (psycopg.Error, OSError, DatabaseError) as error:
                    self.problem = f"the database is away: {str(error).splitlines()[0]}"
                    log.warning("the database is away", error=self.problem)
                    await asyncio.sleep(0.5)
                finally:
                    feed, self._feed = self._feed, None
                    if feed is not None:
                        self._next_xid = feed.next_xid
                        await feed.close()
        finally:
            for task in (checks, beats):
                task.cancel()
            await asyncio.gather(checks, beats, return_exceptions=True)
            for page in list(self._pages):
                page.writer.close()
            await self._in_thread(lambda: connection.close())
            self._thread.shutdown(wait=False)

    async def _follow(self, feed: Feed, stop: asyncio.Event) -> None:
        waiting = False
        while not stop.is_set():
            await feed.wait(AGAIN_S if waiting else IDLE_S)
            items, waiting = await feed.read()
            await self._learn(items)
            for item in items:
                self._tell(item)

    def _tell(self, item: Item) -> None:
        made: dict[Access, bytes] = {}
        for page in list(self._pages):
            data = made.get(page.access)
            if data is None:
                data = made[page.access] = self._bytes(item, page.access)
            if data:
                self.sent += 1
                if not page.send(data):
                    self._cut(page)

    def _bytes(self, item: Item, who: Access) -> bytes:
        reach = who.to(item.kind)
        if not reach:
            return b""
        if item.kind == news.KIND_FIXES:
            rows = [
                row
                for row in item.payload
                if reach.everything or reach.covers(self._persons.get(row[0], frozenset()))
            ]
            return _event(item.kind, item.position, rows) if rows else b""
        if item.person is None or not (
            reach.everything or reach.covers(self._persons.get(item.person, frozenset()))
        ):
            return b""
        return _event(item.kind, item.position, {"person": item.person, **item.payload})

    async def _learn(self, items: Sequence[Item]) -> None:
        """Know the scope of every person in these items."""
        wanted = {item.person for item in items if item.person is not None}
        for item in items:
            if item.kind == news.KIND_FIXES:
                wanted.update(row[0] for row in item.payload)
        missing = wanted - self._persons.keys()
        if missing:
            self._persons.update(await self._in_thread(lambda: access.scope_keys_of(missing)))
            while len(self._persons) > PERSONS_KNOWN:
                self._persons.popitem(last=False)

    async def _checks(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await asyncio.sleep(min(CHECK_S, UNCONFIRMED_S - 1))
            try:
                await asyncio.wait_for(self._check(), UNCONFIRMED_S)
                self._checked_s = time.monotonic()
            except (DatabaseError, psycopg.Error, OSError, TimeoutError) as error:
                log.warning("access cannot be checked", error=type(error).__name__)
                if time.monotonic() - self._checked_s > UNCONFIRMED_S:
                    for page in list(self._pages):
                        self._cut(page)

    async def _check(self) -> None:
        """Ask anew who may listen and under whom persons stand."""
        pages = list(self._pages)
        holders = {page.holder for page in pages}
        if holders:
            found = await self._in_thread(lambda: access.check(holders))
            for page in pages:
                fresh = found.get(page.holder)
                if fresh is None:
                    self._cut(page)
                else:
                    page.access = fresh
        known = list(self._persons)
        if known:
            fresh_keys = await self._in_thread(lambda: access.scope_keys_of(known))
            for person in known:
                self._persons[person] = fresh_keys.get(person, frozenset())

    async def _heartbeats(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await asyncio.sleep(HEARTBEAT_S)
            if self._feed is None:
                continue
            # An id without data moves the page's own position and is shown to nobody.
            text = b": still here\nid: %s\n\n" % str(Position(self._feed.next_xid, 0)).encode()
            for page in list(self._pages):
                if page.held is None and not page.send(text):
                    self._cut(page)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _event(kind: str, position: Position, payload: Any) -> bytes:
    return b"event: %s\nid: %s\ndata: %s\n\n" % (
        kind.encode(),
        str(position).encode(),
        msgspec.json.encode(payload),
    )
