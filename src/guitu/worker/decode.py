"""From the stream's messages to judged rows: decode, pass the lawful gate, cut what is refused.

Pure. What comes out holds a refused report's device, time received and reason, never its content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b

from guitu.tracking.gate import Gate, Refused, Span, credible
from guitu.tracking.ingest import DeadRow, FixRow, RefusalRow, ReportRow
from guitu.wire import jt808
from guitu.wire.envelope import Batch, EnvelopeError, Report
from guitu.wire.messages import Flag, Position

MSG_BATCH = 0x0704
_DAY_MS = 86_400_000
_UTC8_MS = 8 * 3_600_000
_EPOCH = date(1970, 1, 1)
_TIME_UNKNOWN = Flag.TIME_UNKNOWN.value


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message of the stream; ``batch`` None: its bytes are no batch (``error`` says why)."""

    shard: int
    sequence: int
    batch: Batch | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """One fix that passed: its row, whose it is, and what only the engine reads."""

    row: FixRow
    span: Span
    told_ms: int
    received_ms: int
    report: int  # place of its report in the list of reports


@dataclass(frozen=True, slots=True)
class Contact:
    """A lawful report without a position: a sign of life."""

    device: int
    span: Span
    received_ms: int
    received: datetime
    report: int


@dataclass(slots=True)
class Segment:
    """What one shard's engine is given up to a tick: items in order, then the tick."""

    shard: int
    items: list[Kept | Contact] = field(default_factory=list)
    tick_ms: int | None = None


@dataclass(slots=True)
class Decoded:
    """A turn's worth of rows. ``reports`` are in the order received."""

    segments: list[Segment] = field(default_factory=list)
    reports: list[ReportRow] = field(default_factory=list)
    refusals: list[RefusalRow] = field(default_factory=list)
    dead: list[DeadRow] = field(default_factory=list)
    seen: dict[int, datetime] = field(default_factory=dict)
    heard: int = 0  # reports of any kind
    oldest_ms: int | None = None


@lru_cache(maxsize=512)
def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)


def shanghai_day(time_ms: int) -> date:
    """The civil day of Asia/Shanghai that holds this moment."""
    return _day((time_ms + _UTC8_MS) // _DAY_MS)


def moment(time_ms: int) -> datetime:
    """Unix milliseconds as an aware time, exactly."""
    seconds, rest = divmod(time_ms, 1000)
    at = datetime.fromtimestamp(seconds, UTC)
    return at.replace(microsecond=rest * 1000) if rest else at


def decode(
    messages: Sequence[Incoming], gate: Gate, *, spare: frozenset[tuple[int, int]] = frozenset()
) -> Decoded:
    """Judge every report of ``messages`` by ``gate``.

    ``spare``: (sequence, place in its batch) of reports that are known to break a turn; they are
    buried. What can't be read is buried too, and the others go on.
    """
    out = Decoded()
    open_segments: dict[int, Segment] = {}
    for message in messages:
        if message.batch is None:
            out.dead.append(
                DeadRow(message.shard, message.sequence, None, None, None, message.error, None)
            )
            continue
        segment = open_segments.get(message.shard)
        if segment is None:
            segment = open_segments[message.shard] = Segment(message.shard)
            out.segments.append(segment)
        for place, report in enumerate(message.batch.reports):
            out.heard += 1
            if out.oldest_ms is None or report.received_ms < out.oldest_ms:
                out.oldest_ms = report.received_ms
            received = moment(report.received_ms)
            out.seen[report.device] = received
            if (message.sequence, place) in spare:
                _bury(out, message, report, gate, "it could not be written")
                continue
            begun = len(out.reports), len(out.refusals)
            try:
                _report(out, segment, report, received, gate)
            except Exception as error:
                # Whatever a report contains, the others of its batch must go on.
                known = isinstance(error, EnvelopeError | jt808.Malformed)
                why = type(error).__name__ if known else f"unexpected {type(error).__name__}"
                del out.reports[begun[0] :], out.refusals[begun[1] :]
                _bury(out, message, report, gate, why)
        if message.batch.tick_ms is not None:
            segment.tick_ms = message.batch.tick_ms
            del open_segments[message.shard]
    return out


def _bury(out: Decoded, message: Incoming, report: Report, gate: Gate, why: str) -> None:
    # The words of a decoder may quote the content, so only the kind of error is kept; the bytes
    # are kept only where a report received then is lawful.
    lawful = isinstance(gate.judge(report.device, judged_ms=report.received_ms), Span)
    out.dead.append(
        DeadRow(
            message.shard,
            message.sequence,
            report.device,
            moment(report.received_ms),
            report.msg_id,
            why,
            report.frame if lawful else None,
        )
    )


def told_ms_of(position: Position) -> int:
    """The device's own time in Unix milliseconds; 0 when it sent none."""
    if position.flags & _TIME_UNKNOWN:
        return 0
    return int(position.time.timestamp()) * 1000 + position.time.microsecond // 1000


def _report(out: Decoded, segment: Segment, report: Report, received: datetime, gate: Gate) -> None:
    body = report.body()
    positions = jt808.positions_of(report.msg_id, body, report.version)
    received_ms = report.received_ms
    if not positions:
        span = gate.judge(report.device, judged_ms=received_ms)
        if isinstance(span, Refused):
            out.refusals.append(RefusalRow(report.device, received, int(span), 1))
            return
        place = _row(out, report, body, received, 0, shanghai_day(received_ms), span, loose=True)
        segment.items.append(Contact(report.device, span, received_ms, received, place))
        return
    first_told = told_ms_of(positions[0])
    refused: dict[int, int] = {}
    # (day, wearing) → place of its report row; most messages have one position and one row.
    rows: dict[tuple[date, int], int] = {}
    kept: list[tuple[int, tuple[date, int]]] = []
    items: list[Kept] = []
    for n, position in enumerate(positions):
        told = first_told if n == 0 else told_ms_of(position)
        own = told != 0 and credible(told, received_ms)
        judged = told if own else received_ms
        found = gate.judge(report.device, judged_ms=judged)
        if isinstance(found, Refused):
            refused[int(found)] = refused.get(int(found), 0) + 1
            continue
        day = shanghai_day(judged)
        key = (day, found.wearing)
        if key not in rows:
            rows[key] = _row(out, report, body, received, first_told, day, found, loose=not own)
        kept.append((n, key))
        row = _fix(position, found, day, judged, report.device, received, own=own)
        items.append(Kept(row, found, told, received_ms, rows[key]))
    for reason, count in refused.items():
        out.refusals.append(RefusalRow(report.device, received, reason, count))
    if refused or len(rows) > 1:
        pieces = _pieces(body)
        for key, place in rows.items():
            mine = [pieces[n] for n, its in kept if its == key]
            out.reports[place] = out.reports[place]._replace(cut=True, raw=_rebuilt(body, mine))
    segment.items += items


def _row(
    out: Decoded,
    report: Report,
    body: bytes,
    received: datetime,
    told_ms: int,
    day: date,
    span: Span,
    *,
    loose: bool,
) -> int:
    out.reports.append(
        ReportRow(
            day,
            report.device,
            span.person,
            report.msg_id,
            report.serial,
            report.version,
            int(report.protocol),
            told_ms,
            blake2b(body, digest_size=16).digest(),
            received,
            False,
            report.frame,
            loose,
        )
    )
    return len(out.reports) - 1


def _fix(
    position: Position,
    span: Span,
    day: date,
    judged_ms: int,
    device: int,
    received: datetime,
    *,
    own: bool,
) -> FixRow:
    battery, course, speed = position.battery_pct, position.course_deg, position.speed_kmh
    return FixRow(
        day,
        span.person,
        span.case,
        span.wearing,
        device,
        position.time if own else moment(judged_ms),
        position.time,
        received,
        round(position.lon * 1e7),
        round(position.lat * 1e7),
        position.valid,
        position.altitude_m,
        speed,
        None if course is None else round(course),
        position.accuracy_m,
        position.satellites,
        int(position.source),
        battery if battery is not None and 0 <= battery <= 100 else None,
        int(position.flags),
    )


def _pieces(body: bytes) -> list[bytes]:
    """The positions of a 0x0704 body as they lie in it, in order."""
    found = []
    at = 3
    for _ in range(int.from_bytes(body[:2], "big")):
        end = at + 2 + int.from_bytes(body[at : at + 2], "big")
        if end > len(body):
            break
        found.append(body[at:end])
        at = end
    return found


def _rebuilt(body: bytes, pieces: Sequence[bytes]) -> bytes:
    return len(pieces).to_bytes(2, "big") + body[2:3] + b"".join(pieces)
