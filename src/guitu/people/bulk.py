"""Loading many persons with their past at once: the demo city, and later imports.

The same derivations and the same law as the services, other ways into the database: rows are made
in memory and written by COPY. A load is one transaction with one audit record; a term or an order
that law refuses stops all of it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from guitu.base import audit
from guitu.base.models import Account, DataKey, Organisation
from guitu.base.scope import scope_keys
from guitu.law.figures import NoFigure
from guitu.law.obligations import obligations
from guitu.law.words import Tier
from guitu.people import derived, facts
from guitu.people.copying import copy_rows, copy_values, take_ids
from guitu.people.judgment import Judgment
from guitu.people.models import (
    Case,
    CaseEvent,
    CaseState,
    Contact,
    MonitoringOrder,
    Person,
    ProhibitionOrder,
    TeamMember,
)
from guitu.people.sealed import seal_contact, seal_numbers
from guitu.people.search import name_key, tokens_of
from guitu.people.services import Identity, order_defects
from guitu.people.services.acts import civil
from guitu.people.services.cases import case_of
from guitu.people.services.refusals import Refused
from guitu.people.timeline import TEXT_MAX

CHUNK = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    """A member of the team."""

    role: str
    name: str
    sex: str
    since: date
    until: date | None = None
    account_id: int | None = None
    knows_minors: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """Somebody around the person."""

    relation: str
    name: str
    phone: str = ""
    guarantor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProhibitionRow:
    """A prohibition order."""

    kind: str
    content: str
    start: date
    end: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """A monitoring order; ``extends`` is the number of an order of the same case, given before."""

    number: str
    ground: int
    proof: str
    decided_by_id: int
    decided_on: date
    start: date
    end: date
    extends: str = ""
    assessed_on: date | None = None
    reassessment: str = ""
    lifted_on: date | None = None
    lifted_reason: str = ""
    signer_role: str = "bureau_head"
    signer_tier: str = Tier.COUNTY.value


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """A line of the timeline, in the words of :func:`guitu.people.timeline.happened`."""

    kind: str
    at: datetime
    title: str = ""
    text: str = ""
    basis: str = ""
    actor_id: int | None = None
    actor: str = ""
    whole_day: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case with what belongs to it; its term is reckoned from the judgment."""

    number: str
    judgment: Judgment
    office_id: int
    officer_id: int | None = None
    state: str = CaseState.ACTIVE
    received_on: date | None = None
    announced_on: date | None = None
    ended_on: date | None = None
    end_reason: str = ""
    level: str = "ordinary"
    key_management: bool = False
    special_management: bool = False
    last_report_on: date | None = None
    last_body_report_on: date | None = None
    last_review_on: date | None = None
    summary_on: date | None = None
    team: tuple[TeamRow, ...] = ()
    prohibition_orders: tuple[ProhibitionRow, ...] = ()
    monitoring_orders: tuple[OrderRow, ...] = ()
    events: tuple[EventRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A person with all cases."""

    number: str
    identity: Identity
    office_id: int
    officer_id: int | None = None
    cases: tuple[CaseRow, ...] = ()
    contacts: tuple[ContactRow, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedCase:
    """Ids of a written case and its monitoring orders, by their numbers."""

    number: str
    case_id: int
    orders: dict[str, int]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Ids of a written person."""

    number: str
    person_id: int
    cases: tuple[LoadedCase, ...]


@dataclass(slots=True)
class _Batch:
    """Rows by the order in which their tables are written."""

    keys: list[DataKey] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    team: list[TeamMember] = field(default_factory=list)
    bans: list[ProhibitionOrder] = field(default_factory=list)
    orders: list[MonitoringOrder] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)


def load(
    persons: Iterable[PersonRow],
    *,
    by: Account,
    at: datetime,
    demo: bool = True,
    progress: Callable[[int], None] | None = None,
) -> list[Loaded]:
    """Write persons; answers with their ids in the order given.

    ``progress`` is called with the number written so far. Raises :class:`Refused` naming the first
    number whose term or order law refuses; then nothing is written.
    """
    offices = {unit.pk: unit for unit in Organisation.objects.all()}
    done: list[Loaded] = []
    today = civil(at)
    with transaction.atomic(), _history(by, gettext_noop("批量登记")):
        with connection.cursor() as cursor:
            # current_case points from persons to cases and cases point to persons.
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        rows = iter(persons)
        while chunk := list(islice(rows, CHUNK)):
            batch = _Batch()
            done += _prepared(chunk, batch, offices, by=by, today=today, demo=demo)
            _write(batch)
            if progress is not None:
                progress(len(done))
        audit.record("person.load", actor=by, persons=len(done), demo=demo)
    return done


@contextmanager
def _history(by: Account, reason: str) -> Iterator[None]:
    """Who and why for the history rows that COPY makes.

    pghistory puts its context into the statements that Django sends, and COPY is none of them.
    Without these settings (and pgtrigger's) each row's trigger would raise and catch an error, and
    PostgreSQL then walks all deferred checks of the transaction: the load would slow down with
    its square.
    """
    metadata = json.dumps({"user": by.pk, "reason": reason})
    with connection.cursor() as cursor:
        cursor.execute(_CONTEXT, [str(uuid.uuid4()), metadata])
        yield
        cursor.execute(_CONTEXT, ["", ""])


_CONTEXT = (
    "SELECT set_config('pghistory.context_id', %s, true),"
    " set_config('pghistory.context_metadata', %s, true),"
    " set_config('pgtrigger.ignore', '{}', true)"
)


def _write(batch: _Batch) -> None:
    for table in (
        batch.keys, batch.persons, batch.cases, batch.contacts, batch.team, batch.bans,
        batch.orders,
    ):  # fmt: skip
        copy_rows(table)
    copy_values(CaseEvent, _EVENT_COLUMNS, batch.events)


def _prepared(
    chunk: list[PersonRow],
    batch: _Batch,
    offices: dict[int, Organisation],
    *,
    by: Account,
    today: date,
    demo: bool,
) -> list[Loaded]:
    cases = [case for row in chunk for case in row.cases]
    ids = iter(take_ids(Person, len(chunk)))
    case_ids = iter(take_ids(Case, len(cases)))
    order_ids = iter(take_ids(MonitoringOrder, sum(len(c.monitoring_orders) for c in cases)))
    ban_ids = iter(take_ids(ProhibitionOrder, sum(len(c.prohibition_orders) for c in cases)))
    team_ids = iter(take_ids(TeamMember, sum(len(c.team) for c in cases)))
    event_ids = iter(take_ids(CaseEvent, sum(len(c.events) for c in cases)))
    contact_ids = iter(take_ids(Contact, sum(len(row.contacts) for row in chunk)))
    now = timezone.now()
    loaded = []
    for row in chunk:
        key = DataKey.make()
        person = _person(row, key, offices, demo=demo)
        person.pk = next(ids)
        batch.keys.append(key)
        batch.persons.append(person)
        for contact_row in row.contacts:
            contact = Contact(
                id=next(contact_ids),
                person=person,
                relation=contact_row.relation,
                name=contact_row.name,
                guarantor=contact_row.guarantor,
            )
            seal_contact(contact, key, phone=contact_row.phone)
            batch.contacts.append(contact)
        own_cases: list[Case] = []
        own_team: list[TeamMember] = []
        loaded_cases = []
        for case_row in row.cases:
            case = _case(case_row, person, offices)
            case.pk = next(case_ids)
            team = [
                TeamMember(
                    id=next(team_ids), person_id=person.pk, case_id=case.pk, role=member.role,
                    name=member.name, sex=member.sex, account_id=member.account_id,
                    knows_minors=member.knows_minors, since=member.since, until=member.until,
                )
                for member in case_row.team
            ]  # fmt: skip
            bans = [
                ProhibitionOrder(
                    id=next(ban_ids), person_id=person.pk, case_id=case.pk, kind=ban.kind,
                    content=ban.content, start=ban.start, end=ban.end,
                )
                for ban in case_row.prohibition_orders
            ]  # fmt: skip
            orders = _orders(case_row, case, order_ids, by=by)
            batch.events += [
                (next(event_ids), person.pk, case.pk, *_event_values(event), now)
                for event in case_row.events
            ]
            _due(case, person, team, bans, orders, today=today)
            own_cases.append(case)
            batch.cases.append(case)
            batch.team += team
            batch.bans += bans
            batch.orders += orders
            if case.state in derived.OPEN_STATES:
                own_team += team
            loaded_cases.append(
                LoadedCase(case.number, case.pk, {order.number: order.pk for order in orders})
            )
        _derive(person, own_cases, own_team, row.identity, today=today)
        loaded.append(Loaded(row.number, person.pk, tuple(loaded_cases)))
    return loaded


_EVENT_COLUMNS = (
    "id", "person_id", "case_id", "kind", "at", "whole_day", "title", "text", "basis", "actor_id",
    "actor", "link", "annulled", "annulled_reason", "recorded_at",
)  # fmt: skip


def _event_values(event: EventRow) -> tuple[Any, ...]:
    return (
        str(event.kind), event.at, event.whole_day, event.title, event.text[:TEXT_MAX],
        event.basis, event.actor_id, event.actor, event.link, False, "",
    )  # fmt: skip


def _person(
    row: PersonRow, key: DataKey, offices: dict[int, Organisation], *, demo: bool
) -> Person:
    who = row.identity
    person = Person(
        number=row.number,
        name=who.name,
        former_name=who.former_name,
        sex=who.sex,
        birth_date=who.birth_date,
        nationality=who.nationality,
        education=who.education,
        employment=who.employment,
        address_area=who.address_area,
        data_key=key,
        office=offices[row.office_id],
        officer_id=row.officer_id,
        demo=demo,
    )
    seal_numbers(
        person, key, id_number=who.id_number, phone=who.phone, address=who.address,
        health=who.health,
    )  # fmt: skip
    return person


def _case(row: CaseRow, person: Person, offices: dict[int, Organisation]) -> Case:
    try:
        case = case_of(person, row.judgment)
    except Refused as refused:
        raise Refused(refused.reasons, refused.faults).about(row.number) from None
    case.number = row.number
    case.office = offices[row.office_id]
    for name in (
        "officer_id", "state", "received_on", "announced_on", "ended_on", "end_reason", "level",
        "key_management", "special_management", "last_report_on", "last_body_report_on",
        "last_review_on", "summary_on",
    ):  # fmt: skip
        setattr(case, name, getattr(row, name))
    return case


def _orders(row: CaseRow, case: Case, ids: Iterable[int], *, by: Account) -> list[MonitoringOrder]:
    fresh = iter(ids)
    known: dict[str, MonitoringOrder] = {}
    for one in row.monitoring_orders:
        order = MonitoringOrder(
            id=next(fresh),
            person=case.person,
            case=case,
            number=one.number,
            ground=one.ground,
            proof=one.proof,
            decided_by_id=one.decided_by_id,
            decided_on=one.decided_on,
            signer_role=one.signer_role,
            signer_tier=one.signer_tier,
            start=one.start,
            end=one.end,
            extends=known[one.extends] if one.extends else None,
            assessed_on=one.assessed_on,
            reassessment=one.reassessment,
            lifted_on=one.lifted_on,
            lifted_reason=one.lifted_reason,
            recorded_by=by,
        )
        reasons = order_defects(order)
        if reasons:
            raise Refused(reasons).about(one.number)
        known[one.number] = order
    return list(known.values())


def _due(
    case: Case,
    person: Person,
    team: list[TeamMember],
    bans: list[ProhibitionOrder],
    orders: list[MonitoringOrder],
    *,
    today: date,
) -> None:
    known = facts.facts_of(
        case, sex=person.sex, born=person.birth_date, team=team, prohibitions=bans, orders=orders,
        today=today,
    )  # fmt: skip
    try:
        case.next_due = facts.next_due_of(obligations(known, today))
    except NoFigure:
        case.next_due = None


def _derive(
    person: Person,
    cases: list[Case],
    team: list[TeamMember],
    identity: Identity,
    *,
    today: date,
) -> None:
    current = derived.current_of(cases)
    person.current_case = current
    person.facets = derived.facets_of(current)
    person.name_key = name_key(person.name)
    person.tokens = tokens_of(
        derived.findable_of(person, cases, id_number=identity.id_number, phone=identity.phone)
    )
    person.scope_keys = scope_keys(
        person.office.ancestor_ids,
        person.office_id,
        derived.keepers_of(person.officer_id, team, today=today),
    )
