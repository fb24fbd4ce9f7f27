"""The monitoring order: its ground, its signer, its three months, its extension, its end."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guitu.law.grounds_of_monitoring import (
    ConductFacts,
    Ground,
    GroundDefect,
    ground_is_open,
    open_grounds,
)
from guitu.law.monitoring_order import (
    Extension,
    OrderDefect,
    OrderFacts,
    Purpose,
    days_in_force,
    in_force,
    may_monitor,
    may_use_location,
    months_within,
    order_defects,
    window,
)
from guitu.law.words import Category, Tier

D = OrderDefect
GOOD = OrderFacts(
    category=Category.PROBATION,
    ground=Ground.LEFT_WITHOUT_APPROVAL,
    proof="查访记录（2026）越矫查字第7号",
    decided_by="bureau_head",
    decided_at=Tier.COUNTY,
    decided_on=date(2026, 6, 9),
    first_day=date(2026, 6, 10),
    last_day=date(2026, 9, 9),
)


def codes(order: OrderFacts) -> set[object]:
    return {reason.code for reason in order_defects(order)}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-01-15", "2026-04-14"),
        ("2026-06-10", "2026-09-09"),
        ("2026-01-01", "2026-03-31"),
        ("2026-11-30", "2027-02-27"),
        ("2027-11-30", "2028-02-28"),
        ("2027-11-29", "2028-02-28"),
        ("2026-01-31", "2026-04-29"),
    ],
)
def test_three_months_end_the_day_before_the_same_date(first: str, last: str) -> None:
    assert months_within(date.fromisoformat(first)) == date.fromisoformat(last)


def test_a_lawful_order_has_no_defect() -> None:
    assert order_defects(GOOD) == ()
    assert may_monitor(GOOD, date(2026, 7, 1)).allowed


@pytest.mark.parametrize(
    ("change", "defect"),
    [
        ({"decided_by": "body_head"}, D.WRONG_SIGNER),
        ({"decided_by": "office_head"}, D.WRONG_SIGNER),
        ({"decided_by": ""}, D.WRONG_SIGNER),
        ({"decided_at": Tier.CITY}, D.WRONG_TIER),
        ({"decided_at": Tier.OFFICE}, D.WRONG_TIER),
        ({"decided_on": None}, D.NOT_DECIDED),
        ({"decided_on": date(2026, 6, 11)}, D.DECIDED_AFTER_START),
        ({"last_day": date(2026, 9, 10)}, D.LONGER_THAN_THREE_MONTHS),
        ({"last_day": date(2026, 6, 9)}, D.ENDS_BEFORE_START),
        ({"proof": "  "}, D.NO_PROOF),
        ({"case_last_day": date(2026, 8, 31)}, D.OUTSIDE_CASE),
        ({"case_first_day": date(2026, 6, 11)}, D.OUTSIDE_CASE),
    ],
)
def test_one_thing_wrong_is_one_reason(change: dict[str, object], defect: OrderDefect) -> None:
    assert codes(replace(GOOD, **change)) == {defect}


def test_all_reasons_are_collected() -> None:
    order = replace(
        GOOD,
        proof="",
        decided_by="body_head",
        decided_at=Tier.CITY,
        decided_on=None,
        last_day=date(2027, 1, 1),
        conduct=ConductFacts(),
    )
    assert codes(order) == {
        D.NO_PROOF,
        D.WRONG_SIGNER,
        D.WRONG_TIER,
        D.NOT_DECIDED,
        D.LONGER_THAN_THREE_MONTHS,
        GroundDefect.DID_NOT_LEAVE,
    }
    assert all(r.zh and r.en and r.articles and r.sure for r in order_defects(order))


def test_an_order_older_than_the_law_is_history_only() -> None:
    order = replace(
        GOOD,
        decided_on=date(2020, 6, 1),
        first_day=date(2020, 6, 30),
        last_day=date(2020, 8, 30),
    )
    assert codes(order) == {D.LAW_NOT_IN_FORCE}
    assert not in_force(order, date(2020, 7, 5))


@pytest.mark.parametrize(
    ("ground", "category", "conduct", "missing"),
    [
        (1, Category.PROBATION, {"breached_prohibition_order_on": date(2026, 5, 1)}, set()),
        (1, Category.PROBATION, {}, {GroundDefect.NOT_BREACHED}),
        (
            1,
            Category.PAROLE,
            {"breached_prohibition_order_on": date(2026, 5, 1)},
            {GroundDefect.NO_PROHIBITION_ORDER_IN_CATEGORY},
        ),
        (2, Category.PAROLE, {"left_on": date(2026, 5, 1)}, set()),
        (
            2,
            Category.PAROLE,
            {"left_on": date(2026, 5, 1), "leaving_justified": True},
            {GroundDefect.HAD_GOOD_REASON},
        ),
        (
            2,
            Category.PAROLE,
            {"left_on": date(2026, 5, 1), "leaving_approved": True},
            {GroundDefect.HAD_APPROVAL},
        ),
        (
            3,
            Category.PROBATION,
            {"refused_to_report": True, "warned_for_refusal_on": date(2026, 5, 1)},
            set(),
        ),
        (3, Category.PROBATION, {"refused_to_report": True}, {GroundDefect.NOT_WARNED}),
        (3, Category.PROBATION, {}, {GroundDefect.DID_NOT_REFUSE, GroundDefect.NOT_WARNED}),
        (4, Category.PUBLIC_SURVEILLANCE, {"police_penalty_on": date(2026, 5, 1)}, set()),
        (4, Category.PROBATION, {}, {GroundDefect.NO_POLICE_PENALTY}),
        (5, Category.PROBATION, {"revocation_proposal_intended_on": date(2026, 5, 1)}, set()),
        (
            5,
            Category.PUBLIC_SURVEILLANCE,
            {"revocation_proposal_intended_on": date(2026, 5, 1)},
            {GroundDefect.NOTHING_TO_REVOKE},
        ),
        (5, Category.TEMPORARY_SERVICE, {}, {GroundDefect.NO_PROPOSAL}),
    ],
)
def test_a_ground_needs_each_of_its_elements(
    ground: int, category: Category, conduct: dict[str, object], missing: set[GroundDefect]
) -> None:
    reasons = ground_is_open(Ground(ground), category, ConductFacts(**conduct))
    assert {r.code for r in reasons} == missing
    assert all(f"CCL 29(1)[{ground}]" in {a.key for a in r.articles} for r in reasons)


def test_the_page_can_ask_which_grounds_are_open() -> None:
    conduct = ConductFacts(left_on=date(2026, 5, 1), police_penalty_on=date(2026, 5, 9))
    assert open_grounds(Category.PROBATION, conduct) == (
        Ground.LEFT_WITHOUT_APPROVAL,
        Ground.PENALISED_BY_POLICE,
    )
    assert open_grounds(Category.PROBATION, ConductFacts()) == ()


@pytest.mark.parametrize(
    ("assessed_on", "needed", "first", "defects"),
    [
        (date(2026, 9, 1), True, date(2026, 9, 10), set()),
        (None, True, date(2026, 9, 10), {D.EXTENSION_NOT_ASSESSED}),
        (date(2026, 9, 11), True, date(2026, 9, 10), {D.EXTENSION_NOT_ASSESSED}),
        (date(2026, 9, 1), False, date(2026, 9, 10), {D.EXTENSION_NOT_NEEDED}),
        (date(2026, 9, 1), True, date(2026, 9, 11), {D.EXTENSION_LEAVES_A_GAP}),
        (date(2026, 9, 1), True, date(2026, 9, 9), {D.EXTENSION_OVERLAPS}),
    ],
)
def test_an_extension_follows_an_assessment_and_the_order_before_it(
    assessed_on: date | None, needed: bool, first: date, defects: set[OrderDefect]
) -> None:
    order = replace(
        GOOD,
        decided_on=date(2026, 9, 5),
        first_day=first,
        last_day=months_within(first),
        extends=Extension(
            previous_last_day=GOOD.last_day, assessed_on=assessed_on, still_needed=needed
        ),
    )
    assert codes(order) == defects


def test_an_order_is_in_force_from_its_first_through_its_last_day() -> None:
    assert not in_force(GOOD, date(2026, 6, 9))
    assert in_force(GOOD, date(2026, 6, 10))
    assert in_force(GOOD, date(2026, 9, 9))
    assert not in_force(GOOD, date(2026, 9, 10))


def test_collection_stops_from_the_day_of_lifting_and_the_days_before_stay_lawful() -> None:
    lifted = replace(GOOD, lifted_on=date(2026, 7, 1))
    assert in_force(lifted, date(2026, 6, 30))
    assert not in_force(lifted, date(2026, 7, 1))
    assert days_in_force(replace(GOOD, lifted_on=GOOD.first_day)) is None


def test_an_order_that_is_not_needed_must_be_lifted() -> None:
    idle = replace(GOOD, not_needed_since=date(2026, 7, 1))
    assert [r.code for r in may_monitor(idle, date(2026, 7, 1)).reasons] == [D.NO_LONGER_NEEDED]
    assert not in_force(idle, date(2026, 7, 1))
    assert may_monitor(idle, date(2026, 6, 30)).allowed


def test_a_case_that_ends_early_cuts_the_order_short() -> None:
    order = replace(GOOD, case_last_day=date(2026, 7, 31))
    assert days_in_force(order) == (date(2026, 6, 10), date(2026, 7, 31))


def test_an_unlawful_order_is_never_in_force() -> None:
    order = replace(GOOD, decided_by="body_head")
    assert not in_force(order, date(2026, 7, 1))
    assert window(order) is None


def test_the_window_ends_at_midnight_of_shanghai_after_the_last_day() -> None:
    assert window(GOOD) == (
        datetime(2026, 6, 9, 16, tzinfo=UTC),
        datetime(2026, 9, 9, 16, tzinfo=UTC),
    )


def test_location_data_are_for_corrections_alone() -> None:
    assert may_use_location(Purpose.COMMUNITY_CORRECTIONS).allowed
    assert not may_use_location(Purpose.OTHER).allowed


@given(
    st.dates(date(2020, 7, 1), date(2090, 1, 1)),
    st.integers(-5, 140),
    st.sampled_from(["bureau_head", "body_head", "officer"]),
    st.sampled_from(list(Tier)),
    st.integers(0, 140),
)
def test_no_day_beyond_three_months_or_of_a_wrong_signer_is_ever_in_force(
    first: date, days: int, role: str, tier: Tier, offset: int
) -> None:
    order = replace(
        GOOD,
        decided_by=role,
        decided_at=tier,
        decided_on=first,
        first_day=first,
        last_day=first + timedelta(days=days),
    )
    day = first + timedelta(days=offset)
    if in_force(order, day):
        assert (role, tier) == ("bureau_head", Tier.COUNTY)
        assert first <= day <= min(order.last_day, months_within(first))
        begin, end = window(order) or (None, None)
        noon = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        assert begin is not None and end is not None and begin <= noon < end
