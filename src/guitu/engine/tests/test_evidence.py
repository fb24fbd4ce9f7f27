import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guitu.engine.columns import Verdict
from guitu.engine.events import Deciding, EventKind, event_id
from guitu.engine.evidence import AXIS, Evidence, probability_beyond
from guitu.engine.tests.story import WEAK, Story, home_fence, ms


def test_a_breach_carries_the_fixes_that_led_to_it() -> None:
    story = Story(home_fence(margin_m=5.0))
    story.fix("09:58")
    story.fix("09:59", 80, **WEAK)
    story.fix("10:00", 135)
    story.fix("10:00:30", 0, valid=0)
    story.fix("10:01", 140)
    why = story.last.evidence
    assert why is not None
    assert [f.time_ms for f in why.fixes] == [ms("09:58"), ms("09:59"), ms("10:00"), ms("10:01")]
    assert [round(f.beyond_m) for f in why.fixes] == [-105, -25, 30, 35]
    assert [f.uncertainty_m for f in why.fixes] == [15, 45, 15, 15]
    assert [f.probability > 0.5 for f in why.fixes] == [False, False, True, True]
    assert why.fixes[1].verdict == Verdict.JUDGED | Verdict.WEAK
    assert why.fixes[3].verdict == Verdict.JUDGED | Verdict.OUTSIDE
    assert (why.inclusion, why.margin_m, why.points, why.needed) == (True, 5.0, 6, 6)
    assert why.since_ms == ms("10:00")


def test_evidence_holds_at_most_the_last_thirty_two() -> None:
    story = Story(home_fence())
    for minute in range(58):
        story.fix(f"10:{minute:02d}")
    story.fix("10:58", 900)
    assert story.last.evidence is not None
    assert len(story.last.evidence.fixes) == 32
    assert story.last.evidence.fixes[-1].time_ms == ms("10:58")


def test_late_fixes_stand_in_the_evidence_by_their_own_time() -> None:
    story = Story(home_fence())
    story.fix("10:00")
    story.fix("09:50", 130, received="10:01")
    story.fix("09:51", 130, received="10:01")
    why = story.last.evidence
    assert why is not None
    assert [f.time_ms for f in why.fixes] == [ms("09:50"), ms("09:51"), ms("10:00")]


def test_evidence_goes_through_json_and_back() -> None:
    story = Story(home_fence())
    story.fix("10:00", 900)
    why = story.last.evidence
    assert why is not None
    assert Evidence.from_json(why.to_json()) == why
    with pytest.raises(msgspec.ValidationError):
        Evidence.from_json(b"{}")


def test_an_event_without_a_fence_has_none() -> None:
    story = Story()
    story.fix("10:00", flags=2)
    assert story.last.evidence is None


@given(st.floats(-1000, 1000), st.floats(1, 500))
def test_the_curve_is_the_normal_distribution(beyond: float, m: float) -> None:
    exact = 0.5 * (1 + math.erf(beyond / (m / AXIS) / math.sqrt(2)))
    assert probability_beyond(beyond, m) == pytest.approx(exact, abs=5e-7)


@given(st.floats(-300, 300), st.floats(-300, 300), st.floats(10, 200))
def test_further_out_is_never_less_likely_out(a: float, b: float, m: float) -> None:
    low, high = sorted((a, b))
    assert probability_beyond(low, m) <= probability_beyond(high, m) + 1e-9


def test_an_identity_depends_on_everything_that_decides() -> None:
    base = {
        "device_id": 1,
        "fence_id": 2,
        "kind": EventKind.BREACH_BEGIN,
        "time_ms": 5,
        "deciding": Deciding(1, 2, 3, 4),
    }
    same = event_id(**base)  # type: ignore[arg-type]
    assert len(same) == 16
    assert event_id(**base) == same  # type: ignore[arg-type]
    for change in (
        {"device_id": 2},
        {"fence_id": 3},
        {"kind": EventKind.BREACH_END},
        {"time_ms": 6},
        {"deciding": Deciding(1, 2, 3, 5)},
    ):
        assert event_id(**{**base, **change}) != same  # type: ignore[arg-type]
