"""Monitoring orders: whatever CCL 29 lacks is refused, and a window ends when law says."""

from datetime import UTC, date, datetime, timedelta

import pytest

from guitu.base.models import Post
from guitu.base.roles import Role
from guitu.law.grounds_of_monitoring import GroundDefect
from guitu.law.monitoring_order import OrderDefect
from guitu.people import hooks, queries, services
from guitu.people.models import MonitoringOrder
from guitu.people.tests.cast import NOW, TODAY, probation, register

pytestmark = pytest.mark.django_db
START, END = date(2026, 9, 22), date(2026, 12, 21)


def record(cast, case=None, **changes):
    facts = {
        "number": "鼓司矫电〔2026〕9号", "ground": 2, "proof": "警告决定书", "decided_by": cast.bureau_head,
        "decided_on": START, "start": START, "end": END,
    } | changes  # fmt: skip
    return services.record_monitoring_order(
        case or cast.case, **facts, by=cast.body_officer, at=NOW
    )


def codes(refusal):
    return {reason.code for reason in refusal.value.reasons}


def test_a_lawful_order_is_in_force_through_its_last_day(cast):
    order = record(cast)
    window = queries.window_of(order)
    assert window == (datetime(2026, 9, 21, 16, tzinfo=UTC), datetime(2026, 12, 21, 16, tzinfo=UTC))
    inside = window[1] - timedelta(seconds=1)
    assert [one.order_id for one in queries.orders_in_force(inside)] == [order.pk]
    assert queries.orders_in_force(window[1]) == []
    assert queries.orders_in_force(window[0] - timedelta(seconds=1)) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"proof": "  "}, OrderDefect.NO_PROOF),
        ({"end": date(2026, 12, 22)}, OrderDefect.LONGER_THAN_THREE_MONTHS),
        ({"end": date(2026, 9, 21)}, OrderDefect.ENDS_BEFORE_START),
        ({"decided_on": date(2026, 9, 23)}, OrderDefect.DECIDED_AFTER_START),
        ({"start": date(2026, 3, 1), "end": date(2026, 5, 1), "decided_on": date(2026, 3, 1)}, OrderDefect.OUTSIDE_CASE),
        ({"start": date(2020, 6, 30), "end": date(2020, 7, 30), "decided_on": date(2020, 6, 30)}, OrderDefect.LAW_NOT_IN_FORCE),
    ],
)  # fmt: skip
def test_each_defect_is_refused(cast, changes, code):
    with pytest.raises(services.Refused) as refusal:
        record(cast, **changes)
    assert code in codes(refusal)
    assert not MonitoringOrder.objects.exists()


@pytest.mark.parametrize(
    "signer",
    ["body_head", "body_officer", "officer", "city_officer", "other_bureau_head", "nobody"],
)
def test_nobody_but_the_head_of_this_countys_bureau_decides(cast, signer):
    with pytest.raises(services.Refused) as refusal:
        record(cast, decided_by=getattr(cast, signer))
    assert OrderDefect.WRONG_SIGNER in codes(refusal)


def test_the_head_of_a_citys_bureau_is_the_wrong_tier(cast):
    Post.objects.create(
        account=cast.city_officer, organisation=cast.city, role=Role.BUREAU_HEAD, scope="unit_below",
        since=date(2020, 7, 1),
    )  # fmt: skip
    with pytest.raises(services.Refused) as refusal:
        record(cast, decided_by=cast.city_officer)
    assert OrderDefect.WRONG_TIER in codes(refusal)


def test_the_signer_must_be_in_office_on_the_day_of_the_decision(cast):
    cast.bureau_head.posts.update(until=date(2026, 9, 21))
    with pytest.raises(services.Refused) as refusal:
        record(cast)
    assert OrderDefect.WRONG_SIGNER in codes(refusal)
    cast.bureau_head.posts.update(until=START)
    order = record(cast)
    cast.bureau_head.posts.update(until=date(2026, 9, 1))
    assert queries.window_of(order) is not None, "a post that ends later unmakes no decision"


def test_all_that_is_wrong_is_said_at_once(cast):
    with pytest.raises(services.Refused) as refusal:
        record(cast, proof="", decided_by=cast.officer, end=date(2027, 1, 1), number="")
    assert codes(refusal) >= {
        OrderDefect.NO_PROOF, OrderDefect.WRONG_SIGNER, OrderDefect.LONGER_THAN_THREE_MONTHS
    }  # fmt: skip
    assert [fault.field for fault in refusal.value.faults] == ["number"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"assessed_on": None}, OrderDefect.EXTENSION_NOT_ASSESSED),
        ({"reassessment": ""}, OrderDefect.EXTENSION_NOT_NEEDED),
        ({"start": date(2026, 12, 23)}, OrderDefect.EXTENSION_LEAVES_A_GAP),
        ({"start": date(2026, 12, 21)}, OrderDefect.EXTENSION_OVERLAPS),
        ({"end": date(2027, 3, 22)}, OrderDefect.LONGER_THAN_THREE_MONTHS),
    ],
)
def test_an_extension_is_assessed_needed_and_follows_on(cast, changes, code):
    first = record(cast)
    facts = {
        "number": "鼓司矫电〔2026〕10号", "extends": first, "assessed_on": date(2026, 11, 20),
        "reassessment": "仍两次要求外出", "decided_on": TODAY, "start": date(2026, 12, 22),
        "end": date(2027, 3, 21),
    }  # fmt: skip
    with pytest.raises(services.Refused) as refusal:
        record(cast, **facts | changes)
    assert code in codes(refusal)
    assert queries.window_of(record(cast, **facts)) is not None


def test_two_orders_never_run_on_the_same_day(cast):
    record(cast)
    with pytest.raises(services.Refused, match="重叠"):
        record(
            cast,
            number="另一份",
            start=date(2026, 10, 1),
            end=date(2026, 10, 30),
            decided_on=date(2026, 10, 1),
        )


def test_a_ground_that_the_category_cant_have_is_refused(cast):
    person = register("某", cast.office, cast.officer)
    case = services.open_case(
        person, probation(category="01", sentence_kind="05", sentence="1年", test_period=""),
        received_on=date(2026, 3, 18), by=cast.officer, at=NOW,
    )  # fmt: skip
    with pytest.raises(services.Refused) as refusal:
        record(cast, case, ground=5)
    assert codes(refusal) == {GroundDefect.NOTHING_TO_REVOKE}


def test_a_lifted_order_carries_nothing_from_that_day(cast):
    order = record(cast)
    with pytest.raises(services.Refused, match="不能倒填"):
        services.lift_order(
            order, on=TODAY - timedelta(days=1), reason="某", by=cast.body_officer, at=NOW
        )
    services.lift_order(order, on=TODAY, reason="表现稳定", by=cast.body_officer, at=NOW)
    order.refresh_from_db()
    assert queries.window_of(order)[1] == datetime(2026, 11, 23, 16, tzinfo=UTC)
    with pytest.raises(services.Refused, match="已经解除"):
        services.lift_order(order, on=TODAY, reason="再来", by=cast.body_officer, at=NOW)


def test_an_annulled_order_carried_nothing(cast):
    order = record(cast)
    services.annul_order(order, reason="认错了人", by=cast.body_officer, at=NOW)
    order.refresh_from_db()
    assert queries.window_of(order) is None
    assert queries.order_windows(datetime(2026, 9, 1, tzinfo=UTC), NOW) == []
    record(cast, number="重新决定")


def test_the_end_of_a_case_cuts_its_order_short(cast):
    order = record(cast)
    services.end_case(
        cast.case, state="terminated", on=TODAY, reason="收监", by=cast.officer, at=NOW
    )
    order = MonitoringOrder.objects.get(pk=order.pk)
    assert queries.window_of(order)[1] == datetime(2026, 11, 24, 16, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_listeners_hear_of_a_committed_change(cast, monkeypatch):
    heard = []
    monkeypatch.setattr(hooks, "_order_listeners", [heard.append])
    order = record(cast)
    services.lift_order(order, on=TODAY, reason="某", by=cast.body_officer, at=NOW)
    assert heard == [cast.case.pk, cast.case.pk]
