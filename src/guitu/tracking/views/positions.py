"""The map of my persons: where everybody with a device was last, beside a list of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guitu.base.access import needs
from guitu.base.codes import Category, Level
from guitu.base.roles import Permission as P
from guitu.config import settings
from guitu.people.queries.lists import offices_of
from guitu.tracking.queries.positions import MapFilters, Placed, live_positions
from guitu.tracking.views.common import looked, now
from guitu.ui import words
from guitu.ui.svgmap import Dot, PlainMap

#: With more persons than this the plain map writes no names: they would cover each other.
NAMES_MAX = 60
LIST_MAX = 300


@require_GET
@needs(P.TRACK_READ)
def positions_page(request: HttpRequest) -> HttpResponse:
    """The map with its list; what the list shows is one audited look."""
    filters = MapFilters.of(request.GET)
    placed = live_positions(request.user, filters, now=now())
    looked(request, "position.list", filters=filters.said(), shown=len(placed))
    return render(
        request,
        "tracking/map.html",
        {
            "placed": placed[:LIST_MAX],
            "total": len(placed),
            "with_alarm": sum(1 for one in placed if one.alarm),
            "stale": sum(1 for one in placed if one.stale),
            "filters": filters,
            "offices": list(offices_of(request.user, P.TRACK_READ)[:400]),
            "categories": [(value, _(word)) for value, word in Category.choices],
            "levels": [(value, _(word)) for value, word in Level.choices],
            "query": request.GET.urlencode(),
            "plain": plain_map(placed),
            "tiles": settings.tiles_url,
        },
    )


@require_GET
@needs(P.TRACK_READ)
def positions(request: HttpRequest) -> JsonResponse:
    """The same as GeoJSON for the map: one audited look."""
    filters = MapFilters.of(request.GET)
    placed = live_positions(request.user, filters, now=now())
    looked(request, "position.list", filters=filters.said(), shown=len(placed), geojson=True)
    response = JsonResponse(
        {
            "type": "FeatureCollection",
            "features": [feature_of(one) for one in placed if one.lon is not None],
        }
    )
    response["Cache-Control"] = "private, no-store"
    return response


def feature_of(one: Placed) -> dict[str, Any]:
    """One person as a GeoJSON feature."""
    return {
        "type": "Feature",
        "id": one.person_id,
        "geometry": {"type": "Point", "coordinates": [one.lon, one.lat]},
        "properties": {
            "id": one.person_id,
            "name": one.name,
            "office": one.office,
            "category": one.category,
            "level": one.level,
            "url": one.url,
            "source": one.source,
            "accuracy_m": one.accuracy_m,
            "speed_kmh": one.speed_kmh,
            "battery_pct": one.battery_pct,
            "time": one.place_time.isoformat() if one.place_time else None,
            "when": words.since(one.place_time, now=now()) if one.place_time else "",
            "alarm": one.alarm,
            "alarm_word": _(one.alarm_word) if one.alarm else "",
            "outside": one.alarm == "breach",
            "stale": one.stale,
        },
    }


def plain_map(placed: list[Placed]) -> PlainMap:
    """The map without WebGL."""
    named = len(placed) <= NAMES_MAX
    dots = tuple(
        Dot(
            lat=one.lat, lon=one.lon, accuracy_m=one.accuracy_m,
            source=one.source,  # type: ignore[arg-type]
            outside=one.alarm == "breach", name=one.name if named or one.alarm else "", url=one.url,
        )
        for one in placed
        if one.lat is not None and one.lon is not None
    )  # fmt: skip
    return PlainMap(
        dots=dots, width=760, height=520, says=_("%(n)d人的最后位置") % {"n": len(dots)}
    )
