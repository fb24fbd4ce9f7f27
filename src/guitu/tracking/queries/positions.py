"""Live positions: the persons of my scope who wear a device, where and when they were last."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import QueryDict

from guitu.base.codes import Category, Level
from guitu.base.roles import Permission
from guitu.geo.shapes import E7
from guitu.people.queries.lists import HEAVY
from guitu.people.search import safe_words
from guitu.tracking.models import OPEN_STATES, Alarm, AlarmKind, Latest, Wearing
from guitu.tracking.queries.evidence import SOURCES

POSITIONS_MAX = 5_000
#: After this long without a word a position is shown as old.
STALE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapFilters:
    """What the address of the map says."""

    search: str = ""
    office: int | None = None
    category: str = ""
    level: str = ""
    only: str = ""  # alarm, stale

    @classmethod
    def of(cls, query: QueryDict) -> MapFilters:
        """Read the filters of an address; unknown values are dropped."""
        office = query.get("office", "")
        only = query.get("only", "")
        category, level = query.get("category", ""), query.get("level", "")
        return cls(
            search=" ".join(query.get("q", "").replace("\x00", "").split())[:60],
            office=int(office)
            if office.isascii() and office.isdigit() and len(office) < 12
            else None,
            category=category if category in Category.values else "",
            level=level if level in Level.values else "",
            only=only if only in ("alarm", "stale") else "",
        )

    def said(self) -> dict[str, str]:
        """For the audit."""
        found = {
            field.name: str(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name)
        }
        if self.search:
            found["search"] = safe_words(self.search)
        return found

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class Placed:
    """One person on the map. ``alarm`` is the kind of the gravest open alarm, or ""."""

    person_id: int
    name: str
    office: str
    category: str
    level: str
    lon: float | None
    lat: float | None
    place_time: datetime | None
    heard_at: datetime
    accuracy_m: float | None
    speed_kmh: float | None
    battery_pct: int | None
    source: str
    alarm: str
    stale: bool

    @property
    def url(self) -> str:
        """The person's trail of today."""
        return f"/persons/{self.person_id}/trail/"

    @property
    def alarm_word(self) -> str:
        """越界, 失联 …"""
        return str(AlarmKind(self.alarm).label) if self.alarm else ""


def live_positions(user: Any, filters: MapFilters, *, now: datetime) -> list[Placed]:
    """Everybody in scope who wears a device now, those with an alarm first, then by name.

    A person whose device was taken off leaves the map at once: the last place is not shown on.
    """
    worn = Wearing.objects.unscoped("inside a scoped query").filter(
        person=OuterRef("person_id"), until__isnull=True
    )
    rows = (
        Latest.objects.visible_to(user, Permission.TRACK_READ)
        .filter(Exists(worn))
        .select_related("person__office", "person__current_case")
        .defer(*(f"person__{column}" for column in HEAVY))
    )
    if filters.search:
        rows = rows.filter(person__name__contains=filters.search)
    if filters.office:
        rows = rows.filter(person__office_id=filters.office)
    if filters.category:
        rows = rows.filter(person__facets__contains=[f"category:{filters.category}"])
    if filters.level:
        rows = rows.filter(person__facets__contains=[f"level:{filters.level}"])
    if filters.only == "stale":
        rows = rows.filter(heard_at__lt=now - STALE)
    found = list(rows.order_by("person__name_key", "person_id")[:POSITIONS_MAX])
    alarms: dict[int, str] = dict(
        Alarm.objects.visible_to(user, Permission.ALARM_READ)
        .filter(state__in=OPEN_STATES, person_id__in=[row.person_id for row in found])
        .order_by("severity", "-opened_at")
        .values_list("person_id", "kind")
    )
    placed = [_placed(row, alarms.get(row.person_id, ""), now=now) for row in found]
    if filters.only == "alarm":
        placed = [one for one in placed if one.alarm]
    placed.sort(key=lambda one: (not one.alarm, not one.stale))
    return placed


def _placed(row: Latest, alarm: str, *, now: datetime) -> Placed:
    case = row.person.current_case
    return Placed(
        person_id=row.person_id,
        name=row.person.name,
        office=row.person.office.short_name,
        category=case.category if case else "",
        level=case.level if case else "",
        lon=row.lon_e7 / E7 if row.lon_e7 is not None else None,
        lat=row.lat_e7 / E7 if row.lat_e7 is not None else None,
        place_time=row.place_time,
        heard_at=row.heard_at,
        accuracy_m=row.accuracy_m,
        speed_kmh=row.speed_kmh,
        battery_pct=row.battery_pct,
        source=SOURCES.get(row.source, "unknown"),
        alarm=alarm,
        stale=now - row.heard_at > STALE,
    )


def of_person(person_id: int, *, now: datetime) -> Latest | None:
    """Where one person was last, for the person page; None unless a device is worn now."""
    return (
        Latest.objects.unscoped("the person page has scoped its person")
        .filter(person_id=person_id)
        .select_related("device__status")
        .first()
    )
