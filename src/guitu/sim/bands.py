"""Wristbands put on: devices, wearings, fences, and the habits by which their terminals live."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import shapely

from guitu.engine.rules import FenceKind
from guitu.engine.timetable import Timetable
from guitu.people.models import Case, EventKind
from guitu.people.timeline import happened
from guitu.sim import geography, names
from guitu.sim.civil import local
from guitu.sim.geography import District, district_of, moved, point_near
from guitu.sim.identity import identity_of
from guitu.sim.motion import Life, Place, Zone, day_of
from guitu.sim.staff import County, Staff
from guitu.sim.watching import Watched
from guitu.tracking.models import Device, DeviceState, Fence, FenceVersion, Severity, Wearing

SILENCE_S = 2400
SPARE = 20
NIGHT = Timetable.daily(22 * 60, 6 * 60)
_CURFEW_M = 200.0
_DISTRICT_MARGIN_M = 300.0
_SCHOOLS = ("听松小学", "望江中学", "清溪幼儿园", "知秋小学", "怀远实验学校", "白鹭中学")
_MARKETS = ("归鸿夜市", "柳岸农贸市场", "云台电子市场", "石桥棋牌街", "长汀酒吧街")


@dataclass(frozen=True, slots=True)
class Worn:
    """A band on a person, as the trail needs it; ``until`` None: still worn."""

    device_id: int
    wearing_id: int
    person_id: int
    case_id: int
    life: Life
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Ids:
    """A watched person's rows: person, case, and orders by number."""

    person_id: int
    case_id: int
    orders: Mapping[str, int]


def put_on(
    watched: Sequence[Watched],
    ids: Mapping[str, Ids],
    *,
    staff: Staff,
    seed: int,
    today: date,
    now: datetime,
    silence_s: int = SILENCE_S,
) -> list[Worn]:
    """Write devices, wearings, fences and the timeline's lines; in the caller's transaction.

    ``ids`` by case number. ``watched`` first those in force, then past ones.
    """
    counties = {county.district.code: county for county in staff.counties}
    devices = _devices(watched, counties, staff, seed=seed, today=today, silence_s=silence_s)
    # Django's `…_id` attributes are unknown to the type checker.
    wearings: list[Any] = []
    lives: list[Life] = []
    for n, (one, device) in enumerate(zip(watched, devices, strict=False)):
        rng = random.Random(f"{seed} band {n}")
        row, county = ids[one.case_number], counties[one.district]
        since = local(one.first_day, rng.randint(9, 16), rng.randint(0, 59))
        until = None
        if one.ends() < today:
            until = local(one.ends(), rng.randint(17, 20), rng.randint(0, 59))
        wearings.append(
            Wearing(
                device=device, person_id=row.person_id, case_id=row.case_id,
                order_id=row.orders[one.orders[0].number], since=since, until=until,
                put_on_by=county.body_officer,
                taken_off_by=county.body_officer if until else None,
                off_reason="决定期满或者解除，收回装置" if until else "",
            )
        )  # fmt: skip
        lives.append(_life(one, device, seed=seed, rng=rng, today=today))
    Wearing.objects.bulk_create(wearings)
    _fences(watched, wearings, lives, counties, now=now)
    _lines(wearings)
    return [
        Worn(w.device_id, w.pk, w.person_id, w.case_id, life, w.since, w.until)
        for w, life in zip(wearings, lives, strict=True)
    ]


def _devices(
    watched: Sequence[Watched],
    counties: Mapping[str, County],
    staff: Staff,
    *,
    seed: int,
    today: date,
    silence_s: int,
) -> list[Device]:
    rows: list[Device] = []
    spare = [staff.counties[n % len(staff.counties)].body for n in range(SPARE)]
    units = [counties[one.district].body for one in watched] + spare
    for n, unit in enumerate(units):
        worn = n < len(watched) and watched[n].ends() >= today
        terminal = names.mobile(50_000_000 + n + 1)
        who = identity_of(terminal)
        tour = n < len(watched) and watched[n].tour
        rows.append(
            Device(
                terminal=terminal, asset_number=f"DZWL-{n + 1:04d}",
                state=DeviceState.ISSUED if worn else DeviceState.STOCK,
                organisation=unit, maker=who.maker, model=who.model, hardware=who.hardware,
                imei=who.imei, iccid=who.iccid, sim_number=terminal, firmware=who.firmware,
                interval_s=20 if tour else random.Random(f"{seed} pace {n}").choice((30, 40, 60)),
                silence_s=silence_s, demo=True,
            )
        )  # fmt: skip
    return Device.objects.bulk_create(rows)


# ── where and how they live ──────────────────────────────────────────────────────────────────────


def _life(one: Watched, device: Device, *, seed: int, rng: random.Random, today: date) -> Life:
    district = district_of(one.district)
    core = district.heart
    home = one.centre
    for _ in range(50):
        home = point_near(district, one.centre, 2200, rng)
        if core.is_empty or shapely.contains_xy(core, *home):
            break
    curfew = rng.random() < 0.5
    best: Life | None = None
    for attempt in range(12):
        reach_m = 5000.0 if attempt < 6 else 1500.0
        haunts = tuple(_inside(district, home, 350, min(1800, reach_m), rng) for _ in range(2))
        life = Life(
            terminal=device.terminal,
            seed=seed,
            home=home,
            work=_inside(district, home, 800, reach_m, rng) if rng.random() < 0.8 else None,
            haunts=haunts,
            work_from_s=rng.choice((28_800, 30_600, 32_400, 32_400)),
            work_to_s=rng.choice((61_200, 63_000, 64_800)),
            interval_s=device.interval_s,
            version=rng.randint(0, 1),
            curfew=curfew,
            tour=one.tour,
        )
        best = life
        if all(
            _stays_inside(life, district, today - timedelta(days=back)) for back in (1, 2, 3, 6)
        ):
            break
    assert best is not None
    best = _with_zone(best, rng, today, wanted=one.tour or rng.random() < 0.45)
    return _with_away(best, district, rng)


def _inside(
    district: District, home: Place, nearest_m: float, farthest_m: float, rng: random.Random
) -> Place:
    for _ in range(60):
        place = moved(home, rng.uniform(nearest_m, farthest_m), rng.uniform(0, 360))
        if shapely.contains_xy(district.polygon, *place):
            return place
    return home


def _stays_inside(life: Life, district: District, day: date) -> bool:
    way = day_of(life, day)
    at = np.linspace(0, 86_399, 400)
    lon, lat = np.interp(at, way.at_s, way.lon), np.interp(at, way.at_s, way.lat)
    return bool(shapely.contains_xy(district.polygon, lon, lat).all())


def _with_zone(life: Life, rng: random.Random, today: date, *, wanted: bool) -> Life:
    """A school or market near home that the daily ways keep clear of."""
    if not wanted:
        return life
    ways = []
    for back in range(1, 8):
        way = day_of(life, today - timedelta(days=back))
        at = np.linspace(0, 86_399, 1500)
        ways.append((np.interp(at, way.at_s, way.lon), np.interp(at, way.at_s, way.lat)))
    lon, lat = (np.concatenate(column) for column in zip(*ways, strict=True))
    scale = geography.M_PER_DEG_LAT * np.cos(np.radians(life.home[1]))
    for _ in range(60):
        radius_m = float(rng.choice((120, 150, 180)))
        centre = moved(life.home, rng.uniform(radius_m + 190, 1100), rng.uniform(0, 360))
        clear = np.hypot((lon - centre[0]) * scale, (lat - centre[1]) * geography.M_PER_DEG_LAT)
        if clear.min() > radius_m + 110:
            name = rng.choice(_SCHOOLS + _MARKETS)
            return _replace(life, zone=Zone(centre=centre, radius_m=radius_m, name=name))
    return life


def _with_away(life: Life, district: District, rng: random.Random) -> Life:
    """A place beyond the district's boundary, within a bicycle's reach; none in its heart."""
    for _ in range(40):
        place = moved(life.home, rng.uniform(2500, 9000), rng.uniform(0, 360))
        if not shapely.contains_xy(district.surroundings, *place):
            return _replace(life, away=place)
    return life


def _replace(life: Life, **changes: Any) -> Life:
    return msgspec.structs.replace(life, **changes)


# ── fences ───────────────────────────────────────────────────────────────────────────────────────


def _fences(
    watched: Sequence[Watched],
    wearings: Sequence[Any],
    lives: Sequence[Life],
    counties: Mapping[str, County],
    *,
    now: datetime,
) -> None:
    """The district for everybody who wears a band there; a curfew and zones for some."""
    fences: list[Fence] = []
    versions: list[FenceVersion] = []

    def add(fence: Fence, version: FenceVersion) -> None:
        version.fence, version.number = fence, 1
        fences.append(fence)
        versions.append(version)

    first = min((w.since for w in wearings), default=now)
    for code, county in counties.items():
        add(
            Fence(
                name=f"{county.district.name}行政区域", kind=FenceKind.INCLUSION,
                organisation=county.body, everybody=True, severity=Severity.ALARM,
                reason="未经批准不得离开", created_by=county.body_officer,
            ),
            FenceVersion(
                geometry=county.district.geometry(), shape="area", area_code=code,
                margin_m=_DISTRICT_MARGIN_M, applied_from=first, created_by=county.body_officer,
            ),
        )  # fmt: skip
    for one, wearing, life in zip(watched, wearings, lives, strict=True):
        if wearing.until is not None:
            continue
        county = counties[one.district]
        own = {
            "person_id": wearing.person_id, "case_id": wearing.case_id,
            "organisation_id": one.office, "created_by": county.body_officer,
        }  # fmt: skip
        made: dict[str, Any] = {
            "applied_from": wearing.since, "created_by": county.body_officer
        }  # fmt: skip
        if life.curfew:
            add(
                Fence(name="住所夜间", kind=FenceKind.INCLUSION, reason="22时至次日6时在住所", **own),
                FenceVersion(
                    geometry=_circle(life.home, _CURFEW_M), shape="circle",
                    timetable={"weekly": [list(each) for each in NIGHT.weekly]}, **made,
                ),
            )  # fmt: skip
        if life.zone is not None:
            school = life.zone.name in _SCHOOLS
            add(
                Fence(
                    name=f"{life.zone.name}周边", kind=FenceKind.EXCLUSION,
                    severity=Severity.URGENT if school else Severity.ALARM,
                    reason="禁止进入的区域", **own,
                ),
                FenceVersion(
                    geometry=_circle(life.zone.centre, life.zone.radius_m), shape="circle", **made
                ),
            )  # fmt: skip
    Fence.objects.bulk_create(fences)
    FenceVersion.objects.bulk_create(versions)


def _circle(centre: Place, radius_m: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(centre), "radius_m": radius_m}


def _lines(wearings: Sequence[Any]) -> None:
    for wearing in wearings:
        case = Case(pk=wearing.case_id, person_id=wearing.person_id)
        terminal = wearing.device.terminal
        happened(
            case, EventKind.WEARING, at=wearing.since, by=wearing.put_on_by,
            text=f"佩戴电子手环{wearing.device.asset_number}（{terminal}），已告知期限和要求。",
            basis="CCL 29(1)",
        )  # fmt: skip
        if wearing.until is not None:
            happened(
                case, EventKind.UNWEARING, at=wearing.until, by=wearing.taken_off_by,
                text=f"取下电子手环{wearing.device.asset_number}。", basis="CCL 29(2)",
            )  # fmt: skip
