"""Sealing the audit: once a second, new rows become leaves of a Merkle tree over the last root.

Writers don't queue: a row carries only its own digest. The one sealer (an advisory lock) takes
the rows whose transaction no longer runs, orders them by id, forms the batch's root, chains it to
the previous root, signs it with an Ed25519 key that lies outside the database, and appends the
head to ``<home>/audit/heads.jsonl``, outside the database too.

Which rows are new: ``id > floor`` and not yet sealed. ``floor`` moves on by proof, not by guess:
a ``mark`` (the highest id seen) is noted with the snapshot's xmax; once the oldest running
transaction is not older than that xmax, nobody can still bring forth an id below the mark. For
that a trigger (migration 0002) gives each writing statement its transaction number before its
row gets an id, and rows and snapshot are read by one statement here.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection, transaction

from guitu.base.models import AuditRecord, AuditSeal, AuditSealed
from guitu.config import settings

_LOCK = 0x6775_6974  # one sealer a database
_BATCH = 20_000
_TAIL_BYTES = 1 << 20  # a head's line is far shorter: at most _BATCH ids in ranges
EMPTY = bytes(32)


@dataclass(frozen=True, slots=True)
class Sealing:
    """What one round did: rows sealed, the last seal's number, the age of the oldest unsealed row."""

    sealed: int
    number: int
    unsealed_age_s: float


class ForgedRow(RuntimeError):
    """A row waits to be sealed whose digest was not made by Guitu; the others were sealed."""


class CutOff(RuntimeError):
    """The published heads go further than the database: its last seals were taken away."""


def leaf(record_id: int, digest: bytes) -> bytes:
    """The leaf of a row: position and content."""
    return sha256(b"\x00" + record_id.to_bytes(8, "big") + digest).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Root of a Merkle tree; an odd node moves up alone (RFC 9162 gives the leaf/node prefixes)."""
    level = list(leaves)
    if not level:
        return EMPTY
    while len(level) > 1:
        pairs = [
            sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)
        ]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def chained(previous: bytes, root: bytes, *, number: int, count: int) -> bytes:
    """The head after a batch: previous head, batch root, number and count."""
    return sha256(previous + root + number.to_bytes(8, "big") + count.to_bytes(4, "big")).digest()


def _signer() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(settings.secret("audit-seal"))


def public_key() -> bytes:
    """The 32 bytes with which anybody can verify a published head."""
    return _signer().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def seal_once() -> Sealing:
    """Seal what can be sealed now. Run by the keeper each second; safe to call beside it.

    Raises :class:`ForgedRow` after sealing the good rows, and :class:`CutOff` before sealing any.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = AuditSeal.objects.order_by("-number").first()
        number = last.number if last else 0
        _refuse_cut_off(number)
        floor = last.floor if last else 0
        rows, xmin, xmax = _waiting(cursor, floor)
        forged = _forged([record_id for record_id, _ in rows])
        rows = [row for row in rows if row[0] not in forged]
        if rows:
            number += 1
            AuditSealed.objects.bulk_create(
                [
                    AuditSealed(record_id=record_id, seal=number, position=position)
                    for position, (record_id, _) in enumerate(rows)
                ]
            )
            _seal(cursor, rows, last=last, number=number, xmin=xmin, xmax=xmax)
    _publish()
    if forged:
        raise ForgedRow(
            f"Audit rows {sorted(forged)[:20]} were not written by Guitu or were altered before "
            "sealing. Run `guitu check` and keep the database for the inquiry."
        )
    return Sealing(len(rows), number, unsealed_age_s())


def unsealed_age_s() -> float:
    """Age in seconds of the oldest audit row without a seal; 0 when all are sealed. Cheap.

    Only rows above the last seal's floor are looked at: there are as many as came in the last
    few seconds, unless sealing stands still.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(r.at)), 0)"
            " FROM base_auditrecord r WHERE r.id >"
            " coalesce((SELECT floor FROM base_auditseal ORDER BY number DESC LIMIT 1), 0)"
            " AND NOT EXISTS (SELECT 1 FROM base_auditsealed s WHERE s.record_id = r.id)"
        )
        return max(0.0, float(cursor.fetchone()[0]))


def _waiting(cursor: Any, floor: int) -> tuple[list[tuple[int, bytes]], int, int]:
    """Rows that can be sealed, with the xmin and xmax of the very snapshot that saw them.

    A snapshot taken by an earlier statement would not do: a row begun between the two would seem
    to carry a number of the future, and the mark would be proven by too low an xmax.
    """
    cursor.execute(
        "WITH s AS MATERIALIZED (SELECT pg_snapshot_xmin(p)::text::bigint AS xmin,"
        " pg_snapshot_xmax(p)::text::bigint AS xmax FROM pg_current_snapshot() p)"
        " SELECT r.id, r.digest, s.xmin, s.xmax FROM base_auditrecord r, s"
        # A row restored from another cluster's dump may carry a number of the future.
        " WHERE r.id > %s AND (r.xid < s.xmin OR r.xid >= s.xmax)"
        " AND NOT EXISTS (SELECT 1 FROM base_auditsealed d WHERE d.record_id = r.id)"
        " ORDER BY r.id LIMIT %s",
        [floor, _BATCH],
    )
    found = cursor.fetchall()
    if not found:
        return [], 0, 0
    return [(row[0], bytes(row[1])) for row in found], found[0][2], found[0][3]


def _forged(ids: Sequence[int]) -> frozenset[int]:
    from guitu.base.audit import digest_of

    rows = AuditRecord.objects.filter(pk__in=ids)
    return frozenset(row.pk for row in rows if bytes(row.digest) != digest_of(row))


def _seal(
    cursor: Any,
    rows: Sequence[tuple[int, bytes]],
    *,
    last: AuditSeal | None,
    number: int,
    xmin: int,
    xmax: int,
) -> None:
    floor = last.floor if last else 0
    mark, mark_xmax = (last.mark, last.mark_xmax) if last else (0, xmax)
    if mark <= floor or xmin >= mark_xmax:
        # Proven up to the mark; but what is seen and still waits (a forged row, or more rows than
        # one batch holds) must stay above the floor.
        cursor.execute(
            "SELECT min(r.id) FROM base_auditrecord r WHERE r.id > %s AND NOT EXISTS"
            " (SELECT 1 FROM base_auditsealed d WHERE d.record_id = r.id)",
            [floor],
        )
        waiting = cursor.fetchone()[0]
        floor = max(floor, mark if waiting is None else min(mark, waiting - 1))
        mark, mark_xmax = rows[-1][0], xmax
    previous = bytes(last.root) if last else EMPTY
    root = chained(
        previous,
        merkle_root([leaf(record_id, digest) for record_id, digest in rows]),
        number=number,
        count=len(rows),
    )
    AuditSeal(
        number=number, at=datetime.now(UTC), previous_root=previous, root=root,
        count=len(rows), floor=floor, mark=mark, mark_xmax=mark_xmax,
        signature=_signer().sign(root),
    ).save(force_insert=True)  # fmt: skip


# --- heads outside the database ---------------------------------------------------------------


def heads_path() -> Path:
    """Where heads are published: one JSON line a seal, in the order of their numbers.

    Each line: ``number``, ``at``, ``count``, ``ids`` (ranges of the sealed rows' ids, such as
    ``"7-9,12"``), ``root``, ``signature`` and ``key`` (hexadecimal).
    """
    return settings.home / "audit" / "heads.jsonl"


def id_ranges(ids: Iterable[int]) -> str:
    """Ascending ids as ranges: ``7-9,12``."""
    found: list[list[int]] = []
    for number in ids:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(f"{a}-{b}" if a != b else str(a) for a, b in found)


def ids_in(ranges: str) -> Iterator[int]:
    """The ids that :func:`id_ranges` wrote."""
    for part in filter(None, ranges.split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def last_published() -> int:
    """The number of the last head outside the database; 0 when there is none.

    A last line that was not written to its end counts for nothing; a whole one that is no head
    raises ``ValueError``.
    """
    path = heads_path()
    if not path.exists():
        return 0
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _TAIL_BYTES))
        whole = file.read().rpartition(b"\n")[0]
    line = whole.rpartition(b"\n")[2]
    return int(json.loads(line)["number"]) if line else 0


def _drop_torn_line(path: Path) -> None:
    """Take off what a crash left of a line: its seal is in the database and is published anew."""
    with path.open("rb+") as file:
        end = file.seek(0, os.SEEK_END)
        start = file.seek(max(0, end - _TAIL_BYTES))
        whole = start + file.read().rfind(b"\n") + 1
        if whole < end:
            file.truncate(whole)


def _refuse_cut_off(number: int) -> None:
    published = last_published()
    if published > number:
        raise CutOff(
            f"{heads_path()} knows seal {published}, but the database ends with seal {number}: its "
            "last seals were taken away, or another database is in use. Run `guitu check`; if the "
            "database is meant to be a new one, move that file away."
        )


def _publish() -> None:
    """Append the heads of all committed seals that are not published yet."""
    path = heads_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as file:
        # Another process may publish at this moment; the second finds nothing left to do.
        fcntl.flock(file, fcntl.LOCK_EX)
        _drop_torn_line(path)
        seals = AuditSeal.objects.filter(number__gt=last_published()).order_by("number")
        key = public_key().hex() if seals else ""
        for seal in seals:
            rows = AuditSealed.objects.filter(seal=seal.number).order_by("record_id")
            line = {
                "number": seal.number,
                "at": seal.at.isoformat(),
                "count": seal.count,
                "ids": id_ranges(rows.values_list("record_id", flat=True)),
                "root": bytes(seal.root).hex(),
                "signature": bytes(seal.signature).hex(),
                "key": key,
            }
            file.write(json.dumps(line) + "\n")
        if seals:
            file.flush()
            os.fsync(file.fileno())
