"""Against the shared benchmark: not the statistical engine yet, but never worse than this."""

import os
from pathlib import Path

import pytest

from guitu.engine.tests.breachbench import judge, load

SHARED = Path(os.environ.get("GUITU_SHARED") or Path(__file__).parents[5] / "shared")


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize(
    ("hard", "recall", "false_per_day", "excess_p95_s"),
    [(False, 0.99, 0.05, 400), (True, 0.97, 0.8, 400)],
)
def test_reachable_breaches_are_found_and_false_alarms_are_few(
    tmp_path: Path, hard: bool, recall: float, false_per_day: float, excess_p95_s: float
) -> None:
    bench = load(SHARED)
    bench.make(tmp_path, 3, 40, 2, hard)
    result = bench.score(tmp_path, judge(tmp_path))
    assert result["recall_of_reachable"] >= recall
    assert result["false_per_person_day"] <= false_per_day
    assert result["excess_p95_s"] <= excess_p95_s
