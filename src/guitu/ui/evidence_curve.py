"""The curve of the decision: the probability of being on the wrong side, fix by fix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from guitu.ui import words
from guitu.ui.evidence import Evidence, EvidenceFix, clock, says
from guitu.ui.svg import element, join, path, text_width

#: Steps of the time axis, minutes.
_STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)


@dataclass(frozen=True, slots=True)
class Plot:
    """Where the curve lies in its drawing: px of the box, and the moments at its two sides."""

    width: float
    height: float
    start: datetime
    end: datetime
    right_free: float

    left: float = 36.0
    top: float = 12.0
    bottom_free: float = 24.0

    def x(self, moment: datetime) -> float:
        whole = (self.end - self.start).total_seconds() or 1.0
        part = (moment - self.start).total_seconds() / whole
        return self.left + min(max(part, 0.0), 1.0) * (self.width - self.left - self.right_free)

    def y(self, probability: float) -> float:
        tall = self.height - self.top - self.bottom_free
        return self.top + (1.0 - min(max(probability, 0.0), 1.0)) * tall


def plot(e: Evidence, *, width: float, height: float) -> Plot:
    """The plot of an evidence whose curve has at least one point."""
    moments = [fix.time for fix in e.curve]
    if e.raised_at:
        moments.append(e.raised_at)
    start, end = min(moments), max(moments)
    spare = max((end - start) * 0.04, timedelta(seconds=30))
    named = max(
        (text_width(f"{limit:.2f} {word}") for limit, _name, word in limits(e)), default=0.0
    )
    return Plot(width, height, start - spare / 2, end + spare, named + 16 if width > 500 else 8.0)


def limits(e: Evidence) -> list[tuple[float, str, str]]:
    """The thresholds that the evidence has: value, name in the style sheet, word."""
    known = ((e.sign_threshold, "sign", _("记预警")), (e.raise_threshold, "raise", _("发告警")))
    return [(limit, name, word) for limit, name, word in known if limit is not None]


def time_ticks(p: Plot) -> list[datetime]:
    """Round moments of Shanghai's clock, no closer than their words."""
    room = max(int((p.width - p.left - p.right_free) / 64), 2)
    minutes = (p.end - p.start).total_seconds() / 60
    step = next((s for s in _STEPS_MIN if minutes / s <= room), _STEPS_MIN[-1])
    first = words.local(p.start)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    index = int((first - midnight).total_seconds() // 60 // step) + 1
    found = []
    while (moment := midnight + timedelta(minutes=index * step)) <= p.end:
        found.append(moment)
        index += 1
    return found


def _segments(e: Evidence, p: Plot) -> list[SafeString]:
    gaps = {id(b) for _a, b in e.gaps}
    parts: list[SafeString] = []
    previous: EvidenceFix | None = None
    for fix in e.curve:
        if previous is not None:
            a = (p.x(previous.time), p.y(previous.probability or 0.0))
            b = (p.x(fix.time), p.y(fix.probability or 0.0))
            out = bool(fix.outside) and bool(previous.outside)
            kind = "curve-line curve-line--out" if out else "curve-line"
            if id(fix) in gaps:
                kind += " curve-line--unseen"
            parts.append(element("path", d=path([a, b]), class_=kind))
        previous = fix
    return parts


def _thresholds(e: Evidence, p: Plot) -> list[SafeString]:
    parts: list[SafeString] = []
    wide = p.right_free > 50
    end = p.width - p.right_free
    for limit, name, word in limits(e):
        y = p.y(limit)
        parts.append(element("line", x1=p.left, x2=end, y1=y, y2=y, class_=f"curve-{name}"))
        text = f"{limit:.2f} {word}"
        if wide:
            parts.append(element("text", text, x=end + 8, y=y + 4, class_=f"curve-{name}-label"))
        else:
            low = y + 14 if name == "raise" else y - 5
            parts.append(element("text", text, x=p.left + 4, y=low, class_=f"curve-{name}-label"))
    return parts


def draw(e: Evidence, *, width: float, height: float) -> SafeString:
    """One drawing of that size, px."""
    p = plot(e, width=width, height=height)
    floor, end = p.y(0.0), p.width - p.right_free
    parts: list[SafeString] = []
    for a, b in e.gaps:
        left, right = p.x(a.time), p.x(b.time)
        parts.append(
            element(
                "rect",
                x=left,
                y=p.top,
                width=right - left,
                height=floor - p.top,
                class_="curve-unseen",
            )
        )
        text = _("没有信号%(span)s") % {"span": words.duration((b.time - a.time).total_seconds())}
        if text_width(text) + 8 < right - left:
            middle = (left + right) / 2
            parts.append(
                element("text", text, x=middle, y=p.y(_said_at(a, b)) + 4, text_anchor="middle")
            )
    parts.append(element("line", x1=p.left, x2=end, y1=floor, y2=floor, class_="curve-axis"))
    parts += [
        element("text", "1", x=p.left - 8, y=p.y(1.0) + 4, text_anchor="end"),
        element("text", "0", x=p.left - 8, y=floor + 4, text_anchor="end"),
    ]
    for moment in time_ticks(p):
        x = p.x(moment)
        parts.append(element("line", x1=x, x2=x, y1=floor, y2=floor + 4, class_="curve-axis"))
        parts.append(element("text", clock(moment), x=x, y=floor + 18, text_anchor="middle"))
    parts += _thresholds(e, p)
    parts += _segments(e, p)
    for fix in e.curve:
        kind = "curve-dot curve-dot--out" if fix.outside else "curve-dot"
        parts.append(
            element("circle", cx=p.x(fix.time), cy=p.y(fix.probability or 0.0), r=3, class_=kind)
        )
    parts += _raised(e, p, floor)
    return element(
        "svg", join(parts), class_="curve", view_box=f"0 0 {width:g} {height:g}", role="img",
        aria_label=says(e),
    )  # fmt: skip


def _said_at(a: EvidenceFix, b: EvidenceFix) -> float:
    """The height, 0 to 1, farthest from the curve among those that thresholds leave free."""
    middle = ((a.probability or 0.0) + (b.probability or 0.0)) / 2
    return max((0.77, 0.42, 0.3), key=lambda height: abs(height - middle))


def _raised(e: Evidence, p: Plot, floor: float) -> list[SafeString]:
    if e.raised_at is None:
        return []
    x = p.x(e.raised_at)
    known = [fix for fix in e.curve if fix.time <= e.raised_at]
    y = p.y(known[-1].probability or 0.0) if known else p.top
    text = _("%(time)s告警") % {"time": clock(e.raised_at)}
    left = x + 8 + text_width(text) > p.width - p.right_free
    return [
        element("line", x1=x, x2=x, y1=y, y2=floor, class_="curve-raise"),
        element("circle", cx=x, cy=y, r=5.5, class_="curve-ring"),
        element(
            "text", text, x=x - 6 if left else x + 6, y=floor - 8,
            text_anchor="end" if left else "start", class_="curve-raise-label",
        ),
    ]  # fmt: skip


def figure(e: Evidence) -> SafeString:
    """The titled figure, or nothing when there is no curve."""
    if not e.curve:
        return mark_safe("")
    title = _("在围栏外的概率") if e.kind == "inclusion" else _("在围栏内的概率")
    return format_html(
        '<figure class="drawn"><figcaption class="t-dense t-2">{}</figcaption>'
        '<div class="drawn-wide">{}</div><div class="drawn-narrow">{}</div></figure>',
        title,
        draw(e, width=660, height=152),
        draw(e, width=328, height=168),
    )
