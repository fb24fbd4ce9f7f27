"""The kernel: one fix after another, one device after another, no state but the columns.

The order of work on a fix is fixed: sign of life, order, duplicates, the device's own signals, then
whether its place is credible, then each fence in the order of its id. Devices do not see each other,
so how the stream is cut into batches cannot change what is decided.
"""

from __future__ import annotations

import numpy as np

from guitu.engine import (
    columns,
    events,
    evidence,
    fences,
    out,
    rules,
    signals,
    state,
    timetable,
    tuning,
)
from guitu.engine.columns import U4, FixColumns, Verdict
from guitu.engine.evidence import EVIDENCE_FIXES
from guitu.engine.out import OutColumns
from guitu.engine.rules import RuleColumns
from guitu.engine.state import NEVER_MS, DeviceColumns, FenceColumns
from guitu.engine.tuning import TuningColumns
from guitu.geo import kernel
from guitu.geo.compiled import compiled, inner

_JUDGED = int(Verdict.JUDGED)
_LATE = int(Verdict.LATE)
_DUPLICATE = int(Verdict.DUPLICATE)
_NO_PLACE = int(Verdict.NO_PLACE)
_ACCURACY = int(Verdict.FILTERED_ACCURACY)
_SOURCE = int(Verdict.FILTERED_SOURCE)
_SPEED = int(Verdict.FILTERED_SPEED)
_JUMP = int(Verdict.FILTERED_JUMP)
_CLOCK = int(Verdict.CLOCK)
_WEAK = int(Verdict.WEAK)
_CONTACT = int(Verdict.CONTACT)
_FILTERED = int(Verdict.filtered())

_USES = (
    kernel, columns, events, evidence, fences, out, rules, signals, state, timetable, tuning,
)  # fmt: skip
# Events one row can cause: one per fence, and the device's own signals.
SIGNALS = 12


@inner
def uncertainty_m(fx: FixColumns, i: int, weak: bool, tun: TuningColumns) -> float:
    """68 % radius to reckon with: what is reported, but never better than its kind can be."""
    floor = tun.weak_floor_m if weak else tun.good_floor_m
    told = float(fx.accuracy_m[i])
    if told > floor:  # false for NaN
        return told
    return floor


@inner
def is_weak(fx: FixColumns, i: int, tun: TuningColumns) -> bool:
    """Whether reflections may hold this place false for minutes."""
    if fx.source[i] == columns.SOURCE_WIFI:
        return True
    if 0 <= fx.satellites[i] < tun.good_satellites:
        return True
    return bool(fx.accuracy_m[i] > tun.weak_accuracy_m)


@inner
def place_verdict(fx: FixColumns, i: int, tun: TuningColumns) -> int:
    """What can be said of a place by itself: the filters that need no history."""
    lon, lat = fx.lon_e7[i], fx.lat_e7[i]
    if fx.valid[i] == 0 or (lon == 0 and lat == 0):
        return _NO_PLACE
    if abs(np.int64(lon)) > 1_800_000_000 or abs(np.int64(lat)) > 900_000_000:
        return _NO_PLACE
    verdict = 0
    if fx.source[i] == columns.SOURCE_CELL:
        verdict |= _SOURCE
    if fx.accuracy_m[i] > tun.max_accuracy_m:
        verdict |= _ACCURACY
    if float(fx.speed_kmh[i]) > tun.max_speed_ms * 3.6:
        verdict |= _SPEED
    return verdict


@inner
def reachable(
    lon_a: int, lat_a: int, lon_b: int, lat_b: int, slack_m: float, gap_ms: int, max_speed_ms: float
) -> bool:
    """Whether a journey leads from a to b in that time, both uncertainties taken off."""
    away = kernel.distance_e7(lon_a, lat_a, lon_b, lat_b) - slack_m
    return away <= max_speed_ms * (float(max(gap_ms, 1000)) / 1000.0)  # type: ignore[no-any-return]


@inner
def is_duplicate(fx: FixColumns, i: int, dev: DeviceColumns, s: int) -> bool:
    """The same time, place and flags as one of the last 32 rows."""
    for j in range(min(dev.ring_next[s], EVIDENCE_FIXES)):
        if (
            dev.ring_told_ms[s, j] == fx.time_ms[i]
            and dev.ring_lon_e7[s, j] == fx.lon_e7[i]
            and dev.ring_lat_e7[s, j] == fx.lat_e7[i]
            and dev.ring_flags[s, j] == fx.flags[i]
        ):
            return True
    return False


@inner
def remember(
    fx: FixColumns, i: int, dev: DeviceColumns, s: int, at: int, m: float, verdict: int
) -> None:
    """Put the row into the device's ring."""
    j = dev.ring_next[s] % EVIDENCE_FIXES
    dev.ring_next[s] += 1
    dev.ring_told_ms[s, j] = fx.time_ms[i]
    dev.ring_ms[s, j] = at
    dev.ring_received_ms[s, j] = fx.received_ms[i]
    dev.ring_lon_e7[s, j] = fx.lon_e7[i]
    dev.ring_lat_e7[s, j] = fx.lat_e7[i]
    dev.ring_flags[s, j] = fx.flags[i]
    dev.ring_m[s, j] = m
    dev.ring_verdict[s, j] = verdict
    dev.ring_source[s, j] = fx.source[i]
    dev.ring_satellites[s, j] = fx.satellites[i]


@inner
def moved_on(fx: FixColumns, i: int, dev: DeviceColumns, s: int, m: float, late: bool) -> bool:
    """Whether the device is elsewhere than at its last place beyond doubt: errors change with the
    surroundings, so such a fix is no repetition even a second later."""
    if late:
        lon, lat, before_m = dev.late_lon_e7[s], dev.late_lat_e7[s], dev.late_m[s]
    else:
        lon, lat, before_m = dev.good_lon_e7[s], dev.good_lat_e7[s], dev.good_m[s]
    away = kernel.distance_e7(lon, lat, fx.lon_e7[i], fx.lat_e7[i])
    return away > before_m + m  # type: ignore[no-any-return]


@inner
def in_order_jump(
    fx: FixColumns, i: int, dev: DeviceColumns, s: int, at: int, m: float, tun: TuningColumns
) -> bool:
    """True for an impossible jump. The place jumped to is remembered: when the next fix agrees with
    it, it was the place before that was wrong, and the new one is accepted."""
    lon, lat = fx.lon_e7[i], fx.lat_e7[i]
    known = dev.good_ms[s] != NEVER_MS
    if not known or reachable(
        dev.good_lon_e7[s], dev.good_lat_e7[s], lon, lat,
        dev.good_m[s] + m, at - dev.good_ms[s], tun.max_speed_ms,
    ):  # fmt: skip
        return False
    agrees = dev.jump_ms[s] != NEVER_MS and reachable(
        dev.jump_lon_e7[s], dev.jump_lat_e7[s], lon, lat,
        dev.jump_m[s] + m, at - dev.jump_ms[s], tun.max_speed_ms,
    )  # fmt: skip
    if agrees:
        return False
    dev.jump_ms[s], dev.jump_lon_e7[s], dev.jump_lat_e7[s], dev.jump_m[s] = at, lon, lat, m
    return True


@inner
def accept(fx: FixColumns, i: int, dev: DeviceColumns, s: int, at: int, m: float) -> None:
    """The row's place is the device's last credible one."""
    dev.good_ms[s], dev.good_told_ms[s] = at, fx.time_ms[i]
    dev.good_received_ms[s] = fx.received_ms[i]
    dev.good_lon_e7[s], dev.good_lat_e7[s], dev.good_m[s] = fx.lon_e7[i], fx.lat_e7[i], m
    dev.jump_ms[s] = NEVER_MS


@inner
def late_jump(
    fx: FixColumns, i: int, dev: DeviceColumns, s: int, at: int, m: float, tun: TuningColumns
) -> bool:
    """The same test among late fixes, which are compared only with each other."""
    lon, lat = fx.lon_e7[i], fx.lat_e7[i]
    if dev.late_ms[s] != NEVER_MS and not reachable(
        dev.late_lon_e7[s], dev.late_lat_e7[s], lon, lat,
        dev.late_m[s] + m, at - dev.late_ms[s], tun.max_speed_ms,
    ):  # fmt: skip
        return True
    dev.late_lon_e7[s], dev.late_lat_e7[s], dev.late_m[s] = lon, lat, m
    dev.late_ms[s] = at
    return False


@compiled(*_USES)
def judge_fixes(
    fx: FixColumns, start: int, ru: RuleColumns, dev: DeviceColumns, fen: FenceColumns,
    tun: TuningColumns, ev: OutColumns, verdicts: U4,
) -> tuple[int, int]:  # fmt: skip
    """Judge rows from `start` until the end or until the event buffer may be full.

    Returns the next row and the number of events written.
    """
    n = 0
    for i in range(start, fx.slot.size):
        s = fx.slot[i]
        if n + SIGNALS + ru.fences[s] > ev.slot.size:
            return i, n
        n = signals.hear(fx, i, dev, s, ev, n)
        if fx.flags[i] & np.uint32(columns.CONTACT_ONLY):
            verdicts[i] = _CONTACT
            continue

        at, verdict = fx.time_ms[i], 0
        if (
            fx.flags[i] & np.uint32(columns.FLAG_TIME_UNKNOWN)
            or at < fx.received_ms[i] - tun.credible_past_ms
            or at > fx.received_ms[i] + tun.credible_future_ms
        ):
            at, verdict = fx.received_ms[i], _CLOCK
        late = at < dev.newest_ms[s]
        if late:
            verdict |= _LATE
        if is_duplicate(fx, i, dev, s):
            verdicts[i] = verdict | _DUPLICATE
            continue

        if late:
            n = signals.late_flags(fx, i, dev, s, at, ev, n)
        else:
            dev.newest_ms[s], dev.newest_received_ms[s] = at, fx.received_ms[i]
            n = signals.flags_and_battery(fx, i, ru, dev, s, at, tun, ev, n)

        verdict |= place_verdict(fx, i, tun)
        weak = is_weak(fx, i, tun)
        if weak:
            verdict |= _WEAK
        m = uncertainty_m(fx, i, weak, tun)
        if late and at < dev.late_ms[s]:
            # The backlog starts again further back: what it proved so far does not go on.
            dev.late_ms[s] = NEVER_MS
            fences.forget_late(fen, dev, s)
        moved = False
        if not verdict & _FILTERED:
            moved = moved_on(fx, i, dev, s, m, late)
            if late:
                jump = late_jump(fx, i, dev, s, at, m, tun)
            else:
                jump = in_order_jump(fx, i, dev, s, at, m, tun)
            verdict |= _JUMP if jump else _JUDGED
        remember(fx, i, dev, s, at, m, verdict)
        if verdict & _JUDGED:
            if late:
                n, outside = fences.judge_late(
                    fx, i, ru, dev, fen, s, at, m, weak, moved, tun, ev, n
                )
            else:
                accept(fx, i, dev, s, at, m)
                n, outside = fences.judge_now(
                    fx, i, ru, dev, fen, s, at, m, weak, moved, tun, ev, n
                )
            verdict |= outside
        verdicts[i] = verdict
    return fx.slot.size, n


@compiled(*_USES)
def judge_time(
    now_ms: int, start: int, ru: RuleColumns, dev: DeviceColumns, fen: FenceColumns, slots: int,
    tun: TuningColumns, ev: OutColumns,
) -> tuple[int, int]:  # fmt: skip
    """What the mere passing of time decides, from slot `start`; as `judge_fixes`."""
    n = 0
    for s in range(start, slots):
        if n + SIGNALS + ru.fences[s] > ev.slot.size:
            return s, n
        n = signals.silence(now_ms, ru, dev, s, ev, n)
        n = fences.judge_tick(now_ms, ru, dev, fen, s, tun, ev, n)
    return slots, n
