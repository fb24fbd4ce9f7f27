"""The keeper: jobs by their clocks, one's failure is told and stops no other."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from guitu import heartbeat
from guitu.heartbeat import Beat
from guitu.ops.keeper import Job, Keeper

FAST = Job("fast", "a.fast", every_s=1.0, late_s=60.0)
SLOW = Job("slow", "a.slow", every_s=3600.0, late_s=90_000.0)


def _state(run: Path) -> heartbeat.PartState:
    return heartbeat.read("keeper", run=run, now=datetime.now(UTC))


def test_each_job_runs_at_its_own_interval_and_a_failing_one_is_shown_when_late(
    tmp_path: Path,
) -> None:
    now_s = 1000.0
    calls = {"a.fast": 0, "a.slow": 0}
    broken = False

    def find(path: str) -> Callable[[], object]:
        def call() -> None:
            calls[path] += 1
            if broken and path == "a.fast":
                raise RuntimeError("the key is gone\nsecond line")

        return call

    beat = Beat("keeper", run=tmp_path, every_s=0.0)
    keeper = Keeper((FAST, SLOW), beat=beat, now_s=lambda: now_s, find=find)
    for _ in range(10):
        keeper.turn()
        now_s += 0.5
    assert calls == {"a.fast": 5, "a.slow": 1}
    assert _state(tmp_path).state == "ok"

    broken = True
    for _ in range(80):
        keeper.turn()
        now_s += 1.0
    state = _state(tmp_path)
    assert state.state == "down"
    assert "fast: RuntimeError: the key is gone" in state.detail
    assert "second line" not in state.detail
    assert state.lag_s is not None
    assert state.lag_s > 60
    assert state.metrics["failures_total"] == 80
    assert calls["a.slow"] == 1

    broken = False
    now_s += 4000.0
    keeper.turn()
    assert calls["a.slow"] == 2
    assert _state(tmp_path).state == "ok"
