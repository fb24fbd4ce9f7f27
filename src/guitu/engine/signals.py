"""What a device says of itself: that it is alive, its battery, its strap, a call for help."""

from __future__ import annotations

import numpy as np

from guitu.engine import columns
from guitu.engine.columns import FixColumns
from guitu.engine.events import Cause, EventKind
from guitu.engine.out import OutColumns
from guitu.engine.rules import RuleColumns
from guitu.engine.state import (
    BATTERY_LOW,
    LOW_BY_FLAG,
    NEVER_MS,
    SEPARATED,
    SILENT,
    SOS_HELD,
    TAMPERED,
    DeviceColumns,
)
from guitu.engine.tuning import TuningColumns
from guitu.geo.compiled import inner, rare

_SILENCE, _SILENCE_END = int(EventKind.SILENCE), int(EventKind.SILENCE_END)
_LOW, _LOW_END = int(EventKind.LOW_BATTERY), int(EventKind.LOW_BATTERY_END)
_TAMPER, _TAMPER_END = int(EventKind.TAMPER), int(EventKind.TAMPER_END)
_SEPARATION, _SEPARATION_END = int(EventKind.SEPARATION), int(EventKind.SEPARATION_END)
_SOS, _TAMPER_PAST = int(EventKind.SOS), int(EventKind.TAMPER_PAST)
_TIME, _DEVICE, _BACKLOG = int(Cause.TIME), int(Cause.DEVICE), int(Cause.BACKLOG)
_RULES_CHANGED = int(Cause.RULES_CHANGED)


@rare
def write(
    ev: OutColumns, n: int, s: int, kind: int, cause: int, time_ms: int, received_ms: int,
    began_ms: int, fix_index: int,
) -> int:  # fmt: skip
    """One event without a fence; the deciding report is filled in by the caller."""
    ev.slot[n], ev.kind[n], ev.cause[n], ev.fence_id[n] = s, kind, cause, -1
    ev.time_ms[n], ev.received_ms[n], ev.began_ms[n] = time_ms, received_ms, began_ms
    ev.fix_index[n], ev.w_count[n] = fix_index, 0
    return n + 1


@inner
def decided_by_row(ev: OutColumns, n: int, fx: FixColumns, i: int) -> None:
    """Name row `i` as the deciding report of event `n`."""
    ev.deciding_ms[n], ev.deciding_received_ms[n] = fx.time_ms[i], fx.received_ms[i]
    ev.deciding_lon_e7[n], ev.deciding_lat_e7[n] = fx.lon_e7[i], fx.lat_e7[i]


@inner
def decided_by_last_word(ev: OutColumns, n: int, dev: DeviceColumns, s: int) -> None:
    """Name the last report heard as the deciding one of event `n`."""
    ev.deciding_ms[n], ev.deciding_received_ms[n] = dev.heard_time_ms[s], dev.heard_ms[s]
    ev.deciding_lon_e7[n], ev.deciding_lat_e7[n] = dev.heard_lon_e7[s], dev.heard_lat_e7[s]


@inner
def hear(fx: FixColumns, i: int, dev: DeviceColumns, s: int, ev: OutColumns, n: int) -> int:
    """Any report at all ends a silence."""
    received = fx.received_ms[i]
    if received >= dev.heard_ms[s]:
        dev.heard_ms[s], dev.heard_time_ms[s] = received, fx.time_ms[i]
        dev.heard_lon_e7[s], dev.heard_lat_e7[s] = fx.lon_e7[i], fx.lat_e7[i]
    if dev.standing[s] & SILENT:
        dev.standing[s] &= ~SILENT & 255
        decided_by_row(ev, n, fx, i)
        began = dev.silent_since_ms[s]
        n = write(ev, n, s, _SILENCE_END, _DEVICE, received, received, began, i)
    return n


@inner
def silence(
    now_ms: int, ru: RuleColumns, dev: DeviceColumns, s: int, ev: OutColumns, n: int
) -> int:
    """Silence begins a whole limit after the last word (or the start of the watch)."""
    limit = ru.silence_ms[s]
    if dev.standing[s] & SILENT:
        if limit == 0:
            dev.standing[s] &= ~SILENT & 255
            decided_by_last_word(ev, n, dev, s)
            began = dev.silent_since_ms[s]
            n = write(ev, n, s, _SILENCE_END, _RULES_CHANGED, now_ms, now_ms, began, -1)
        return n
    since = dev.heard_ms[s]
    watch = ru.watch_from_ms[s]
    if watch > 0 and watch > since:
        since = watch
    if limit > 0 and since != NEVER_MS and now_ms - since >= limit:
        dev.standing[s] |= SILENT
        dev.silent_since_ms[s] = since
        decided_by_last_word(ev, n, dev, s)
        n = write(ev, n, s, _SILENCE, _TIME, since, now_ms, since, -1)
    return n


@inner
def _level(
    fx: FixColumns, i: int, dev: DeviceColumns, s: int, at: int, bit: int, up: bool, down: bool,
    opens: int, closes: int, ev: OutColumns, n: int,
) -> int:  # fmt: skip
    """Begin on the way up, end on the way down, nothing between."""
    standing = (dev.standing[s] & bit) != 0
    if bit == BATTERY_LOW:
        since = dev.low_since_ms
    elif bit == TAMPERED:
        since = dev.tampered_since_ms
    else:
        since = dev.separated_since_ms
    if up and not standing:
        dev.standing[s] |= bit
        since[s] = at
        decided_by_row(ev, n, fx, i)
        return write(ev, n, s, opens, _DEVICE, at, fx.received_ms[i], at, i)  # type: ignore[no-any-return]
    if down and standing:
        dev.standing[s] &= ~bit & 255
        decided_by_row(ev, n, fx, i)
        return write(ev, n, s, closes, _DEVICE, at, fx.received_ms[i], since[s], i)  # type: ignore[no-any-return]
    return n


@inner
def flags_and_battery(
    fx: FixColumns, i: int, ru: RuleColumns, dev: DeviceColumns, s: int, at: int,
    tun: TuningColumns, ev: OutColumns, n: int,
) -> int:  # fmt: skip
    """Signals of a row in order."""
    flags = fx.flags[i]
    up = (flags & np.uint32(columns.FLAG_TAMPER)) != 0
    n = _level(fx, i, dev, s, at, TAMPERED, up, not up, _TAMPER, _TAMPER_END, ev, n)
    up = (flags & np.uint32(columns.FLAG_SEPARATION)) != 0
    n = _level(fx, i, dev, s, at, SEPARATED, up, not up, _SEPARATION, _SEPARATION_END, ev, n)
    if flags & np.uint32(columns.FLAG_SOS):
        if not dev.standing[s] & SOS_HELD:
            dev.standing[s] |= SOS_HELD
            decided_by_row(ev, n, fx, i)
            n = write(ev, n, s, _SOS, _DEVICE, at, fx.received_ms[i], at, i)
    else:
        dev.standing[s] &= ~SOS_HELD & 255

    limit, pct = ru.low_pct[s], fx.battery_pct[i]
    flagged = (flags & np.uint32(columns.FLAG_LOW_BATTERY)) != 0
    low = limit >= 0 and (flagged or 0 <= pct <= limit)
    well = not flagged and pct >= limit + tun.battery_clear_pct
    if not flagged and pct < 0 and dev.standing[s] & LOW_BY_FLAG:
        well = True  # a band that never tells a figure: its own flag is all there is
    if limit < 0:
        well = True
    n = _level(fx, i, dev, s, at, BATTERY_LOW, low, well and not low, _LOW, _LOW_END, ev, n)
    if flagged and pct < 0:
        dev.standing[s] |= LOW_BY_FLAG
    else:
        dev.standing[s] &= ~LOW_BY_FLAG & 255
    return n


@rare
def late_flags(
    fx: FixColumns, i: int, dev: DeviceColumns, s: int, at: int, ev: OutColumns, n: int
) -> int:
    """A late row proves that help was called or the strap opened then, once a run of such rows.

    It says nothing of the present: no level begins or ends by it.
    """
    if at < dev.late_ms[s]:
        dev.late_flags[s] = 0
    rise = fx.flags[i] & ~dev.late_flags[s]
    if rise & np.uint32(columns.FLAG_SOS) and not dev.standing[s] & SOS_HELD:
        decided_by_row(ev, n, fx, i)
        n = write(ev, n, s, _SOS, _BACKLOG, at, fx.received_ms[i], at, i)
    if rise & np.uint32(columns.FLAG_TAMPER) and not dev.standing[s] & TAMPERED:
        decided_by_row(ev, n, fx, i)
        n = write(ev, n, s, _TAMPER_PAST, _BACKLOG, at, fx.received_ms[i], at, i)
    dev.late_flags[s] = fx.flags[i]
    return n
