"""The buffer that the kernel writes events into, and its rows as `Events`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from guitu.engine.columns import F8, I2, I4, I8, U1, U4, codes
from guitu.engine.events import Cause, Deciding, Event, EventKind, Events, event_id
from guitu.engine.evidence import EVIDENCE_FIXES, Evidence, EvidenceFix, probability_beyond
from guitu.engine.state import State
from guitu.engine.tuning import Tuning

CAPACITY = 512


class OutColumns(NamedTuple):
    """Events as the kernel writes them; `w_` columns hold the fixes that led to each."""

    slot: I4
    kind: U1
    cause: U1
    fence_id: I8  # -1: none
    time_ms: I8
    received_ms: I8
    began_ms: I8
    fix_index: I8
    deciding_ms: I8
    deciding_received_ms: I8
    deciding_lon_e7: I4
    deciding_lat_e7: I4
    inclusion: U1
    margin_m: F8
    since_ms: I8
    points: U1
    w_count: I4
    w_ms: I8
    w_received_ms: I8
    w_lon_e7: I4
    w_lat_e7: I4
    w_beyond_m: F8
    w_uncertainty_m: F8
    w_verdict: U4
    w_source: U1
    w_satellites: I2


def buffer(capacity: int) -> OutColumns:
    """Room for `capacity` events."""
    return OutColumns(
        *(
            np.zeros(
                (capacity, EVIDENCE_FIXES) if name[:2] == "w_" and name != "w_count" else capacity,
                np.dtype(code),
            )
            for name, code in codes(OutColumns).items()
        )
    )


def drain(out: OutColumns, count: int, *, state: State, tuning: Tuning) -> Events:
    """The first `count` rows of the buffer as events."""
    return Events(tuple(_event(out, i, state=state, tuning=tuning) for i in range(count)))


def _event(out: OutColumns, i: int, *, state: State, tuning: Tuning) -> Event:
    slot, fence_id, kind = int(out.slot[i]), int(out.fence_id[i]), EventKind(int(out.kind[i]))
    device_id, time_ms = state.device_id(slot), int(out.time_ms[i])
    deciding = Deciding(
        int(out.deciding_ms[i]),
        int(out.deciding_received_ms[i]),
        int(out.deciding_lon_e7[i]),
        int(out.deciding_lat_e7[i]),
    )
    return Event(
        event_id=event_id(
            device_id=device_id, fence_id=fence_id, kind=kind, time_ms=time_ms, deciding=deciding
        ),
        slot=slot,
        device_id=device_id,
        kind=kind,
        cause=Cause(int(out.cause[i])),
        fence_id=fence_id,
        time_ms=time_ms,
        received_ms=int(out.received_ms[i]),
        began_ms=int(out.began_ms[i]),
        fix_index=int(out.fix_index[i]),
        deciding=deciding,
        evidence=_evidence(out, i, tuning) if fence_id >= 0 else None,
    )


def _evidence(out: OutColumns, i: int, tuning: Tuning) -> Evidence:
    n = int(out.w_count[i])
    fixes = [
        EvidenceFix(
            time_ms=int(out.w_ms[i, j]),
            received_ms=int(out.w_received_ms[i, j]),
            lon_e7=int(out.w_lon_e7[i, j]),
            lat_e7=int(out.w_lat_e7[i, j]),
            beyond_m=float(out.w_beyond_m[i, j]),
            uncertainty_m=float(out.w_uncertainty_m[i, j]),
            probability=probability_beyond(
                float(out.w_beyond_m[i, j]), float(out.w_uncertainty_m[i, j])
            ),
            verdict=int(out.w_verdict[i, j]),
            source=int(out.w_source[i, j]),
            satellites=int(out.w_satellites[i, j]),
        )
        for j in range(n)
    ]
    return Evidence(
        v=1,
        fence_id=int(out.fence_id[i]),
        inclusion=bool(out.inclusion[i]),
        margin_m=float(out.margin_m[i]),
        since_ms=int(out.since_ms[i]),
        points=int(out.points[i]),
        needed=tuning.enough_points,
        far_accuracies=tuning.far_accuracies,
        far_m=tuning.far_m,
        good_floor_m=tuning.good_floor_m,
        weak_floor_m=tuning.weak_floor_m,
        fixes=tuple(sorted(fixes, key=lambda f: f.time_ms)),
    )
