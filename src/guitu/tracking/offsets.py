"""Who may write a shard, and how far it is committed: epochs, compare-and-set, the stream's identity.

A worker that takes a shard raises its epoch; every commit moves the offset only where epoch and old
sequence are still the worker's own. Whoever lost a shard therefore can't write it, whatever it
believes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

#: First key of the advisory locks that shards are taken with.
LOCK_CLASS = 0x6774_7368


class LostShard(RuntimeError):
    """Another worker has taken a shard of ours: nothing was written."""


class OtherStream(RuntimeError):
    """The stream is not the one whose offset is on record; the message says the remedy."""


@dataclass(frozen=True, slots=True)
class Offset:
    """A shard that is ours at ``epoch``, committed up to and with ``sequence``."""

    shard: int
    epoch: int
    sequence: int


REMEDY = (
    "If this is a backup that was restored, or the old stream is lost for good, run "
    "`python -m guitu.worker --accept-stream`: what the stream holds is then read from its beginning, and "
    "reports that are already in the trail are recognised as resends."
)


def claim(
    db: psycopg.Connection, shards: Sequence[int], *, creation_id: str, begin: int, at: datetime
) -> list[Offset]:
    """Take those of ``shards`` that no other worker holds. Must run inside a transaction.

    ``begin``: what a shard without a record counts as committed, the stream's first sequence - 1. The advisory locks belong to the session: they go with the connection. Raises
    :class:`OtherStream` when the offsets on record are of another stream.
    """
    taken = []
    for shard in shards:
        row = db.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, shard]).fetchone()
        if row is not None and row[0]:
            taken.append(shard)
    rows = db.execute(
        "INSERT INTO tracking_streamoffset AS o (shard, creation_id, epoch, sequence, updated_at)"
        " SELECT shard, %s, 1, %s, %s FROM unnest(%s::smallint[]) shard"
        " ON CONFLICT (shard) DO UPDATE SET epoch = o.epoch + 1, updated_at = EXCLUDED.updated_at"
        " RETURNING o.shard, o.creation_id, o.epoch, o.sequence",
        [creation_id, begin, at, taken],
    ).fetchall()
    for shard, on_record, _, sequence in rows:
        if on_record != creation_id:
            raise OtherStream(
                f"The stream REPORTS was made at {creation_id}, but shard {shard} was committed up "
                f"to message {sequence} of the stream made at {on_record}. Nothing is read, so that "
                f"nothing is skipped. {REMEDY}"
            )
    return [Offset(shard, epoch, sequence) for shard, _, epoch, sequence in sorted(rows)]


def advance(
    db: psycopg.Connection, offsets: Sequence[Offset], *, sequence: int, at: datetime
) -> list[Offset]:
    """Move all ``offsets`` to ``sequence``; raises :class:`LostShard` when one is not ours any more."""
    moved = db.execute(
        "UPDATE tracking_streamoffset o SET sequence = greatest(o.sequence, %s), updated_at = %s"
        " FROM unnest(%s::smallint[], %s::bigint[], %s::bigint[]) AS mine (shard, epoch, sequence)"
        " WHERE o.shard = mine.shard AND o.epoch = mine.epoch AND o.sequence = mine.sequence",
        [
            sequence,
            at,
            [o.shard for o in offsets],
            [o.epoch for o in offsets],
            [o.sequence for o in offsets],
        ],
    ).rowcount
    if moved != len(offsets):
        raise LostShard(
            f"Of the shards {[o.shard for o in offsets]} only {moved} are still this worker's."
        )
    return [Offset(o.shard, o.epoch, max(o.sequence, sequence)) for o in offsets]


def accept_stream(db: psycopg.Connection, *, creation_id: str, begin: int, at: datetime) -> int:
    """Put a stream in the place of the one on record and read it from its beginning.

    ``begin``: the stream's first sequence - 1. Returns the number of shards. Only for a person at the host who knows that the old stream is
    gone or was restored from a backup; workers must be stopped or will lose their shards.
    """
    return db.execute(
        "UPDATE tracking_streamoffset SET creation_id = %s, sequence = %s, epoch = epoch + 1,"
        " updated_at = %s",
        [creation_id, begin, at],
    ).rowcount


def lowest(db: psycopg.Connection, *, shards: int) -> int | None:
    """The sequence up to which all ``shards`` are committed: what the stream may forget.

    None until every shard has a record: one that no worker has taken yet has committed nothing,
    and its reports must stay.
    """
    row = db.execute("SELECT min(sequence), count(*) FROM tracking_streamoffset").fetchone()
    if row is None or row[1] < shards:
        return None
    found: int = row[0]
    return found
