"""A small language for engine tests: one person, one place, times of day, metres from home."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np

from guitu.engine.columns import Fixes, Verdict
from guitu.engine.events import Event, EventKind
from guitu.engine.rules import UNWATCHED, DeviceRule, FenceKind, FenceRule, Rules
from guitu.engine.state import State
from guitu.engine.step import step, tick
from guitu.engine.timetable import ALWAYS, Timetable
from guitu.geo.kernel import metres_per_e7
from guitu.geo.shapes import Circle

SHANGHAI = timezone(timedelta(hours=8))
HOME = (1_187_800_000, 320_500_000)
NIGHT = Timetable.daily(22 * 60, 6 * 60)
GOOD: dict[str, Any] = {"satellites": 12}
WEAK: dict[str, Any] = {"satellites": 5}


def ms(clock: str, day: int = 1) -> int:
    """`HH:MM` or `HH:MM:SS` of a day of June 2026 (the 1st is a Monday) in Shanghai."""
    h, m, *s = (int(p) for p in clock.split(":"))
    at = datetime(2026, 6, day, tzinfo=SHANGHAI) + timedelta(
        hours=h, minutes=m, seconds=s[0] if s else 0
    )
    return int(at.timestamp() * 1000)


def home_fence(
    fence_id: int = 1,
    *,
    radius_m: float = 100.0,
    kind: FenceKind = FenceKind.INCLUSION,
    timetable: Timetable = ALWAYS,
    **more: Any,
) -> FenceRule:
    return FenceRule(fence_id, kind, Circle(*HOME, radius_m), timetable, **more)


class Story:
    """A person with a band. `fix` and `tick` return the names of the events they cause."""

    def __init__(self, *fences: FenceRule, device: DeviceRule = UNWATCHED) -> None:
        self.state, self.rules = State(), Rules()
        self.slot = self.state.slot_of(4711)
        self.rules.set_device(self.slot, fences=fences, device=device)
        self.events: list[Event] = []
        self.verdict = Verdict(0)

    def fix(
        self,
        clock: str,
        east_m: float = 0.0,
        north_m: float = 0.0,
        *,
        day: int = 1,
        received: str | None = None,
        **more: Any,
    ) -> list[str]:
        return self.give(row(self.slot, clock, east_m, north_m, day=day, received=received, **more))

    def give(self, fixes: Fixes) -> list[str]:
        self.state, verdicts, events = step(self.state, fixes, self.rules)
        self.verdict = Verdict(int(verdicts[-1]))
        return self._note(events)

    def tick(self, clock: str, day: int = 1) -> list[str]:
        self.state, events = tick(self.state, ms(clock, day), self.rules)
        return self._note(events)

    @property
    def last(self) -> Event:
        return self.events[-1]

    def _note(self, events: Any) -> list[str]:
        self.events += list(events)
        return [EventKind(e.kind).name for e in events]


def row(
    slot: int,
    clock: str,
    east_m: float = 0.0,
    north_m: float = 0.0,
    *,
    day: int = 1,
    received: str | None = None,
    **more: Any,
) -> Fixes:
    lon, lat = place(east_m, north_m)
    at = ms(clock, day)
    more.setdefault("received_ms", ms(received, day) if received else at + 1000)
    more.setdefault("satellites", 12)
    return Fixes.of(slot=[slot], time_ms=[at], lon_e7=[lon], lat_e7=[lat], **more)


def place(east_m: float, north_m: float) -> tuple[int, int]:
    ex, ny = metres_per_e7(HOME[1])
    return int(np.rint(HOME[0] + east_m / ex)), int(np.rint(HOME[1] + north_m / ny))
