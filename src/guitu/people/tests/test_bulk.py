from datetime import date, timedelta

import pytest

from guitu.base import audit
from guitu.people import bulk, queries, services
from guitu.people.models import Case, CaseEvent, MonitoringOrder, Person
from guitu.people.tests.cast import NOW, TODAY, id_number, probation

pytestmark = pytest.mark.django_db


def row(cast, n: int, **case) -> bulk.PersonRow:
    born = date(1960, 1, 1) + timedelta(days=n)
    facts = {
        "number": f"T2026-{n:06d}",
        "judgment": probation(judgment_number=f"（2026）测0106刑初{n}号"),
        "office_id": cast.office.pk,
        "officer_id": cast.officer.pk,
        "received_on": date(2026, 3, 18),
        "announced_on": date(2026, 3, 20),
        "last_report_on": TODAY - timedelta(days=n % 14),
        "team": (
            bulk.TeamRow(
                role="social_worker", name="丁一鸣", sex="2", since=date(2026, 3, 18),
                account_id=cast.social_worker.pk,
            ),
        ),
        "events": tuple(
            bulk.EventRow(kind="report", at=NOW - timedelta(days=d), text="照常") for d in range(10)
        ),
    } | case  # fmt: skip
    return bulk.PersonRow(
        number=f"P2026-{n:06d}",
        identity=services.Identity(
            name=f"测{chr(0x4E00 + n % 3000)}{chr(0x5E00 + n % 500)}", sex="1", birth_date=born,
            id_number=id_number(born), phone=f"139{n:08d}", address="某路1号",
        ),
        office_id=cast.office.pk,
        officer_id=cast.officer.pk,
        cases=(bulk.CaseRow(**facts),),
    )  # fmt: skip


def order(cast, **changes) -> bulk.OrderRow:
    facts = {
        "number": "鼓司矫电〔2026〕1号", "ground": 2, "proof": "警告决定书",
        "decided_by_id": cast.bureau_head.pk, "decided_on": date(2026, 9, 22),
        "start": date(2026, 9, 22), "end": date(2026, 12, 21),
    } | changes  # fmt: skip
    return bulk.OrderRow(**facts)


def load(cast, rows):
    with audit.acting(audit.Source(via="host", actor_id=None, actor="demo")):
        return bulk.load(rows, by=cast.officer, at=NOW)


def test_a_loaded_person_is_like_a_registered_one(cast):
    loaded = load(cast, [row(cast, 7, monitoring_orders=(order(cast),))])
    person = Person.objects.get(pk=loaded[0].person_id)
    case = Case.objects.get(pk=loaded[0].cases[0].case_id)
    before = (sorted(person.tokens), person.facets, person.scope_keys, person.name_key)
    due = case.next_due
    services.refresh_scope_keys(person, today=TODAY)
    services.refresh_next_due(case, today=TODAY)
    person.refresh_from_db()
    assert (sorted(person.tokens), person.facets, person.scope_keys, person.name_key) == before
    assert case.next_due == due
    assert person.current_case_id == case.pk
    assert case.term_end == date(2028, 3, 11)
    assert services.identity_of(person).phone == "13900000007"
    assert CaseEvent.objects.filter(person=person).count() == 10
    history = person.history.get()
    assert history.pgh_context.metadata == {"user": cast.officer.pk, "reason": "批量登记"}
    assert [w.order_id for w in queries.orders_in_force(NOW)] == list(
        loaded[0].cases[0].orders.values()
    )


def test_an_order_that_law_refuses_stops_the_load(cast):
    bad = order(cast, end=date(2026, 12, 22))
    with pytest.raises(services.Refused, match="鼓司矫电〔2026〕1号：不得超过三个月"):
        load(cast, [row(cast, 1), row(cast, 2, monitoring_orders=(bad,))])
    assert not Person.objects.filter(number__startswith="P2026-").exists()
    assert not MonitoringOrder.objects.exists()


def test_a_term_that_law_refuses_names_its_case(cast):
    with pytest.raises(services.Refused, match=r"T2026-000003：.*考验期"):
        load(cast, [row(cast, 3, judgment=probation(test_period="6个月"))])


def test_fifteen_hundred_persons_a_second(cast):
    import time

    rows = [row(cast, n) for n in range(1500)]
    began = time.perf_counter()
    load(cast, rows)
    seconds = time.perf_counter() - began
    print(f"{1500 / seconds:.0f} persons/s with a case, a team member and 10 events each")
    assert seconds < 5, f"loading 1,500 persons took {seconds:.1f} s"
