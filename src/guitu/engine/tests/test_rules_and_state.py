import numpy as np
import pytest

from guitu.engine.columns import (
    FLAG_CHARGING,
    FLAG_LOW_BATTERY,
    FLAG_SEPARATION,
    FLAG_SOS,
    FLAG_TAMPER,
    FLAG_TIME_UNKNOWN,
    SOURCE_CELL,
    SOURCE_SATELLITE,
    SOURCE_UNKNOWN,
    SOURCE_WIFI,
    Fixes,
    Verdict,
)
from guitu.engine.rules import DeviceRule, FenceKind, FenceRule, Rules
from guitu.engine.state import State
from guitu.engine.tests.made_up import people
from guitu.engine.tests.story import HOME, Story, home_fence
from guitu.engine.tuning import Tuning
from guitu.geo.shapes import Area, Circle
from guitu.wire.messages import Flag, Source


def test_the_codes_are_those_of_the_wire() -> None:
    assert (SOURCE_UNKNOWN, SOURCE_SATELLITE, SOURCE_WIFI, SOURCE_CELL) == (
        Source.UNKNOWN,
        Source.SATELLITE,
        Source.WIFI,
        Source.CELL,
    )
    assert (
        FLAG_TAMPER,
        FLAG_SOS,
        FLAG_LOW_BATTERY,
        FLAG_SEPARATION,
        FLAG_CHARGING,
        FLAG_TIME_UNKNOWN,
    ) == (
        Flag.TAMPER,
        Flag.SOS,
        Flag.LOW_BATTERY,
        Flag.SEPARATION,
        Flag.CHARGING,
        Flag.TIME_UNKNOWN,
    )


def ring(n: int, at: int) -> Area:
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
    points = zip(np.cos(turn) * 50_000 + at, np.sin(turn) * 50_000, strict=True)
    return Area(((tuple((round(x) + HOME[0], round(y) + HOME[1]) for x, y in points),),))


def test_rules_replaced_thousands_of_times_judge_as_if_made_afresh() -> None:
    rules = Rules()
    wanted = {}
    for turn in range(4000):
        slot = turn * 7 % 13
        wanted[slot] = [
            FenceRule(1, FenceKind.EXCLUSION, ring(40, turn * 10)),
            FenceRule(2, FenceKind.INCLUSION, Circle(*HOME, 50.0 + turn)),
            FenceRule(3, FenceKind.INCLUSION, ring(60, slot)),
        ]
        rules.set_device(slot, fences=wanted[slot])
    fresh = Rules.of(wanted)
    old, new = rules.columns(), fresh.columns()
    assert len(old.shapes.x1) < 400_000, "garbage is given back"
    from guitu.engine.fences import beyond_m
    from guitu.geo.compiled import compiled

    del compiled
    import numba

    ask = numba.njit(lambda ru, r, x, y: beyond_m(ru, r, x, y))
    for slot in wanted:
        for k in range(3):
            a, b = old.first[slot] + k, new.first[slot] + k
            for x, y in ((0, 0), (40_000, 9_000), (70_000, -30_000)):
                assert ask(old, a, HOME[0] + x, HOME[1] + y) == ask(
                    new, b, HOME[0] + x, HOME[1] + y
                )


def test_a_shape_shared_by_many_is_stored_once() -> None:
    rules = Rules()
    for slot in range(500):
        rules.set_device(slot, fences=[FenceRule(1, FenceKind.INCLUSION, ring(100, 0))])
    assert len(rules.columns().shapes.x1) < 300


def test_two_fences_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="own id"):
        Rules().set_device(0, fences=[home_fence(1), home_fence(1, radius_m=50)])


@pytest.mark.parametrize(
    "wrong",
    [
        {"fence_id": -1},
        {"margin_m": -1.0},
        {"margin_m": float("nan")},
        {"valid_from_ms": 5, "valid_to_ms": 5},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        home_fence(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"silence_s": 0}, {"interval_s": -5}, {"low_battery_pct": 91}])
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        DeviceRule(**wrong)


def test_tuning_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="correct the tuning"):
        Tuning(weak_floor_m=1.0)


def test_a_device_keeps_its_slot_over_a_snapshot() -> None:
    state = State()
    slots = [state.slot_of(d) for d in (900, 7, 12)]
    assert slots == [0, 1, 2]
    again = State.load(state.dump())
    assert [again.slot_of(d) for d in (900, 7, 12, 5)] == [0, 1, 2, 3]


@pytest.mark.parametrize("body", [b"", b"GUITU-ENGINE", b"GUITU-ENGINE\x00", b"x" * 99])
def test_bytes_that_are_no_snapshot_are_refused_with_the_remedy(body: bytes) -> None:
    with pytest.raises(ValueError, match="replay the stream"):
        State.load(body)


def test_a_snapshot_of_another_version_is_refused() -> None:
    body = State().dump()
    at = body.index(b"version") + len(b"version")
    with pytest.raises(ValueError, match="version 9"):
        State.load(body[:at] + b"\x09" + body[at + 1 :])


def test_a_copy_goes_its_own_way() -> None:
    story = Story(home_fence())
    kept = story.state.copy()
    story.fix("10:00", 400)
    assert kept.standing_breaches() == []
    assert len(story.state.standing_breaches()) == 1


def test_a_fence_added_later_starts_without_a_past() -> None:
    story = Story(home_fence(5))
    story.fix("10:00", 400)
    story.rules.set_device(0, fences=[home_fence(3, radius_m=50), home_fence(5)])
    assert story.fix("10:01", 400) == ["BREACH_BEGIN"]
    assert story.last.fence_id == 3
    assert len(story.state.standing_breaches()) == 2


def test_columns_of_a_wrong_type_are_refused() -> None:
    good = Fixes.of(slot=[0], time_ms=[0], lon_e7=[1], lat_e7=[1])
    columns = {k: getattr(good, k) for k in good.__dataclass_fields__}
    with pytest.raises(ValueError, match="lon_e7"):
        Fixes(**{**columns, "lon_e7": np.zeros(1)})


def test_an_empty_batch_is_nothing() -> None:
    story = Story(home_fence())
    state, rules = people(1)
    from guitu.engine.step import step

    _, verdicts, events = step(state, Fixes.concatenate([]), rules)
    assert len(verdicts) == len(events) == 0
    assert story.events == []


def test_the_end_of_a_wearing_ends_what_stands_and_forgets_the_places() -> None:
    story = Story(home_fence(), device=DeviceRule(silence_s=600))
    story.fix("10:00", 400, flags=FLAG_TAMPER | FLAG_SEPARATION, battery_pct=5)
    story.tick("10:20")
    story.rules.remove_device(0)
    assert sorted(story.tick("10:21")) == [
        "BREACH_END",
        "LOW_BATTERY_END",
        "SEPARATION_END",
        "SILENCE_END",
        "TAMPER_END",
    ]
    assert len({e.event_id for e in story.events}) == len(story.events)
    kept, _ = story.state.columns()
    assert not kept.ring_lon_e7[0].any()
    assert (kept.good_lon_e7[0], kept.jump_lon_e7[0], kept.late_lon_e7[0]) == (0, 0, 0)
    assert kept.heard_lon_e7[0] == 0


def test_the_next_wearer_starts_without_a_past() -> None:
    story = Story(home_fence())
    story.fix("10:00", 130)
    story.rules.remove_device(0)
    story.tick("10:01")
    story.rules.set_device(0, fences=[home_fence()])
    assert story.fix("10:02", 130) == []
    assert story.fix("10:03", 130) == ["BREACH_BEGIN"]
    assert story.last.evidence is not None
    assert len(story.last.evidence.fixes) == 2


def test_a_device_loaded_without_rules_is_not_forgotten_twice() -> None:
    story = Story()
    story.fix("10:00")
    story.state = State.load(story.state.dump())
    story.fix("10:00")
    assert Verdict.DUPLICATE in story.verdict
