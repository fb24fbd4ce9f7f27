"""Judge a batch of fixes: the one function through which every position goes."""

from __future__ import annotations

import numpy as np

from guitu.engine import judge
from guitu.engine.columns import U4, Fixes
from guitu.engine.events import Cause, Event, Events, event_id
from guitu.engine.out import CAPACITY, buffer, drain
from guitu.engine.rules import Rules
from guitu.engine.state import Ended, State
from guitu.engine.tuning import DEFAULT, Tuning


def step(
    state: State, fixes: Fixes, rules: Rules, *, tuning: Tuning = DEFAULT
) -> tuple[State, U4, Events]:
    """Judge fixes in the order given.

    Returns the state, a verdict for each fix (bits of `Verdict`) and the events in the order they
    were decided. The state given is used up: it is changed and returned, because copying some
    megabytes a batch would cost more than the judging; `state.copy()` keeps an earlier one. Given
    equal states, fixes and rules the result is equal to the bit, however the fixes are cut into
    batches. Raises ValueError for a slot that `state` has not given out.
    """
    verdicts = np.zeros(len(fixes), np.uint32)
    if not len(fixes):
        return state, verdicts, Events()
    lowest, highest = int(fixes.slot.min()), int(fixes.slot.max())
    if lowest < 0 or highest >= len(state):
        raise ValueError(
            f"slots {lowest}…{highest} are not all of this state's {len(state)}: "
            "get each device's slot from state.slot_of"
        )
    fx = fixes.columns()
    found = _ended(state, state.align(rules, fx.slot), now_ms=int(fixes.received_ms[0]))
    ru = rules.columns()
    dev, fen = state.columns()
    out = buffer(_room(rules, state))
    row = 0
    while row < len(fixes):
        row, count = judge.judge_fixes(fx, row, ru, dev, fen, tuning.columns(), out, verdicts)
        found.extend(drain(out, count, state=state, tuning=tuning))
    return state, verdicts, Events(tuple(found))


def tick(
    state: State, now_ms: int, rules: Rules, *, tuning: Tuning = DEFAULT
) -> tuple[State, Events]:
    """Judge what the passing of time decides: silence, curfews that begin or end without a fix.

    `now_ms` comes through the stream like every fix, so that a replay has the same ticks at the same
    places. The state is used up as in `step`.
    """
    found = _ended(state, state.align(rules), now_ms=now_ms)
    ru = rules.columns()
    dev, fen = state.columns()
    out = buffer(_room(rules, state))
    slot = 0
    while slot < len(state):
        slot, count = judge.judge_time(
            now_ms, slot, ru, dev, fen, len(state), tuning.columns(), out
        )
        found.extend(drain(out, count, state=state, tuning=tuning))
    return state, Events(tuple(found))


def _room(rules: Rules, state: State) -> int:
    """At least what one row can cause, so that the kernel always moves on."""
    return max(CAPACITY, rules.most_fences() + judge.SIGNALS)


def _ended(state: State, gone: list[Ended], *, now_ms: int) -> list[Event]:
    """What stood on rules that are no longer there ends: no alarm stands for a rule that is gone."""
    ended = []
    for one in gone:
        device_id = state.device_id(one.slot)
        ended.append(
            Event(
                event_id=event_id(
                    device_id=device_id,
                    fence_id=one.fence_id,
                    kind=one.kind,
                    time_ms=now_ms,
                    deciding=one.deciding,
                ),
                slot=one.slot,
                device_id=device_id,
                kind=one.kind,
                cause=Cause.RULES_CHANGED,
                fence_id=one.fence_id,
                time_ms=now_ms,
                received_ms=now_ms,
                began_ms=one.began_ms,
                fix_index=-1,
                deciding=one.deciding,
                evidence=None,
            )
        )
    return ended
