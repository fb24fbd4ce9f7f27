"""The engine's rules out of the database: who is judged by which fences and limits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import msgspec

from guitu.engine.rules import FOREVER_MS, UNWATCHED, DeviceRule, FenceKind, FenceRule
from guitu.engine.timetable import ALWAYS, DayException, Timetable
from guitu.geo.shapes import Area, Circle, Shape
from guitu.people.models import Person
from guitu.tracking.gate import Gate
from guitu.tracking.gate_source import ms
from guitu.tracking.models import Device, Fence, FenceSubject, FenceVersion

_WHY = "the engine judges every device that is worn"


@dataclass(frozen=True, slots=True)
class DeviceRules:
    """What one device is judged by: comparable, so that only what changed is set again."""

    fences: tuple[FenceRule, ...] = ()
    limits: DeviceRule = UNWATCHED


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules by device id, the devices' terminal numbers, and by fence id the version that applies and
    the severity of its alarms. ``until_ms``: when the passing of time alone changes them."""

    devices: dict[int, DeviceRules]
    terminals: dict[int, str]
    versions: dict[int, int]
    severities: dict[int, int]
    until_ms: int = FOREVER_MS
    unreadable: tuple[int, ...] = ()


def shape_of(geometry: dict[str, Any]) -> Shape:
    """The shape of a version's geometry; raises ``geo.errors.ShapeError`` for one that is none."""
    return _shape(msgspec.json.encode(geometry))


@lru_cache(maxsize=4096)
def _shape(text: bytes) -> Shape:
    geometry = msgspec.json.decode(text)
    if geometry["type"] == "Point":
        lon, lat = geometry["coordinates"][:2]
        return Circle.at(lon, lat, radius_m=float(geometry["radius_m"]))
    if geometry["type"] == "Polygon":
        return Area.of([geometry["coordinates"]])
    if geometry["type"] == "MultiPolygon":
        return Area.of(geometry["coordinates"])
    raise ValueError(
        f"a fence of type {geometry['type']!r} cannot be judged: use Polygon, MultiPolygon, "
        "or Point with radius_m"
    )


def timetable_of(value: dict[str, Any]) -> Timetable:
    """A version's timetable; ``{}`` is always. Raises ``ValueError`` naming what does not fit."""
    if not value:
        return ALWAYS
    return Timetable(
        weekly=tuple((int(a), int(b)) for a, b in value.get("weekly", [])),
        exceptions=tuple(
            DayException(
                date.fromisoformat(item["day"]),
                tuple((int(a), int(b)) for a, b in item.get("intervals", [])),
            )
            for item in value.get("exceptions", [])
        ),
    )


def rule_of(version: FenceVersion, fence: Fence) -> FenceRule:
    """What the engine judges by for this version; the state of a breach follows the fence's id."""
    return FenceRule(
        id=fence.pk,
        kind=FenceKind(fence.kind),
        shape=shape_of(version.geometry),
        timetable=timetable_of(version.timetable),
        valid_from_ms=-FOREVER_MS if version.valid_from is None else ms(version.valid_from),
        valid_to_ms=FOREVER_MS if version.valid_to is None else ms(version.valid_to),
        margin_m=version.margin_m,
    )


def load(gate: Gate, *, now: datetime) -> RuleBook:
    """The rules of every device worn lawfully now.

    A device that is not worn under an order now has no rules: what stood on them ends. Fences that
    can't be read (services don't save such) are in ``unreadable``.
    """
    now_ms = ms(now)
    wearers: dict[int, tuple[int, int]] = {}  # device → (person, begin of the span)
    edges = [FOREVER_MS]
    for device, spans in gate.devices.items():
        for span in spans.lawful:
            edges += [edge for edge in (span.begin_ms, span.end_ms) if edge > now_ms]
            if span.begin_ms <= now_ms < span.end_ms:
                wearers[device] = (span.person, span.begin_ms)
    persons = {person for person, _ in wearers.values()}
    versions = (
        FenceVersion.objects.unscoped(_WHY)
        .filter(applied_until__isnull=True, fence__retired_at__isnull=True)
        .select_related("fence")
    )
    rules: dict[int, FenceRule] = {}
    current: dict[int, int] = {}
    severities: dict[int, int] = {}
    unreadable: list[int] = []
    personal: dict[int, list[int]] = defaultdict(list)
    shared: dict[int, list[int]] = defaultdict(list)
    for version in versions:
        fence = version.fence
        if fence.person_id is not None and fence.person_id not in persons:
            continue
        if fence.person_id is not None:
            personal[fence.person_id].append(fence.pk)
        elif fence.everybody:
            shared[fence.organisation_id].append(fence.pk)
        try:
            rules[fence.pk] = rule_of(version, fence)
        except (ValueError, KeyError, TypeError):
            # One that cannot be read must not stop the judging of everybody else; it is told in the
            # worker's health and by `guitu check` until somebody draws it again.
            unreadable.append(fence.pk)
            continue
        current[fence.pk] = version.pk
        severities[fence.pk] = fence.severity
    subjects = (
        FenceSubject.objects.unscoped(_WHY)
        .filter(person__in=persons)
        .exclude(until__lte=now)
        .values_list("person_id", "fence_id", "since", "until")
    )
    for person, fence_id, begin, end in subjects:
        edges += [ms(edge) for edge in (begin, end) if edge is not None and edge > now]
        if begin <= now:
            personal[person].append(fence_id)
    if shared:
        keys = Person.objects.unscoped(_WHY).filter(pk__in=persons)
        for person, units in keys.values_list("pk", "scope_keys"):
            for unit in units:
                personal[person] += shared.get(unit, ())
    devices: dict[int, DeviceRules] = {}
    terminals: dict[int, str] = {}
    for row in Device.objects.order_by().filter(pk__in=wearers):
        person, since_ms = wearers[row.pk]
        terminals[row.pk] = row.terminal
        wanted = sorted({pk for pk in personal.get(person, ()) if pk in rules})
        devices[row.pk] = DeviceRules(
            fences=tuple(rules[pk] for pk in wanted),
            limits=DeviceRule(
                silence_s=row.silence_s,
                interval_s=row.interval_s,
                watch_from_ms=since_ms,
                low_battery_pct=row.low_battery_pct,
            ),
        )
    return RuleBook(devices, terminals, current, severities, min(edges), tuple(unreadable))
