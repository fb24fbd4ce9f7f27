"""A person's trail of a day: its fixes, stops, gaps, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

from guitu.base import audit
from guitu.base.models import Account
from guitu.engine.columns import Verdict
from guitu.geo import trail as geo
from guitu.geo.shapes import E7
from guitu.people.models import Person
from guitu.tracking.models import Fix
from guitu.tracking.queries.evidence import SOURCES
from guitu.tracking.services.acts import WHY
from guitu.ui.words import SHANGHAI

DAYS_MAX = 7
FIXES_MAX = 60_000
# A band at rest reports each quarter of an hour: what is longer than that is a gap.
GAP_S = 930.0


@dataclass(frozen=True, slots=True)
class Stay:
    """A stop: from, to, place in degrees."""

    start: datetime
    end: datetime
    lon: float
    lat: float

    @property
    def seconds(self) -> float:
        """How long."""
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class Hole:
    """A time without signal, and how far apart its ends lie, metres."""

    start: datetime
    end: datetime
    moved_m: float

    @property
    def seconds(self) -> float:
        """How long."""
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class Trail:
    """All fixes of the days, in order of (time, id); ``used`` are those believed to be a place."""

    person_id: int
    first: date
    last: date
    fixes: tuple[Fix, ...]
    used: tuple[bool, ...]
    stays: tuple[Stay, ...]
    holes: tuple[Hole, ...]
    distance_m: float
    cut: bool

    @property
    def placed(self) -> list[Fix]:
        """The believed fixes."""
        return [fix for fix, used in zip(self.fixes, self.used, strict=True) if used]

    @property
    def left_out(self) -> int:
        """How many fixes were kept but not believed."""
        return len(self.fixes) - sum(self.used)


def read_trail(
    person: Person, first: date, last: date, *, by: Account, purpose: str = "page"
) -> Trail:
    """The trail of inclusive civil days; every reading is one audit row, in the caller's transaction.

    Raises ``ValueError`` for more than seven days. The caller has scoped the person by track.read.
    """
    if not first <= last <= first + timedelta(days=DAYS_MAX - 1):
        raise ValueError(f"read at most {DAYS_MAX} days at a time, not {first}…{last}")
    rows = tuple(
        Fix.objects.unscoped(WHY)
        .filter(person_id=person.pk, day__range=(first, last))
        .order_by("time", "id")[: FIXES_MAX + 1]
    )
    audit.record(
        "trail.read", obj=person, person_id=person.pk, actor=by, first=first, last=last,
        fixes=min(len(rows), FIXES_MAX), purpose=purpose,
    )  # fmt: skip
    return made_of(person.pk, first, last, rows[:FIXES_MAX], cut=len(rows) > FIXES_MAX)


def made_of(
    person_id: int, first: date, last: date, rows: tuple[Fix, ...], *, cut: bool = False
) -> Trail:
    """Stops, gaps and length of fixes in order; cells and unbelieved fixes take no part in them."""
    used = tuple(
        row.valid
        and not row.verdict & int(Verdict.filtered())
        and SOURCES.get(row.source) != "cell"
        for row in rows
    )
    placed = [row for row, good in zip(rows, used, strict=True) if good]
    time_ms = np.array([_ms(row.time) for row in placed], np.int64)
    lon = np.array([row.lon_e7 for row in placed], np.int32)
    lat = np.array([row.lat_e7 for row in placed], np.int32)
    if not placed:
        return Trail(person_id, first, last, rows, used, (), (), 0.0, cut)
    return Trail(
        person_id=person_id,
        first=first,
        last=last,
        fixes=rows,
        used=used,
        stays=tuple(
            Stay(_at(s.start_ms), _at(s.end_ms), s.lon_e7 / E7, s.lat_e7 / E7)
            for s in geo.stops(time_ms, lon, lat)
        ),
        holes=tuple(
            Hole(_at(g.start_ms), _at(g.end_ms), g.moved_m)
            for g in geo.gaps(time_ms, lon, lat, longer_than_s=GAP_S)
        ),
        distance_m=geo.distance_m(lon, lat),
        cut=cut,
    )


def days_with_fixes(person_id: int, *, since: date, until: date) -> set[date]:
    """Which days hold a trail at all, for the day picker."""
    return set(
        Fix.objects.unscoped(WHY)
        .filter(person_id=person_id, day__range=(since, until))
        .order_by()
        .values_list("day", flat=True)
        .distinct()
    )


def bounds(day: date) -> tuple[datetime, datetime]:
    """[from, until) of a civil day of Shanghai."""
    start = datetime.combine(day, time(), SHANGHAI)
    return start, start + timedelta(days=1)


def columns(trail: Trail) -> tuple[Any, Any, Any]:
    """Every fix that the device called a position, for export: time_ms, lon_e7, lat_e7."""
    rows = [fix for fix in trail.fixes if fix.valid]
    return (
        np.array([_ms(row.time) for row in rows], np.int64),
        np.array([row.lon_e7 for row in rows], np.int32),
        np.array([row.lat_e7 for row in rows], np.int32),
    )


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _at(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)
