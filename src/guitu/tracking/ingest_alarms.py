"""From the engine's events to alarms: merged incidents, steps, timeline, audit and news.

An event is written once however often it is judged (its id is a hash of what decided it). Openings
of one wearing, kind and fence merge into the alarm that is new or claimed; an alarm that was already
handled is left alone and a new one opens. The end of the matter is noted, the alarm waits for its
person all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from guitu.base import audit
from guitu.engine.events import Event, EventKind
from guitu.people.models import Case
from guitu.people.models import EventKind as Line
from guitu.people.timeline import happened
from guitu.tracking import news
from guitu.tracking.gate import Span
from guitu.tracking.models import (
    OPEN_STATES,
    Alarm,
    AlarmEvent,
    AlarmKind,
    AlarmStep,
    Fence,
    Severity,
    StepKind,
)

_WHY = "the worker writes what the engine found"

_OPENS: dict[EventKind, AlarmKind] = {
    EventKind.BREACH_BEGIN: AlarmKind.BREACH,
    EventKind.SILENCE: AlarmKind.SILENCE,
    EventKind.LOW_BATTERY: AlarmKind.LOW_BATTERY,
    EventKind.TAMPER: AlarmKind.TAMPER,
    EventKind.SOS: AlarmKind.SOS,
    EventKind.SEPARATION: AlarmKind.SEPARATION,
}
#: Known only when it was over: an alarm all the same, with its end.
_PAST: dict[EventKind, AlarmKind] = {
    EventKind.BREACH_PAST: AlarmKind.BREACH,
    EventKind.TAMPER_PAST: AlarmKind.TAMPER,
}
_ENDS: dict[EventKind, AlarmKind] = {
    EventKind.BREACH_END: AlarmKind.BREACH,
    EventKind.SILENCE_END: AlarmKind.SILENCE,
    EventKind.LOW_BATTERY_END: AlarmKind.LOW_BATTERY,
    EventKind.TAMPER_END: AlarmKind.TAMPER,
    EventKind.SEPARATION_END: AlarmKind.SEPARATION,
}
assert {*_OPENS, *_PAST, *_ENDS} == set(EventKind), "every kind of event needs a meaning"

_SEVERITY: dict[AlarmKind, Severity] = {
    AlarmKind.SILENCE: Severity.ALARM,
    AlarmKind.LOW_BATTERY: Severity.WARNING,
    AlarmKind.TAMPER: Severity.URGENT,
    AlarmKind.SOS: Severity.URGENT,
    AlarmKind.SEPARATION: Severity.ALARM,
}

#: Times of the engine that mean "not known".
_KNOWN_FROM_MS = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """An event and whose it is."""

    event: Event
    span: Span


@dataclass(frozen=True, slots=True)
class FenceFacts:
    """Of each fence in the rules: the version that applies and how grave a breach is."""

    versions: Mapping[int, int]
    severities: Mapping[int, int]


def moment(time_ms: int) -> datetime:
    """Unix milliseconds as an aware time."""
    return datetime.fromtimestamp(time_ms / 1000, UTC)


def write_events(found: Sequence[Judged], *, fences: FenceFacts, at: datetime) -> int:
    """Write events and what follows from them, in the caller's transaction; returns alarms opened.

    Events already on record are passed over.
    """
    if not found:
        return 0
    ids = [judged.event.event_id for judged in found]
    known = {
        bytes(pk)
        for pk in AlarmEvent.objects.unscoped(_WHY).filter(pk__in=ids).values_list("pk", flat=True)
    }
    opened = 0
    for judged in found:
        if judged.event.event_id in known:
            continue
        known.add(judged.event.event_id)
        alarm, is_new = _apply(judged, fences=fences, at=at)
        _event_row(judged, alarm=alarm, at=at).save(force_insert=True)
        opened += is_new
    return opened


def _apply(judged: Judged, *, fences: FenceFacts, at: datetime) -> tuple[Alarm | None, bool]:
    kind = judged.event.kind
    if kind in _ENDS:
        return _end(judged, _ENDS[kind], at=at), False
    if kind in _PAST:
        return _open(judged, _PAST[kind], fences=fences, at=at, over=True)
    return _open(judged, _OPENS[kind], fences=fences, at=at, over=kind is EventKind.SOS)


def _same(judged: Judged, kind: AlarmKind) -> dict[str, object]:
    fence = judged.event.fence_id
    return {
        "wearing_id": judged.span.wearing,
        "kind": kind,
        "fence_id": fence if fence >= 0 else None,
    }


def _open(
    judged: Judged, kind: AlarmKind, *, fences: FenceFacts, at: datetime, over: bool
) -> tuple[Alarm, bool]:
    event, span = judged.event, judged.span
    same = _same(judged, kind)
    known_at = moment(event.received_ms)
    alarm = (
        Alarm.objects.unscoped(_WHY)
        .select_for_update(of=("self",))
        .filter(**same, state__in=OPEN_STATES)
        .first()
    )
    if alarm is not None:
        alarm.merged += 1
        alarm.last_event_at = max(alarm.last_event_at, known_at)
        alarm.ended_at = known_at if over else None
        alarm.save(update_fields=["merged", "last_event_at", "ended_at"])
        _step(alarm, StepKind.MERGED, at=at)
        _tell(alarm)
        return alarm, False
    severity = _SEVERITY.get(kind, Severity.ALARM)
    if event.fence_id >= 0:
        severity = Severity(fences.severities.get(event.fence_id, severity))
    placed = event.deciding.time_ms > _KNOWN_FROM_MS
    alarm = Alarm(
        **same,
        person_id=span.person,
        case_id=span.case,
        device_id=event.device_id,
        severity=severity,
        fence_version_id=fences.versions.get(event.fence_id),
        began_at=moment(event.time_ms),
        known_at=known_at,
        opened_at=at,
        last_event_at=known_at,
        ended_at=known_at if over else None,
        lon_e7=event.deciding.lon_e7 if placed else None,
        lat_e7=event.deciding.lat_e7 if placed else None,
        evidence=_evidence(event),
    )
    alarm.save(force_insert=True)
    _step(alarm, StepKind.OPENED, at=at)
    _line(alarm, at=moment(event.time_ms))
    audit.record(
        "alarm.open", obj=alarm, person_id=span.person, kind=str(kind), event=event.event_id.hex()
    )
    _tell(alarm)
    return alarm, True


def _end(judged: Judged, kind: AlarmKind, *, at: datetime) -> Alarm | None:
    alarm = (
        Alarm.objects.unscoped(_WHY)
        .select_for_update(of=("self",))
        .filter(**_same(judged, kind), ended_at__isnull=True)
        .order_by("-opened_at", "-id")
        .first()
    )
    if alarm is None:
        return None
    # Over since the event's own time, known since it was received; never before it began.
    alarm.ended_at = max(moment(judged.event.time_ms), alarm.began_at)
    alarm.save(update_fields=["ended_at"])
    _step(alarm, StepKind.ENDED, at=at)
    _tell(alarm)
    return alarm


def _step(alarm: Alarm, kind: StepKind, *, at: datetime) -> None:
    AlarmStep(alarm=alarm, kind=kind, at=at).save(force_insert=True)


def _line(alarm: Alarm, *, at: datetime) -> None:
    where = ""
    if alarm.fence_id is not None:
        where = Fence.objects.unscoped(_WHY).values_list("name", flat=True).get(pk=alarm.fence_id)
    happened(
        Case(pk=alarm.case_id, person_id=alarm.person_id),
        Line.ALARM,
        at=at,
        title=str(AlarmKind(alarm.kind).label),
        text=where,
        basis="CCL 29(1)",
        link=f"/alarms/{alarm.pk}/",
    )


def _tell(alarm: Alarm) -> None:
    news.tell(
        news.KIND_ALARM,
        person_id=alarm.person_id,
        payload={
            "alarm": alarm.pk,
            "state": str(alarm.state),
            "kind": str(alarm.kind),
            "severity": int(alarm.severity),
            "merged": alarm.merged,
            "ended": alarm.ended_at is not None,
        },
    )


def _evidence(event: Event) -> dict[str, object]:
    if event.evidence is None:
        return {}
    found: dict[str, object] = msgspec.json.decode(event.evidence.to_json())
    return found


def _event_row(judged: Judged, *, alarm: Alarm | None, at: datetime) -> AlarmEvent:
    event = judged.event
    placed = event.deciding.time_ms > _KNOWN_FROM_MS
    return AlarmEvent(
        id=event.event_id,
        alarm=alarm,
        person_id=judged.span.person,
        kind=int(event.kind),
        cause=int(event.cause),
        fence_id=event.fence_id if event.fence_id >= 0 else None,
        time=moment(event.time_ms),
        received_at=moment(event.received_ms),
        began_at=moment(event.began_ms) if event.began_ms > _KNOWN_FROM_MS else None,
        deciding_time_ms=event.deciding.time_ms if placed else None,
        deciding_received_ms=event.deciding.received_ms if placed else None,
        lon_e7=event.deciding.lon_e7 if placed else None,
        lat_e7=event.deciding.lat_e7 if placed else None,
        evidence=_evidence(event),
        written_at=at,
    )
