"""Fences: drawn, taken from a district, or imported; with their times; every change a new version."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guitu.base import audit
from guitu.base.models import Account, Organisation
from guitu.engine.timetable import DAY_MIN, WEEK_MIN, Interval, Timetable
from guitu.geo.datums import Datum
from guitu.geo.errors import ShapeError
from guitu.geo.geojson import Imported, read_geojson
from guitu.geo.shapes import E7, Area, Circle, Shape
from guitu.people.models import Case, EventKind, Person
from guitu.people.services import Refused
from guitu.people.services.refusals import refuse
from guitu.people.timeline import happened
from guitu.tracking.models import Fence, FenceKind, FenceSubject, FenceVersion, Severity
from guitu.tracking.rules import timetable_of
from guitu.tracking.services.acts import WHY, act, cut
from guitu.ui.boundaries import districts

EXCEPTIONS_MAX = 120
SUBJECTS_MAX = 500


@dataclass(frozen=True, slots=True)
class Daily:
    """The same minutes on some days of the week (Monday 0); 22:00 to 06:00 goes on over midnight."""

    days: tuple[int, ...]
    start_min: int
    end_min: int


@dataclass(frozen=True, slots=True)
class Hours:
    """When a fence is in force. ``daily`` empty and ``always`` set: at all times.

    ``exceptions``: on this civil date these minutes hold instead; none means not at all that day.
    """

    always: bool = True
    daily: tuple[Daily, ...] = ()
    exceptions: tuple[tuple[date, tuple[Interval, ...]], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As ``FenceVersion.timetable`` keeps it; refused with a sentence when it can't be."""
        if not self.always and not self.daily and not self.exceptions:
            raise refuse("hours", _("没有任何生效时段。勾选至少一天，或选全天。"))
        weekly: list[list[int]] = []
        for one in self.daily:
            if not one.days:
                raise refuse("hours", _("勾选这个时段在星期几生效。"))
            if one.start_min == one.end_min:
                raise refuse("hours", _("起止时间相同。全天请选一直生效。"))
            weekly += [list(part) for part in _daily(one)]
        if self.always:
            weekly = [[0, WEEK_MIN]]
        if len(self.exceptions) > EXCEPTIONS_MAX:
            raise refuse("hours", _("例外日期最多%(most)d个。") % {"most": EXCEPTIONS_MAX})
        made: dict[str, Any] = {"weekly": weekly}
        if self.exceptions:
            made["exceptions"] = [
                {"day": day.isoformat(), "intervals": [list(part) for part in parts]}
                for day, parts in sorted(self.exceptions)
            ]
        if self.always and not self.exceptions:
            return {}
        try:
            timetable_of(made)
        except ValueError as error:
            raise refuse("hours", _("时段有误：%(error)s") % {"error": error}) from error
        return made


def _daily(one: Daily) -> Iterable[Interval]:
    table = Timetable.daily(one.start_min % DAY_MIN, one.end_min % DAY_MIN, days=one.days)
    return table.weekly


@dataclass(frozen=True, slots=True)
class Drawn:
    """A fence's shape with where it came from. ``geometry`` is GeoJSON, WGS-84."""

    geometry: dict[str, Any]
    shape: str  # circle, polygon, area
    datum: Datum = "wgs84"
    area_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FencePlan:
    """What a fence is to be from now on. ``valid_from``/``valid_to`` are inclusive civil moments."""

    name: str
    kind: FenceKind
    drawn: Drawn
    hours: Hours = field(default_factory=Hours)
    severity: Severity = Severity.ALARM
    margin_m: float = 0.0
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    reason: str = ""


def in_words(error: ShapeError) -> str:
    """A shape's error in the page's language."""
    return error.sentence("en" if (get_language() or "").startswith("en") else "zh-hans")


def geometry_of(shape: Shape) -> dict[str, Any]:
    """A shape as ``FenceVersion.geometry`` keeps it: seven decimals, rings closed."""
    if isinstance(shape, Circle):
        return {
            "type": "Point",
            "coordinates": [shape.lon_e7 / E7, shape.lat_e7 / E7],
            "radius_m": shape.radius_m,
        }
    return {
        "type": "MultiPolygon",
        "coordinates": [
            [[[x / E7, y / E7] for x, y in (*ring, ring[0])] for ring in polygon]
            for polygon in shape.polygons
        ],
    }


def circle(lon: float, lat: float, *, radius_m: float, datum: Datum = "wgs84") -> Drawn:
    """A circle whose centre is given in ``datum``."""
    text = json.dumps(
        {
            "type": "Feature",
            "properties": {"radius_m": float(radius_m)},
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
        }
    )
    return _one(imported(text, datum=datum), datum)


def polygon(text: str, *, datum: Datum = "wgs84") -> Drawn:
    """A shape as the map's editor or a paste writes it: one GeoJSON geometry or feature."""
    return _one(imported(text, datum=datum), datum)


def area_of(code: str) -> Drawn:
    """A district or the city itself, by its code (GB/T 2260), from the package of boundaries."""
    for district in districts():
        if district.code == code:
            shape = _shape_of([[list(ring)] for ring in district.rings])
            return Drawn(geometry_of(shape), "area", "wgs84", code)
    raise refuse("area", _("没有代码为%(code)s的行政区域。") % {"code": code})


def imported(source: bytes | str, *, datum: Datum) -> tuple[Imported, ...]:
    """Every area of a GeoJSON file declared to be in ``datum``; refused in ``geo``'s own sentence."""
    try:
        return read_geojson(source, datum=datum)
    except ShapeError as error:
        raise refuse("geometry", in_words(error)) from error


def _one(found: tuple[Imported, ...], datum: Datum) -> Drawn:
    if len(found) == 1:
        shape = found[0].shape
    else:
        # A file of several areas is one fence of several parts.
        areas = [item.shape for item in found if isinstance(item.shape, Area)]
        if len(areas) != len(found):
            raise refuse("geometry", _("文件里有几个圆。一道围栏只能有一个圆，请分开导入。"))
        try:
            shape = Area(tuple(part for area in areas for part in area.polygons))
        except ShapeError as error:
            raise refuse("geometry", in_words(error)) from error
    return Drawn(geometry_of(shape), "circle" if isinstance(shape, Circle) else "polygon", datum)


def _shape_of(polygons: list[list[list[tuple[float, float]]]]) -> Area:
    try:
        return Area.of(polygons)
    except ShapeError as error:
        raise refuse("area", in_words(error)) from error


def draw(
    plan: FencePlan,
    *,
    case: Case | None = None,
    organisation: Organisation,
    everybody: bool = False,
    by: Account,
    at: datetime,
) -> Fence:
    """A new fence, of one person's case or shared by a unit, in force from now."""
    _check(plan)
    with act(by, reason="fence.draw"):
        fence = Fence.objects.create(
            name=cut(plan.name, 80),
            kind=plan.kind,
            person_id=case.person_id if case else None,
            case=case,
            organisation=organisation,
            everybody=everybody and case is None,
            severity=plan.severity,
            reason=cut(plan.reason, 200),
            created_by=by,
        )
        version = _version(fence, plan, number=1, by=by, at=at)
        if case is not None:
            _line(case, fence, _("设置"), by=by, at=at)
        audit.record(
            "fence.draw", obj=fence, person_id=fence.person_id, actor=by, version=version.pk
        )
    return fence


def change(fence: Fence, plan: FencePlan, *, note: str, by: Account, at: datetime) -> Fence:
    """A new version, valid from now; the old one stays on record with when it applied."""
    _check(plan)
    why = cut(note, 200)
    if not why:
        raise refuse("note", _("写明为什么改。以前的版本会保留。"))
    with act(by, reason=f"fence.change: {why}"):
        locked = _locked(fence)
        current = locked.versions.filter(applied_until__isnull=True).get()
        # Two changes in one microsecond: the later one still begins where the earlier one ends.
        start = max(at, current.applied_from + timedelta(microseconds=1))
        FenceVersion.objects.unscoped(WHY).filter(pk=current.pk).update(applied_until=start)
        newest = locked.versions.aggregate(newest=Max("number"))["newest"]
        locked.name = cut(plan.name, 80)
        locked.kind = plan.kind
        locked.severity = plan.severity
        locked.reason = cut(plan.reason, 200)
        locked.save(update_fields=["name", "kind", "severity", "reason"])
        version = _version(locked, plan, number=newest + 1, by=by, at=start, note=why)
        if locked.case is not None:
            _line(locked.case, locked, _("变更：%(why)s") % {"why": why}, by=by, at=at)
        audit.record(
            "fence.change", obj=locked, person_id=locked.person_id, actor=by, version=version.pk
        )
    return locked


def retire(fence: Fence, *, reason: str, by: Account, at: datetime) -> Fence:
    """From now on it applies to nobody; it stays on record."""
    why = cut(reason, 200)
    if not why:
        raise refuse("reason", _("停用围栏要写明原因。"))
    with act(by, reason=f"fence.retire: {why}"):
        locked = _locked(fence)
        locked.retired_at, locked.retired_by, locked.retired_reason = at, by, why
        locked.save(update_fields=["retired_at", "retired_by", "retired_reason"])
        if locked.case is not None:
            _line(locked.case, locked, _("停用：%(why)s") % {"why": why}, by=by, at=at)
        audit.record("fence.retire", obj=locked, person_id=locked.person_id, actor=by)
    return locked


def assign(fence: Fence, persons: Iterable[Person], *, by: Account, at: datetime) -> int:
    """A shared fence applies to these persons from now; those it applies to already are passed over."""
    wanted = list(persons)
    if len(wanted) > SUBJECTS_MAX:
        raise refuse("persons", _("一次最多%(most)d人。") % {"most": SUBJECTS_MAX})
    with act(by, reason="fence.assign"):
        locked = _locked(fence)
        if locked.person_id is not None or locked.everybody:
            raise refuse("persons", _("这道围栏不是按人分配的。"))
        have = set(locked.subjects.filter(until__isnull=True).values_list("person_id", flat=True))
        new = [person for person in wanted if person.pk not in have]
        for person in new:
            FenceSubject.objects.create(fence=locked, person=person, since=at, added_by=by)
            happened(
                person, EventKind.CHANGED, at=at, by=by, title=_("电子围栏"),
                text=_("适用“%(name)s”") % {"name": locked.name},
                link=f"/fences/{locked.pk}/",
            )  # fmt: skip
            audit.record("fence.assign", obj=locked, person_id=person.pk, actor=by)
    return len(new)


def unassign(subject: FenceSubject, *, by: Account, at: datetime) -> None:
    """A shared fence no longer applies to the person, from now."""
    with act(by, reason="fence.unassign"):
        moved = (
            FenceSubject.objects.unscoped(WHY)
            .filter(pk=subject.pk, until__isnull=True)
            .update(until=at)
        )
        if not moved:
            raise refuse("", _("这个人已经不在围栏里。"))
        happened(
            subject.person, EventKind.CHANGED, at=at, by=by, title=_("电子围栏"),
            text=_("不再适用“%(name)s”") % {"name": subject.fence.name},
        )  # fmt: skip
        audit.record("fence.unassign", obj=subject.fence, person_id=subject.person_id, actor=by)


def _check(plan: FencePlan) -> None:
    if not cut(plan.name, 80):
        raise refuse("name", _("给围栏起个名字，比如“住所周边”。"))
    if not 0.0 <= plan.margin_m <= 10_000.0:
        raise refuse("margin_m", _("余量应在0到10000米之间。"))
    if plan.valid_from and plan.valid_to and not plan.valid_from < plan.valid_to:
        raise refuse("valid_to", _("结束早于开始，请改日期。"))


def _locked(fence: Fence) -> Fence:
    found = (
        Fence.objects.unscoped(WHY)
        .select_for_update(of=("self",))
        .select_related("case")
        .get(pk=fence.pk)
    )
    if found.retired_at is not None:
        raise refuse("", _("这道围栏已经停用，不再改动。"))
    return found


def _version(
    fence: Fence, plan: FencePlan, *, number: int, by: Account, at: datetime, note: str = ""
) -> FenceVersion:
    return FenceVersion.objects.create(
        fence=fence,
        number=number,
        geometry=plan.drawn.geometry,
        shape=plan.drawn.shape,
        area_code=plan.drawn.area_code,
        datum=plan.drawn.datum,
        timetable=plan.hours.to_json(),
        margin_m=plan.margin_m,
        valid_from=plan.valid_from,
        valid_to=plan.valid_to,
        applied_from=at,
        created_by=by,
        note=note,
    )


def _line(case: Case, fence: Fence, text: str, *, by: Account, at: datetime) -> None:
    happened(
        case, EventKind.CHANGED, at=at, by=by, title=_("电子围栏"),
        text=_("“%(name)s”%(text)s") % {"name": fence.name, "text": text},
        link=f"/fences/{fence.pk}/",
    )  # fmt: skip


__all__ = [
    "Daily", "Drawn", "FencePlan", "Hours", "Refused", "area_of", "assign", "change", "circle",
    "draw", "geometry_of", "imported", "in_words", "polygon", "retire", "unassign",
]  # fmt: skip
