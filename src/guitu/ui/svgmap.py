"""The plain map: drawn on the server, for pages without WebGL, for print, for a small place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guitu.ui import plane as planes
from guitu.ui.boundaries import districts
from guitu.ui.evidence_map import arrow, fix_mark, legend
from guitu.ui.svg import element, join, path, text_width

Source = Literal["satellite", "wifi", "cell", "unknown"]


@dataclass(frozen=True, slots=True)
class Dot:
    """Where somebody was last: WGS-84 degrees; ``name`` is written beside it when there is room."""

    lat: float
    lon: float
    source: Source = "satellite"
    accuracy_m: float | None = None
    outside: bool = False
    name: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A trail: ``(time, lat, lon)`` in order; legs longer than ``gap_s`` are dashed."""

    points: tuple[tuple[datetime, float, float], ...]
    gap_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Area:
    """A fence's outline: rings of (lon, lat), WGS-84."""

    rings: tuple[tuple[tuple[float, float], ...], ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class PlainMap:
    """What to draw, and the size of the drawing in px; the view fits dots, traces and areas.

    With nothing to fit it shows the whole city.
    """

    dots: tuple[Dot, ...] = ()
    traces: tuple[Trace, ...] = ()
    areas: tuple[Area, ...] = field(default=())
    width: int = 660
    height: int = 420
    legend: bool = True
    says: str = ""


def _places(m: PlainMap) -> list[tuple[float, float, float]]:
    places = [(d.lon, d.lat, min(d.accuracy_m or 0.0, 400.0)) for d in m.dots]
    places += [(lon, lat, 0.0) for t in m.traces for _time, lat, lon in t.points]
    if not places:
        places = [(lon, lat, 0.0) for a in m.areas for ring in a.rings for lon, lat in ring]
    if not places:
        places = [
            (lon, lat, 0.0)
            for d in districts()
            if d.kind == "city"
            for ring in d.rings
            for lon, lat in ring
        ]
    return places or [(118.78, 32.05, 20000.0)]


def _city(plane: planes.Plane) -> list[SafeString]:
    ground = {"x": 0, "y": 0, "width": plane.width, "height": plane.height}
    city = [d for d in districts() if d.kind == "city"]
    if not city:
        return [element("rect", **ground, class_="map-land")]
    parts = [element("rect", **ground, class_="map-outside")]
    area = planes.area_path(plane, (ring for d in city for ring in d.rings))
    parts.append(element("path", d=area, class_="map-land"))
    inner = [ring for d in districts() if d.kind == "district" for ring in d.rings]
    outer = [ring for d in districts() if d.kind == "neighbour" for ring in d.rings]
    parts.append(element("path", d=planes.line_path(plane, inner + outer), class_="map-district"))
    edge = planes.line_path(plane, (ring for d in city for ring in d.rings))
    parts.append(element("path", d=edge, class_="map-city"))
    return parts


def _names(plane: planes.Plane) -> list[SafeString]:
    english = (get_language() or "").startswith("en")
    taken: list[tuple[float, float, float]] = []
    parts = []
    # The largest first: where two names would touch, the smaller district's waits for a closer view.
    known = [d for d in districts() if d.kind in ("district", "neighbour")]
    for district in sorted(known, key=lambda d: -max(len(ring) for ring in d.rings)):
        x, y = plane.xy(*district.label)
        name = district.name_en if english else district.name
        half = text_width(name) * 0.58
        if not (half < x < plane.width - half and 14 < y < plane.height - 8):
            continue
        if any(abs(x - a) < half + b and abs(y - c) < 16 for a, b, c in taken):
            continue
        taken.append((x, half, y))
        parts.append(element("text", name, x=x, y=y + 4, text_anchor="middle", class_="map-name"))
    return parts


def _trace(plane: planes.Plane, trace: Trace) -> list[SafeString]:
    parts = []
    for a, b in zip(trace.points, trace.points[1:], strict=False):
        start, end = plane.xy(a[2], a[1]), plane.xy(b[2], b[1])
        gap = (b[0] - a[0]).total_seconds() > trace.gap_s
        kind = "trail-line trail-line--gap" if gap else "trail-line"
        parts.append(element("path", d=path([start, end]), class_=kind))
        if not gap and abs(end[0] - start[0]) + abs(end[1] - start[1]) > 44:
            parts.append(arrow(start, end, out=False))
    return parts


def draw(m: PlainMap) -> SafeString:
    """The map as a figure with its legend."""
    plane = planes.fit(_places(m), width=m.width, height=m.height, margin_px=28, least_m=900)
    parts = _city(plane) + _names(plane)
    for area in m.areas:
        outline = planes.line_path(plane, ((*ring, ring[0]) for ring in area.rings if ring))
        if outline:
            parts.append(element("path", d=outline, class_="fence-halo"))
            parts.append(element("path", d=outline, class_="fence-line"))
    for trace in m.traces:
        parts += _trace(plane, trace)
    for dot in m.dots:
        x, y = plane.xy(dot.lon, dot.lat)
        if dot.accuracy_m:
            kind = "fix-error fix-error--cell" if dot.source == "cell" else "fix-error"
            kind += " fix-error--out" if dot.outside else ""
            parts.append(element("circle", cx=x, cy=y, r=dot.accuracy_m * plane.scale, class_=kind))
    for dot in m.dots:
        x, y = plane.xy(dot.lon, dot.lat)
        mark = fix_mark(x, y, source=dot.source, out=dot.outside)
        if dot.name:
            mark = join([mark, element("text", dot.name, x=x + 9, y=y + 4, class_="halo-text")])
        parts.append(element("a", mark, href=dot.url) if dot.url else mark)
    drawing = element(
        "svg", join(parts), class_="map-svg", view_box=f"0 0 {m.width} {m.height}",
        role="group" if any(dot.url for dot in m.dots) else "img",
        aria_label=m.says or _("地图"),
    )  # fmt: skip
    keys = legend(fence=bool(m.areas)) if m.legend else ""
    return format_html('<figure class="map-plain">{}{}</figure>', drawing, keys)
