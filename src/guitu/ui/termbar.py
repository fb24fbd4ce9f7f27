"""The term bar, the signature of the product: a sentence in the community as one line.

Pine means the way ahead, so time left, not time spent, is the bright part. What stands where is a
pure function of :class:`TermBar` and a size; the drawing is SVG whose x positions are percentages,
so that a bar fills its place without its letters shrinking.

Labels share one row. ``today`` is placed first, then warnings, commendations and the rest, newest
first; a label that would touch a placed one is moved a little, and left out where that does not
help: its mark stays, and the text alternative names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from guitu.ui import words
from guitu.ui.svg import element, join, path, text_width

Size = Literal["list", "person", "middle", "narrow", "phone"]
EventKind = Literal["warning", "praise", "other"]

TRACK_PX: dict[Size, int] = {"list": 3, "person": 6, "middle": 6, "narrow": 6, "phone": 8}
#: The width, px, at which labels must not touch; a wider place only parts them more.
NOMINAL_PX: dict[Size, int] = {
    "list": 84,
    "person": 800,
    "middle": 560,
    "narrow": 320,
    "phone": 320,
}
#: Share of the width kept free at the end, for half the ring that ends the term.
_END_FREE_PCT: dict[Size, float] = {
    "list": 5.0,
    "person": 1.05,
    "middle": 1.5,
    "narrow": 2.5,
    "phone": 2.8,
}
_START_FREE_PCT: dict[Size, float] = {
    "list": 1.2,
    "person": 0.1,
    "middle": 0.2,
    "narrow": 0.3,
    "phone": 0.0,
}
_LABEL_GAP_PX = 8.0
_LABEL_SHIFT_PX = 36.0


class TermSpan(NamedTuple):
    """A decision with its own days (inclusive), bracketed above the track."""

    start: date
    end: date
    label: str


class TermEvent(NamedTuple):
    """What happened or will, on the track: a warning, a commendation, or something else."""

    date: date
    kind: EventKind
    label: str


@dataclass(frozen=True, slots=True)
class TermBar:
    """A term: civil dates, ``start`` and ``end`` inclusive. Raises ValueError when end < start."""

    start: date
    today: date
    end: date
    spans: Sequence[tuple[date, date, str]] = ()
    events: Sequence[tuple[date, EventKind, str]] = ()

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(
                f"a term that ends on {self.end} can't start on {self.start}: swap the two"
            )

    @property
    def now(self) -> date:
        """Today, held inside the term."""
        return min(max(self.today, self.start), self.end)

    @property
    def over(self) -> bool:
        """Whether the term has ended."""
        return self.today > self.end

    def share(self, day: date) -> float:
        """Where a day lies in the term, 0 to 1; days outside lie at its ends."""
        whole = max((self.end - self.start).days, 1)
        return min(max((day - self.start).days / whole, 0.0), 1.0)

    def in_words(self) -> str:
        """The whole bar as sentences, for readers of text."""
        parts = [
            _("矫正期限%(start)s至%(end)s。") % {"start": self.start, "end": self.end},
            _("已经期满。")
            if self.over
            else _("今天%(today)s，还有%(left)s。")
            % {"today": self.today, "left": words.span_in_words(self.now, self.end)},
        ]
        parts += [
            _("%(label)s：%(start)s至%(end)s。") % {"label": label, "start": start, "end": end}
            for start, end, label in self.spans
        ]
        parts += [
            _("%(label)s：%(day)s。") % {"label": label, "day": day}
            for day, _kind, label in sorted(self.events)
        ]
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Label:
    """A placed label: ``x_pct`` of what it names, ``shift_px`` of its middle from there."""

    x_pct: float
    shift_px: float
    word: str
    day: str
    kind: str

    @property
    def width_px(self) -> float:
        return text_width(f"{self.word} {self.day}".strip())


@dataclass(frozen=True, slots=True)
class Tick:
    """A calendar tick: 3 px a month, 6 a quarter, 12 a year (which has its number)."""

    x_pct: float
    height_px: int
    year: int | None = None


def x_pct(bar: TermBar, day: date, *, size: Size) -> float:
    """A day's place along the bar, per cent of its width."""
    free = _START_FREE_PCT[size]
    return free + bar.share(day) * (100.0 - free - _END_FREE_PCT[size])


def ticks(bar: TermBar, *, size: Size = "person") -> list[Tick]:
    """First days of months inside the term; months give way in long terms, then quarters."""
    months = (bar.end.year - bar.start.year) * 12 + bar.end.month - bar.start.month
    room_px = NOMINAL_PX[size] / max(months, 1)
    step = 1 if room_px >= 9 else 3 if room_px >= 3 else 12
    found = []
    for index in range(1, months + 1):
        year, month = divmod(bar.start.year * 12 + bar.start.month - 1 + index, 12)
        month += 1
        if (month - 1) % step:
            continue
        height = 12 if month == 1 else 6 if month in (4, 7, 10) else 3
        place = x_pct(bar, date(year, month, 1), size=size)
        found.append(Tick(place, height, year if month == 1 else None))
    return found


def _spot(
    wanted: float, width: float, taken: list[tuple[float, float]], whole: float
) -> float | None:
    """The middle nearest to ``wanted`` where a label of that width is free, px; None if none is."""
    half = width / 2
    best = min(max(wanted, half), whole - half)
    if width > whole:
        return None
    tries = [best]
    for left, right in taken:
        tries += [left - _LABEL_GAP_PX - half, right + _LABEL_GAP_PX + half]
    free = [
        middle
        for middle in tries
        if half - 0.01 <= middle <= whole - half + 0.01
        and abs(middle - wanted) <= max(_LABEL_SHIFT_PX, abs(best - wanted))
        and all(
            middle + half + _LABEL_GAP_PX <= left + 0.01
            or middle - half - _LABEL_GAP_PX >= right - 0.01
            for left, right in taken
        )
    ]
    return min(free, key=lambda middle: abs(middle - wanted)) if free else None


def labels(bar: TermBar, *, size: Size = "person") -> list[Label]:
    """The labels below the track that have room, left to right."""
    whole = float(NOMINAL_PX[size])
    asked: list[tuple[int, int, date, str, str]] = []
    if not bar.over and bar.today >= bar.start:
        asked.append((0, 0, bar.today, _("今天"), "today"))
    order = {"warning": 1, "praise": 2, "other": 3}
    asked += [
        (order[kind], -day.toordinal(), day, label, kind)
        for day, kind, label in bar.events
        if bar.start <= day <= bar.end
    ]
    taken: list[tuple[float, float]] = []
    placed = []
    for _rank, _age, day, word, kind in sorted(asked, key=lambda item: item[:2]):
        place = x_pct(bar, day, size=size)
        trial = Label(place, 0.0, word, f"{day:%m-%d}", kind)
        middle = _spot(place / 100 * whole, trial.width_px, taken, whole)
        if middle is None:
            continue
        taken.append((middle - trial.width_px / 2, middle + trial.width_px / 2))
        placed.append(Label(place, middle - place / 100 * whole, word, trial.day, kind))
    return sorted(placed, key=lambda label: label.x_pct)


def span_rows(bar: TermBar, *, size: Size = "person") -> list[tuple[TermSpan, int, str]]:
    """Spans with the row they stand in (0 is next to the track) and their words; none overlap."""
    whole = float(NOMINAL_PX[size])
    rows: list[list[tuple[float, float]]] = []
    found = []
    for raw in sorted(bar.spans):
        span = TermSpan(*raw)
        if span.end < bar.start or span.start > bar.end:
            continue
        text = _("%(label)s，%(day)s止") % {"label": span.label, "day": f"{span.end:%m-%d}"}
        left = x_pct(bar, span.start, size=size) / 100 * whole
        right = x_pct(bar, span.end, size=size) / 100 * whole
        half = text_width(text) / 2
        middle = min(max((left + right) / 2, half), whole - half)
        box = (min(left, middle - half), max(right, middle + half))
        row = next(
            (
                index
                for index, boxes in enumerate(rows)
                if all(box[1] + 8 <= a or box[0] - 8 >= b for a, b in boxes)
            ),
            len(rows),
        )
        if row == len(rows):
            rows.append([])
        rows[row].append(box)
        found.append((span, row, text))
    return found


def _pct(value: float) -> str:
    return f"{value:.2f}%"


def _mark(kind: str, x: float, y: float, *, size: Size, ahead: bool) -> SafeString:
    """An event's shape: square for a warning, triangle for a commendation, ring for the rest."""
    half = 2.5 if size == "list" else 4.5
    if kind == "warning":
        shape = element(
            "rect", x=-half, y=-half, width=half * 2, height=half * 2, class_="tb-warning"
        )
    elif kind == "praise":
        tall = half + 1
        shape = element(
            "path",
            d=path([(0, -tall), (tall, half), (-tall, half)], closed=True),
            class_="tb-praise",
        )
    else:
        shape = element("circle", r=4.5, class_="tb-dot tb-dot--ahead" if ahead else "tb-dot")
    return element("svg", shape, x=_pct(x), y=y, overflow="visible")


def _track(bar: TermBar, y: float, *, size: Size) -> list[SafeString]:
    start, now, end = (x_pct(bar, day, size=size) for day in (bar.start, bar.now, bar.end))
    thick = TRACK_PX[size]
    ring = {"list": 2.75, "person": 6.5, "middle": 6.5, "narrow": 6.5, "phone": 8.0}[size]
    top = y - thick / 2
    parts = []
    if now > start:
        parts.append(
            element(
                "rect",
                x=_pct(start),
                y=top,
                width=_pct(now - start),
                height=thick,
                class_="tb-past",
            )
        )
    if end > now:
        parts.append(
            element(
                "rect", x=_pct(now), y=top, width=_pct(end - now), height=thick, class_="tb-way"
            )
        )
    if size in ("person", "middle", "narrow"):
        parts.append(element("rect", x=_pct(start), y=y - 8, width=2, height=16, class_="tb-start"))
    parts.append(
        element(
            "circle",
            cx=_pct(end),
            cy=y,
            r=ring,
            stroke_width=1.5 if size == "list" else 3,
            class_="tb-end tb-end--over" if bar.over else "tb-end",
        )
    )
    return parts


def _today(bar: TermBar, top: float, bottom: float, *, size: Size) -> list[SafeString]:
    if bar.over or bar.today < bar.start:
        return []
    place = x_pct(bar, bar.today, size=size)
    line = element("rect", x=-1, y=0, width=2, height=bottom - top, class_="tb-today")
    return [element("svg", line, x=_pct(place), y=top, overflow="visible")]


def draw(bar: TermBar, *, size: Size = "person") -> SafeString:
    """The bar as one SVG of that size, with its text alternative."""
    if size == "list":
        body = _draw_small(bar)
        return element(
            "svg", join(body), class_="termbar termbar--list", width=84, height=14, role="img",
            aria_label=bar.in_words(),
        )  # fmt: skip
    parts, height = _draw_phone(bar) if size == "phone" else _draw_full(bar, size=size)
    return element(
        "svg", join(parts), class_=f"termbar termbar--{size}", width="100%", height=height, role="img",
        aria_label=bar.in_words(),
    )  # fmt: skip


def _draw_small(bar: TermBar) -> list[SafeString]:
    y = 7.0
    parts = _track(bar, y, size="list")
    parts += [
        _mark(kind, x_pct(bar, day, size="list"), y, size="list", ahead=day > bar.now)
        for day, kind, _label in bar.events
        if kind != "other" and bar.start <= day <= bar.end
    ]
    return parts + _today(bar, 1, 13, size="list")


def _draw_phone(bar: TermBar) -> tuple[list[SafeString], int]:
    y = 12.0
    parts = _track(bar, y, size="phone") + _today(bar, 0, 24, size="phone")
    now = x_pct(bar, bar.now, size="phone")
    ends = _("%(year)d年%(month)d月%(day)d日结束") % {
        "year": bar.end.year, "month": bar.end.month, "day": bar.end.day,
    }  # fmt: skip
    room = 100 - text_width(ends, size=16) / NOMINAL_PX["phone"] * 100
    if not bar.over and now + 8 < room:
        anchor = "start" if now < 6 else "middle"
        parts.append(
            element(
                "text",
                _("今天"),
                x=_pct(max(now, 0)),
                y=44,
                text_anchor=anchor,
                class_="tb-today-label",
            )
        )
    parts.append(element("text", ends, x="100%", y=44, text_anchor="end"))
    return parts, 52


def _draw_full(bar: TermBar, *, size: Size) -> tuple[list[SafeString], int]:
    spans = span_rows(bar, size=size)
    above = 13 + 22 * (1 + max((row for _span, row, _text in spans), default=-1))
    y = float(above)
    parts: list[SafeString] = []
    for span, row, text in spans:
        parts += _bracket(bar, span, text, bottom=y - 7 - 22 * row, size=size)
    placed = labels(bar, size=size)
    leaders = [x_pct(bar, day, size=size) for day, _kind, _label in bar.events]
    if not bar.over:
        leaders.append(x_pct(bar, bar.now, size=size))
    for tick in ticks(bar, size=size):
        x = _pct(tick.x_pct)
        parts.append(
            element("line", x1=x, x2=x, y1=y + 8, y2=y + 8 + tick.height_px,
                    class_="tb-year" if tick.year else "tb-tick")
        )  # fmt: skip
        if tick.year:
            side = _year_side(tick.x_pct, leaders, size=size)
            if side:
                parts.append(
                    element("text", str(tick.year), x=x, dx=5 * side, y=y + 20, class_="tb-year-label",
                            text_anchor="start" if side > 0 else "end")
                )  # fmt: skip
    for label in placed:
        if label.kind != "today":
            x = _pct(label.x_pct)
            parts.append(element("line", x1=x, x2=x, y1=y + 4, y2=y + 27, class_="tb-leader"))
    parts += _track(bar, y, size=size)
    parts += [
        _mark(kind, x_pct(bar, day, size=size), y, size=size, ahead=day > bar.now)
        for day, kind, _label in sorted(bar.events)
        if bar.start <= day <= bar.end
    ]
    parts += _today(bar, y - 11, y + 26, size=size)
    for label in placed:
        today = label.kind == "today"
        word = element("tspan", label.word, class_=f"tb-kind tb-kind--{label.kind}")
        parts.append(
            element(
                "text", word, f" {label.day}", x=_pct(label.x_pct), dx=label.shift_px or None,
                y=y + 40, text_anchor="middle", class_="tb-today-label" if today else None,
            )
        )  # fmt: skip
    return parts, int(y) + 50


def _year_side(place: float, leaders: list[float], *, size: Size) -> int:
    """+1 when the year's number fits right of its tick, -1 left, 0 nowhere."""
    wide = 36 / NOMINAL_PX[size] * 100
    if place + wide < 100 and not any(place - 0.3 < x < place + wide for x in leaders):
        return 1
    if place - wide > 0 and not any(place - wide < x < place + 0.3 for x in leaders):
        return -1
    return 0


def _bracket(
    bar: TermBar, span: TermSpan, text: str, *, bottom: float, size: Size
) -> list[SafeString]:
    left = x_pct(bar, max(span.start, bar.start), size=size)
    right = x_pct(bar, min(span.end, bar.end), size=size)
    top = bottom - 8
    half = text_width(text) / 2 / NOMINAL_PX[size] * 100
    middle = (left + right) / 2
    anchor, x = "middle", middle
    if middle - half < 0:
        anchor, x = "start", 0.0
    elif middle + half > 100:
        anchor, x = "end", 100.0
    a, b = _pct(left), _pct(right)
    return [
        element("rect", x=a, y=top, width=_pct(max(right - left, 0.3)), height=8, class_="tb-span"),
        element("line", x1=a, x2=a, y1=top, y2=bottom, class_="tb-span-edge"),
        element("line", x1=b, x2=b, y1=top, y2=bottom, class_="tb-span-edge"),
        element("line", x1=a, x2=b, y1=top, y2=top, class_="tb-span-edge"),
        element("text", text, x=_pct(x), y=top - 6, text_anchor=anchor, class_="tb-span-label"),
    ]
