"""A seeded stream of fixes and ticks for many devices, from integers alone.

No library's random numbers: the golden digest must outlive every version of numpy.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from guitu.engine.columns import CONTACT_ONLY, Fixes
from guitu.engine.replay import Tick
from guitu.engine.rules import DeviceRule, FenceKind, FenceRule, Rules
from guitu.engine.state import State
from guitu.engine.tests.story import HOME, NIGHT, ms
from guitu.engine.timetable import DayException, Timetable
from guitu.geo.shapes import Area, Circle


class Dice:
    """Numbers by Knuth's MMIX generator; the upper bits only."""

    def __init__(self, seed: int) -> None:
        self.x = seed

    def below(self, n: int) -> int:
        self.x = (self.x * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.x >> 33) % n

    def around(self, reach: int) -> int:
        return self.below(reach) + self.below(reach) - reach


def people(devices: int) -> tuple[State, Rules]:
    state, rules = State(), Rules()
    for d in range(devices):
        x, y = HOME[0] + d * 1_000_000, HOME[1] - d * 300_000
        ring = [(x - 90_000, y - 90_000), (x + 30_000, y - 120_000), (x + 90_000, y + 80_000)]
        ring += [(x - 40_000, y + 95_000)]
        district = Area(((tuple(ring), ((x - 500, y - 500), (x + 500, y - 500), (x, y + 700))),))
        leave = DayException(date(2026, 6, 2), ((0, 300), (1300, 1440)))
        rules.set_device(
            state.slot_of(1000 + d),
            fences=[
                FenceRule(10 * d, FenceKind.INCLUSION, Circle(x, y, 120.0), NIGHT, margin_m=5.0),
                FenceRule(10 * d + 1, FenceKind.INCLUSION, district),
                FenceRule(
                    10 * d + 2,
                    FenceKind.EXCLUSION,
                    Circle(x + 60_000, y, 200.0),
                    Timetable(NIGHT.weekly, (leave,)),
                ),
            ],
            device=DeviceRule(interval_s=60),
        )
    return state, rules


def stream(seed: int, *, devices: int, rounds: int) -> Iterator[Fixes | Tick]:
    """Walks about home with outages, backlogs, jumps, duplicates, wrong clocks and flags."""
    dice = Dice(seed)
    at = [[HOME[0] + d * 1_000_000, HOME[1] - d * 300_000] for d in range(devices)]
    held: list[list[Fixes]] = [[] for _ in range(devices)]
    start = ms("19:00")
    for n in range(rounds):
        rows: list[Fixes] = []
        for d in range(devices):
            now = start + n * 60_000 + dice.below(20_000)
            home = (HOME[0] + d * 1_000_000, HOME[1] - d * 300_000)
            for axis in (0, 1):
                pull = (home[axis] - at[d][axis]) // 12 if dice.below(3) == 0 else 0
                at[d][axis] += dice.around(9_000) + pull
            wild = 300_000_000 if dice.below(60) == 0 else 0
            told = now + (400 * 86_400_000 if dice.below(80) == 0 else 0)
            one = Fixes.of(
                slot=[d],
                time_ms=[told],
                received_ms=[now + 900],
                lon_e7=[at[d][0] + dice.around(1_500) + wild],
                lat_e7=[at[d][1] + dice.around(1_500)],
                accuracy_m=[float(8 + dice.below(90)) if dice.below(2) else float("nan")],
                satellites=[dice.below(18) if dice.below(5) else -1],
                source=[(1, 1, 1, 1, 2, 3)[dice.below(6)]],
                battery_pct=[100 - n % 95],
                flags=[(0, 0, 0, 0, 0, 1, 2, 8, 1 | 8, CONTACT_ONLY)[dice.below(10)]],
                valid=[int(dice.below(25) > 0)],
            )
            if dice.below(7) == 0 or (held[d] and dice.below(3)):
                held[d].append(one)
                continue
            rows.append(one)
            if dice.below(20) == 0:
                rows.append(one)
            rows += [
                Fixes.of(
                    **{
                        k: getattr(old, k) for k in ("slot", "time_ms", "lon_e7", "lat_e7", "flags")
                    },
                    received_ms=[now + 950],
                    satellites=old.satellites,
                    source=old.source,
                )
                for old in held[d]
            ]
            held[d] = []
        yield Fixes.concatenate(rows)
        if n % 2:
            yield Tick(start + n * 60_000 + 30_000)
