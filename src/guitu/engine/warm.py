"""Compile the kernels now, so that the first report of a worker's life does not wait for it."""

from __future__ import annotations

import time

from guitu.engine.columns import Fixes
from guitu.engine.rules import Rules
from guitu.engine.state import State
from guitu.engine.step import step, tick


def warm() -> float:
    """Seconds it took: about half a minute the first time after an upgrade, else a fraction of one.

    What is compiled is kept beside the source (or in the user's cache where that can't be written).
    """
    started = time.perf_counter()
    state, rules = State(), Rules()
    fixes = Fixes.of(slot=[state.slot_of(1)], time_ms=[1], lon_e7=[1], lat_e7=[1])
    step(state, fixes, rules)
    tick(state, 1, rules)
    return time.perf_counter() - started
