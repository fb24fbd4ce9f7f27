"""An alarm's evidence for its drawings: what the engine decided by, and what came after."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from guitu.engine.columns import Verdict
from guitu.engine.evidence import Evidence as EngineEvidence
from guitu.engine.evidence import probability_beyond
from guitu.geo.shapes import E7, Area, Circle, Shape, signed_distance_m
from guitu.tracking.models import Alarm, AlarmKind, AlarmState, Fix
from guitu.tracking.partitions import day_of
from guitu.tracking.queries.alarms import engine_evidence
from guitu.tracking.rules import shape_of
from guitu.ui.evidence import Evidence, EvidenceFix, Source

#: How long before and after an alarm the trail is drawn.
BEFORE = timedelta(minutes=60)
AFTER = timedelta(minutes=60)
FIXES_MAX = 120
SOURCES: dict[int, Source] = {0: "unknown", 1: "satellite", 2: "wifi", 3: "cell"}
_M_PER_DEGREE = 111_195.08


@dataclass(frozen=True, slots=True)
class Shown:
    """What the middle pane draws. ``later``: fixes of the trail that came after the decision."""

    evidence: Evidence
    later: int
    trail_read: bool


def rings_of(shape: Shape, *, points: int = 72) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Outlines in degrees; a circle as a polygon of ``points`` corners."""
    if isinstance(shape, Area):
        return tuple(
            tuple((x / E7, y / E7) for x, y in ring) for part in shape.polygons for ring in part
        )
    return (_round(shape, points),)


def _round(circle: Circle, points: int) -> tuple[tuple[float, float], ...]:
    lon, lat = circle.lon_e7 / E7, circle.lat_e7 / E7
    tall = circle.radius_m / _M_PER_DEGREE
    wide = tall / math.cos(math.radians(lat))
    angles = (2 * math.pi * n / points for n in range(points))
    return tuple((lon + wide * math.cos(a), lat + tall * math.sin(a)) for a in angles)


def evidence_of(alarm: Alarm, *, now: datetime, with_trail: bool) -> Shown | None:
    """The evidence of an alarm that the caller may see; None when there is nothing to draw.

    ``with_trail``: whether the account may read the person's trail; without it only what the alarm
    itself holds is drawn. The caller writes the audit of the read.
    """
    engine = engine_evidence(alarm)
    shape = shape_of(alarm.fence_version.geometry) if alarm.fence_version else None
    known: dict[tuple[int, int, int], Any] = {}
    if engine is not None:
        known = {(fix.time_ms, fix.lon_e7, fix.lat_e7): fix for fix in engine.fixes}
    rows = _trail(alarm, engine, now=now) if with_trail else []
    fixes: list[EvidenceFix] = []
    seen: set[tuple[int, int, int]] = set()
    later = 0
    last_known = max((key[0] for key in known), default=0)
    for row in rows:
        key = (round(row.time.timestamp() * 1000), row.lon_e7, row.lat_e7)
        if key in seen or not row.valid:
            continue
        seen.add(key)
        later += key[0] > last_known
        fixes.append(_of_trail(row, known.get(key), shape, engine))
    for key, fix in known.items():
        if key not in seen:
            fixes.append(_of_engine(fix))
    fixes.sort(key=lambda fix: fix.time)
    if not fixes:
        return None
    inclusion = engine.inclusion if engine else alarm.fence is None or alarm.fence.kind == 1
    away = _away(fixes[-1], shape, inclusion, engine)
    breach = alarm.kind == AlarmKind.BREACH
    return Shown(
        Evidence(
            fixes=tuple(fixes[-FIXES_MAX:]),
            rings=rings_of(shape) if shape is not None else (),
            fence_name=alarm.fence.name if alarm.fence else "",
            kind="inclusion" if inclusion else "exclusion",
            raised_at=alarm.known_at if breach else None,
            distance_m=away if breach and away is not None and away > 0 else None,
        ),
        later,
        with_trail,
    )


def _trail(alarm: Alarm, engine: EngineEvidence | None, *, now: datetime) -> list[Fix]:
    first = alarm.began_at - BEFORE
    if engine is not None and engine.fixes:
        first = max(first, datetime.fromtimestamp(engine.fixes[0].time_ms / 1000, UTC))
        first = min(first, alarm.began_at - timedelta(minutes=5))
    end = alarm.ended_at or alarm.handled_at or now
    last = min(max(end, alarm.known_at) + timedelta(minutes=10), alarm.known_at + AFTER, now)
    rows = (
        Fix.objects.unscoped("the page has scoped the alarm and asked for track.read")
        .filter(
            person_id=alarm.person_id,
            day__range=(day_of(first), day_of(last)),
            time__gte=first,
            time__lte=last,
        )
        .order_by("-time", "-id")[:400]
    )
    return list(reversed(rows))


def _of_engine(fix: Any) -> EvidenceFix:
    verdict = Verdict(fix.verdict & 0xFFF)
    return EvidenceFix(
        time=datetime.fromtimestamp(fix.time_ms / 1000, UTC),
        lat=fix.lat_e7 / E7,
        lon=fix.lon_e7 / E7,
        source=SOURCES.get(fix.source, "unknown"),
        accuracy_m=fix.uncertainty_m,
        outside=fix.beyond_m > 0,
        probability=fix.probability,
        used=not verdict & Verdict.filtered(),
    )


def _of_trail(
    row: Fix, known: Any, shape: Shape | None, engine: EngineEvidence | None
) -> EvidenceFix:
    if known is not None:
        return _of_engine(known)
    verdict = Verdict(row.verdict & 0xFFF)
    used = not verdict & Verdict.filtered()
    source = SOURCES.get(row.source, "unknown")
    outside: bool | None = None
    probability: float | None = None
    if used and shape is not None and source != "cell":
        beyond = float(signed_distance_m(shape, row.lon_e7, row.lat_e7)[0])
        inclusion = engine.inclusion if engine else True
        beyond = (beyond if inclusion else -beyond) - (engine.margin_m if engine else 0.0)
        floor = engine.good_floor_m if engine else 15.0
        uncertainty = max(row.accuracy_m or floor, floor)
        outside = beyond > 0
        probability = probability_beyond(beyond, uncertainty)
    return EvidenceFix(
        time=row.time,
        lat=row.lat_e7 / E7,
        lon=row.lon_e7 / E7,
        source=source,
        accuracy_m=row.accuracy_m,
        outside=outside,
        probability=probability,
        used=bool(used),
    )


def _away(
    fix: EvidenceFix, shape: Shape | None, inclusion: bool, engine: EngineEvidence | None
) -> float | None:
    if shape is None:
        return None
    distance = float(signed_distance_m(shape, round(fix.lon * E7), round(fix.lat * E7))[0])
    return distance if inclusion else -distance


def still_open(alarm: Alarm) -> bool:
    """Whether the alarm waits for anybody."""
    return alarm.state != AlarmState.CLOSED
