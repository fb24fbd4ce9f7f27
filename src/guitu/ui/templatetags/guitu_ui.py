"""The components as template tags and filters; a built-in of every template, so no ``load``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from guitu.ui import components, icons, svgmap, words
from guitu.ui import evidence as evidence_drawings
from guitu.ui import termbar as term_bars
from guitu.ui.nav import NavGroup, NavItem, dock
from guitu.ui.termbar import TermBar

register = template.Library()


# --- small things ---------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, size: int = 14) -> SafeString:
    """``{% icon "breach" %}``: hidden from readers of text, so a word stands beside it."""
    return icons.draw(name, size=size)


@register.simple_tag
def category(value: Any) -> SafeString:
    """``{% category case.category %}``: the category's quiet hue as a bar, and its word."""
    return components.category(value)


@register.simple_tag
def level(value: Any) -> SafeString:
    """``{% level case.level %}``: 严管, 普管, 宽管; nothing when there is none."""
    return components.level(value)


@register.simple_tag
def state(kind: str, text: object, icon: str = "") -> SafeString:
    """``{% state "overdue" "逾期4天" %}``: an icon and a word; never colour alone."""
    return components.state(kind, str(text), icon=icon)


@register.simple_tag
def due(value: date | datetime | None) -> SafeString:
    """``{% due obligation.due %}``: a deadline as icon and words, its tone by how near it is."""
    return components.due(value, now=words.utc_now())


@register.simple_tag
def article(text: object, unverified: bool = False) -> SafeString:
    """``{% article "社矫法第29条" unverified=True %}``: a citation, 待核 when not verified."""
    return components.article(str(text), unverified=unverified)


@register.simple_tag
def empty(title: object, text: object = "", action: object = "", url: str = "") -> SafeString:
    """``{% empty title text "看本周" url %}``: nothing here, and what to do."""
    return components.notice("", str(title), str(text), str(action), url)


@register.simple_tag
def failed(title: object, text: object = "", action: object = "", url: str = "") -> SafeString:
    """``{% failed title text "再取一次" url %}``: what went wrong, what still works, the remedy."""
    return components.notice("error", str(title), str(text), str(action), url)


@register.simple_tag
def done(title: object, text: object = "", action: object = "", url: str = "") -> SafeString:
    """``{% done title text action url %}``: what happened and what comes next."""
    return components.notice("check", str(title), str(text), str(action), url)


@register.simple_tag
def skeleton(text: object) -> SafeString:
    """``{% skeleton "正在取今天的轨迹" %}``: what is being fetched, said in words."""
    return components.skeleton(str(text))


@register.simple_tag
def meter(value: int, limit: int, unit: object) -> SafeString:
    """``{% meter 21 30 "天" %}``: a live count against its limit."""
    return components.meter(value, limit, str(unit))


# --- drawings -------------------------------------------------------------------------------
@register.simple_tag
def term_bar(bar: TermBar | None, size: str = "person") -> SafeString:
    """``{% term_bar bar %}``, ``size="list"`` in a row, ``size="phone"`` for the person's own."""
    if bar is None:
        return mark_safe("")
    if size == "person":
        return format_html(
            '<div class="term">{}{}{}</div>',
            term_bars.draw(bar, size="person"),
            term_bars.draw(bar, size="middle"),
            term_bars.draw(bar, size="narrow"),
        )
    if size not in term_bars.TRACK_PX:
        raise ValueError(f"no term bar of size {size!r}: use list, person or phone")
    return term_bars.draw(bar, size=size)  # type: ignore[arg-type]


@register.inclusion_tag("ui/_term_head.html")
def term_head(bar: TermBar) -> dict[str, Any]:
    """``{% term_head bar %}``: the big numerals above a person's bar, spent and ahead."""
    spent = words.months_and_days(bar.start, bar.now)
    ahead = words.months_and_days(bar.now, bar.end)
    return {"bar": bar, "spent": spent, "ahead": ahead}


@register.simple_tag
def evidence_map(e: evidence_drawings.Evidence) -> SafeString:
    """``{% evidence_map e %}``: fence, fixes as they came with their uncertainty, legend."""
    return evidence_drawings.draw_map(e)


@register.simple_tag
def decision_curve(e: evidence_drawings.Evidence) -> SafeString:
    """``{% decision_curve e %}``: the probability of being outside against time."""
    return evidence_drawings.draw_curve(e)


@register.simple_tag
def evidence_says(e: evidence_drawings.Evidence) -> str:
    """``{% evidence_says e %}``: the same in sentences."""
    return evidence_drawings.says(e)


@register.simple_tag
def svg_map(m: svgmap.PlainMap) -> SafeString:
    """``{% svg_map m %}``: the map without WebGL, for print and for small places."""
    return svgmap.draw(m)


# --- the frame ------------------------------------------------------------------------------
@register.simple_tag
def dock_items(groups: Sequence[NavGroup] | None) -> tuple[NavItem, ...]:
    """The entries of the bottom bar on a narrow screen."""
    return dock(tuple(groups or ()))


@register.simple_tag
def this_moment() -> str:
    """The clock at the top of a page, when it was made."""
    return words.full_moment(words.utc_now())


# --- lists ----------------------------------------------------------------------------------
@register.inclusion_tag("ui/_timeline.html")
def timeline(items: Iterable[components.TimelineItem]) -> dict[str, Any]:
    """``{% timeline items %}`` of :class:`guitu.ui.components.TimelineItem`, newest first."""
    return {"items": items}


@register.inclusion_tag("ui/_pager.html", takes_context=True)
def pager(context: Context, page: Any) -> dict[str, Any]:
    """``{% pager page %}`` of a Django ``Page``; the other filters of the address are kept."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else None
    links: list[tuple[Any, str]] = []
    for number in page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1):
        if query is None or not isinstance(number, int):
            links.append((number, f"?page={number}" if isinstance(number, int) else ""))
            continue
        query["page"] = str(number)
        links.append((number, "?" + query.urlencode()))
    return {"page": page, "links": links}


@register.simple_tag(takes_context=True)
def keep(context: Context, **changes: Any) -> str:
    """``<a href="{% keep sort="name" page=None %}">``: this address with some filters changed."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        else:
            query[name] = str(value)
    return "?" + query.urlencode()


# --- forms ----------------------------------------------------------------------------------
@register.inclusion_tag("ui/_field.html")
def field(
    bound: Any,
    rule: object = "",
    article: object = "",
    unverified: bool = False,
    hint: object = "",
) -> dict[str, Any]:
    """``{% field form.reason rule="…" article="社矫法第29条" %}``: one column, the rule beside it."""
    return components.field_context(
        bound, rule=str(rule), article=str(article), unverified=unverified, hint=str(hint)
    )


@register.inclusion_tag("ui/_form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """``{% form_errors form %}``: at the head, each error a link to its field."""
    return {"form": form}


# --- capture --------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Capture:
    name: str


class CaptureNode(template.Node):
    """Renders its inside into a variable, so that a base template can tell an empty block."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, name: str) -> None:
        self.nodelist = nodelist
        self.name = name

    def render(self, context: Context) -> SafeString:
        context[self.name] = mark_safe(self.nodelist.render(context).strip())  # noqa: S308
        return mark_safe("")


@register.tag
def capture(parser: Parser, token: Token) -> CaptureNode:
    """``{% capture why %}…{% endcapture %}``."""
    parts = token.split_contents()
    if len(parts) != 2:
        raise template.TemplateSyntaxError("write {% capture name %}")
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return CaptureNode(nodelist, parts[1])


# --- filters --------------------------------------------------------------------------------
@register.filter
def day(value: date | datetime | None) -> str:
    """2026-11-24 周二."""
    return words.full_day(value) if value else ""


@register.filter
def short_day(value: date | datetime | None) -> str:
    """11-27 周五."""
    return words.short_day(value, today=words.civil(words.utc_now())) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """2026-11-24 周二 09:12."""
    return words.full_moment(value) if value else ""


@register.filter
def short_moment(value: datetime | None) -> str:
    """09:03 today, 11-20 15:10 before."""
    return words.short_moment(value, now=words.utc_now()) if value else ""


@register.filter
def remaining(value: date | datetime | None) -> str:
    """还有3天, 今天, 逾期4天; of a moment 还有6分钟."""
    if not value:
        return ""
    now = words.utc_now()
    if isinstance(value, datetime) and abs((value - now).total_seconds()) < 86400:
        return words.time_left(value, now=now)
    return words.days_left(value, today=words.civil(now))


@register.filter
def ago(value: datetime | None) -> str:
    """9分钟前, 昨天, 11-20 周五."""
    return words.since(value, now=words.utc_now()) if value else ""


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds in words: 9分钟, 1小时06分, 3天."""
    return words.duration(seconds) if seconds is not None else ""


@register.filter
def metres(value: float | None) -> str:
    """40 米, 1.1 公里."""
    return words.distance(value) if value is not None else ""


@register.filter
def iso(value: date | datetime | None) -> str:
    """For ``<time datetime=…>``."""
    if value is None:
        return ""
    return words.local(value).isoformat() if isinstance(value, datetime) else value.isoformat()


@register.filter
def joined(values: Sequence[object]) -> str:
    """甲、乙、丙; a, b, c in English."""
    return _("、").join(str(value) for value in values)
