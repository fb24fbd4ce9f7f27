"""Days, moments and spans of time in words, in the language of the page.

Civil dates and times are those of Asia/Shanghai. ``now`` is an argument everywhere; the template
filters alone read the clock.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SHANGHAI = ZoneInfo("Asia/Shanghai")


def weekday(day: date) -> str:
    """周一 … 周日, Mon … Sun."""
    names = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
    return names[day.weekday()]


def local(moment: datetime) -> datetime:
    """The moment on Shanghai's clock; a naive moment is refused, its zone can't be guessed."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone: pass an aware datetime")
    return moment.astimezone(SHANGHAI)


def civil(value: date | datetime) -> date:
    """The civil day in Shanghai of a date or a moment."""
    return local(value).date() if isinstance(value, datetime) else value


def full_day(value: date | datetime) -> str:
    """2026-11-24 周二."""
    day = civil(value)
    return f"{day:%Y-%m-%d} {weekday(day)}"


def short_day(value: date | datetime, *, today: date) -> str:
    """11-27 周五; with its year when that is not this year."""
    day = civil(value)
    return f"{day:%m-%d} {weekday(day)}" if day.year == today.year else f"{day:%Y-%m-%d}"


def full_moment(moment: datetime) -> str:
    """2026-11-24 周二 09:12."""
    at = local(moment)
    return f"{full_day(at)} {at:%H:%M}"


def short_moment(moment: datetime, *, now: datetime) -> str:
    """09:03 today, else 11-20 15:10, with the year when it is another."""
    at, today = local(moment), local(now).date()
    if at.date() == today:
        return f"{at:%H:%M}"
    return f"{at:%m-%d %H:%M}" if at.year == today.year else f"{at:%Y-%m-%d %H:%M}"


def days_left(value: date | datetime, *, today: date) -> str:
    """还有 3 天 / 今天 / 逾期 4 天."""
    days = (civil(value) - today).days
    if days == 0:
        return _("今天")
    if days < 0:
        return ngettext("逾期%(n)d天", "逾期%(n)d天", -days) % {"n": -days}
    return ngettext("还有%(n)d天", "还有%(n)d天", days) % {"n": days}


def time_left(moment: datetime, *, now: datetime) -> str:
    """还有 6 分钟 / 超过 9 分钟, for protocols that run in minutes."""
    seconds = (moment - now).total_seconds()
    span = duration(abs(seconds))
    return (_("还有%(span)s") if seconds >= 0 else _("已超%(span)s")) % {"span": span}


def duration(seconds: float) -> str:
    """9 分钟, 1 小时 06 分, 3 天."""
    minutes = int(seconds // 60)
    if minutes < 1:
        whole = int(seconds)
        return ngettext("%(n)d秒", "%(n)d秒", whole) % {"n": whole}
    if minutes < 60:
        return ngettext("%(n)d分钟", "%(n)d分钟", minutes) % {"n": minutes}
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        if rest == 0:
            return ngettext("%(n)d小时", "%(n)d小时", hours) % {"n": hours}
        return _("%(hours)d小时%(minutes)02d分") % {"hours": hours, "minutes": rest}
    days = hours // 24
    return ngettext("%(n)d天", "%(n)d天", days) % {"n": days}


def since(moment: datetime, *, now: datetime) -> str:
    """刚才, 9 分钟前, 昨天, 11-20."""
    seconds = (now - moment).total_seconds()
    if seconds < 0:
        return short_moment(moment, now=now)
    if seconds < 60:
        return _("刚才")
    today, day = local(now).date(), local(moment).date()
    if seconds < 86400 and (day == today or seconds < 6 * 3600):
        return _("%(span)s前") % {"span": duration(seconds)}
    if (today - day).days == 1:
        return _("昨天")
    if (today - day).days < 7:
        days = (today - day).days
        return ngettext("%(n)d天前", "%(n)d天前", days) % {"n": days}
    return short_day(day, today=today)


def months_and_days(start: date, end: date) -> tuple[int, int]:
    """Whole months and the days over them from ``start`` up to ``end``, by the calendar.

    A day that a month lacks counts from that month's last day (31 January + 1 month = 28 February).
    """
    if end < start:
        raise ValueError(f"{end} lies before {start}: swap them")
    months = (end.year - start.year) * 12 + end.month - start.month
    if _month_on(start, months) > end:
        months -= 1
    return months, (end - _month_on(start, months)).days


def _month_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - date.resolution).day
    return date(year, month + 1, min(day.day, last))


def span_in_words(start: date, end: date) -> str:
    """15 个月 16 天 between two days; only days below a month."""
    months, days = months_and_days(start, end)
    parts = []
    if months:
        parts.append(ngettext("%(n)d个月", "%(n)d个月", months) % {"n": months})
    if days or not months:
        parts.append(ngettext("%(n)d天", "%(n)d天", days) % {"n": days})
    return (
        _("%(months)s%(days)s") % {"months": parts[0], "days": parts[1]}
        if len(parts) > 1
        else parts[0]
    )


def utc_now() -> datetime:
    """The clock, for the filters alone."""
    return datetime.now(UTC)


def distance(metres: float) -> str:
    """40 米 below a kilometre, 1.1 公里 from there."""
    if abs(metres) < 1000:
        return _("%(n)d米") % {"n": round(metres)}
    return _("%(n).1f公里") % {"n": metres / 1000}
