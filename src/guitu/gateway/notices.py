"""What tracking should know of terminals, gathered and sent once a second: numbers, no content.

Everything is bounded. Quarantine and conflicts are cumulative, so what was lost is told again with
the next; refusals are differences and wait until they are durable.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TypeVar

import nats.errors
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext

from guitu.gateway.limits import Limits
from guitu.wire import envelope
from guitu.wire.envelope import (
    Claim,
    Conflict,
    ConflictKind,
    DeviceEntry,
    Identified,
    Notice,
    NoticeBatch,
    Presence,
    Quarantined,
    RefusalReason,
    Refused,
    Started,
)

log = structlog.get_logger("gateway.notices")

_PER_MESSAGE = 1_000
_NOBODY = Claim()


@dataclass(slots=True)
class _Stranger:
    """Messages of a terminal in quarantine, since first seen."""

    first_ms: int
    last_ms: int = 0
    messages: int = 0
    reports: int = 0
    claim: Claim = _NOBODY
    connected: bool = True
    dirty: bool = True
    seen_s: float = 0.0
    sent_s: float = float("-inf")


@dataclass(slots=True)
class _Quarrel:
    """Conflicts of one kind over one number from one address, since first seen."""

    device: int | None
    first_ms: int
    rightful_address: str | None
    last_ms: int = 0
    count: int = 0
    claim: Claim = _NOBODY
    dirty: bool = True
    seen_s: float = 0.0
    sent_s: float = float("-inf")


@dataclass(slots=True)
class _Drop:
    """Reports dropped since the last durable notice."""

    terminal: str
    first_ms: int
    last_ms: int
    count: int


class NoticeBoard:
    """Collects notices and sends them; nothing here may keep a terminal waiting.

    Addresses are ``host:port``; rows of quarantine and conflict are kept by host, because a
    terminal that comes back has another port.
    """

    def __init__(
        self, client: Client, js: JetStreamContext, *, gateway: str, limits: Limits
    ) -> None:
        self._client = client
        self._js = js
        self._gateway = gateway
        self._limits = limits
        self._run = f"{gateway}-notice-{time.time_ns():x}"
        self._numbers = itertools.count()
        self._strangers: OrderedDict[tuple[str, str], _Stranger] = OrderedDict()
        self._quarrels: OrderedDict[tuple[str, str, ConflictKind], _Quarrel] = OrderedDict()
        self._drops: dict[tuple[int, RefusalReason], _Drop] = {}
        self._events: deque[Presence | Identified | Started] = deque(maxlen=limits.presence_rows)
        self.quarantined_messages = 0
        self.conflicts = 0
        self.refused = 0

    @property
    def strangers(self) -> int:
        """Number of terminals in quarantine."""
        return len(self._strangers)

    def quarantine(
        self, terminal: str, address: str, *, now_ms: int, report: bool, claim: Claim | None
    ) -> None:
        """An unknown terminal sent a message (``report``: one that carries content)."""
        key = (terminal, _host(address))
        row = self._strangers.get(key)
        if row is None:
            row = self._strangers[key] = _Stranger(now_ms)
            _bound(self._strangers, self._limits.notice_rows)
            log.info("unknown terminal in quarantine", terminal=terminal, address=address)
        self._strangers.move_to_end(key)
        row.last_ms = now_ms
        row.seen_s = time.monotonic()
        row.messages += 1
        row.reports += report
        row.connected = True
        row.claim = claim or row.claim
        row.dirty = True
        self.quarantined_messages += 1

    def quarantine_left(self, terminal: str, address: str) -> None:
        """The connection of an unknown terminal ended."""
        row = self._strangers.get((terminal, _host(address)))
        if row is not None:
            row.connected, row.dirty = False, True

    def admitted(self, terminal: str) -> None:
        """The number is in the register now: its rows of quarantine are over."""
        for key in [key for key in self._strangers if key[0] == terminal]:
            del self._strangers[key]

    def conflict(
        self,
        entry: DeviceEntry | None,
        terminal: str,
        address: str,
        kind: ConflictKind,
        *,
        now_ms: int,
        claim: Claim,
        rightful_address: str | None,
    ) -> None:
        """A terminal showed a number that is another's."""
        key = (terminal, _host(address), kind)
        row = self._quarrels.get(key)
        if row is None:
            device = entry.device if entry else None
            row = self._quarrels[key] = _Quarrel(device, now_ms, rightful_address)
            _bound(self._quarrels, self._limits.notice_rows)
            log.warning(
                "a terminal shows another's number",
                terminal=terminal,
                address=address,
                kind=kind.name.lower(),
            )
        self._quarrels.move_to_end(key)
        row.last_ms = now_ms
        row.seen_s = time.monotonic()
        row.count += 1
        row.claim = claim
        row.rightful_address = rightful_address
        row.dirty = True
        self.conflicts += 1

    def refuse(self, entry: DeviceEntry, reason: RefusalReason, *, now_ms: int) -> None:
        """A report of a known device was acknowledged and dropped."""
        row = self._drops.get((entry.device, reason))
        if row is None:
            self._drops[(entry.device, reason)] = _Drop(entry.terminal, now_ms, now_ms, 1)
        else:
            row.last_ms = now_ms
            row.count += 1
        self.refused += 1

    def event(self, notice: Presence | Identified | Started) -> None:
        """Something that is told once. When too many wait, the oldest is forgotten."""
        self._events.append(notice)

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await asyncio.sleep(self._limits.notice_s)
            await self.flush()

    async def flush(self, *, all_due: bool = False) -> None:
        """Send what is due (with ``all_due`` also what was told moments ago); on failure keep it."""
        while self._client.is_connected:
            events = list(itertools.islice(self._events, _PER_MESSAGE))
            drops, self._drops = self._drops, {}
            rows = self._due(time.monotonic(), all_due=all_due)
            notices: list[Notice] = [
                *events,
                *(self._refused(key, row) for key, row in drops.items()),
                *(notice for _, notice in rows),
            ]
            if not notices:
                return
            for row, _ in rows:
                row.dirty = False
            try:
                await self._publish(notices)
            except (nats.errors.Error, TimeoutError, OSError) as error:
                log.warning("notices wait", error=str(error) or type(error).__name__)
                for row, _ in rows:
                    row.dirty = True
                self._give_back(drops)
                return
            now_s = time.monotonic()
            for row, _ in rows:
                row.sent_s = now_s
            # Others may have been appended meanwhile, and the oldest pushed out by them.
            sent = {id(event) for event in events}
            while self._events and id(self._events[0]) in sent:
                self._events.popleft()

    def _due(
        self, now_s: float, *, all_due: bool
    ) -> list[tuple[_Stranger | _Quarrel, Quarantined | Conflict]]:
        _forget(self._strangers, now_s - self._limits.notice_kept_s)
        _forget(self._quarrels, now_s - self._limits.notice_kept_s)
        before_s = now_s if all_due else now_s - self._limits.notice_again_s
        due: list[tuple[_Stranger | _Quarrel, Quarantined | Conflict]] = []
        for (terminal, host), row in self._strangers.items():
            # A change of the connection is told at once, mere counts are not.
            if row.dirty and (row.sent_s <= before_s or not row.connected):
                due.append((row, self._quarantined(terminal, host, row)))
        for (terminal, host, kind), quarrel in self._quarrels.items():
            if quarrel.dirty and quarrel.sent_s <= before_s:
                due.append((quarrel, self._conflict(terminal, host, kind, quarrel)))
        return due[:_PER_MESSAGE]

    async def _publish(self, notices: list[Notice]) -> None:
        await self._js.publish(
            envelope.SUBJECT_NOTICES,
            envelope.encode(NoticeBatch(envelope.VERSION, self._gateway, notices)),
            timeout=self._limits.publish_s,
            headers={"Nats-Msg-Id": f"{self._run}.{next(self._numbers)}"},
        )

    def _give_back(self, drops: dict[tuple[int, RefusalReason], _Drop]) -> None:
        for key, row in drops.items():
            newer = self._drops.get(key)
            if newer is not None:
                row.count += newer.count
                row.last_ms = newer.last_ms
            self._drops[key] = row

    def _refused(self, key: tuple[int, RefusalReason], row: _Drop) -> Refused:
        device, reason = key
        return Refused(
            device, row.terminal, reason, row.first_ms, row.last_ms, row.count, self._gateway
        )

    def _quarantined(self, terminal: str, host: str, row: _Stranger) -> Quarantined:
        return Quarantined(
            terminal,
            host,
            row.first_ms,
            row.last_ms,
            row.messages,
            row.reports,
            row.claim,
            row.connected,
            self._gateway,
        )

    def _conflict(self, terminal: str, host: str, kind: ConflictKind, row: _Quarrel) -> Conflict:
        return Conflict(
            row.device,
            terminal,
            host,
            kind,
            row.first_ms,
            row.last_ms,
            row.count,
            row.claim,
            row.rightful_address,
            self._gateway,
        )


def _host(address: str) -> str:
    return address.rpartition(":")[0]


_Key = TypeVar("_Key")
_Row = TypeVar("_Row", _Stranger, _Quarrel)


def _bound(rows: OrderedDict[_Key, _Row], most: int) -> None:
    # The row not touched for longest goes: it comes back with its next message.
    while len(rows) > most:
        rows.popitem(last=False)


def _forget(rows: OrderedDict[_Key, _Row], before_s: float) -> None:
    # In the order last seen, so the first that is younger ends it.
    while rows:
        first = next(iter(rows.values()))
        if first.seen_s >= before_s or first.dirty:
            return
        rows.popitem(last=False)
