"""What happens in the first minutes of a demo: somebody rides into a zone that is closed to him.

So that who starts Guitu for the first time sees an alarm come in while looking. The person is one
of the documented officer's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from guitu.sim.geography import M_PER_DEG_LAT, metres_between
from guitu.sim.motion import Life, Place

_WAITS = timedelta(seconds=20)
_BEFORE_M = 160.0
_RIDES_MS = 5.0
_STAYS = timedelta(minutes=8)
#: A restart within this time does not play it again.
AGAIN_AFTER_S = 1800.0


@dataclass(frozen=True, slots=True)
class Opening:
    """Waits before the zone, rides to its middle, stays, rides home."""

    starts: datetime
    near: Place
    centre: Place
    home: Place
    rides: timedelta
    returns: timedelta

    @classmethod
    def of(cls, life: Life, *, starts: datetime) -> Opening | None:
        """The scene for a life that has a zone; None without one."""
        if life.zone is None:
            return None
        centre, home = life.zone.centre, life.home
        away_m = metres_between(home, centre)
        part = min(1.0, (life.zone.radius_m + _BEFORE_M) / max(away_m, 1.0))
        near = _between(centre, home, part)
        return cls(
            starts=starts,
            near=near,
            centre=centre,
            home=home,
            rides=timedelta(seconds=metres_between(near, centre) / _RIDES_MS),
            returns=timedelta(seconds=away_m / _RIDES_MS),
        )

    def over(self, now: datetime) -> bool:
        """Whether the person is home again."""
        return now - self.starts > _WAITS + self.rides + _STAYS + self.returns

    def place(self, now: datetime) -> tuple[float, float, float, float]:
        """Longitude, latitude, speed in km/h and course at a moment."""
        since = now - self.starts - _WAITS
        zero = timedelta(0)
        if since < zero:
            return (*self.near, 0.0, 0.0)
        if since < self.rides:
            return self._riding(self.near, self.centre, since / self.rides)
        since -= self.rides + _STAYS
        if since < zero:
            return (*self.centre, 0.0, 0.0)
        return self._riding(self.centre, self.home, min(1.0, since / self.returns))

    def _riding(self, a: Place, b: Place, part: float) -> tuple[float, float, float, float]:
        lon, lat = _between(a, b, part)
        north = (b[1] - a[1]) * M_PER_DEG_LAT
        east = (b[0] - a[0]) * M_PER_DEG_LAT * math.cos(math.radians(a[1]))
        return lon, lat, _RIDES_MS * 3.6, math.degrees(math.atan2(east, north)) % 360


def _between(a: Place, b: Place, part: float) -> Place:
    return round(a[0] + (b[0] - a[0]) * part, 6), round(a[1] + (b[1] - a[1]) * part, 6)


def may_play(run: Path, *, now_s: float) -> bool:
    """Whether it is time again; notes that it is played now."""
    note = run / "opening"
    try:
        lately = now_s - note.stat().st_mtime < AGAIN_AFTER_S
    except FileNotFoundError:
        lately = False
    if not lately and run.is_dir():
        note.touch()
    return not lately
