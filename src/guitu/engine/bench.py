"""How many fixes a second one core judges, on made-up people: for `guitu bench`."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from guitu.engine.columns import Fixes
from guitu.engine.rules import DeviceRule, FenceKind, FenceRule, Rules
from guitu.engine.state import State
from guitu.engine.step import step, tick
from guitu.engine.timetable import Timetable
from guitu.geo.shapes import E7, Area, Circle

DEVICES = 2_000
BATCH = 4_000
NIGHT = Timetable.daily(22 * 60, 6 * 60)
_START_MS = 1_780_243_200_000  # 2026-06-01 00:00 +08:00


@dataclass(frozen=True, slots=True)
class Figures:
    """fixes_per_s: on one core, three fences each. batch_p99_ms: of `batch` fixes. state_bytes: a
    device's part of the snapshot."""

    fixes: int
    events: int
    seconds: float
    fixes_per_s: float
    batch: int
    batch_p99_ms: float
    tick_ms: float
    first_call_s: float
    state_bytes_per_device: float


def run(seconds: float) -> Figures:
    """Judge for about `seconds` (after compiling); 2,000 people with three fences of 20 vertices."""
    state, rules, homes = city(DEVICES, seed=4)
    started = time.perf_counter()
    step(state, fixes_of(homes, round_=0), rules)
    tick(state, _START_MS, rules)
    first_call = time.perf_counter() - started
    batches = [fixes_of(homes, round_=r) for r in range(1, 25)]
    took: list[float] = []
    judged = found = turn = 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        batch = batches[turn % len(batches)]
        # Each lap is a day later: times must go on rising, or all would be late.
        lap = turn // len(batches) * 86_400_000
        batch = Fixes.of(
            **{name: getattr(batch, name) for name in ("slot", "lon_e7", "lat_e7", "satellites")},
            time_ms=batch.time_ms + lap,
        )
        t = time.perf_counter()
        _, _, events = step(state, batch, rules)
        took.append(time.perf_counter() - t)
        judged += len(batch)
        found += len(events)
        turn += 1
    t = time.perf_counter()
    tick(state, int(state.columns()[0].newest_ms.max()), rules)
    tick_ms = (time.perf_counter() - t) * 1000
    return Figures(
        fixes=judged,
        events=found,
        seconds=sum(took),
        fixes_per_s=judged / sum(took),
        batch=BATCH,
        batch_p99_ms=float(np.percentile(took, 99)) * 1000,
        tick_ms=tick_ms,
        first_call_s=first_call,
        state_bytes_per_device=len(state.dump()) / DEVICES,
    )


def city(
    devices: int, *, seed: int
) -> tuple[State, Rules, np.ndarray[tuple[int, int], np.dtype[np.int64]]]:
    """A state, rules (home curfew, district, exclusion zone each) and the homes (n, 2) in e7."""
    rng = np.random.default_rng(seed)
    homes = np.array([1_187_800_000, 320_500_000]) + rng.integers(-900_000, 900_000, (devices, 2))
    state, rules = State(), Rules()
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    ring = np.stack([np.cos(turn), np.sin(turn)], -1)
    for i, (lon, lat) in enumerate(homes.tolist()):
        near = Area.of([[(np.array([lon, lat]) / E7 + ring * 0.15).tolist()]])
        away = Area.of([[(np.array([lon, lat]) / E7 + [0.03, 0.0] + ring * 0.004).tolist()]])
        rules.set_device(
            state.slot_of(i + 1),
            fences=[
                FenceRule(1, FenceKind.INCLUSION, Circle(lon, lat, 150.0), NIGHT),
                FenceRule(2, FenceKind.INCLUSION, near),
                FenceRule(3, FenceKind.EXCLUSION, away),
            ],
            device=DeviceRule(interval_s=60),
        )
    return state, rules, homes


def fixes_of(homes: np.ndarray[tuple[int, int], np.dtype[np.int64]], *, round_: int) -> Fixes:
    """Two fixes a person, an hour of the day a round: near home, with a wandering error."""
    rng = np.random.default_rng(round_)
    n = len(homes)
    slot = np.tile(np.arange(n), BATCH // n)
    places = homes[slot] + rng.normal(0, 3_000, (len(slot), 2)).astype(np.int64)
    offset = np.repeat(np.arange(BATCH // n), n) * 60_000 + rng.integers(0, 50_000, len(slot))
    return Fixes.of(
        slot=slot,
        time_ms=_START_MS + round_ * 3_600_000 + offset,
        lon_e7=places[:, 0],
        lat_e7=places[:, 1],
        satellites=rng.integers(4, 18, len(slot)),
    )
