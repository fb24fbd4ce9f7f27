"""Columns that follow from others: scope keys, tokens, facets, the current case, what is due next.

Pure functions of rows, used alike by the services and the bulk loader, and functions that read and
write one person. Nothing else writes these columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from guitu.base.scope import scope_keys
from guitu.law.obligations import CaseFacts, obligations
from guitu.people import facts, hooks
from guitu.people.models import (
    Case,
    CaseState,
    MonitoringOrder,
    Person,
    ProhibitionOrder,
    TeamMember,
)
from guitu.people.sealed import open_column
from guitu.people.search import Findable, name_key, tokens_of

OPEN_STATES = (CaseState.ACTIVE, CaseState.EXPECTED)
_WHY = "derived columns of one person, for a service"


def current_of(cases: Iterable[Case]) -> Case | None:
    """The case that lists show: an open one before a closed one, then the youngest."""
    return max(
        cases,
        key=lambda case: (case.state in OPEN_STATES, case.term_start, case.pk or 0),
        default=None,
    )


def facets_of(case: Case | None) -> list[str]:
    """What a list filters by."""
    if case is None:
        return ["state:none"]
    found = [f"category:{case.category}", f"level:{case.level}", f"state:{case.state}"]
    if case.key_management:
        found.append("key")
    if case.special_management:
        found.append("special")
    return found


def keepers_of(officer_id: int | None, team: Iterable[TeamMember], *, today: date) -> list[int]:
    """Accounts whose own person this is: the officer, and team members whose days are running."""
    found = [] if officer_id is None else [officer_id]
    found += [
        member.account_id
        for member in team
        if member.account_id is not None and (member.until is None or member.until >= today)
    ]
    return found


def findable_of(person: Person, cases: Iterable[Case], *, id_number: str, phone: str) -> Findable:
    """What a person is found by."""
    numbers = [person.number]
    for case in cases:
        numbers += [case.number, case.judgment_number]
    return Findable(
        names=tuple(filter(None, (person.name, person.former_name))),
        numbers=tuple(numbers),
        id_number=id_number,
        phones=(phone,) if phone else (),
    )


def refresh_person(person: Person, *, today: date) -> None:
    """Reckon and write every derived column of a person from the rows as they are now."""
    cases = list(Case.objects.unscoped(_WHY).filter(person=person))
    team = TeamMember.objects.unscoped(_WHY).filter(person=person, case__state__in=OPEN_STATES)
    current = current_of(cases)
    person.current_case = current
    person.facets = facets_of(current)
    person.name_key = name_key(person.name)
    person.tokens = tokens_of(
        findable_of(
            person,
            cases,
            id_number=open_column(person, "id_number"),
            phone=open_column(person, "phone"),
        )
    )
    person.scope_keys = scope_keys(
        person.office.ancestor_ids,
        person.office_id,
        keepers_of(person.officer_id, team, today=today),
    )
    Person.objects.unscoped(_WHY).filter(pk=person.pk).update(
        current_case=current,
        facets=person.facets,
        name_key=person.name_key,
        tokens=person.tokens,
        scope_keys=person.scope_keys,
    )


def refresh_next_due(case: Case, *, today: date) -> date | None:
    """Reckon and write when something is due on the case next; None when nothing ever is."""
    case.next_due = facts.next_due_of(obligations(facts_now(case, today=today), today))
    Case.objects.unscoped(_WHY).filter(pk=case.pk).update(next_due=case.next_due)
    return case.next_due


def facts_now(case: Case, *, today: date) -> CaseFacts:
    """The facts of one case, read now."""
    person = case.person
    return facts.facts_of(
        case,
        sex=person.sex,
        born=person.birth_date,
        team=TeamMember.objects.unscoped(_WHY).filter(case=case),
        prohibitions=ProhibitionOrder.objects.unscoped(_WHY).filter(case=case),
        orders=MonitoringOrder.objects.unscoped(_WHY).filter(case=case),
        worn=case.pk in hooks.worn_on([case.pk]),
        today=today,
    )
