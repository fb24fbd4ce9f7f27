"""What tests of pages and services put on an officer's desk: alarms with their evidence, trails."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.utils import timezone

from guitu.base import audit
from guitu.engine.evidence import Evidence, EvidenceFix, probability_beyond
from guitu.geo.shapes import E7, signed_distance_m
from guitu.people.models import Case
from guitu.tracking.models import Alarm, AlarmKind, AlarmStep, Fence, Fix, Latest, StepKind, Wearing
from guitu.tracking.partitions import day_of
from guitu.tracking.rules import shape_of
from guitu.tracking.tests.world import LAT, LON, World

_ids = itertools.count(1)


@contextmanager
def at_host() -> Iterator[None]:
    """Somebody is named for the audit outside a request."""
    with audit.acting(audit.Source(via="host", actor_id=None, actor="test")):
        yield


def fixes(
    wearing: Wearing, start: datetime, places: list[tuple[float, float, float]], **more: Any
) -> list[Fix]:
    """Fixes at (minutes after start, metres north, metres east) of the middle, as the worker writes."""
    made = []
    for minutes, north_m, east_m in places:
        at = (start + timedelta(minutes=minutes)).replace(microsecond=0)
        number = next(_ids) + 10_000_000
        values: dict[str, Any] = {
            "accuracy_m": 12.0, "satellites": 11, "source": 1, "battery_pct": 62, "flags": 0,
            "verdict": 1, "speed_kmh": 4.0, "valid": True,
        } | more  # fmt: skip
        made.append(
            Fix(
                day=day_of(at), id=number, report_id=number, person_id=wearing.person_id,
                case_id=wearing.case_id, wearing=wearing, device_id=wearing.device_id, time=at,
                device_time=at, received_at=at + timedelta(seconds=1),
                lon_e7=round((LON + east_m / 94_300.0) * E7),
                lat_e7=round((LAT + north_m / 111_200.0) * E7), **values,
            )
        )  # fmt: skip
    Fix.objects.bulk_create(made)
    return made


def heard(wearing: Wearing, fix: Fix) -> Latest:
    """The row of the last place."""
    row, _made = Latest.objects.update_or_create(
        person_id=wearing.person_id,
        defaults={
            "wearing": wearing, "device_id": wearing.device_id, "heard_at": fix.received_at,
            "place_time": fix.time, "place_received_at": fix.received_at, "lon_e7": fix.lon_e7,
            "lat_e7": fix.lat_e7, "accuracy_m": fix.accuracy_m, "speed_kmh": fix.speed_kmh,
            "source": fix.source, "battery_pct": fix.battery_pct, "verdict": fix.verdict,
        },
    )  # fmt: skip
    return row


def evidence(fence: Fence, trail: list[Fix]) -> dict[str, Any]:
    """The engine's evidence about these fixes, as the worker stores it."""
    shape = shape_of(fence.versions.get(applied_until__isnull=True).geometry)
    told = []
    for fix in trail:
        beyond = float(signed_distance_m(shape, fix.lon_e7, fix.lat_e7)[0])
        beyond = beyond if fence.kind == 1 else -beyond
        sure = max(fix.accuracy_m or 15.0, 15.0)
        told.append(
            EvidenceFix(
                time_ms=int(fix.time.timestamp() * 1000),
                received_ms=int(fix.received_at.timestamp() * 1000), lon_e7=fix.lon_e7,
                lat_e7=fix.lat_e7, beyond_m=beyond, uncertainty_m=sure,
                probability=probability_beyond(beyond, sure), verdict=fix.verdict,
                source=fix.source, satellites=fix.satellites or -1,
            )
        )  # fmt: skip
    since = next((fix.time_ms for fix in told if fix.beyond_m > 0), told[-1].time_ms)
    made = Evidence(
        v=1, fence_id=fence.pk, inclusion=fence.kind == 1, margin_m=0.0, since_ms=since, points=2,
        needed=4, far_accuracies=4.0, far_m=300.0, good_floor_m=15.0, weak_floor_m=50.0,
        fixes=tuple(told),
    )  # fmt: skip
    found: dict[str, Any] = msgspec.json.decode(made.to_json())
    return found


def alarm(
    world: World,
    *,
    kind: str = AlarmKind.BREACH,
    known_at: datetime | None = None,
    severity: int = 2,
    fence: Fence | None = None,
    trail: list[Fix] | None = None,
    wearing: Wearing | None = None,
    **more: Any,
) -> Alarm:
    """An alarm that nobody has claimed."""
    worn = wearing or world.wearing
    at = known_at or world.now - timedelta(minutes=9)
    version = fence.versions.get(applied_until__isnull=True) if fence else None
    last = trail[-1] if trail else None
    values: dict[str, Any] = {
        "person_id": worn.person_id, "case_id": worn.case_id, "wearing": worn,
        "device_id": worn.device_id, "kind": kind, "severity": severity, "fence": fence,
        "fence_version": version, "began_at": at - timedelta(minutes=6), "known_at": at,
        "opened_at": at, "last_event_at": at, "merged": 0,
        "lon_e7": last.lon_e7 if last else None, "lat_e7": last.lat_e7 if last else None,
        "evidence": evidence(fence, trail) if fence and trail else {},
    } | more  # fmt: skip
    made = Alarm.objects.create(**values)
    AlarmStep.objects.create(alarm=made, kind=StepKind.OPENED, at=at)
    return made


def breach(world: World, *, case: Case | None = None) -> Alarm:
    """The picture's story: five fixes inside, sixteen minutes of nothing, four outside."""
    fence = world.fence(radius_m=900.0)
    start = world.now - timedelta(minutes=56)
    if timezone.localdate(start) != timezone.localdate(world.now):
        # Told of one day, also when the test runs shortly after midnight.
        start = world.now - timedelta(minutes=116)
    walk = [
        (0, -500, -700), (8, -380, -420), (14, -240, -120), (19, -100, 160), (25, 20, 430),
        (41, 260, 980), (45, 360, 1240), (48, 480, 1520), (52, 700, 1790),
    ]  # fmt: skip
    trail = fixes(world.wearing, start, walk)
    heard(world.wearing, trail[-1])
    return alarm(world, fence=fence, trail=trail[:8], known_at=trail[7].received_at)
