"""The worker's door into the database: a turn's rows, all in the caller's one transaction.

Hot rows go by binary COPY; a report's uniqueness is the database's. Nothing here decides: what is
lawful was decided by ``gate``, what it means by ``engine``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from guitu.tracking import news

#: Reports with an incredible clock lie under the day they were received: a resend is looked for
#: under the days before, too.
RESEND_DAYS = 3

_REPORT_TYPES = (
    "date", "int8", "int8", "int8", "int4", "int4", "int2", "int2", "int8", "bytea",
    "timestamptz", "bool", "bytea",
)  # fmt: skip

_FIX_TYPES = (
    "date", "int8", "int8", "int8", "int8", "int8", "timestamptz", "timestamptz", "timestamptz",
    "int4", "int4", "bool", "float4", "float4", "int2", "float4", "int2", "int2", "int2", "int4",
    "int4",
)  # fmt: skip

_LATEST_TYPES = (
    "int8", "int8", "int8", "timestamptz", "timestamptz", "timestamptz", "int4", "int4", "float8",
    "float8", "int2", "int2", "int2", "int4", "int4",
)  # fmt: skip

_COPY_FIX = (
    "COPY tracking_fix (day, report_id, person_id, case_id, wearing_id, device_id, time,"
    " device_time, received_at, lon_e7, lat_e7, valid, altitude_m, speed_kmh, course_deg,"
    " accuracy_m, satellites, source, battery_pct, flags, verdict) FROM STDIN (FORMAT BINARY)"
)


class ReportRow(NamedTuple):
    """A row of ``models.Report`` without its id; ``loose``: judged by the time received."""

    day: date
    device: int
    person: int
    msg_id: int
    serial: int
    version: int
    protocol: int
    told_ms: int
    digest: bytes
    received: datetime
    cut: bool
    raw: bytes
    loose: bool


class FixRow(NamedTuple):
    """A row of ``models.Fix`` without ids and verdict."""

    day: date
    person: int
    case: int
    wearing: int
    device: int
    time: datetime
    device_time: datetime
    received: datetime
    lon_e7: int
    lat_e7: int
    valid: bool
    altitude_m: float | None
    speed_kmh: float | None
    course_deg: int | None
    accuracy_m: float | None
    satellites: int | None
    source: int
    battery_pct: int | None
    flags: int


class RefusalRow(NamedTuple):
    """What is left of a refused report."""

    device: int
    received: datetime
    reason: int
    positions: int


class DeadRow(NamedTuple):
    """A report that could not be processed; ``raw`` only if it was received in a lawful span."""

    shard: int
    sequence: int
    device: int | None
    received: datetime | None
    msg_id: int | None
    error: str
    raw: bytes | None


class LatestRow(NamedTuple):
    """A person's newest word and newest believed place (``place_time`` None: no place)."""

    person: int
    wearing: int
    device: int
    heard: datetime
    place_time: datetime | None
    place_received: datetime | None
    lon_e7: int | None
    lat_e7: int | None
    accuracy_m: float | None
    speed_kmh: float | None
    course_deg: int | None
    source: int
    battery_pct: int | None
    flags: int
    verdict: int


@dataclass(frozen=True, slots=True)
class JournalRow:
    """What a shard's engine was given in one commit."""

    shard: int
    sequence: int
    body: bytes


def prepare(db: psycopg.Connection) -> None:
    """Once a session: the staging tables, which each commit empties."""
    for name, columns in (
        ("incoming_report", "(LIKE tracking_report)"),
        (
            "incoming_latest",
            "(person_id bigint, wearing_id bigint, device_id bigint, heard_at timestamptz,"
            " place_time timestamptz, place_received_at timestamptz, lon_e7 int, lat_e7 int,"
            " accuracy_m float8, speed_kmh float8, course_deg smallint, source smallint,"
            " battery_pct smallint, flags int, verdict int)",
        ),
        ("incoming_seen", "(device bigint, at timestamptz, battery smallint)"),
    ):
        db.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} {columns} ON COMMIT DELETE ROWS")


def version(db: psycopg.Connection) -> int:
    """Grows with every committed change of devices, wearings, orders or fences."""
    row = db.execute("SELECT version FROM tracking_change WHERE name = 'tracking'").fetchone()
    return 0 if row is None else int(row[0])


def insert_reports(db: psycopg.Connection, rows: Sequence[ReportRow]) -> list[int | None]:
    """Write reports as evidence; for each its new id, or None when it was there already."""
    if not rows:
        return []
    ids = [
        found
        for (found,) in db.execute(
            "SELECT nextval('tracking_report_id') FROM generate_series(1, %s)", [len(rows)]
        )
    ]
    known = _resent(db, rows)
    _stage(
        db,
        "incoming_report",
        _REPORT_TYPES,
        ((row[0], ids[place], *row[1:12]) for place, row in enumerate(rows) if place not in known),
    )
    # Earlier rows of the same transaction stay in the staging table until it commits.
    fresh = {
        found
        for (found,) in db.execute(
            "INSERT INTO tracking_report SELECT * FROM incoming_report WHERE id >= %s ORDER BY id"
            " ON CONFLICT DO NOTHING RETURNING id",
            [ids[0]],
        )
    }
    return [found if found in fresh else None for found in ids]


def _resent(db: psycopg.Connection, rows: Sequence[ReportRow]) -> set[int]:
    loose = [(place, row) for place, row in enumerate(rows) if row.loose]
    if not loose:
        return set()
    found = db.execute(
        "SELECT n.place FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::int[], %s::int[],"
        " %s::bytea[], %s::date[]) AS n (place, device, told, serial, msg, digest, day)"
        " WHERE EXISTS (SELECT 1 FROM tracking_report r WHERE r.device_id = n.device"
        " AND r.told_ms = n.told AND r.serial = n.serial AND r.msg_id = n.msg"
        " AND r.digest = n.digest AND r.day BETWEEN n.day - %s::int AND n.day)",
        [
            [place for place, _ in loose],
            [row.device for _, row in loose],
            [row.told_ms for _, row in loose],
            [row.serial for _, row in loose],
            [row.msg_id for _, row in loose],
            [row.digest for _, row in loose],
            [row.day for _, row in loose],
            RESEND_DAYS,
        ],
    )
    return {place for (place,) in found}


def write_fixes(db: psycopg.Connection, rows: Iterable[tuple[FixRow, int, int]]) -> None:
    """Append fixes: (row, report id, verdict), in the order they came."""
    with db.cursor() as cursor, cursor.copy(_COPY_FIX) as copy:
        copy.set_types(_FIX_TYPES)
        for row, report, verdict in rows:
            copy.write_row((row[0], report, *row[1:], verdict))


_LATEST = """
INSERT INTO tracking_latest AS l (person_id, wearing_id, device_id, heard_at, place_time,
    place_received_at, lon_e7, lat_e7, accuracy_m, speed_kmh, course_deg, source, battery_pct,
    flags, verdict)
SELECT * FROM incoming_latest ORDER BY person_id
ON CONFLICT (person_id) DO UPDATE SET
    wearing_id = CASE WHEN EXCLUDED.heard_at >= l.heard_at THEN EXCLUDED.wearing_id ELSE l.wearing_id END,
    device_id = CASE WHEN EXCLUDED.heard_at >= l.heard_at THEN EXCLUDED.device_id ELSE l.device_id END,
    heard_at = greatest(EXCLUDED.heard_at, l.heard_at),
    battery_pct = coalesce(EXCLUDED.battery_pct, l.battery_pct),
    flags = EXCLUDED.flags,
    (place_time, place_received_at, lon_e7, lat_e7, accuracy_m, speed_kmh, course_deg, source, verdict) =
    (SELECT
        CASE WHEN newer THEN EXCLUDED.place_time ELSE l.place_time END,
        CASE WHEN newer THEN EXCLUDED.place_received_at ELSE l.place_received_at END,
        CASE WHEN newer THEN EXCLUDED.lon_e7 ELSE l.lon_e7 END,
        CASE WHEN newer THEN EXCLUDED.lat_e7 ELSE l.lat_e7 END,
        CASE WHEN newer THEN EXCLUDED.accuracy_m ELSE l.accuracy_m END,
        CASE WHEN newer THEN EXCLUDED.speed_kmh ELSE l.speed_kmh END,
        CASE WHEN newer THEN EXCLUDED.course_deg ELSE l.course_deg END,
        CASE WHEN newer THEN EXCLUDED.source ELSE l.source END,
        CASE WHEN newer THEN EXCLUDED.verdict ELSE l.verdict END
     FROM (SELECT EXCLUDED.place_time IS NOT NULL
                  AND (l.place_time IS NULL OR EXCLUDED.place_time >= l.place_time) AS newer) x)
"""


def upsert_latest(db: psycopg.Connection, rows: Sequence[LatestRow]) -> None:
    """Bring each person's row up to date; an older place never takes a newer one's place."""
    if not rows:
        return
    _stage(db, "incoming_latest", _LATEST_TYPES, rows)
    # By person: two workers must lock rows in the same order.
    db.execute(_LATEST)


def seen(db: psycopg.Connection, rows: Sequence[tuple[int, datetime, int | None]]) -> None:
    """Devices that spoke: (device, time received, battery percent or None)."""
    if not rows:
        return
    _stage(db, "incoming_seen", ("int8", "timestamptz", "int2"), rows)
    db.execute(
        "INSERT INTO tracking_devicestatus AS s (device_id, last_seen_at, battery_pct, connected,"
        " address, gateway) SELECT n.device, n.at, n.battery, false, '', ''"
        " FROM incoming_seen n JOIN tracking_device d ON d.id = n.device ORDER BY n.device"
        " ON CONFLICT (device_id) DO UPDATE SET"
        " last_seen_at = greatest(s.last_seen_at, EXCLUDED.last_seen_at),"
        " battery_pct = coalesce(EXCLUDED.battery_pct, s.battery_pct)"
    )


def _stage(
    db: psycopg.Connection, table: str, types: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Rows into a staging table by binary COPY: arrays as parameters cost several times as much."""
    with db.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def count_refusals(db: psycopg.Connection, rows: Sequence[RefusalRow]) -> None:
    """(device, time received, reason) of refused reports, and how many positions; nothing else."""
    if rows:
        db.execute(
            "INSERT INTO tracking_refusal (device_id, received_at, reason, count)"
            " SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::smallint[], %s::int[])",
            [list(column) for column in zip(*rows, strict=True)],
        )


def bury(db: psycopg.Connection, rows: Sequence[DeadRow], *, at: datetime) -> None:
    """Reports that could not be processed, for a person to look at."""
    for row in rows:
        db.execute(
            "INSERT INTO tracking_deadletter (at, shard, sequence, device_id, received_at, msg_id,"
            " error, raw) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                at,
                row.shard,
                row.sequence,
                row.device,
                row.received,
                row.msg_id,
                row.error[:200],
                row.raw,
            ],
        )


def tell_fixes(db: psycopg.Connection, rows: Sequence[Sequence[Any]], *, at: datetime) -> None:
    """One line of news for all fixes of the turn (rows as ``news.KIND_FIXES`` has them)."""
    if rows:
        db.execute(
            "INSERT INTO tracking_news (at, kind, person_id, payload) VALUES (%s, %s, NULL, %s)",
            [at, news.KIND_FIXES, Jsonb(rows, dumps=msgspec.json.encode)],
        )
        db.execute("SELECT pg_notify(%s, '')", [news.CHANNEL])


# ── The engine's memory ──────────────────────────────────────────────────────────────────────────


def write_journal(db: psycopg.Connection, rows: Sequence[JournalRow]) -> None:
    """Append what the engines were given in this turn."""
    for row in rows:
        # Bound by the server: Django's own cursors would write the bytes out as text.
        psycopg.Cursor(db).execute(
            "INSERT INTO tracking_enginejournal (shard, sequence, body) VALUES (%s, %s, %s)",
            [row.shard, row.sequence, row.body],
        )


def write_snapshot(
    db: psycopg.Connection, *, shard: int, sequence: int, body: bytes, at: datetime
) -> None:
    """Keep the engine's state after ``sequence``; the journal before it is no longer needed."""
    psycopg.Cursor(db).execute(
        "INSERT INTO tracking_enginesnapshot (shard, sequence, made_at, body)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT (shard) DO UPDATE SET sequence = EXCLUDED.sequence,"
        " made_at = EXCLUDED.made_at, body = EXCLUDED.body",
        [shard, sequence, at, body],
    )
    db.execute("DELETE FROM tracking_enginejournal WHERE shard = %s", [shard])


def read_memory(db: psycopg.Connection, shard: int) -> tuple[bytes | None, list[bytes]]:
    """The newest snapshot of a shard (None: none yet) and the journal since."""
    snapshot = db.execute(
        "SELECT body FROM tracking_enginesnapshot WHERE shard = %s", [shard]
    ).fetchone()
    journal = db.execute(
        "SELECT body FROM tracking_enginejournal WHERE shard = %s ORDER BY id", [shard]
    ).fetchall()
    return (None if snapshot is None else bytes(snapshot[0])), [bytes(row[0]) for row in journal]
