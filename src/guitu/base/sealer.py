"""Sealing the audit: once a second, new rows become leaves of a Merkle tree over the last root.

Writers don't queue: a row carries only its own digest. The one sealer (an advisory lock) takes
the rows whose transaction no longer runs, orders them by id, forms the batch's root, chains it to
the previous root, signs it with an Ed25519 key that lies outside the database, and appends the
head to ``<home>/audit/heads.jsonl``, outside the database too.

Which rows are new: ``id > floor`` and not yet sealed. ``floor`` moves on by proof, not by guess:
a ``mark`` (the highest id seen) is noted with the snapshot's xmax; once the oldest running
transaction is not older than that xmax, nobody can still bring forth an id below the mark.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection, transaction

from guitu.base.models import AuditRecord, AuditSeal, AuditSealed
from guitu.config import settings

_LOCK = 0x6775_6974  # one sealer a database
_BATCH = 20_000
EMPTY = bytes(32)


@dataclass(frozen=True, slots=True)
class Sealing:
    """What one round did: rows sealed, rows left for the next, the age of the oldest unsealed."""

    sealed: int
    number: int
    unsealed_age_s: float


class ForgedRow(RuntimeError):
    """A row waits to be sealed whose digest was not made by Guitu."""


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
    """Seal what can be sealed now. Run by the keeper each second; safe to call beside it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(
            "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint"
            " FROM pg_current_snapshot() s"
        )
        xmin, xmax = cursor.fetchone()
        last = AuditSeal.objects.order_by("-number").first()
        floor = last.floor if last else 0
        mark, mark_xmax = (last.mark, last.mark_xmax) if last else (0, xmax)
        # A row restored from another cluster's dump may carry a transaction number of the future.
        cursor.execute(
            "SELECT r.id, r.digest FROM base_auditrecord r"
            " WHERE r.id > %s AND (r.xid < %s OR r.xid > %s)"
            " AND NOT EXISTS (SELECT 1 FROM base_auditsealed s WHERE s.record_id = r.id)"
            " ORDER BY r.id LIMIT %s",
            [floor, xmin, xmax, _BATCH],
        )
        rows = [(record_id, bytes(digest)) for record_id, digest in cursor.fetchall()]
        if not rows:
            return Sealing(0, last.number if last else 0, _unsealed_age(cursor, floor))
        _refuse_forged([record_id for record_id, _ in rows])
        if mark <= floor or xmin >= mark_xmax:
            floor = max(floor, mark)
            mark, mark_xmax = rows[-1][0], xmax
        number = (last.number if last else 0) + 1
        previous = bytes(last.root) if last else EMPTY
        root = chained(
            previous,
            merkle_root([leaf(record_id, digest) for record_id, digest in rows]),
            number=number,
            count=len(rows),
        )
        seal = AuditSeal(
            number=number, at=datetime.now(UTC), previous_root=previous, root=root,
            count=len(rows), floor=floor, mark=mark, mark_xmax=mark_xmax,
            signature=_signer().sign(root),
        )  # fmt: skip
        seal.save(force_insert=True)
        AuditSealed.objects.bulk_create(
            [
                AuditSealed(record_id=record_id, seal=number, position=position)
                for position, (record_id, _) in enumerate(rows)
            ]
        )
        age = _unsealed_age(cursor, floor)
    _publish(seal)
    return Sealing(len(rows), number, age)


def _refuse_forged(ids: Sequence[int]) -> None:
    from guitu.base.audit import digest_of

    bad = [
        row.pk
        for row in AuditRecord.objects.filter(pk__in=ids)
        if bytes(row.digest) != digest_of(row)
    ]
    if bad:
        raise ForgedRow(
            f"Audit rows {bad[:20]} were not written by Guitu or were altered before sealing. "
            "Run `guitu check` and keep the database for the inquiry."
        )


def _unsealed_age(cursor: object, floor: int) -> float:
    cursor.execute(  # type: ignore[attr-defined]
        "SELECT coalesce(extract(epoch FROM now() - min(r.at)), 0) FROM base_auditrecord r"
        " WHERE r.id > %s"
        " AND NOT EXISTS (SELECT 1 FROM base_auditsealed s WHERE s.record_id = r.id)",
        [floor],
    )
    return float(cursor.fetchone()[0])  # type: ignore[attr-defined]


def heads_path() -> object:
    """Where heads are published: one JSON line a seal."""
    return settings.home / "audit" / "heads.jsonl"


def _publish(seal: AuditSeal) -> None:
    path = settings.home / "audit" / "heads.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(
        {
            "number": seal.number,
            "at": seal.at.isoformat(),
            "count": seal.count,
            "root": seal.root.hex(),
            "signature": seal.signature.hex(),
            "key": public_key().hex(),
        }
    )
    with path.open("a", encoding="ascii") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
