"""The alarm queue: who is waiting, how long, what it is about; and how many, for the rail."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from guitu.base.models import Organisation
from guitu.base.roles import Permission
from guitu.engine.evidence import Evidence as EngineEvidence
from guitu.people import hooks
from guitu.people.queries.lists import HEAVY, offices_of
from guitu.tracking.models import OPEN_STATES, Alarm, AlarmKind, AlarmState, Severity
from guitu.ui import words

QUEUE_MAX = 200
COUNT_MAX = 999
CLOSED_PAGE = 40

#: kind of an alarm → icon of the ui
ICONS: dict[str, str] = {
    AlarmKind.BREACH: "breach",
    AlarmKind.SILENCE: "silence",
    AlarmKind.LOW_BATTERY: "battery",
    AlarmKind.TAMPER: "tamper",
    AlarmKind.SOS: "sos",
    AlarmKind.SEPARATION: "separation",
}
assert set(ICONS) == set(AlarmKind), "every kind of alarm needs an icon"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFilters:
    """What the address of the queue says; unknown values are dropped."""

    kind: str = ""
    office: int | None = None
    mine: bool = False
    state: str = ""  # "" the open ones, "closed" those closed, newest first
    person: int | None = None

    @classmethod
    def of(cls, query: QueryDict) -> AlarmFilters:
        """Read the filters of an address."""
        kind = query.get("kind", "")
        return cls(
            kind=kind if kind in AlarmKind.values else "",
            office=_number(query.get("office", "")),
            mine=query.get("mine", "") == "1",
            state="closed" if query.get("state", "") == "closed" else "",
            person=_number(query.get("person", "")),
        )

    def said(self) -> dict[str, str]:
        """For the audit."""
        return {
            field.name: str(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name)
        }

    @property
    def address(self) -> str:
        """The filters as a query string, for links that keep them."""
        found = QueryDict(mutable=True)
        for name, value in self.said().items():
            found[name] = "1" if value == "True" else value
        return found.urlencode()


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One incident of the list. ``age_s``: seconds since it became known."""

    alarm: Alarm
    icon: str
    tone: str  # alarm, warning, handling
    says: str
    age_s: float

    @property
    def age(self) -> str:
        """9分钟, 1小时06分."""
        return words.duration(self.age_s)


@dataclass(frozen=True, slots=True)
class QueuePart:
    """A part of the list: 告警, 预警, 处置中."""

    key: str
    label: str
    lines: tuple[QueueLine, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """The list pane. ``waiting`` counts what nobody has claimed; ``more``: rows left out."""

    parts: tuple[QueuePart, ...]
    waiting: int
    closed_today: int
    more: bool

    @property
    def lines(self) -> list[QueueLine]:
        """All lines in the order shown."""
        return [line for part in self.parts for line in part.lines]


def visible_alarms(user: Any, permission: Permission = Permission.ALARM_READ) -> Any:
    """Alarms in the account's scope, with what a line shows."""
    return (
        Alarm.objects.visible_to(user, permission)
        .select_related("person", "case", "fence", "claimed_by", "person__office", "device")
        .defer(*(f"person__{column}" for column in HEAVY))
    )


def open_count(user: Any) -> int:
    """How many wait for somebody, for the rail and the badge; stops at 999."""
    waiting = Alarm.objects.visible_to(user, Permission.ALARM_READ).filter(state=AlarmState.NEW)
    return waiting.order_by()[:COUNT_MAX].count()


def open_alarms(user: Any, *, now: datetime, limit: int = 5) -> list[QueueLine]:
    """The gravest and oldest that are new or in hand, for the workbench."""
    rows = (
        visible_alarms(user)
        .filter(state__in=OPEN_STATES, severity__gte=Severity.ALARM)
        .order_by("-severity", "opened_at", "id")[:limit]
    )
    return [line_of(alarm, now=now) for alarm in rows]


def alarm_queue(user: Any, filters: AlarmFilters, *, now: datetime) -> Queue:
    """What waits, by severity and age: alarms, warnings, then what is in somebody's hands."""
    rows = _filtered(visible_alarms(user), filters, user)
    shown = list(
        rows.exclude(state=AlarmState.CLOSED).order_by("-severity", "opened_at", "id")[
            : QUEUE_MAX + 1
        ]
    )
    lines = [line_of(alarm, now=now) for alarm in shown[:QUEUE_MAX]]
    parts = (
        QueuePart("alarm", _("告警"), tuple(line for line in lines if line.tone == "alarm")),
        QueuePart("warning", _("预警"), tuple(line for line in lines if line.tone == "warning")),
        QueuePart(
            "handling", _("处置中"), tuple(line for line in lines if line.tone == "handling")
        ),
    )
    return Queue(
        parts=tuple(part for part in parts if part.lines),
        waiting=sum(1 for line in lines if line.alarm.state == AlarmState.NEW),
        closed_today=rows.filter(state=AlarmState.CLOSED, closed_at__gte=_midnight(now)).count(),
        more=len(shown) > QUEUE_MAX,
    )


def closed_alarms(user: Any, filters: AlarmFilters) -> Any:
    """Closed ones, newest first; a page of them is read as one audited look."""
    rows = _filtered(visible_alarms(user), filters, user)
    return (
        rows.filter(state=AlarmState.CLOSED)
        .select_related("closed_by")
        .order_by("-closed_at", "-id")
    )


def _filtered(rows: Any, filters: AlarmFilters, user: Any) -> Any:
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.office:
        rows = rows.filter(person__office_id=filters.office)
    if filters.person:
        rows = rows.filter(person_id=filters.person)
    if filters.mine:
        rows = rows.filter(Q(claimed_by=user) | Q(handled_by=user))
    return rows


def _midnight(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def offices(user: Any) -> list[Organisation]:
    """The offices that the queue may be narrowed to."""
    return list(offices_of(user, Permission.ALARM_READ)[:400])


def line_of(alarm: Alarm, *, now: datetime) -> QueueLine:
    """A line of the queue out of a row."""
    if alarm.state in (AlarmState.CLAIMED, AlarmState.HANDLED):
        tone = "handling"
    else:
        tone = "alarm" if alarm.severity >= Severity.ALARM else "warning"
    return QueueLine(
        alarm=alarm,
        icon=ICONS[alarm.kind],
        tone=tone,
        says=short_of(alarm, now=now),
        age_s=max(0.0, (now - alarm.known_at).total_seconds()),
    )


def short_of(alarm: Alarm, *, now: datetime) -> str:
    """One short sentence below the name."""
    if alarm.state == AlarmState.CLAIMED and alarm.claimed_by:
        return _("%(name)s接手") % {"name": alarm.claimed_by.name}
    if alarm.state == AlarmState.HANDLED:
        return _("已处置，等着办结") if alarm.ended_at else _("已处置，情况还在继续")
    match alarm.kind:
        case AlarmKind.BREACH:
            found = _breach(alarm)
        case AlarmKind.SILENCE:
            found = _("%(at)s以后没有消息") % {"at": words.short_moment(alarm.began_at, now=now)}
        case AlarmKind.LOW_BATTERY:
            found = _("提醒充电")
        case AlarmKind.TAMPER:
            found = _("表带被打开")
        case AlarmKind.SOS:
            found = _("本人按了求助键")
        case AlarmKind.SEPARATION:
            found = _("设备不在身上")
        case _:
            raise ValueError(f"an alarm of the kind {alarm.kind!r} has no sentence")
    if alarm.ended_at and alarm.kind != AlarmKind.SOS:
        return _("%(what)s，已恢复") % {"what": found}
    return found


def distance_of(alarm: Alarm) -> float | None:
    """Metres beyond the boundary of the last fix that decided; None when none is on record."""
    if not alarm.evidence:
        return None
    fixes = alarm.evidence.get("fixes") or []
    return float(fixes[-1]["beyond_m"]) if fixes else None


def _breach(alarm: Alarm) -> str:
    name = alarm.fence.name if alarm.fence else ""
    away = distance_of(alarm)
    inclusion = alarm.fence is None or alarm.fence.kind == 1
    if away is None or away <= 0:
        return (_("在%(fence)s外") if inclusion else _("在%(fence)s内")) % {"fence": name}
    said = _("%(fence)s外%(away)s") if inclusion else _("进入%(fence)s%(away)s")
    return said % {"fence": name, "away": words.distance(away)}


def engine_evidence(alarm: Alarm) -> EngineEvidence | None:
    """The evidence as the engine wrote it; None for kinds that have none."""
    if not alarm.evidence:
        return None
    import msgspec

    return msgspec.convert(alarm.evidence, EngineEvidence)


def notices(person_ids: list[int]) -> dict[int, hooks.Notice]:
    """The red line of the person page: the gravest open alarm of each. For `people.hooks`."""
    now = timezone.now()
    rows = (
        Alarm.objects.unscoped("people.hooks asks for persons that its page has scoped")
        .filter(person_id__in=person_ids, state__in=OPEN_STATES)
        .select_related("fence", "claimed_by")
        .order_by("severity", "-opened_at")
    )
    found: dict[int, hooks.Notice] = {}
    for alarm in rows:
        claimed = alarm.state == AlarmState.CLAIMED
        what = _(alarm.get_kind_display())
        found[alarm.person_id] = hooks.Notice(
            kind=STATE_OF[alarm.kind],
            text=_("%(what)s，正在处置") % {"what": what}
            if claimed
            else _("%(what)s，等人接手") % {"what": what},
            detail=_("%(at)s发出，已过%(span)s。")
            % {
                "at": words.short_moment(alarm.known_at, now=now),
                "span": words.duration(max(0.0, (now - alarm.known_at).total_seconds())),
            },
            url=f"/alarms/{alarm.pk}/",
            action=_("去处置"),
        )
    return found


#: kind → state of the ui (icon and tone)
STATE_OF: dict[str, str] = {
    AlarmKind.BREACH: "breach",
    AlarmKind.SILENCE: "silence",
    AlarmKind.LOW_BATTERY: "battery",
    AlarmKind.TAMPER: "tamper",
    AlarmKind.SOS: "sos",
    AlarmKind.SEPARATION: "separation",
}

RECENT = timedelta(hours=24)
