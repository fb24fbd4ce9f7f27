"""Whether a person is where a fence says: judged as a state, at every fix and at every tick.

Where the person *is* (`side`) is estimated whether or not the fence is in force; a breach stands
while the fence is in force and the person is believed on the forbidden side. So being outside when a
curfew begins is a breach by itself, and no crossing needs to be seen.
"""

from __future__ import annotations

import numpy as np

from guitu.engine import timetable
from guitu.engine.columns import FixColumns, Verdict
from guitu.engine.events import Cause, EventKind
from guitu.engine.evidence import EVIDENCE_FIXES
from guitu.engine.out import OutColumns
from guitu.engine.rules import RuleColumns
from guitu.engine.state import (
    ALLOWED,
    FORBIDDEN,
    GREY,
    NEVER_MS,
    DeviceColumns,
    FenceColumns,
)
from guitu.engine.tuning import TuningColumns
from guitu.geo import kernel
from guitu.geo.compiled import inner, rare

_BEGIN, _END, _PAST = (
    int(EventKind.BREACH_BEGIN),
    int(EventKind.BREACH_END),
    int(EventKind.BREACH_PAST),
)
_FIX, _FAR = int(Cause.FIX), int(Cause.FAR)
_OPENED, _CLOSED = int(Cause.WINDOW_OPENED), int(Cause.WINDOW_CLOSED)
_BACKLOG = int(Cause.BACKLOG)
_NO_PLACE, _OUTSIDE = int(Verdict.NO_PLACE), int(Verdict.OUTSIDE)


@inner
def beyond_m(ru: RuleColumns, r: int, lon_e7: int, lat_e7: int) -> float:
    """Metres beyond the boundary of fence row `r` on the forbidden side, its margin taken off."""
    d = kernel.shape_distance(ru.shapes, ru.shape[r], lon_e7, lat_e7)
    return (d if ru.inclusion[r] else -d) - ru.margin_m[r]  # type: ignore[no-any-return]


@inner
def side_of(beyond: float, m: float) -> int:
    """What one fix says: FORBIDDEN when beyond by more than its uncertainty, ALLOWED on the allowed
    side, GREY between."""
    if beyond > m:
        return FORBIDDEN
    return ALLOWED if beyond <= 0.0 else GREY


@rare
def write(
    ev: OutColumns, n: int, ru: RuleColumns, dev: DeviceColumns, fen: FenceColumns, s: int, r: int,
    f: int, kind: int, cause: int, time_ms: int, received_ms: int, fix_index: int, points: int,
) -> int:  # fmt: skip
    """One event of a fence with the fixes that led to it; decided by the last credible place."""
    ev.slot[n], ev.kind[n], ev.cause[n], ev.fence_id[n] = s, kind, cause, ru.fence_id[r]
    ev.time_ms[n], ev.received_ms[n], ev.began_ms[n] = time_ms, received_ms, fen.begin_ms[f]
    ev.fix_index[n] = fix_index
    ev.deciding_ms[n], ev.deciding_received_ms[n] = dev.good_told_ms[s], dev.good_received_ms[s]
    ev.deciding_lon_e7[n], ev.deciding_lat_e7[n] = dev.good_lon_e7[s], dev.good_lat_e7[s]
    ev.inclusion[n], ev.margin_m[n] = ru.inclusion[r], ru.margin_m[r]
    ev.points[n], ev.since_ms[n] = points, fen.since_ms[f]
    w = 0
    for back in range(min(dev.ring_next[s], EVIDENCE_FIXES), 0, -1):
        j = (dev.ring_next[s] - back) % EVIDENCE_FIXES
        if dev.ring_verdict[s, j] & np.uint32(_NO_PLACE):
            continue
        ev.w_ms[n, w], ev.w_received_ms[n, w] = dev.ring_ms[s, j], dev.ring_received_ms[s, j]
        ev.w_lon_e7[n, w], ev.w_lat_e7[n, w] = dev.ring_lon_e7[s, j], dev.ring_lat_e7[s, j]
        ev.w_beyond_m[n, w] = beyond_m(ru, r, dev.ring_lon_e7[s, j], dev.ring_lat_e7[s, j])
        ev.w_uncertainty_m[n, w] = dev.ring_m[s, j]
        ev.w_verdict[n, w], ev.w_source[n, w] = dev.ring_verdict[s, j], dev.ring_source[s, j]
        ev.w_satellites[n, w] = dev.ring_satellites[s, j]
        w += 1
    ev.w_count[n] = w
    return n + 1


@inner
def in_force(ru: RuleColumns, r: int, time_ms: int) -> bool:
    """Whether fence row `r` is in force at this time."""
    return timetable.active_at(ru.tables, ru.table[r], ru.from_ms[r], ru.to_ms[r], time_ms)  # type: ignore[no-any-return]


@rare
def end_by_window(
    ev: OutColumns, n: int, ru: RuleColumns, dev: DeviceColumns, fen: FenceColumns, s: int, r: int,
    f: int, time_ms: int, received_ms: int, fix_index: int,
) -> int:  # fmt: skip
    """The fence ceased to be in force under a standing breach."""
    at = timetable.active_until(ru.tables, ru.table[r], ru.to_ms[r], fen.begin_ms[f], time_ms)
    fen.open[f] = 0
    fen.end_ms[f] = at
    return write(  # type: ignore[no-any-return]
        ev, n, ru, dev, fen, s, r, f, _END, _CLOSED, at, received_ms, fix_index, fen.points[f]
    )


@inner
def move_side(
    fen: FenceColumns, f: int, said: int, at: int, far: bool, returned: bool, weak: bool,
    moved: bool, tun: TuningColumns,
) -> None:  # fmt: skip
    """Let one fix change what is believed of the person's side."""
    fresh = moved or at - fen.counted_ms[f] >= tun.independent_ms
    if said == FORBIDDEN:
        fen.back[f] = 0
        if fen.points[f] == 0:
            fen.since_ms[f] = at
            fresh = True
        if fen.side[f] != FORBIDDEN:
            if fresh:
                fen.points[f] += tun.weak_points if weak else tun.good_points
                fen.counted_ms[f] = at
            if far:
                fen.points[f] = max(fen.points[f], tun.enough_points)
            if fen.points[f] >= tun.enough_points:
                fen.side[f] = FORBIDDEN
    elif said == ALLOWED:
        if fen.side[f] != FORBIDDEN:
            fen.side[f], fen.points[f] = ALLOWED, 0
            return
        if fen.back[f] == 0 or fresh:
            fen.back[f] += 1
            fen.counted_ms[f] = at
        if returned or fen.back[f] >= tun.return_fixes:
            fen.side[f], fen.points[f], fen.back[f] = ALLOWED, 0, 0


@inner
def mark_outside(dev: DeviceColumns, s: int) -> int:
    """Mark the newest row of the ring before an event copies it as evidence; the verdict's bit."""
    dev.ring_verdict[s, (dev.ring_next[s] - 1) % EVIDENCE_FIXES] |= np.uint32(_OUTSIDE)
    return _OUTSIDE


@inner
def judge_now(
    fx: FixColumns, i: int, ru: RuleColumns, dev: DeviceColumns, fen: FenceColumns, s: int, at: int,
    m: float, weak: bool, moved: bool, tun: TuningColumns, ev: OutColumns, n: int,
) -> tuple[int, int]:  # fmt: skip
    """A credible fix in order, against each fence of its device."""
    outside = 0
    received = fx.received_ms[i]
    for k in range(ru.fences[s]):
        r, f = ru.first[s] + k, dev.fence_first[s] + k
        beyond = beyond_m(ru, r, fx.lon_e7[i], fx.lat_e7[i])
        said = side_of(beyond, m)
        before = fen.side[f]
        far = not weak and beyond > tun.far_accuracies * m + tun.far_m
        move_side(fen, f, said, at, far, beyond < -m, weak, moved, tun)
        fen.last[f] = said
        active = in_force(ru, r, at)
        if active and said == FORBIDDEN:
            outside = mark_outside(dev, s)
        if fen.open[f]:
            if not active:
                # Before its begin: a fix on its way from before the curfew. It ends nothing.
                if at >= fen.begin_ms[f]:
                    n = end_by_window(ev, n, ru, dev, fen, s, r, f, at, received, i)
            elif fen.side[f] == ALLOWED:
                fen.open[f] = 0
                fen.end_ms[f] = at
                n = write(ev, n, ru, dev, fen, s, r, f, _END, _FIX, at, received, i, 0)
        elif active and fen.side[f] == FORBIDDEN and said == FORBIDDEN:
            cause = _OPENED
            if before != FORBIDDEN:
                cause = _FAR if far else _FIX
            n = begin(ev, n, ru, dev, fen, s, r, f, cause, at, received, i)
    return n, outside


@rare
def begin(
    ev: OutColumns, n: int, ru: RuleColumns, dev: DeviceColumns, fen: FenceColumns, s: int, r: int,
    f: int, cause: int, at: int, received_ms: int, fix_index: int,
) -> int:  # fmt: skip
    """A breach begins: at the first fix outside, or when the fence came into force if later."""
    since = timetable.active_since(ru.tables, ru.table[r], ru.from_ms[r], at, fen.since_ms[f])
    fen.open[f] = 1
    fen.begin_ms[f] = since
    return write(  # type: ignore[no-any-return]
        ev, n, ru, dev, fen, s, r, f, _BEGIN, cause, since, received_ms, fix_index, fen.points[f]
    )


@inner
def judge_tick(
    now_ms: int, ru: RuleColumns, dev: DeviceColumns, fen: FenceColumns, s: int, tun: TuningColumns,
    ev: OutColumns, n: int,
) -> int:  # fmt: skip
    """Timetables opening and closing while no fix comes.

    The device's own present is `now` less the lag of its newest report, so that a backlog (or a
    trace played faster than it was walked) is not judged by windows that its clock has not reached.
    """
    if dev.newest_ms[s] == NEVER_MS:
        return n
    here_ms = now_ms - max(0, dev.newest_received_ms[s] - dev.newest_ms[s])
    for k in range(ru.fences[s]):
        r, f = ru.first[s] + k, dev.fence_first[s] + k
        if fen.open[f]:
            if here_ms >= fen.begin_ms[f] and not in_force(ru, r, here_ms):
                n = end_by_window(ev, n, ru, dev, fen, s, r, f, here_ms, now_ms, -1)
        elif (
            fen.side[f] == FORBIDDEN
            and fen.last[f] == FORBIDDEN
            and here_ms - dev.good_ms[s] <= tun.fresh_ms
            and in_force(ru, r, here_ms)
        ):
            n = begin(ev, n, ru, dev, fen, s, r, f, _OPENED, here_ms, now_ms, -1)
    return n


@rare
def forget_late(fen: FenceColumns, dev: DeviceColumns, s: int) -> None:
    """No run of late fixes is in progress."""
    for f in range(dev.fence_first[s], dev.fence_first[s] + dev.fence_count[s]):
        fen.late_points[f], fen.late_told[f] = 0, 0


@rare
def judge_late(
    fx: FixColumns, i: int, ru: RuleColumns, dev: DeviceColumns, fen: FenceColumns, s: int, at: int,
    m: float, weak: bool, moved: bool, tun: TuningColumns, ev: OutColumns, n: int,
) -> tuple[int, int]:  # fmt: skip
    """A credible late fix: it can prove a breach of the past, and nothing about the present alone.

    A run of late fixes outside, in force and confirmed by the same points as any other, is a breach
    that is over (BREACH_PAST), unless one stands or the time belongs to the last one. If the newest
    place is outside as well, the run joins it and the breach that stands begins there.
    """
    outside = 0
    for k in range(ru.fences[s]):
        r, f = ru.first[s] + k, dev.fence_first[s] + k
        beyond = beyond_m(ru, r, fx.lon_e7[i], fx.lat_e7[i])
        said = side_of(beyond, m)
        active = in_force(ru, r, at)
        if not active or said == ALLOWED:
            fen.late_points[f], fen.late_told[f] = 0, 0
            continue
        if said != FORBIDDEN:
            continue
        outside = mark_outside(dev, s)
        if fen.late_points[f] == 0:
            fen.late_since_ms[f] = at
        fresh = moved or at - fen.late_counted_ms[f] >= tun.independent_ms
        if fen.late_points[f] == 0 or fresh:
            fen.late_points[f] = min(
                tun.enough_points,
                fen.late_points[f] + (tun.weak_points if weak else tun.good_points),
            )
            fen.late_counted_ms[f] = at
        if not weak and beyond > tun.far_accuracies * m + tun.far_m:
            fen.late_points[f] = tun.enough_points
        if fen.late_points[f] < tun.enough_points or fen.open[f]:
            continue
        if fen.late_told[f]:
            fen.end_ms[f] = max(fen.end_ms[f], at)
            continue
        fen.late_told[f] = 1
        since = fen.late_since_ms[f]
        if since <= fen.end_ms[f] and at >= fen.begin_ms[f] and fen.begin_ms[f] != NEVER_MS:
            continue
        if fen.last[f] == FORBIDDEN and in_force(ru, r, dev.newest_ms[s]):
            fen.side[f], fen.points[f] = FORBIDDEN, tun.enough_points
            fen.since_ms[f] = since
            fen.open[f], fen.begin_ms[f] = 1, since
            kind, time_ms = _BEGIN, since
        else:
            fen.begin_ms[f], fen.end_ms[f] = since, at
            kind, time_ms = _PAST, since
        n = write(
            ev, n, ru, dev, fen, s, r, f, kind, _BACKLOG, time_ms, fx.received_ms[i], i,
            fen.late_points[f],
        )  # fmt: skip
        ev.since_ms[n - 1] = since
        ev.deciding_ms[n - 1], ev.deciding_received_ms[n - 1] = fx.time_ms[i], fx.received_ms[i]
        ev.deciding_lon_e7[n - 1], ev.deciding_lat_e7[n - 1] = fx.lon_e7[i], fx.lat_e7[i]
    return n, outside
