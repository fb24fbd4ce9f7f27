"""Devices to read: the list, one with its life, the quarantine, what was refused."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import QueryDict
from django.utils.translation import gettext as _

from guitu.base.models import Organisation
from guitu.base.roles import Permission
from guitu.base.scope import DIRECT, Reach, reach_of
from guitu.tracking.models import (
    Conflict,
    Device,
    DeviceState,
    Quarantine,
    Refusal,
    RefusalReason,
    Wearing,
)
from guitu.tracking.services.acts import WHY
from guitu.wire import envelope

PAGE_SIZE = 50
#: Without a word for so long a worn device counts as silent in lists.
SILENT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFilters:
    """What the address of the list says."""

    search: str = ""
    state: str = ""
    health: str = ""  # silent, battery, refused
    organisation: int | None = None

    @classmethod
    def of(cls, query: QueryDict) -> DeviceFilters:
        """Read the filters of an address; unknown values are dropped."""
        state, health = query.get("state", ""), query.get("health", "")
        unit = query.get("unit", "")
        return cls(
            search="".join(query.get("q", "").replace("\x00", "").split())[:40],
            state=state if state in DeviceState.values else "",
            health=health if health in ("silent", "battery", "refused", "worn") else "",
            organisation=int(unit)
            if unit.isascii() and unit.isdigit() and len(unit) < 12
            else None,
        )

    def said(self) -> dict[str, str]:
        """For the audit."""
        return {
            field.name: str(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name)
        }

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def units_of(user: Any, permission: Permission) -> QuerySet[Organisation]:
    """The units whose devices the account may reach: those of its posts, all below, and their county.

    A justice office borrows from its county's stock, so an officer sees the county's devices.
    """
    reach = reach_of(user, permission)
    return _units(reach)


def _units(reach: Reach) -> QuerySet[Organisation]:
    if reach.everything:
        return Organisation.objects.all()
    own = {key if key < DIRECT else key - DIRECT for key in reach.keys if key > 0}
    found = Q(pk__in=own)
    for unit in Organisation.objects.filter(pk__in=own):
        found |= Q(path__startswith=f"{unit.path}.")
        if unit.kind == "office" and unit.parent_id:
            found |= Q(pk=unit.parent_id)
    return Organisation.objects.filter(found) if own else Organisation.objects.none()


def visible_devices(user: Any, permission: Permission = Permission.DEVICE_READ) -> Any:
    """Devices in reach. Who wears one is a person's data and is read apart, in its own scope."""
    units = units_of(user, permission).values("pk")
    return Device.objects.filter(organisation__in=units).select_related("organisation", "status")


def device_list(user: Any, filters: DeviceFilters, *, now: datetime) -> Any:
    """The list, those that need somebody first when asked for."""
    rows = visible_devices(user)
    if filters.search:
        try:
            number = envelope.canonical(filters.search)
        except ValueError:
            number = filters.search
        rows = rows.filter(
            Q(terminal__startswith=number)
            | Q(asset_number__istartswith=filters.search)
            | Q(imei__startswith=filters.search)
            | Q(sim_number__startswith=filters.search)
        )
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.organisation:
        rows = rows.filter(organisation_id=filters.organisation)
    worn = Wearing.objects.unscoped("ids of devices, no person").filter(until__isnull=True)
    match filters.health:
        case "silent":
            rows = rows.filter(pk__in=worn.values("device")).filter(
                Q(status__isnull=True) | Q(status__last_seen_at__lt=now - SILENT)
            )
        case "battery":
            rows = rows.filter(status__battery_pct__lte=20)
        case "refused":
            since = now - timedelta(days=1)
            refused = Refusal.objects.filter(received_at__gte=since).values("device_id")
            rows = rows.filter(pk__in=refused)
        case "worn":
            rows = rows.filter(pk__in=worn.values("device"))
    return rows.order_by("terminal")


def wearers(user: Any, devices: list[Device]) -> dict[int, Wearing]:
    """Device → who wears it now, as far as the account may see the person."""
    rows = (
        Wearing.objects.visible_to(user, Permission.PERSON_READ)
        .filter(device__in=devices, until__isnull=True)
        .select_related("person")
        .defer("person__tokens", "person__photo_sealed")
    )
    return {row.device_id: row for row in rows}


def worn_ids(devices: list[Device]) -> set[int]:
    """Which of the devices are on somebody, whoever it is."""
    return set(
        Wearing.objects.unscoped("ids of devices, no person")
        .filter(device__in=devices, until__isnull=True)
        .values_list("device_id", flat=True)
    )


def summary(user: Any, *, now: datetime) -> dict[str, int]:
    """The sentence above the list: how many, worn, silent, low."""
    rows = visible_devices(user).select_related(None).order_by()
    worn = Wearing.objects.unscoped("counts of devices").filter(until__isnull=True)
    on = rows.filter(pk__in=worn.values("device"))
    return {
        "all": rows.count(),
        "worn": on.count(),
        "silent": on.filter(
            Q(status__isnull=True) | Q(status__last_seen_at__lt=now - SILENT)
        ).count(),
        "low": on.filter(status__battery_pct__lte=20).count(),
    }


@dataclass(frozen=True, slots=True)
class RefusedCount:
    """What the gate refused of a device for one reason."""

    reason: str
    count: int
    last: datetime


def refusals_of(device: Device, *, since: datetime) -> list[RefusedCount]:
    """Counts by reason; there is no content to show."""
    rows = (
        Refusal.objects.filter(device_id=device.pk, received_at__gte=since)
        .values("reason")
        .annotate(total=Sum("count"), last=Max("received_at"))
        .order_by("-last")
    )
    return [
        RefusedCount(_(RefusalReason(row["reason"]).label), row["total"], row["last"])
        for row in rows
    ]


def quarantine(*, dismissed: bool = False) -> Any:
    """Unknown terminals that wait for somebody, those heard last first."""
    return Quarantine.objects.filter(dismissed_at__isnull=not dismissed).order_by("-last_seen_at")


def conflicts(user: Any) -> Any:
    """Terminals that show another's number: of devices in reach, or of none."""
    return (
        Conflict.objects.filter(settled_at__isnull=True)
        .filter(Q(device__isnull=True) | Q(device__in=visible_devices(user).values("pk")))
        .select_related("device")
        .order_by("-last_seen_at")
    )


def free_devices(user: Any, *, now: datetime) -> Any:
    """Devices that may be put on somebody: in stock or issued, worn by nobody."""
    worn = (
        Wearing.objects.unscoped("ids of devices, no person")
        .filter(device=OuterRef("pk"), until__isnull=True)
        .values("pk")[:1]
    )
    return (
        visible_devices(user)
        .filter(state__in=[DeviceState.STOCK, DeviceState.ISSUED])
        .annotate(on=Subquery(worn))
        .filter(on__isnull=True)
        .order_by("terminal")
    )


def wearing_of(person_id: int) -> Wearing | None:
    """What a person wears now. The page has scoped the person."""
    return (
        Wearing.objects.unscoped(WHY)
        .filter(person_id=person_id, until__isnull=True)
        .select_related("device__status", "order")
        .first()
    )
