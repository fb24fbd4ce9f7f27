"""Judge a recorded stream again: one by one or in any batches, with the same result to the bit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from guitu.engine.columns import U4, Fixes
from guitu.engine.events import Events
from guitu.engine.rules import Rules
from guitu.engine.state import State
from guitu.engine.step import step, tick
from guitu.engine.tuning import DEFAULT, Tuning


@dataclass(frozen=True, slots=True)
class Tick:
    """The stream's clock: `now_ms`, Unix milliseconds."""

    now_ms: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """state: after the last item. verdicts: one for each fix, in order. events: in order;
    `fix_index` counts all fixes of the replay."""

    state: State
    verdicts: U4
    events: Events


def replay(
    items: Fixes | Iterable[Fixes | Tick],
    rules: Rules,
    *,
    state: State,
    batch: int = 1,
    tuning: Tuning = DEFAULT,
) -> Replayed:
    """Judge fixes and ticks in their order, `batch` fixes at a time (one by one by default)."""
    if batch < 1:
        raise ValueError(f"batch is {batch}: judge at least one fix at a time")
    verdicts: list[U4] = []
    found = []
    seen = 0
    for item in _cut((items,) if isinstance(items, Fixes) else items, batch):
        if isinstance(item, Tick):
            state, events = tick(state, item.now_ms, rules, tuning=tuning)
            found += list(events)
            continue
        state, judged, events = step(state, item, rules, tuning=tuning)
        found += [e.moved(seen) for e in events]
        verdicts.append(judged)
        seen += len(item)
    return Replayed(
        state,
        np.concatenate(verdicts) if verdicts else np.zeros(0, np.uint32),
        Events(tuple(found)),
    )


def _cut(items: Iterable[Fixes | Tick], batch: int) -> Iterator[Fixes | Tick]:
    for item in items:
        if isinstance(item, Tick):
            yield item
            continue
        for start in range(0, len(item), batch):
            yield item.part(start, min(start + batch, len(item)))
