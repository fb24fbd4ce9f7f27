"""One turn of the worker: messages in, one transaction out. Synchronous, in one thread.

    decode + gate ─→ reports (resends fall out) ─→ engine ─→ fixes, latest, alarms, news, offset

A turn that fails leaves the database as it was; the engines, which it has changed, are then read
anew from their memory. :meth:`Desk.turn` may be called again with the same messages.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import django.db
import psycopg
import structlog
from django.db import transaction

from guitu.base import audit
from guitu.engine.columns import Verdict
from guitu.engine.events import Event
from guitu.tracking import gate_source, ingest, ingest_alarms, offsets, rules
from guitu.tracking.gate import FOREVER_MS, DeviceSpans, Gate, Span
from guitu.tracking.ingest_alarms import FenceFacts, Judged
from guitu.worker.brain import Shard, split
from guitu.worker.decode import Contact, Decoded, Incoming, Kept, decode
from guitu.worker.session import give_up, session

log = structlog.get_logger("worker")

SOURCE = audit.Source(via="part", actor_id=None, actor="worker")
#: A wearing that ended longer ago can't meet a credible fix of a report received now, with a week
#: for what waits in the stream.
LOOK_BACK = timedelta(days=38)
_BAD = int(Verdict.filtered())
_UNBELIEVED = _BAD | int(Verdict.DUPLICATE) | int(Verdict.CONTACT)


SEEN_S = 10.0
#: So many reports in a row that fail are not to blame themselves.
SYSTEMIC = 20

#: The database went away, or came back as another session: begin again.
DATABASE_AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    django.db.OperationalError,
    django.db.InterfaceError,
)


@dataclass(slots=True)
class Counts:
    """What this process has done, for its health."""

    reports: int = 0
    fixes: int = 0
    resends: int = 0
    refused: int = 0
    dead: int = 0
    alarms: int = 0
    turns: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Desk:
    """The worker's place at the database: its shards, their engines, the gate and the rules."""

    creation_id: str
    shards: int
    wanted: tuple[int, ...]
    snapshot_s: float = 60.0
    begin: int = 0
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    counts: Counts = field(default_factory=Counts)
    offsets: list[offsets.Offset] = field(default_factory=list)
    engines: dict[int, Shard] = field(default_factory=dict)
    gate: Gate = field(default_factory=lambda: Gate({}))
    unreadable: tuple[int, ...] = ()
    facts: FenceFacts = field(default_factory=lambda: FenceFacts({}, {}))
    _seen_s: dict[int, float] = field(default_factory=dict)
    _version: int = -1
    _until_ms: int = FOREVER_MS
    _pending: list[tuple[int, Event]] = field(default_factory=list)
    _snapshot_due: dict[int, float] = field(default_factory=dict)

    # ── taking and giving up ─────────────────────────────────────────────────────────────────

    def open(self) -> None:
        """Take the shards and remember; raises ``offsets.OtherStream`` or database errors.

        After a failure of any kind call :meth:`close`, then this again.
        """
        with transaction.atomic():
            db = session()
            ingest.prepare(db)
            self.offsets = offsets.claim(
                db,
                self.wanted,
                creation_id=self.creation_id,
                begin=self.begin,
                at=self.clock(),
            )
            self._load(db)
            self._recall(db)
        log.info("shards taken", shards=[o.shard for o in self.offsets])

    def close(self) -> None:
        """Give up the connection, and with it the shards."""
        self.offsets, self.engines, self._version = [], {}, -1
        give_up()

    @property
    def position(self) -> int:
        """The lowest sequence that is committed on all shards of ours."""
        return min((o.sequence for o in self.offsets), default=0)

    def skip(self, shard: int, sequence: int) -> bool:
        """Whether a message is committed already, or none of ours."""
        return not any(o.shard == shard and o.sequence < sequence for o in self.offsets)

    # ── rules ────────────────────────────────────────────────────────────────────────────────

    def _load(self, db: psycopg.Connection) -> dict[int, dict[int, rules.DeviceRules]]:
        version = ingest.version(db)
        now = self.clock()
        self.gate = gate_source.load(since=now - LOOK_BACK)
        book = rules.load(self.gate, now=now)
        self.facts = FenceFacts(book.versions, book.severities)
        if book.unreadable:
            log.error("fences cannot be read and watch nobody", fences=book.unreadable)
        self.unreadable = book.unreadable
        self._version, self._until_ms = version, book.until_ms
        by_shard = split(book, book.terminals, self.shards)
        for number, engine in self.engines.items():
            engine.rule(by_shard[number])
        return by_shard

    def _recall(self, db: psycopg.Connection) -> None:
        self.engines, self._pending = {}, []
        self._seen_s = {}
        by_shard = self._load(db)
        for number in (o.shard for o in self.offsets):
            snapshot, journal = ingest.read_memory(db, number)
            engine, events = Shard.recall(number, snapshot, journal, wanted=by_shard[number])
            self.engines[number] = engine
            self._pending += [(number, event) for event in events]
            # Spread over the minute, so that not every shard is written in the same turn.
            self._snapshot_due[number] = time.monotonic() + self.snapshot_s * (
                1 + number / self.shards
            )

    def _follow(self, db: psycopg.Connection) -> None:
        """Read gate and rules again when something changed or a span began or ended."""
        now_ms = gate_source.ms(self.clock())
        if now_ms >= self._until_ms or ingest.version(db) != self._version:
            self._load(db)

    # ── the turn ─────────────────────────────────────────────────────────────────────────────

    def turn(
        self,
        messages: Sequence[Incoming],
        *,
        upto: int,
        spare: frozenset[tuple[int, int]] = frozenset(),
        only_try: bool = False,
    ) -> Decoded:
        """Write ``messages`` and move every shard of ours to ``upto``, all or nothing.

        ``upto``: the stream's sequence up to which nothing of our shards is left out.
        ``only_try``: take everything back at the end.
        """
        began = time.monotonic()
        with transaction.atomic(), audit.acting(SOURCE):
            db = session()
            self._follow(db)
            decoded = decode(messages, self.gate, spare=spare)
            counts = self._write(db, decoded, upto=upto)
            if only_try:
                raise _Taken
            moved = offsets.advance(db, self.offsets, sequence=upto, at=self.clock())
        self.offsets, self._pending = moved, []
        total = self.counts
        total.reports += decoded.heard
        total.fixes += counts[0]
        total.resends += counts[1]
        total.alarms += counts[2]
        total.refused += sum(row.positions for row in decoded.refusals)
        total.dead += len(decoded.dead)
        total.turns += 1
        total.seconds += time.monotonic() - began
        return decoded

    def careful(self, messages: Sequence[Incoming], *, upto: int) -> None:
        """A turn failed for a reason that may lie in its messages: find the reports and bury them.

        Each message is tried alone, and in one that fails each report alone; then all are written
        without the guilty ones. Where everything fails the reports are not to blame: raises
        :class:`Systemic`, and nothing is buried.
        """
        spare: set[tuple[int, int]] = set()
        with transaction.atomic():
            self._recall(session())
        if not self._harmless((), frozenset()):
            raise Systemic("even an empty turn fails; the log's last error says why")
        reports = 0
        for message in messages:
            if message.batch is None:
                continue
            reports += len(message.batch.reports)
            if self._harmless([message], frozenset()):
                continue
            for place in range(len(message.batch.reports)):
                others = frozenset(
                    (message.sequence, other)
                    for other in range(len(message.batch.reports))
                    if other != place
                )
                if not self._harmless([message], others):
                    spare.add((message.sequence, place))
            if len(spare) >= SYSTEMIC and len(spare) == reports:
                raise Systemic(f"{len(spare)} reports in a row fail; the log's last error says why")
        log.error("reports are buried", places=sorted(spare))
        self.turn(messages, upto=upto, spare=frozenset(spare))

    def _harmless(self, messages: Sequence[Incoming], spare: frozenset[tuple[int, int]]) -> bool:
        try:
            self.turn(messages, upto=self.position, spare=spare, only_try=True)
        except _Taken:
            return True
        except (*DATABASE_AWAY, offsets.LostShard):
            raise
        except (psycopg.ProgrammingError, django.db.ProgrammingError) as error:
            # A table or column is missing: the tables are not those of this program.
            raise Systemic(str(error).splitlines()[0]) from error
        except Exception as error:
            log.warning("a message fails", error=type(error).__name__)
            return False
        finally:
            with transaction.atomic():
                self._recall(session())
        raise AssertionError("a trial always ends by being taken back")

    def _write(
        self, db: psycopg.Connection, decoded: Decoded, *, upto: int
    ) -> tuple[int, int, int]:
        at = self.clock()
        ids = ingest.insert_reports(db, decoded.reports)
        events = [self._whose(event) for _, event in self._pending]
        fixes: list[tuple[ingest.FixRow, int, int]] = []
        latest: dict[int, ingest.LatestRow] = {}
        for segment in decoded.segments:
            engine = self.engines[segment.shard]
            items = [item for item in segment.items if ids[item.report] is not None]
            verdicts, found = engine.feed(segment, items)
            for item, verdict in zip(items, verdicts, strict=True):
                if isinstance(item, Kept):
                    report = ids[item.report]
                    assert report is not None
                    fixes.append((item.row, report, verdict))
                _newest(latest, item, verdict)
            events += [_judged(event, items, self.gate) for event in found]
        ingest.write_fixes(db, fixes)
        ingest.upsert_latest(db, list(latest.values()))
        self._seen(db, decoded, latest)
        ingest.count_refusals(db, decoded.refusals)
        ingest.bury(db, decoded.dead, at=at)
        opened = ingest_alarms.write_events(
            [judged for judged in events if judged is not None], fences=self.facts, at=at
        )
        ingest.tell_fixes(db, [_news(row) for row in latest.values() if row.place_time], at=at)
        self._remember(db, upto=upto, at=at)
        resends = sum(1 for found in ids if found is None)
        return len(fixes), resends, opened

    def _seen(
        self, db: psycopg.Connection, decoded: Decoded, latest: dict[int, ingest.LatestRow]
    ) -> None:
        """When each device last spoke, to within ``SEEN_S``: more would be a write a report."""
        battery = {row.device: row.battery_pct for row in latest.values()}
        now_s = time.monotonic()
        due = [
            (device, heard, battery.get(device))
            for device, heard in decoded.seen.items()
            if now_s - self._seen_s.get(device, -SEEN_S) >= SEEN_S
        ]
        ingest.seen(db, due)
        self._seen_s.update((device, now_s) for device, _, _ in due)

    def _remember(self, db: psycopg.Connection, *, upto: int, at: datetime) -> None:
        journal = []
        for number, engine in self.engines.items():
            body = engine.journal()
            if body is None:
                continue
            if time.monotonic() >= self._snapshot_due[number]:
                ingest.write_snapshot(
                    db, shard=number, sequence=upto, body=engine.snapshot(), at=at
                )
                self._snapshot_due[number] = time.monotonic() + self.snapshot_s
            else:
                journal.append(ingest.JournalRow(number, upto, body))
        ingest.write_journal(db, journal)

    def _whose(self, event: Event) -> Judged | None:
        return _judged(event, (), self.gate)


class Systemic(RuntimeError):
    """Turns fail whatever is in them: the program or the tables are wrong, not the reports."""


class _Taken(Exception):
    """Raised to take a trial back."""


def _judged(event: Event, items: Sequence[Kept | Contact], gate: Gate) -> Judged | None:
    if 0 <= event.fix_index < len(items):
        return Judged(event, items[event.fix_index].span)
    span = _span_near(gate.spans_of(event.device_id), event.received_ms)
    if span is None:
        # Rules are given to lawfully worn devices alone, so this needs a wearing annulled meanwhile.
        log.warning("an event of a device that was never worn", kind=event.kind.name)
        return None
    return Judged(event, span)


def _span_near(spans: DeviceSpans, time_ms: int) -> Span | None:
    """The span that holds the moment, else the last one before it."""
    found = spans.at(time_ms)
    if isinstance(found, Span):
        return found
    return max(
        (span for span in spans.lawful if span.begin_ms <= time_ms),
        key=lambda span: span.begin_ms,
        default=None,
    )


def _newest(latest: dict[int, ingest.LatestRow], item: Kept | Contact, verdict: int) -> None:
    person = item.span.person
    before = latest.get(person)
    if isinstance(item, Contact):
        if before is None:
            latest[person] = ingest.LatestRow(
                person, item.span.wearing, item.device, item.received, None, None, None, None,
                None, None, None, 0, None, 0, 0,
            )  # fmt: skip
        return
    row = item.row
    believed = not verdict & _UNBELIEVED
    battery = row.battery_pct
    if before is not None:
        battery = battery if battery is not None else before.battery_pct
        if not believed or (before.place_time is not None and row.time < before.place_time):
            latest[person] = before._replace(
                heard=max(before.heard, row.received), battery_pct=battery, flags=row.flags
            )
            return
    latest[person] = ingest.LatestRow(
        person,
        row.wearing,
        row.device,
        row.received,
        row.time if believed else None,
        row.received if believed else None,
        row.lon_e7 if believed else None,
        row.lat_e7 if believed else None,
        row.accuracy_m,
        row.speed_kmh,
        row.course_deg,
        row.source,
        battery,
        row.flags,
        verdict,
    )


def _news(row: ingest.LatestRow) -> list[object]:
    assert row.place_time is not None
    return [
        row.person,
        gate_source.ms(row.place_time),
        row.lon_e7,
        row.lat_e7,
        row.accuracy_m,
        row.speed_kmh,
        row.source,
        row.battery_pct,
        row.verdict,
    ]
