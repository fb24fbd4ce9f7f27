"""The lawful gate as a table: which moment is lawful, and why another is not."""

from __future__ import annotations

import pytest

from guitu.tracking import gate
from guitu.tracking.gate import DeviceSpans, Gate, Refused, Span, Worn, credible, lawful_spans
from guitu.tracking.models import RefusalReason

DAY = 86_400_000
WORN = Worn(wearing=7, person=1, case=3, begin_ms=10 * DAY, end_ms=20 * DAY)


def spans(*orders: tuple[int, int], worn: tuple[Worn, ...] = (WORN,)) -> DeviceSpans:
    return DeviceSpans(lawful_spans(worn, {3: [(a * DAY, b * DAY) for a, b in orders]}), worn)


@pytest.mark.parametrize(
    ("orders", "moment", "expected"),
    [
        ([(5, 15)], 10.0, "lawful"),  # the moment it is put on
        ([(5, 15)], 9.999, Refused.NOT_WORN),
        ([(5, 15)], 14.999, "lawful"),  # the order's last day to its end
        ([(5, 15)], 15.0, Refused.NO_ORDER),  # it stops by itself
        ([(5, 15), (15, 18)], 15.0, "lawful"),  # an extension carries on
        ([(5, 15), (16, 18)], 15.5, Refused.NO_ORDER),  # a gap is a gap
        ([(12, 30)], 11.0, Refused.NO_ORDER),  # worn before the order began
        ([(12, 30)], 20.0, Refused.NOT_WORN),  # taken off
        ([], 11.0, Refused.NO_ORDER),
    ],
)
def test_a_moment_is_lawful_where_a_wearing_and_an_order_meet(orders, moment, expected):
    found = spans(*orders).at(int(moment * DAY))
    if expected == "lawful":
        assert isinstance(found, Span)
        assert (found.person, found.wearing) == (1, 7)
    else:
        assert found is expected


def test_an_unknown_device_is_refused():
    assert Gate({}).judge(5, judged_ms=0) is Refused.UNKNOWN_DEVICE


def test_two_wearers_of_one_device_are_told_apart():
    later = Worn(wearing=8, person=2, case=4, begin_ms=20 * DAY)
    found = DeviceSpans(
        lawful_spans((WORN, later), {3: [(0, 30 * DAY)], 4: [(0, 30 * DAY)]}), (WORN, later)
    )
    assert found.at(20 * DAY - 1).person == 1
    assert found.at(20 * DAY).person == 2


@pytest.mark.parametrize(
    ("told", "good"),
    [
        (-30 * DAY, True),
        (-30 * DAY - 1, False),
        (0, True),
        (600_000, True),
        (600_001, False),
    ],
)
def test_a_clock_is_believed_from_thirty_days_before_to_ten_minutes_after(told, good):
    received = 1_700_000_000_000
    assert credible(received + told, received) is good


def test_the_gate_and_the_engine_agree_on_whose_clock_is_believed():
    from guitu.engine.tuning import DEFAULT

    assert DEFAULT.credible_past_ms == gate.CREDIBLE_PAST_MS
    assert DEFAULT.credible_future_ms == gate.CREDIBLE_FUTURE_MS


def test_the_reasons_are_those_that_are_stored():
    assert {r.name: r.value for r in Refused} == {r.name: r.value for r in RefusalReason}
