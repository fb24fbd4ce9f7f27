"""The last seven days of every band: what its terminal would have sent, written as the worker does.

Fixes pass the real gate, are judged by the real engine, and are written through
``tracking.ingest`` with their raw frames: so the demo's alarms are the engine's own, each with its
evidence, and nothing lies outside an order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from guitu.engine.columns import Fixes
from guitu.engine.rules import Rules
from guitu.engine.state import State
from guitu.engine.step import step, tick
from guitu.sim.bands import Worn
from guitu.sim.civil import SHANGHAI
from guitu.sim.incidents import Kind
from guitu.sim.motion import Life, day_of, silences, track
from guitu.tracking import gate_source, ingest, ingest_alarms, rules
from guitu.tracking.gate import Gate, Span
from guitu.wire import jt808
from guitu.wire.envelope import Protocol
from guitu.wire.jt808.position import position_body
from guitu.wire.messages import Flag, Header, Position, Source

DAYS = 7
MOVING_S, STILL_S = 90, 900
RECEIVED_LATER_MS = 1_400
_POSITION_REPORT = 0x0200
_WINDOW_MS = 600_000
_CHUNK = 10_000
_ALTITUDE_M = 15


@dataclass(frozen=True, slots=True)
class Written:
    """What was written."""

    fixes: int
    alarms: int


@dataclass(slots=True)
class _Columns:
    """All fixes of all bands, ordered by time."""

    worn: npt.NDArray[np.int64]
    time_ms: npt.NDArray[np.int64]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    speed_kmh: npt.NDArray[np.float64]
    course_deg: npt.NDArray[np.int64]
    satellites: npt.NDArray[np.int64]
    battery_pct: npt.NDArray[np.int64]
    flags: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.time_ms)


def write(
    bands: Sequence[Worn],
    *,
    now: datetime,
    days: int = DAYS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Written:
    """Write trails and alarms of the last ``days`` days, in the caller's transaction."""
    if days < 1:
        return Written(0, 0)
    gate = gate_source.load(since=now - timedelta(days=31))
    columns = _columns(bands, gate, now=now, days=days)
    verdicts, events, book = _judge(bands, columns, gate, now=now, days=days)
    connection.ensure_connection()
    raw: Any = connection.connection
    ingest.prepare(raw)
    spans = _spans(bands, gate)
    serials = np.zeros(len(bands), np.int64)
    for begin in range(0, len(columns), _CHUNK):
        rows = range(begin, min(begin + _CHUNK, len(columns)))
        _write_rows(raw, bands, columns, rows, spans, verdicts, serials)
        progress(rows.stop, len(columns))
    _write_latest(raw, bands, columns, verdicts)
    opened = _write_events(events, book)
    return Written(len(columns), opened)


# ── what was sent ────────────────────────────────────────────────────────────────────────────────


def _spans(bands: Sequence[Worn], gate: Gate) -> list[tuple[Span, ...]]:
    return [
        tuple(s for s in gate.spans_of(band.device_id).lawful if s.wearing == band.wearing_id)
        for band in bands
    ]


def _columns(bands: Sequence[Worn], gate: Gate, *, now: datetime, days: int) -> _Columns:
    """Everything that was sent and was lawful."""
    first_ms = int((now - timedelta(days=days)).timestamp() * 1000)
    last_ms = int((now - timedelta(seconds=90)).timestamp() * 1000)
    parts = []
    for n, (band, spans) in enumerate(zip(bands, _spans(bands, gate), strict=True)):
        day = (now - timedelta(days=days)).astimezone(SHANGHAI).date()
        while day <= now.astimezone(SHANGHAI).date():
            parts.append(_day(n, band.life, day, spans, first_ms, last_ms))
            day += timedelta(days=1)
    joined = [np.concatenate([part[k] for part in parts]) for k in range(9)] if parts else None
    if joined is None:
        return _Columns(*(np.zeros(0) for _ in range(9)))  # type: ignore[arg-type]
    order = np.lexsort((joined[0], joined[1]))
    return _Columns(*(column[order] for column in joined))


def _day(
    n: int, life: Life, day: date, spans: tuple[Span, ...], first_ms: int, last_ms: int
) -> tuple[npt.NDArray[Any], ...]:
    midnight_ms = int(datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).timestamp() * 1000)
    grid = np.arange(int(life.terminal) % MOVING_S, 86_400, MOVING_S, dtype=np.float64)
    said = track(life, day, grid)
    # At rest a band saves its battery: every tenth moment only.
    keep = ~said.still | (np.arange(len(grid)) % (STILL_S // MOVING_S) == 0)
    time_ms = midnight_ms + (grid * 1000).astype(np.int64)
    keep &= (time_ms >= first_ms) & (time_ms <= last_ms)
    for begin, end in silences(life, day):
        keep &= (grid < begin) | (grid >= end)
    lawful = np.zeros(len(grid), bool)
    for span in spans:
        lawful |= (time_ms >= span.begin_ms) & (time_ms < span.end_ms)
    keep &= lawful
    flags = np.zeros(len(grid), np.int64)
    incident = day_of(life, day).incident
    if incident is not None and incident.kind in (Kind.TAMPER, Kind.SOS):
        during = (grid >= incident.at_s) & (grid < incident.at_s + incident.lasts_s)
        flags[during] = Flag.TAMPER if incident.kind is Kind.TAMPER else Flag.SOS
        keep |= during & lawful & (time_ms >= first_ms) & (time_ms <= last_ms)
    return (
        np.full(keep.sum(), n, np.int64),
        time_ms[keep],
        said.lon[keep],
        said.lat[keep],
        said.speed_kmh[keep],
        said.course_deg[keep].astype(np.int64),
        said.satellites[keep],
        said.battery_pct[keep],
        flags[keep],
    )


# ── what it means ────────────────────────────────────────────────────────────────────────────────


def _judge(
    bands: Sequence[Worn], columns: _Columns, gate: Gate, *, now: datetime, days: int
) -> tuple[npt.NDArray[np.int64], list[ingest_alarms.Judged], rules.RuleBook]:
    """Verdicts and events, in windows of ten minutes with a tick after each, as they came."""
    book = rules.load(gate, now=now)
    # What came before these days is not here: it must not count as silence.
    from_ms = int((now - timedelta(days=days)).timestamp() * 1000)
    state, ruled = State(), Rules()
    slots = np.array([state.slot_of(band.device_id) for band in bands], np.int32)
    for band, slot in zip(bands, slots.tolist(), strict=True):
        own = book.devices.get(band.device_id)
        if own is not None:
            watch_ms = max(own.limits.watch_from_ms, from_ms)
            limits = replace(own.limits, watch_from_ms=watch_ms)
            ruled.set_device(slot, fences=own.fences, device=limits)
        else:
            ruled.set_device(slot, fences=())
    verdicts = np.zeros(len(columns), np.int64)
    found: list[ingest_alarms.Judged] = []
    if not len(columns):
        return verdicts, found, book
    by_device = {band.device_id: gate.spans_of(band.device_id) for band in bands}

    def keep(events: Any) -> None:
        for event in events:
            span = by_device[event.device_id].at(event.time_ms)
            if not isinstance(span, Span):
                span = by_device[event.device_id].at(event.received_ms)
            if isinstance(span, Span):
                found.append(ingest_alarms.Judged(event, span))

    first_ms, last_ms = int(columns.time_ms[0]), int(columns.time_ms[-1])
    edges = np.arange(first_ms, last_ms + _WINDOW_MS, _WINDOW_MS)
    cuts = np.searchsorted(columns.time_ms, edges)
    lon_e7 = np.round(columns.lon * 1e7).astype(np.int32)
    lat_e7 = np.round(columns.lat * 1e7).astype(np.int32)
    for begin, end, until_ms in zip(
        cuts, [*cuts[1:], len(columns)], edges + _WINDOW_MS, strict=True
    ):
        rows = slice(begin, end)
        if begin < end:
            fixes = Fixes.of(
                slot=slots[columns.worn[rows]],
                time_ms=columns.time_ms[rows],
                received_ms=columns.time_ms[rows] + RECEIVED_LATER_MS,
                lon_e7=lon_e7[rows],
                lat_e7=lat_e7[rows],
                speed_kmh=columns.speed_kmh[rows],
                satellites=columns.satellites[rows],
                source=np.full(end - begin, int(Source.SATELLITE)),
                battery_pct=columns.battery_pct[rows],
                flags=columns.flags[rows],
            )
            state, said, events = step(state, fixes, ruled)
            verdicts[rows] = said
            keep(events)
        state, events = tick(state, min(int(until_ms), last_ms + 2000), ruled)
        keep(events)
    return verdicts, found, book


def _write_events(found: Sequence[ingest_alarms.Judged], book: rules.RuleBook) -> int:
    facts = ingest_alarms.FenceFacts(book.versions, book.severities)
    return sum(
        ingest_alarms.write_events(
            [judged], fences=facts, at=datetime.fromtimestamp(judged.event.received_ms / 1000, UTC)
        )
        for judged in found
    )


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────


def _write_rows(
    raw: Any,
    bands: Sequence[Worn],
    columns: _Columns,
    rows: range,
    spans: Sequence[tuple[Span, ...]],
    verdicts: npt.NDArray[np.int64],
    serials: npt.NDArray[np.int64],
) -> None:
    reports: list[ingest.ReportRow] = []
    fixes: list[tuple[ingest.FixRow, int]] = []
    for row in rows:
        n = int(columns.worn[row])
        band = bands[n]
        time_ms = int(columns.time_ms[row])
        at = datetime.fromtimestamp(time_ms / 1000, UTC)
        received = at + timedelta(milliseconds=RECEIVED_LATER_MS)
        day = at.astimezone(SHANGHAI).date()
        lon, lat = float(columns.lon[row]), float(columns.lat[row])
        position = Position(
            time=at, lat=lat, lon=lon, valid=True, altitude_m=_ALTITUDE_M,
            speed_kmh=float(columns.speed_kmh[row]), course_deg=int(columns.course_deg[row]),
            satellites=int(columns.satellites[row]), source=Source.SATELLITE,
            battery_pct=int(columns.battery_pct[row]), flags=Flag(int(columns.flags[row])),
        )  # fmt: skip
        body = position_body(position)
        version = band.life.version
        number = band.life.terminal.rjust(20 if version else 12, "0")
        serial = int(serials[n]) & 0xFFFF
        serials[n] += 1
        frame = jt808.frames(Header(number, serial, _POSITION_REPORT, version), body)[0]
        reports.append(
            ingest.ReportRow(
                day=day, device=band.device_id, person=band.person_id, msg_id=_POSITION_REPORT,
                serial=serial, version=version, protocol=int(Protocol.JT808), told_ms=time_ms,
                digest=blake2b(body, digest_size=16).digest(), received=received, cut=False,
                raw=frame, loose=False,
            )
        )  # fmt: skip
        span = next(s for s in spans[n] if s.begin_ms <= time_ms < s.end_ms)
        fix = ingest.FixRow(
            day=day, person=span.person, case=span.case, wearing=span.wearing,
            device=band.device_id, time=at, device_time=at, received=received,
            lon_e7=round(lon * 1e7), lat_e7=round(lat * 1e7), valid=True,
            altitude_m=float(_ALTITUDE_M), speed_kmh=position.speed_kmh,
            course_deg=int(columns.course_deg[row]), accuracy_m=None,
            satellites=position.satellites, source=int(Source.SATELLITE),
            battery_pct=position.battery_pct, flags=int(position.flags),
        )  # fmt: skip
        fixes.append((fix, int(verdicts[row])))
    ids = ingest.insert_reports(raw, reports)
    ingest.write_fixes(
        raw,
        [
            (fix, report, verdict)
            for (fix, verdict), report in zip(fixes, ids, strict=True)
            if report is not None
        ],
    )


def _write_latest(
    raw: Any, bands: Sequence[Worn], columns: _Columns, verdicts: npt.NDArray[np.int64]
) -> None:
    rows, seen = [], []
    last = {int(n): row for row, n in enumerate(columns.worn)}
    for n, row in last.items():
        band = bands[n]
        at = datetime.fromtimestamp(int(columns.time_ms[row]) / 1000, UTC)
        received = at + timedelta(milliseconds=RECEIVED_LATER_MS)
        battery = int(columns.battery_pct[row])
        seen.append((band.device_id, received, battery))
        if band.until is not None:
            continue
        rows.append(
            ingest.LatestRow(
                person=band.person_id, wearing=band.wearing_id, device=band.device_id,
                heard=received, place_time=at, place_received=received,
                lon_e7=round(float(columns.lon[row]) * 1e7),
                lat_e7=round(float(columns.lat[row]) * 1e7), accuracy_m=None,
                speed_kmh=float(columns.speed_kmh[row]), course_deg=int(columns.course_deg[row]),
                source=int(Source.SATELLITE), battery_pct=battery,
                flags=int(columns.flags[row]), verdict=int(verdicts[row]),
            )
        )  # fmt: skip
    ingest.upsert_latest(raw, rows)
    ingest.seen(raw, seen)
