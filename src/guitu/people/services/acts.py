"""What every service does around its change: one transaction, the history's why, a lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pghistory
from django.db import connection, transaction
from django.db.models.functions import Length

from guitu.base.models import Account, Organisation
from guitu.people.models import Case, MonitoringOrder, Person

SHANGHAI = ZoneInfo("Asia/Shanghai")
WHY = "a service acts on a row that its caller has scoped"


@contextmanager
def act(by: Account, *, reason: str) -> Iterator[None]:
    """One transaction whose history rows carry who and why."""
    with transaction.atomic(), pghistory.context(user=by.pk, reason=reason[:200]):
        yield


def locked_person(person: Person) -> Person:
    """The person's row, locked until the transaction ends, as it is now."""
    return Person.objects.unscoped(WHY).select_for_update().get(pk=person.pk)


def locked_case(case: Case) -> Case:
    """The case's row, locked likewise; orders of a case are decided one at a time."""
    return Case.objects.unscoped(WHY).select_for_update().get(pk=case.pk)


def locked_order(order: MonitoringOrder) -> MonitoringOrder:
    """The order's row, locked likewise."""
    return MonitoringOrder.objects.unscoped(WHY).select_for_update().get(pk=order.pk)


def civil(at: datetime) -> date:
    """The day of a moment in Shanghai."""
    return at.astimezone(SHANGHAI).date()


def moment_of(day: date) -> datetime:
    """The moment that stands for a whole day on the timeline: its noon, so that no zone moves it."""
    return datetime.combine(day, time(12), SHANGHAI).astimezone(UTC)


def next_number(
    model: type[Person] | type[Case], office: Organisation, *, year: int, mark: str
) -> str:
    """The next number of a county and year: ``3201062026-0147``; one at a time by a lock."""
    prefix = f"{office.code[:6]}{year}{mark}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"number:{prefix}"])
    last = (
        model.objects.unscoped("numbers are given across scopes")
        .filter(number__startswith=prefix)
        .order_by(Length("number").desc(), "-number")
        .values_list("number", flat=True)
        .first()
    )
    taken = int(last.removeprefix(prefix)) if last and last.removeprefix(prefix).isdigit() else 0
    return f"{prefix}{taken + 1:04d}"
