"""What the template tags draw: badges, states, notices, fields, as safe HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guitu.ui import icons, words

_NOTHING = mark_safe("")

#: Category by its name in code and by its national code (jzlb), with the word shown.
_CATEGORIES = {
    "public_surveillance": gettext_lazy("管制"),
    "probation": gettext_lazy("缓刑"),
    "parole": gettext_lazy("假释"),
    "temporary_service": gettext_lazy("暂予监外执行"),
}
_CATEGORY_CODES = dict(zip(("01", "02", "03", "04"), _CATEGORIES, strict=True))
_CATEGORY_WORDS = {
    "管制": "public_surveillance",
    "缓刑": "probation",
    "假释": "parole",
    "暂予监外执行": "temporary_service",
}
_LEVELS = {
    "strict": gettext_lazy("严管"),
    "ordinary": gettext_lazy("普管"),
    "lenient": gettext_lazy("宽管"),
}

#: kind of a state → (icon, tone)
STATES: dict[str, tuple[str, str]] = {
    "overdue": ("overdue", "alarm"),
    "alarm": ("breach", "alarm"),
    "breach": ("breach", "alarm"),
    "tamper": ("tamper", "alarm"),
    "sos": ("sos", "alarm"),
    "warning": ("sos", "soon"),
    "silence": ("silence", "soon"),
    "gathering": ("gathering", "soon"),
    "separation": ("separation", "soon"),
    "battery": ("battery", "soon"),
    "soon": ("clock", "soon"),
    "today": ("clock", ""),
    "later": ("calendar", ""),
    "waiting": ("wait", ""),
    "done": ("check", "done"),
    "closed": ("lock", "past"),
    "info": ("info", "info"),
    "error": ("error", "alarm"),
    "past": ("clock", "past"),
    "handling": ("wait", "info"),
}

Tone = Literal["", "alarm", "soon", "done", "info", "past"]


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """A line of a person's timeline: ``when`` a date, or a moment (then its minutes are shown)."""

    when: date | datetime
    title: str
    text: str = ""
    url: str = ""
    basis: str = ""
    by: str = ""
    alarm: bool = False

    @property
    def shown(self) -> str:
        """11-20 15:10 for a moment, 11-15 周日 for a day; the year when it is another."""
        now = words.utc_now()
        if isinstance(self.when, datetime):
            at = words.local(self.when)
            same = at.year == words.local(now).year
            return f"{at:%m-%d %H:%M}" if same else f"{at:%Y-%m-%d}"
        return words.short_day(self.when, today=words.civil(now))


def _code(value: Any) -> str:
    return str(getattr(value, "value", value) or "").strip()


def category(value: Any) -> SafeString:
    """A 3 × 12 bar in the category's hue and its word; takes code, national code, word or enum."""
    key = _code(value)
    key = _CATEGORY_CODES.get(key, _CATEGORY_WORDS.get(key, key))
    if not key:
        return _NOTHING
    if key not in _CATEGORIES:
        raise ValueError(f"{value!r} is no category: use one of {', '.join(_CATEGORIES)}")
    return format_html(
        '<span class="category category--{}"><svg class="mark-category" width="3" height="12" '
        'aria-hidden="true"><rect width="3" height="12"/></svg>{}</span>',
        key,
        _CATEGORIES[key],
    )


def level(value: Any) -> SafeString:
    """严管, 普管, 宽管 as a quiet word; other words of a local policy pass as they are."""
    key = _code(value)
    if not key:
        return _NOTHING
    return format_html('<span class="level level--{}">{}</span>', key, _LEVELS.get(key, key))


def state(kind: str, text: str, *, icon: str = "") -> SafeString:
    """An icon and a word in the kind's tone (:data:`STATES`)."""
    if kind not in STATES:
        raise ValueError(f"no state {kind!r}: use one of {', '.join(STATES)}")
    shape, tone = STATES[kind]
    tone_class = f" state--{tone}" if tone else ""
    return format_html(
        '<span class="state{}">{}<span>{}</span></span>',
        tone_class,
        icons.draw(icon or shape),
        text,
    )


def due(value: date | datetime | None, *, now: datetime) -> SafeString:
    """A deadline: 逾期4天，应11-20 · 14:30 · 还有6分钟 · 11-27 周五，还有3天."""
    if value is None:
        return _NOTHING
    today = words.civil(now)
    day = words.civil(value)
    if isinstance(value, datetime):
        left_s = (value - now).total_seconds()
        if left_s < 0 and day == today:
            return state("overdue", words.time_left(value, now=now))
        if left_s < 30 * 60 and day == today:
            return state("soon", words.time_left(value, now=now))
        if day == today:
            return state("today", _("%(time)s前") % {"time": f"{words.local(value):%H:%M}"})
    if day < today:
        late = _("%(late)s，应%(day)s") % {
            "late": words.days_left(day, today=today),
            "day": f"{day:%m-%d}",
        }
        return state("overdue", late)
    if day == today:
        return state("today", _("今天内"))
    text = _("%(day)s，%(left)s") % {
        "day": words.short_day(day, today=today),
        "left": words.days_left(day, today=today),
    }
    return state("later", text)


def article(text: str, *, unverified: bool = False) -> SafeString:
    """A citation; one that was not read in the law's own text carries a dotted 待核."""
    if not text:
        return _NOTHING
    if not unverified:
        return format_html('<span class="article">{}</span>', text)
    return format_html(
        '<span class="article">{} <abbr title="{}">{}</abbr></span>',
        text,
        _("条文还没有核对原文"),
        _("待核"),
    )


def notice(shape: str, title: str, text: str, action: str, url: str) -> SafeString:
    """Empty, failed or done: a title, a sentence, one way on."""
    mark = icons.draw(shape) if shape else ""
    tone = {"error": " t-alarm", "check": " t-way"}.get(shape, "")
    head = format_html('<span class="state{}">{}</span>', tone, mark) if mark else ""
    body = format_html("<p>{}</p>", text) if text else ""
    link = format_html('<a href="{}">{}</a>', url, action) if action and url else ""
    role = mark_safe(' role="alert"') if shape == "error" else ""
    return format_html(
        '<div class="empty"{}><h2>{}{}</h2>{}{}</div>', role, head, title, body, link
    )


def skeleton(text: str) -> SafeString:
    """Three still bars under a sentence; nothing moves."""
    return format_html(
        '<div class="empty skeleton" role="status"><p>{}</p>'
        '<svg width="214" height="62" aria-hidden="true"><rect width="214" height="9" y="2"/>'
        '<rect width="166" height="9" y="24"/><rect width="190" height="9" y="46"/></svg></div>',
        text,
    )


def meter(value: int, limit: int, unit: str) -> SafeString:
    """已累计 21 天 / 30 天 as words and a bar; amber at the limit, cinnabar over it."""
    tone = " meter--over" if value > limit else " meter--limit" if value == limit else ""
    share = min(value / limit, 1.0) if limit > 0 else 1.0
    said = _("共%(value)d%(unit)s，上限%(limit)d%(unit)s") % {
        "value": value,
        "limit": limit,
        "unit": unit,
    }
    return format_html(
        '<div class="meter{}">{}<svg viewBox="0 0 176 6" preserveAspectRatio="none" '
        'aria-hidden="true"><rect width="176" height="6"/><rect class="full" width="{}" '
        'height="6"/></svg></div>',
        tone,
        said,
        f"{share * 176:.1f}",
    )


def field_context(
    bound: Any, *, rule: str, article: str, unverified: bool, hint: str
) -> dict[str, Any]:
    """A bound form field with its label, rule, hint and error tied together for all readers."""
    widget = bound.field.widget
    kind = getattr(widget, "input_type", type(widget).__name__.lower())
    identifier = bound.id_for_label or bound.auto_id
    said = []
    if bound.errors:
        said.append(f"{identifier}-error")
    if hint or bound.help_text:
        said.append(f"{identifier}-hint")
    if rule:
        said.append(f"{identifier}-rule")
    attributes: dict[str, str] = {}
    if said:
        attributes["aria-describedby"] = " ".join(said)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    many = kind in ("radio", "checkbox") and hasattr(widget, "choices")
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=attributes),
        "identifier": identifier,
        "rule": rule,
        "article": article,
        "unverified": unverified,
        "hint": hint or bound.help_text,
        "single_check": kind == "checkbox" and not many,
        "many": many,
        "required": bound.field.required,
    }
