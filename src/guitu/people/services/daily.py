"""What the passing of days changes by itself: team members' last days, and what is due next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Q

from guitu.people import derived
from guitu.people.models import Case, Person, TeamMember

_WHY = "the daily round looks at every open case"
_CHUNK = 500


def daily(today: date) -> int:
    """Bring derived columns up to ``today``; returns how many rows it looked at.

    Run twice, it does nothing the second time. Members whose last day is over lose the person from
    among their own; cases whose next day has come are reckoned again.
    """
    looked = 0
    lapsed = (
        TeamMember.objects.unscoped(_WHY)
        .filter(until__lt=today, account__isnull=False, case__state__in=derived.OPEN_STATES)
        .values_list("person_id", "account_id")
    )
    stale = {person for person, account in lapsed if _still_keeps(person, account)}
    for person in Person.objects.unscoped(_WHY).filter(pk__in=stale).select_related("office"):
        derived.refresh_person(person, today=today)
        looked += 1
    for case in _due_cases(today):
        derived.refresh_next_due(case, today=today)
        looked += 1
    return looked


def _still_keeps(person_id: int, account_id: int) -> bool:
    return (
        Person.objects.unscoped(_WHY)
        .filter(pk=person_id, scope_keys__contains=[-account_id])
        .exclude(officer_id=account_id)
        .exists()
    )


def _due_cases(today: date) -> Iterator[Case]:
    return (
        Case.objects.unscoped(_WHY)
        .filter(Q(next_due__isnull=True) | Q(next_due__lt=today), state__in=derived.OPEN_STATES)
        .select_related("person")
        .iterator(chunk_size=_CHUNK)
    )
