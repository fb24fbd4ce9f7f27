"""Where a simulated person is at any moment: a commuter's day, as a pure function of the seed.

A day is a list of knots (second of the day, place); between two knots a person moves in a straight
line, through bends that make a way look like streets. Home and work are stays; on workdays there is
a commute and now and then an errand, at weekends an outing; nights are at home. A few times a year
something goes wrong (:mod:`guitu.sim.incidents`); it is woven into the day here.

Receiver errors wander slowly (sums of slow waves), more so indoors, where satellites are few.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import msgspec
import numpy as np
import numpy.typing as npt

from guitu.sim.geography import M_PER_DEG_LAT, metres_between, moved
from guitu.sim.incidents import Incident, Kind, incident_of

F8 = npt.NDArray[np.float64]
Place = tuple[float, float]
DAY_S = 86_400
_WALK_MS, _BIKE_MS = 1.3, 5.2
_FAR_M = 1_300.0


class Zone(msgspec.Struct, frozen=True):
    """A place that must not be entered: centre (lon, lat) and radius."""

    centre: Place
    radius_m: float
    name: str


class Life(msgspec.Struct, frozen=True):
    """One wearer's habits: all that the motion model needs, as it stands in ``city.json``."""

    terminal: str
    seed: int
    home: Place
    work: Place | None
    haunts: tuple[Place, ...]
    work_from_s: int
    work_to_s: int
    interval_s: int
    version: int
    curfew: bool
    zone: Zone | None = None
    away: Place | None = None
    """A place outside the home district, for who leaves it."""
    tour: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A day's way: knots in seconds after local midnight, and what went wrong if anything did."""

    at_s: F8
    lon: F8
    lat: F8
    incident: Incident | None


@dataclass(frozen=True, slots=True)
class Track:
    """What a receiver says at the moments asked for; columns of equal length."""

    lon: F8
    lat: F8
    speed_kmh: F8
    course_deg: F8
    satellites: npt.NDArray[np.int64]
    battery_pct: npt.NDArray[np.int64]
    still: npt.NDArray[np.bool_]


@lru_cache(maxsize=2048)
def day_of(life: Life, day: date) -> Day:
    """The way of one civil day (Asia/Shanghai)."""
    rng = random.Random(f"{life.seed} {life.terminal} {day}")
    way = _Way(life.home)
    incident = incident_of(
        life.seed, life.terminal, day, curfew=life.curfew, zone=life.zone is not None,
        away=life.away is not None, tour=life.tour,
    )  # fmt: skip
    if life.work is not None and day.weekday() < 5 and rng.random() < 0.95:
        begin = life.work_from_s + rng.randint(-900, 900)
        way.leave_for(life.work, rng, arrive_s=begin)
        end = life.work_to_s + rng.randint(-900, 1800)
        if incident is not None and incident.kind is Kind.ZONE and life.zone is not None:
            way.visit(life.zone.centre, rng, from_s=min(incident.at_s, end - 3000),
                      stay_s=incident.lasts_s, back=life.work)  # fmt: skip
        way.stay_until(max(end, way.now_s))
        if life.haunts and rng.random() < 0.35:
            way.go(rng.choice(life.haunts), rng)
            way.stay(rng.randint(1200, 2700))
        way.go(life.home, rng)
    else:
        if life.haunts and rng.random() < 0.75:
            way.stay_until(rng.randint(32_000, 37_000))
            way.go(rng.choice(life.haunts), rng)
            way.stay(rng.randint(2400, 7200))
            way.go(life.home, rng)
        if incident is not None and incident.kind is Kind.ZONE and life.zone is not None:
            way.visit(life.zone.centre, rng, from_s=incident.at_s, stay_s=incident.lasts_s,
                      back=life.home)  # fmt: skip
    if incident is not None and incident.kind is Kind.AWAY and life.away is not None:
        if way.now_s < incident.at_s:
            way.visit(life.away, rng, from_s=incident.at_s, stay_s=incident.lasts_s, back=life.home)
    elif way.now_s < 66_000 and rng.random() < 0.3:
        way.stay_until(rng.randint(68_500, 70_500))
        way.go(moved(life.home, rng.uniform(250, 600), rng.uniform(0, 360)), rng)
        way.stay(rng.randint(300, 1200))
        way.go(life.home, rng)
    if incident is not None and incident.kind is Kind.NIGHT_OUT and life.haunts:
        way.visit(
            life.haunts[0], rng, from_s=incident.at_s, stay_s=incident.lasts_s, back=life.home
        )
    way.stay_until(DAY_S)
    at_s, lon, lat = np.array(way.knots).T
    return Day(at_s, lon, lat, incident)


class _Way:
    """A day's knots as they are laid."""

    def __init__(self, home: Place) -> None:
        self.here = home
        self.now_s = 0.0
        self.knots: list[tuple[float, float, float]] = [(0.0, *home)]

    def stay_until(self, at_s: float) -> None:
        if at_s > self.now_s:
            self.now_s = float(at_s)
            self.knots.append((self.now_s, *self.here))

    def stay(self, seconds: float) -> None:
        self.stay_until(min(self.now_s + seconds, DAY_S - 1))

    def leave_for(self, to: Place, rng: random.Random, *, arrive_s: float) -> None:
        self.stay_until(max(self.now_s, arrive_s - _takes_s(self.here, to)))
        self.go(to, rng)

    def visit(
        self, to: Place, rng: random.Random, *, from_s: float, stay_s: float, back: Place
    ) -> None:
        self.stay_until(from_s)
        self.go(to, rng)
        self.stay(stay_s)
        self.go(back, rng)

    def go(self, to: Place, rng: random.Random) -> None:
        length_m = metres_between(self.here, to)
        if length_m < 1 or self.now_s >= DAY_S - 60:
            return
        lasts_s = min(_takes_s(self.here, to), DAY_S - 1 - self.now_s)
        bends = 3 if length_m > _FAR_M else 1
        (lon, lat), began_s = self.here, self.now_s
        across = math.atan2(to[0] - lon, to[1] - lat) + math.pi / 2
        for n in range(1, bends + 1):
            part = n / (bends + 1)
            aside = rng.uniform(-0.08, 0.08) * length_m
            where = (lon + (to[0] - lon) * part, lat + (to[1] - lat) * part)
            bend = moved(where, aside, math.degrees(across))
            self.knots.append((began_s + lasts_s * part, *bend))
        self.here, self.now_s = to, began_s + lasts_s
        self.knots.append((self.now_s, *to))


def _takes_s(a: Place, b: Place) -> float:
    length_m = metres_between(a, b) * 1.05
    return length_m / (_BIKE_MS if length_m > _FAR_M else _WALK_MS)


def track(life: Life, day: date, at_s: F8) -> Track:
    """What the receiver says at seconds ``at_s`` of a day (sorted)."""
    way = day_of(life, day)
    lon, lat = np.interp(at_s, way.at_s, way.lon), np.interp(at_s, way.at_s, way.lat)
    # Speed and course from the leg under way at each moment.
    leg = np.clip(np.searchsorted(way.at_s, at_s, side="right") - 1, 0, len(way.at_s) - 2)
    took = np.maximum(way.at_s[leg + 1] - way.at_s[leg], 1e-3)
    east = (way.lon[leg + 1] - way.lon[leg]) * M_PER_DEG_LAT * math.cos(math.radians(life.home[1]))
    north = (way.lat[leg + 1] - way.lat[leg]) * M_PER_DEG_LAT
    length = np.hypot(east, north)
    still = length < 0.5
    speed = np.where(still, 0.0, length / took * 3.6)
    course = np.degrees(np.arctan2(east, north)) % 360
    error_e, error_n = _error_m(life, day, at_s, still)
    lat = lat + error_n / M_PER_DEG_LAT
    lon = lon + error_e / (M_PER_DEG_LAT * math.cos(math.radians(life.home[1])))
    wobble = _waves(f"{life.seed} {life.terminal} sky", day, at_s, (1700.0, 610.0))
    satellites = np.clip(np.where(still, 8.5 + 3.2 * wobble, 12.5 + 2.5 * wobble), 3, 20).astype(
        int
    )
    return Track(
        lon=np.round(lon, 6),
        lat=np.round(lat, 6),
        speed_kmh=np.round(speed, 1).astype(np.float64),
        course_deg=np.round(course),
        satellites=satellites,
        battery_pct=_battery(life, way.incident, at_s),
        still=still,
    )


def _error_m(life: Life, day: date, at_s: F8, still: npt.NDArray[np.bool_]) -> tuple[F8, F8]:
    """East and north error: slow waves of about 12 m indoors and 4 m on the move."""
    size = np.where(still, 11.0, 4.0)
    key = f"{life.seed} {life.terminal}"
    east = _waves(f"{key} east", day, at_s, (2300.0, 870.0, 240.0))
    north = _waves(f"{key} north", day, at_s, (1900.0, 730.0, 280.0))
    return size * east, size * north


def _waves(key: str, day: date, at_s: F8, periods_s: tuple[float, ...]) -> F8:
    rng = random.Random(f"{key} {day}")
    total = np.zeros_like(at_s)
    for period_s in periods_s:
        total += np.sin(2 * math.pi * (at_s / period_s + rng.random())) / len(periods_s) ** 0.5
    return total


def _battery(life: Life, incident: Incident | None, at_s: F8) -> npt.NDArray[np.int64]:
    """Full in the morning, down by about 55 % in the evening, charged at night."""
    lost = 50 + (hash_of(life.terminal) % 15)
    level = np.interp(
        at_s, [0, 3 * 3600, 7 * 3600, 23 * 3600, DAY_S], [62, 100, 100, 100 - lost, 55]
    )
    if incident is not None and incident.kind is Kind.FLAT:
        # Not charged in time: it falls to nothing and stays off until it is.
        flat = np.interp(at_s, [incident.at_s - 3 * 3600, incident.at_s], [45.0, 3.0])
        level = np.where(
            (at_s > incident.at_s - 3 * 3600) & (at_s < incident.at_s + incident.lasts_s),
            flat,
            level,
        )
    return np.clip(np.round(level), 1, 100).astype(int)


def hash_of(text: str) -> int:
    """A small number from a text, the same in every process."""
    return sum((n + 1) * ord(c) for n, c in enumerate(text))


def silences(life: Life, day: date) -> list[tuple[float, float]]:
    """Spans of a day (seconds) in which nothing comes: a dead battery, no network."""
    found: list[tuple[float, float]] = []
    incident = day_of(life, day).incident
    if incident is not None and incident.kind in (Kind.FLAT, Kind.LOST):
        found.append((incident.at_s, incident.at_s + incident.lasts_s))
    rng = random.Random(f"{life.seed} {life.terminal} gap {day}")
    if rng.random() < 0.4:
        begin = rng.randint(8 * 3600, 20 * 3600)
        found.append((begin, begin + rng.randint(420, 1300)))
    return found
