"""The map of an evidence: fence, fixes as they came with their uncertainty, gaps, direction."""

from __future__ import annotations

import itertools
import math

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guitu.ui import plane as planes
from guitu.ui import words
from guitu.ui.boundaries import districts
from guitu.ui.evidence import Evidence, EvidenceFix, clock, says
from guitu.ui.plane import Plane
from guitu.ui.svg import element, join, path, text_width

Box = tuple[float, float, float, float]
#: A cell's circle may be kilometres wide; it must not shrink what matters to a dot.
_FIT_RADIUS_M = 400.0


def plane_of(e: Evidence, *, width: float, height: float) -> Plane:
    """The view: all fixes with their circles, cells as points."""
    return planes.fit(
        [
            (
                fix.lon,
                fix.lat,
                0.0 if fix.source == "cell" else min(fix.accuracy_m or 0.0, _FIT_RADIUS_M),
            )
            for fix in e.fixes
        ],
        width=width,
        height=height,
    )


def fix_mark(x: float, y: float, *, source: str, out: bool, r: float = 4.5) -> SafeString:
    """● satellite, ◐ Wi-Fi, ○ cell or unknown."""
    tone = " fix--out" if out else ""
    if source == "satellite":
        return element("circle", cx=x, cy=y, r=r, class_=f"fix{tone}")
    ring = element("circle", cx=x, cy=y, r=r, class_=f"fix fix--hollow{tone}")
    if source != "wifi":
        return ring
    half = f"M{x:.1f} {y - r:.1f}A{r} {r} 0 0 0 {x:.1f} {y + r:.1f}Z"
    return join([ring, element("path", d=half, class_=f"fix fix--half{tone}")])


def _ground(e: Evidence, plane: Plane) -> list[SafeString]:
    whole = {"x": 0, "y": 0, "width": plane.width, "height": plane.height}
    fence = planes.area_path(plane, e.rings)
    parts = []
    if not fence:
        parts.append(element("rect", **whole, class_="map-land"))
    elif e.kind == "inclusion":
        parts.append(element("rect", **whole, class_="map-outside"))
        parts.append(element("path", d=fence, class_="map-land"))
    else:
        parts.append(element("rect", **whole, class_="map-land"))
        parts.append(element("path", d=fence, class_="map-outside"))
    lines = planes.line_path(plane, (ring for d in districts() for ring in d.rings))
    if lines:
        parts.append(element("path", d=lines, class_="map-district"))
    return parts


def _names(plane: Plane, taken: list[Box]) -> list[SafeString]:
    english = (get_language() or "").startswith("en")
    view = plane.view()
    parts = []
    for district in districts():
        if district.kind not in ("district", "neighbour"):
            continue
        x, y = plane.xy(*district.label)
        if not (40 < x < plane.width - 40 and 20 < y < plane.height - 30):
            seen = _seen_middle(district.rings, view)
            if seen is None:
                continue
            x, y = plane.xy(*seen)
        name = district.name_en if english else district.name
        spot = _free_spot(x, y, text_width(name) * 1.16, plane, taken)
        if spot:
            parts.append(
                element("text", name, x=spot[0], y=spot[1], text_anchor="middle", class_="map-name")
            )
    return parts


def _seen_middle(rings: tuple, view: planes.BaseGeometry) -> tuple[float, float] | None:
    biggest = None
    for ring in rings:
        seen = planes.Polygon(ring).buffer(0).intersection(view)
        if not seen.is_empty and (biggest is None or seen.area > biggest.area):
            biggest = seen
    if biggest is None or biggest.area < view.area * 0.06:
        return None
    point = biggest.representative_point()
    return point.x, point.y


def _free_spot(
    x: float, y: float, width: float, plane: Plane, taken: list[Box]
) -> tuple[float, float] | None:
    for dx, dy in (
        (0, 0),
        (0, -48),
        (0, 48),
        (-90, 0),
        (90, 0),
        (-90, -60),
        (90, 60),
        (-90, 60),
        (90, -60),
    ):
        a, b = x + dx, y + dy
        spot = (a - width / 2, b - 13, a + width / 2, b + 5)
        inside = (
            spot[0] > 6 and spot[2] < plane.width - 6 and spot[1] > 6 and spot[3] < plane.height - 6
        )
        if inside and not any(_touch(spot, other) for other in taken):
            taken.append(spot)
            return a, b
    return None


def _touch(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _trail(e: Evidence, plane: Plane) -> list[SafeString]:
    gaps = {id(b) for _a, b in e.gaps}
    parts: list[SafeString] = []
    placed = e.placed
    for a, b in itertools.pairwise(placed):
        start, end = plane.xy(a.lon, a.lat), plane.xy(b.lon, b.lat)
        out = bool(a.outside and b.outside)
        unseen = id(b) in gaps
        kind = (
            "trail-line"
            + (" trail-line--out" if out else "")
            + (" trail-line--gap" if unseen else "")
        )
        parts.append(element("path", d=path([start, end]), class_=kind))
        if not unseen and math.dist(start, end) > 34:
            parts.append(arrow(start, end, out=out))
    return parts


def arrow(start: tuple[float, float], end: tuple[float, float], *, out: bool) -> SafeString:
    """A small open arrow in the middle of a leg."""
    turn = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    return element(
        "path", d="M-5 -4L2 0L-5 4", transform=f"translate({x:.1f} {y:.1f}) rotate({turn:.0f})",
        class_="trail-arrow trail-arrow--out" if out else "trail-arrow",
    )  # fmt: skip


def _circles(e: Evidence, plane: Plane) -> list[SafeString]:
    parts = []
    for fix in e.fixes:
        if not fix.accuracy_m:
            continue
        x, y = plane.xy(fix.lon, fix.lat)
        kind = "fix-error"
        if fix.source == "cell":
            kind += " fix-error--cell"
        elif fix.outside:
            kind += " fix-error--out"
        parts.append(element("circle", cx=x, cy=y, r=fix.accuracy_m * plane.scale, class_=kind))
    return parts


def _told(e: Evidence) -> list[EvidenceFix]:
    """The fixes whose time is written: last, first, both sides of gaps, cells; most telling first."""
    placed = e.placed
    order: list[EvidenceFix] = []
    if placed:
        order += [placed[-1], placed[0]]
    for a, b in e.gaps:
        order += [a, b]
    order += [fix for fix in e.fixes if fix.source == "cell"][:2]
    seen: set[int] = set()
    return [fix for fix in order if not (id(fix) in seen or seen.add(id(fix)))]  # type: ignore[func-returns-value]


def _times(e: Evidence, plane: Plane, taken: list[Box]) -> list[SafeString]:
    last = e.placed[-1] if e.placed else None
    parts = []
    for fix in _told(e):
        x, y = plane.xy(fix.lon, fix.lat)
        wide = text_width("00:00") + 4
        away = 13.0 if fix.source == "cell" else max((fix.accuracy_m or 0) * plane.scale, 6.0) + 8
        away = min(away, 40.0)
        for a, b, anchor in (
            (x, y - away, "middle"),
            (x, y + away + 9, "middle"),
            (x + away, y + 4, "start"),
            (x - away, y + 4, "end"),
        ):
            left = {"middle": a - wide / 2, "start": a, "end": a - wide}[anchor]
            spot = (left, b - 11, left + wide, b + 3)
            inside = (
                spot[0] > 4
                and spot[2] < plane.width - 4
                and spot[1] > 4
                and spot[3] < plane.height - 4
            )
            if inside and not any(_touch(spot, other) for other in taken):
                taken.append(spot)
                kind = "halo-text fix-time" + (
                    " fix-time--out" if fix is last and fix.outside else ""
                )
                parts.append(
                    element("text", clock(fix.time), x=a, y=b, text_anchor=anchor, class_=kind)
                )
                break
    return parts


def _furniture(plane: Plane) -> list[SafeString]:
    metres, px = planes.scale_bar(plane, wish_px=min(150.0, plane.width * 0.24))
    y, x = plane.height - 20, 20.0
    north = plane.width - 24
    bar = path([(x, y - 4), (x, y), (x + px, y), (x + px, y - 4)])
    return [
        element("path", d=bar, class_="scale-bar"),
        element("text", words.distance(metres).replace(".0", ""), x=x + px + 8, y=y + 3, class_="halo-text"),
        element("path", d=path([(north, 16), (north + 5, 30), (north, 27), (north - 5, 30)], closed=True),
                class_="north"),
        element("text", _("北"), x=north, y=45, text_anchor="middle"),
    ]  # fmt: skip


def draw(e: Evidence, *, width: float, height: float) -> SafeString:
    """One drawing of that size, px; needs at least one fix."""
    plane = plane_of(e, width=width, height=height)
    taken: list[Box] = [
        (plane.width - 44, 0, plane.width, 54),
        (0, plane.height - 36, 20 + plane.width * 0.24 + 60, plane.height),
    ]
    for fix in e.fixes:
        x, y = plane.xy(fix.lon, fix.lat)
        taken.append((x - 6, y - 6, x + 6, y + 6))
    parts = _ground(e, plane)
    parts += _circles(e, plane)
    outline = planes.line_path(plane, ((*tuple(ring), ring[0]) for ring in e.rings if ring))
    if outline:
        parts.append(element("path", d=outline, class_="fence-halo"))
        parts.append(element("path", d=outline, class_="fence-line"))
    parts += _trail(e, plane)
    for fix in e.fixes:
        x, y = plane.xy(fix.lon, fix.lat)
        parts.append(
            fix_mark(x, y, source=fix.source, out=bool(fix.outside) and fix.source != "cell")
        )
    if e.placed and e.placed[-1].outside:
        x, y = plane.xy(e.placed[-1].lon, e.placed[-1].lat)
        parts.append(element("circle", cx=x, cy=y, r=9, class_="fix-ring"))
    parts += _times(e, plane, taken)
    if e.fence_name and outline:
        text = _("围栏：%(name)s") % {"name": e.fence_name}
        spot = _free_spot(
            plane.width - 12 - text_width(text) / 2,
            plane.height - 14,
            text_width(text),
            plane,
            taken,
        )
        if spot:
            parts.append(
                element(
                    "text",
                    text,
                    x=spot[0],
                    y=spot[1],
                    text_anchor="middle",
                    class_="halo-text fence-name",
                )
            )
    parts += _names(plane, taken)
    parts += _furniture(plane)
    return element(
        "svg", join(parts), class_="map-svg", view_box=f"0 0 {width:g} {height:g}", role="img",
        aria_label=says(e),
    )  # fmt: skip


def legend(*, fence: bool = True, outside: bool = True) -> SafeString:
    """The legend, always visible: source by shape, error, gap, fence, outside."""

    def key(drawing: SafeString, word: str, *, width: int = 14) -> SafeString:
        svg = element("svg", drawing, width=width, height=14, aria_hidden="true", class_="map-key")
        return format_html("<span>{}{}</span>", svg, word)

    parts = [
        key(fix_mark(7, 7, source="satellite", out=False), _("卫星")),
        key(fix_mark(7, 7, source="wifi", out=False), "Wi-Fi"),
        key(fix_mark(7, 7, source="cell", out=False), _("基站，不作位置用")),
        key(element("circle", cx=7, cy=7, r=6, class_="fix-error"), _("误差范围")),
        key(
            element("path", d="M0 7H20", class_="trail-line trail-line--gap"),
            _("没有信号"),
            width=20,
        ),
    ]
    if fence:
        parts.append(key(element("path", d="M0 7H18", class_="fence-line"), _("围栏"), width=18))
    if outside:
        parts.append(key(fix_mark(7, 7, source="satellite", out=True), _("越界的点")))
    return format_html('<div class="legend">{}</div>', join(parts))


def figure(e: Evidence) -> SafeString:
    """Map in two sizes (one is shown) and the legend; a sentence when there is no fix."""
    if not e.fixes:
        return format_html('<p class="t-2">{}</p>', _("没有可用的定位点。"))
    return format_html(
        '<figure class="drawn"><div class="drawn-wide">{}</div><div class="drawn-narrow">{}</div>{}</figure>',
        draw(e, width=660, height=330),
        draw(e, width=328, height=300),
        legend(fence=bool(e.rings)),
    )
