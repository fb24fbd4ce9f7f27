"""Same input, same bits: batches, snapshots, processors."""

import hashlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterable

import msgspec
import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guitu.engine import judge
from guitu.engine.columns import DTYPES, Fixes
from guitu.engine.replay import Replayed, Tick, replay
from guitu.engine.state import State
from guitu.engine.step import step
from guitu.engine.tests.made_up import people, stream
from guitu.engine.tuning import Tuning
from guitu.geo import kernel
from guitu.geo.compiled import OPTIONS
from guitu.geo.shapes import Circle, columns

# Made once on x86-64; another processor, numpy or numba must give the same.
GOLDEN = "bb4e918ef204413dde2aa28310692800"


def bits(done: Replayed) -> bytes:
    """Events with their evidence, and verdicts."""
    rows = [msgspec.msgpack.encode(e) for e in done.events]
    return b"".join(rows) + done.verdicts.tobytes()


def told(items: Iterable[Fixes | Tick], batch: int) -> bytes:
    state, rules = people(5)
    done = replay(items, rules, state=state, batch=batch)
    return bits(done) + done.state.dump()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_any_batch_size_gives_the_same_events_verdicts_and_state(seed: int, batch: int) -> None:
    items = list(stream(seed, devices=5, rounds=120))
    assert told(items, 1) == told(items, batch) == told(items, 100_000)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 600), max_size=12))
def test_any_cuts_give_the_same(seed: int, cuts: list[int]) -> None:
    fixes = Fixes.concatenate(
        [i for i in stream(seed, devices=5, rounds=120) if isinstance(i, Fixes)]
    )
    edges = sorted({0, len(fixes), *(c for c in cuts if c < len(fixes))})
    parts = [fixes.part(a, b) for a, b in itertools.pairwise(edges)]
    assert told([fixes], 100_000) == told(parts, 100_000)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 150))
def test_a_snapshot_in_the_middle_changes_nothing(seed: int, cut: int) -> None:
    items = list(stream(seed, devices=4, rounds=100))
    state, rules = people(4)
    whole = replay(items, rules, state=state)
    state, rules = people(4)
    before = replay(items[:cut], rules, state=state)
    body = before.state.dump()
    loaded = State.load(body)
    assert loaded.dump() == body
    _, fresh_rules = people(4)
    after = replay(items[cut:], fresh_rules, state=loaded)
    assert after.state.dump() == whole.state.dump()
    ids = [e.event_id for e in (*before.events, *after.events)]
    assert ids == [e.event_id for e in whole.events]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_devices_judged_alone_are_judged_the_same(seed: int) -> None:
    items = [i for i in stream(seed, devices=3, rounds=100) if isinstance(i, Fixes)]
    state, rules = people(3)
    together = replay(items, rules, state=state)
    for slot in range(3):
        state, rules = people(3)
        fixes = Fixes.concatenate(items)
        mine = np.flatnonzero(fixes.slot == slot)
        alone = replay([fixes.part(i, i + 1) for i in mine.tolist()], rules, state=state)
        assert [e.event_id for e in alone.events] == [
            e.event_id for e in together.events if e.slot == slot
        ]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_events_of_a_device_are_well_formed(seed: int) -> None:
    state, rules = people(4)
    done = replay(stream(seed, devices=4, rounds=150), rules, state=state)
    ids = [e.event_id for e in done.events]
    assert len(set(ids)) == len(ids)
    open_now: set[tuple[int, int, str]] = set()
    for e in done.events:
        name = e.kind.name
        key = (e.slot, e.fence_id, name.removesuffix("_BEGIN").removesuffix("_END"))
        if name in ("BREACH_BEGIN", "SILENCE", "LOW_BATTERY", "TAMPER", "SEPARATION"):
            assert key not in open_now
            open_now.add(key)
        elif name.endswith("_END"):
            open_now.remove(key)
            assert e.began_ms <= e.time_ms
        assert (e.evidence is not None) == name.startswith("BREACH")
    breaches = {(s, f) for s, f, kind in open_now if kind == "BREACH"}
    assert breaches == {(s, f) for s, f, _ in done.state.standing_breaches()}


def golden() -> str:
    state, rules = people(6)
    done = replay(stream(20260601, devices=6, rounds=900), rules, state=state, batch=50)
    assert len({e.kind for e in done.events}) == 13, "the stream must hold every kind of event"
    return hashlib.blake2b(bits(done), digest_size=16).hexdigest()


def test_the_golden_stream_gives_the_golden_digest() -> None:
    assert golden() == GOLDEN


def test_the_interpreter_gives_the_same_bits_as_the_compiled_kernel() -> None:
    # A second implementation of the same source: no compiler has a say in what is decided.
    done = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import golden; print(golden())"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == GOLDEN


def test_no_multiplication_and_addition_are_fused() -> None:
    # Compiled here and now: what comes from numba's cache can't be inspected.
    ask = numba.njit(kernel.distances.py_func, **OPTIONS)
    ask(columns([Circle(0, 0, 50.0)]), 0, np.zeros(1, np.int32), np.zeros(1, np.int32))
    code = "".join(ask.inspect_asm().values())
    assert "mulsd" in code or "fmul" in code
    for fused in ("fmadd", "fmsub", "fnmadd", "fmla", "fmls"):
        assert fused not in code


def test_columns_of_any_make_share_one_compiled_version() -> None:
    state, rules = people(1)
    fixes = next(i for i in stream(1, devices=1, rounds=9) if isinstance(i, Fixes) and len(i))
    step(state, fixes, rules)
    before = len(judge.judge_fixes.signatures)
    for made in (
        Fixes(**{k: np.frombuffer(getattr(fixes, k).tobytes(), t) for k, t in DTYPES.items()}),
        Fixes.concatenate([fixes, fixes]).part(0, 1),
        Fixes(**{k: np.repeat(getattr(fixes, k), 4)[::2] for k in DTYPES}),
    ):
        step(state, made, rules, tuning=Tuning(far_m=100))  # type: ignore[arg-type]
    assert len(judge.judge_fixes.signatures) == before


def test_a_slot_that_the_state_did_not_give_out_is_refused() -> None:
    _, rules = people(1)
    with pytest.raises(ValueError, match=r"state\.slot_of"):
        step(State(), Fixes.of(slot=[0], time_ms=[0], lon_e7=[1], lat_e7=[1]), rules)
