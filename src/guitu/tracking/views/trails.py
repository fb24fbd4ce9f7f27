"""A person's trail: by day, with its stops and gaps; its export. Every reading is audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from guitu.base import audit
from guitu.base.access import account_of, needs
from guitu.base.roles import Permission as P
from guitu.geo.export import to_geojson, to_gpx
from guitu.geo.shapes import E7
from guitu.people.models import Person
from guitu.people.queries.lists import bar_of
from guitu.tracking.queries import fences as fence_queries
from guitu.tracking.queries import trails
from guitu.tracking.queries.devices import wearing_of
from guitu.tracking.queries.evidence import SOURCES
from guitu.tracking.views.common import now, scoped_person, today
from guitu.ui import words
from guitu.ui.svgmap import PlainMap, Trace

PICKER_DAYS = 14
TYPES = {"gpx": "application/gpx+xml", "geojson": "application/geo+json"}


@dataclass(frozen=True, slots=True)
class Row:
    """A stop or a gap in the day's order."""

    kind: str  # stay, hole
    start: Any
    end: Any
    seconds: float
    moved_m: float = 0.0


def _day(text: str) -> date:
    """The day of the address, else today; a day that is none or lies ahead is today."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return today()
    return min(found, today())


@require_GET
@needs(P.TRACK_READ)
def trail(request: HttpRequest, pk: int) -> HttpResponse:
    """One day of one person."""
    person = scoped_person(request, pk, P.TRACK_READ)
    day = _day(request.GET.get("day", ""))
    with transaction.atomic():
        found = trails.read_trail(person, day, day, by=account_of(request))
    first = today() - timedelta(days=PICKER_DAYS - 1)
    have = trails.days_with_fixes(person.pk, since=min(first, day), until=today())
    rows = [Row("stay", s.start, s.end, s.seconds) for s in found.stays]
    rows += [Row("hole", h.start, h.end, h.seconds, h.moved_m) for h in found.holes]
    rows.sort(key=lambda row: row.start)
    placed = found.placed
    return render(
        request,
        "tracking/trail.html",
        {
            "person": person,
            "case": person.current_case,
            "bar": bar_of(person.current_case, today=today()),
            "day": day,
            "days": [
                (one, one in have)
                for one in (first + timedelta(days=n) for n in range(PICKER_DAYS))
            ],
            "before": day - timedelta(days=1),
            "after": day + timedelta(days=1) if day < today() else None,
            "trail": found,
            "rows": rows,
            "placed": len(placed),
            "last": placed[-1] if placed else None,
            "plain": plain_trail(found, person, day=day),
            "wearing": wearing_of(person.pk),
            "exports": person.reachable_by(request.user, P.TRACK_EXPORT),
        },
    )


def plain_trail(found: trails.Trail, person: Person, *, day: date, small: bool = False) -> PlainMap:
    """The trail drawn on the server, with the fences in force."""
    areas = tuple(
        fence_queries.drawn(version, version.fence.name)
        for version in fence_queries.of_person(person.pk, now=now())
    )
    points = tuple((fix.time, fix.lat_e7 / E7, fix.lon_e7 / E7) for fix in found.placed)
    step = max(1, len(points) // 1200)
    return PlainMap(
        traces=(Trace(points[::step] + points[-1:], gap_s=trails.GAP_S * step),) if points else (),
        areas=areas,
        width=252 if small else 760,
        height=116 if small else 460,
        legend=not small,
        says=_("%(name)s在%(day)s的轨迹") % {"name": person.name, "day": day},
    )


@require_GET
@needs(P.TRACK_READ)
def trail_data(request: HttpRequest, pk: int) -> JsonResponse:
    """The day for the playback: every fix in order, stops, gaps and the fences."""
    person = scoped_person(request, pk, P.TRACK_READ)
    day = _day(request.GET.get("day", ""))
    with transaction.atomic():
        found = trails.read_trail(person, day, day, by=account_of(request), purpose="playback")
    response = JsonResponse(data_of(found, person))
    response["Cache-Control"] = "private, no-store"
    return response


def data_of(found: trails.Trail, person: Person) -> dict[str, Any]:
    """What ``ui/js/trail.js`` reads."""
    return {
        "name": person.name,
        "gap_s": trails.GAP_S,
        "fixes": [
            {
                "time": round(fix.time.timestamp() * 1000),
                "lon": fix.lon_e7 / E7,
                "lat": fix.lat_e7 / E7,
                "source": SOURCES.get(fix.source, "unknown"),
                "accuracy_m": fix.accuracy_m,
                "speed_kmh": fix.speed_kmh,
                "battery_pct": fix.battery_pct,
                "used": used,
            }
            for fix, used in zip(found.fixes, found.used, strict=True)
            if fix.valid
        ],
        "stops": [
            {
                "start": round(stay.start.timestamp() * 1000),
                "end": round(stay.end.timestamp() * 1000),
                "lon": stay.lon,
                "lat": stay.lat,
                "says": words.duration(stay.seconds),
            }
            for stay in found.stays
        ],
        "gaps": [
            {
                "start": round(hole.start.timestamp() * 1000),
                "end": round(hole.end.timestamp() * 1000),
                "moved_m": hole.moved_m,
            }
            for hole in found.holes
        ],
        "fences": [
            {"name": version.fence.name, "kind": version.fence.kind, "rings": area.rings}
            for version in fence_queries.of_person(person.pk, now=now())
            for area in [fence_queries.drawn(version)]
        ],
    }


@require_POST
@needs(P.TRACK_EXPORT)
def trail_export(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """GPX or GeoJSON of up to seven days: every valid fix; who took it and why goes on record."""
    if form not in TYPES:
        raise Http404
    person = scoped_person(request, pk, P.TRACK_EXPORT)
    first = _day(request.POST.get("first", ""))
    last = _day(request.POST.get("last", "") or first.isoformat())
    last = min(max(first, last), first + timedelta(days=trails.DAYS_MAX - 1))
    with transaction.atomic():
        found = trails.read_trail(person, first, last, by=account_of(request), purpose="export")
        audit.record(
            "trail.export", obj=person, person_id=person.pk, actor=request.user, first=first,
            last=last, form=form, fixes=len(found.fixes),
        )  # fmt: skip
    name = f"{person.number} {first}" + (f" {last}" if last != first else "")
    write = to_gpx if form == "gpx" else to_geojson
    response = HttpResponse(
        write(name, *trails.columns(found)), content_type=f"{TYPES[form]}; charset=utf-8"
    )
    response["Content-Disposition"] = (
        f'attachment; filename="trail-{person.number}-{first:%Y%m%d}.{form}"'
    )
    response["Cache-Control"] = "private, no-store"
    return response
