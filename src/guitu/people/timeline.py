"""Writing the timeline: the one door through which every room records what happened to a person."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guitu.base.models import Account
from guitu.law.articles import article
from guitu.people.models import Case, CaseEvent, EventKind, Person

TEXT_MAX = 400


def happened(
    to: Case | Person,
    kind: EventKind | str,
    *,
    at: datetime,
    by: Account | None = None,
    title: str = "",
    text: str = "",
    basis: str = "",
    link: str = "",
    whole_day: bool = False,
) -> CaseEvent:
    """Write one line now, in the caller's transaction.

    ``at`` is aware; with ``whole_day`` only its Shanghai day counts. ``basis`` is an article's key
    (an unknown one raises ``UnknownArticle``). ``by`` None means a part of the system saw it.
    Raises ``RuntimeError`` outside a transaction: a line without its act would be a rumour.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"the timeline line {kind!r} must be written in its act's transaction")
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone: pass an aware datetime")
    if basis:
        article(basis)
    case = to if isinstance(to, Case) else None
    event = CaseEvent(
        person_id=case.person_id if case is not None else to.pk,
        case=case,
        kind=EventKind(kind),
        at=at,
        whole_day=whole_day,
        title=title,
        text=text[:TEXT_MAX],
        basis=basis,
        actor_id=by.pk if by is not None else None,
        actor=(by.name if by is not None else "")[:40],
        link=link,
    )
    event.save(force_insert=True)
    return event
