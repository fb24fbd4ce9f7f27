"""Monitoring orders: when one carries a device, and the lists of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from guitu.base.roles import Permission
from guitu.people import facts
from guitu.people.models import Case, MonitoringOrder

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_ONE_DAY = timedelta(days=1)
SOON_DAYS = 14


@dataclass(frozen=True, slots=True)
class OrderWindow:
    """The instants [since, until), UTC, during which an order carries a device."""

    order_id: int
    case_id: int
    person_id: int
    number: str
    since: datetime
    until: datetime


def window_of(order: MonitoringOrder) -> tuple[datetime, datetime] | None:
    """[since, until) in UTC; None for an order that is annulled or has any defect (CCL 29)."""
    return facts.window_of(order, order.case, previous=order.extends)


def order_windows(since: datetime, until: datetime) -> list[OrderWindow]:
    """Every order whose window meets [since, until); for the gate, which shows nobody anything.

    Annulled and defective orders never appear; an order cut short by lifting or by the end of its
    case appears with the shorter window.
    """
    first, last = _civil(since) - _ONE_DAY, _civil(until) + _ONE_DAY
    rows = (
        MonitoringOrder.objects.unscoped("the gate judges positions by the orders of all")
        .filter(annulled=False, start__lte=last, end__gte=first)
        .select_related("case", "extends")
        .order_by("case_id", "start")
    )
    found = []
    for order in rows:
        window = window_of(order)
        if window is not None and window[0] < until and since < window[1]:
            found.append(
                OrderWindow(
                    order.pk, order.case_id, order.person_id, order.number, window[0], window[1]
                )
            )
    return found


def orders_in_force(at: datetime) -> list[OrderWindow]:
    """The orders that carry a device at that instant."""
    return order_windows(at, at + timedelta(microseconds=1))


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order with where it stands: ``running``, ``soon`` (ends within 14 days), ``coming``,
    ``over``, ``lifted`` or ``annulled``, and its last day as cut short."""

    order: MonitoringOrder
    standing: str
    last_day: date


STANDINGS = ("running", "soon", "coming", "over", "lifted", "annulled")


def standing_of(order: MonitoringOrder, today: date) -> OrderLine:
    """Where an order stands on a day."""
    ends = [order.end]
    if order.lifted_on:
        ends.append(order.lifted_on - _ONE_DAY)
    if order.case.ended_on:
        ends.append(order.case.ended_on)
    last = min(ends)
    if order.annulled:
        return OrderLine(order, "annulled", last)
    if order.lifted_on and order.lifted_on <= today:
        return OrderLine(order, "lifted", last)
    if last < today:
        return OrderLine(order, "over", last)
    if order.start > today:
        return OrderLine(order, "coming", last)
    soon = (last - today).days <= SOON_DAYS
    return OrderLine(order, "soon" if soon else "running", last)


def visible_orders(user: Any) -> QuerySet[MonitoringOrder]:
    """The orders that ``user`` may read."""
    return (
        MonitoringOrder.objects.visible_to(user, Permission.ORDER_READ)
        .select_related("case", "person__office", "decided_by", "extends")
        .defer("person__photo_sealed", "person__tokens")
    )


def orders_standing(user: Any, *, standing: str = "", today: date) -> QuerySet[MonitoringOrder]:
    """Visible orders filtered by where they stand: running, soon, coming, or what is over."""
    rows = visible_orders(user)
    running = Q(annulled=False, start__lte=today, end__gte=today, case__ended_on__isnull=True) & (
        Q(lifted_on__isnull=True) | Q(lifted_on__gt=today)
    )
    match standing:
        case "running":
            return rows.filter(running).order_by("end", "id")
        case "soon":
            return rows.filter(running, end__lte=today + timedelta(days=SOON_DAYS)).order_by(
                "end", "id"
            )
        case "coming":
            return rows.filter(annulled=False, start__gt=today).order_by("start", "id")
        case "over":
            return rows.exclude(running).filter(start__lte=today).order_by("-end", "-id")
        case _:
            return rows.order_by("-start", "-id")


def may_be_extended(case: Case) -> list[MonitoringOrder]:
    """Orders of the case that an extension may follow: neither annulled nor lifted nor followed."""
    return list(
        case.monitoring_orders.filter(
            annulled=False, lifted_on__isnull=True, extension__isnull=True
        ).order_by("-end")
    )


def _civil(moment: datetime) -> date:
    return timezone.localtime(moment, _SHANGHAI).date()
