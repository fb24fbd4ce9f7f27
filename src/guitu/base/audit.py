"""Writing the audit: one row for each act and each sensitive read, in the act's own transaction.

If the row can't be written, the act doesn't happen: :func:`record` refuses to run outside
``transaction.atomic``. Rows hold ids, never a person's sensitive values.
"""

import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from django.db import models, transaction
from django.utils import timezone

from guitu.base.models import AuditRecord
from guitu.config import settings

Via = Literal["web", "host", "part"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where an act comes from: a browser's request, a command on the host, a part of the system."""

    via: Via
    actor_id: int | None
    actor: str
    address: str = ""
    session: str = ""


_source: ContextVar[Source | None] = ContextVar("guitu_audit_source", default=None)


@contextmanager
def acting(source: Source) -> Iterator[None]:
    """Within this block acts are recorded as ``source``'s."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def current_source() -> Source | None:
    """Whose acts are being recorded here, if anybody's."""
    return _source.get()


def record(
    action: str,
    *,
    obj: models.Model | None = None,
    person_id: int | None = None,
    actor: Any = None,
    **detail: Any,
) -> AuditRecord:
    """Write one audit row now. ``actor`` (an account) is taken from the request unless given.

    ``detail`` holds ids, counts, codes and the words of a filter; never clear sensitive values.
    Raises ``RuntimeError`` outside a transaction or when nobody is named.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"The audit of {action!r} must be written in the act's own transaction.")
    source = _source.get()
    if actor is not None:
        base = source or Source(via="part", actor_id=None, actor="")
        source = Source(base.via, actor.pk, actor.username, base.address, base.session)
    if source is None:
        raise RuntimeError(f"Nobody is named for the act {action!r}: use audit.acting(...).")
    row = AuditRecord(
        at=timezone.now(),
        via=source.via,
        actor_id=source.actor_id,
        actor=source.actor,
        action=action,
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=str(obj.pk) if obj is not None and obj.pk is not None else "",
        person_id=person_id,
        address=source.address,
        session=source.session,
        detail=_plain(json.loads(json.dumps(detail, default=str))),
    )
    row.digest = digest_of(row)
    row.save(force_insert=True)
    return row


def digest_of(row: AuditRecord) -> bytes:
    """HMAC-SHA-256 over every column but id, xid and the digest itself; the key is not in the database."""
    at: datetime = row.at
    text = json.dumps(
        [
            at.timestamp().hex(), row.via, row.actor_id, row.actor, row.action, row.object_type,
            row.object_id, row.person_id, row.address, row.session, _plain(row.detail),
        ],
        ensure_ascii=False, sort_keys=True, separators=(",", ":"),
    )  # fmt: skip
    return hmac.new(settings.secret("audit-rows"), text.encode(), sha256).digest()


def _plain(value: Any) -> Any:
    """Whole floats as integers: the database's JSON keeps 1e+16 as 10000000000000000."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
