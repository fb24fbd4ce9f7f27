"""The demo city: agrees with the law, lies inside its orders, is fictional, and is the same again."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.db import connection, transaction

from guitu.base.codes import OrganisationKind
from guitu.base.identity import normalise_identity_number
from guitu.base.models import Account, AuditRecord, Organisation, Oversight, Post
from guitu.base.roles import Role
from guitu.law.monitoring_order import order_defects
from guitu.law.obligations import ObligationCode, obligations
from guitu.law.terms.prohibition_order import prohibition_days_are_lawful
from guitu.law.words import Category
from guitu.people.facts import order_facts
from guitu.people.models import Case, CaseEvent, MonitoringOrder, Person, ProhibitionOrder
from guitu.people.queries import case_facts
from guitu.people.sealed import open_column
from guitu.sim import staff
from guitu.sim.demo import RealPersonsHere, make
from guitu.sim.demo_file import read_city
from guitu.sim.geography import DISTRICTS, district_of
from guitu.sim.people import City
from guitu.tracking import gate_source
from guitu.tracking.gate import Span
from guitu.tracking.models import Alarm, Device, Wearing

NOW = datetime.now(UTC)
PERSONS, BANDS = 420, 40


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Any:
    """A small city, made once for all tests here and taken away after them."""
    folder = tmp_path_factory.mktemp("home")
    with django_db_blocker.unblock(), transaction.atomic():
        yield make(persons=PERSONS, wristbands=BANDS, seed=7, now=NOW, home=folder), folder
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _database(made: Any, db: None) -> None:
    """Every test here reads the city."""


def all_of(model: Any) -> Any:
    return model.objects.unscoped("a test reads the whole city")


def test_it_has_as_many_as_was_asked_for(made: Any) -> None:
    done, _ = made
    assert done.persons == all_of(Person).count() == PERSONS
    assert done.wristbands == BANDS
    assert all_of(Wearing).filter(until__isnull=True).count() == BANDS
    assert Organisation.objects.filter(kind=OrganisationKind.BODY).count() == 11
    assert 95 <= Organisation.objects.filter(kind=OrganisationKind.OFFICE).count() <= 105


def test_everything_is_marked_as_demo() -> None:
    assert not all_of(Person).filter(demo=False).exists()
    assert not Account.objects.filter(demo=False).exists()
    assert not Device.objects.filter(demo=False).exists()


def test_every_term_is_the_laws_own() -> None:
    # bulk refuses a term or a monitoring order that law refuses; what it can't see is looked at here.
    states = Counter()
    today = NOW.date()
    for case in all_of(Case).select_related("person"):
        states[case.state] += 1
        if case.state == "active":
            assert case.term_end >= today - timedelta(days=1)
        if case.ended_on:
            assert case.term_start <= case.ended_on <= case.term_end
        if case.received_on:
            assert 0 <= (case.received_on - case.effective_date).days <= 10
    assert {"active", "discharged"} <= set(states)


def test_every_monitoring_order_is_lawful_and_decided_by_that_countys_bureau_head() -> None:
    orders = all_of(MonitoringOrder).select_related("case__office", "extends", "decided_by")
    assert len(orders) >= BANDS
    grounds = set()
    for order in orders:
        facts = order_facts(order, order.case, previous=order.extends)
        assert order_defects(facts) == ()
        post = Post.objects.get(account=order.decided_by)
        assert post.role == Role.BUREAU_HEAD
        assert post.organisation_id in order.case.office.ancestor_ids
        assert post.since <= order.decided_on
        grounds.add(order.ground)
        if order.ground == 1:
            assert all_of(ProhibitionOrder).filter(case=order.case).exists()
        if order.ground == 5:
            assert order.case.category != "01"
        if order.ground == 4:
            assert order.case.category != "03"
        basis = all_of(CaseEvent).filter(case=order.case, at__date__lt=order.start)
        assert basis.filter(kind__in=["warning", "police_penalty"]).exists()
    assert grounds >= {2, 3, 4, 5}


def test_every_prohibition_order_is_lawful() -> None:
    from guitu.law.term import Term

    for ban in all_of(ProhibitionOrder).select_related("case"):
        credit = ban.case.custody_days * 2 if ban.case.category == "01" else 0
        term = Term(ban.case.term_start, ban.case.term_end, (), custody_credit_days=credit)
        category = Category.of(ban.case.category)
        assert prohibition_days_are_lawful(category, ban.start, ban.end, term=term).allowed


def test_no_team_lacks_whom_the_law_names() -> None:
    lacking = {
        ObligationCode.FORM_TEAM,
        ObligationCode.TEAM_NEEDS_WOMAN,
        ObligationCode.TEAM_NEEDS_SOMEONE_FOR_MINORS,
    }
    for case in all_of(Case).filter(state="active").select_related("person"):
        assert lacking.isdisjoint(o.code for o in obligations(case_facts(case), NOW.date()))


def test_nobody_can_be_real() -> None:
    for person in all_of(Person).select_related("data_key"):
        number = open_column(person, "id_number")
        assert normalise_identity_number(number) == number
        assert number.startswith("000000")
        assert open_column(person, "phone").startswith("154")
    assert all_of(Person).values("id_number_hash").distinct().count() == PERSONS


def test_no_fix_lies_outside_an_order_and_a_wearing() -> None:
    gate = gate_source.load(since=NOW - timedelta(days=40))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT device_id, person_id, case_id, wearing_id,"
            " (extract(epoch FROM time) * 1000)::bigint FROM tracking_fix"
        )
        rows = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM tracking_report")
        assert cursor.fetchone() == (len(rows),)
    assert len(rows) > BANDS * 200
    for device, person, case, wearing, time_ms in rows:
        span = gate.judge(device, judged_ms=time_ms)
        assert isinstance(span, Span)
        assert (span.person, span.case, span.wearing) == (person, case, wearing)
    oldest = min(row[4] for row in rows) / 1000
    assert oldest >= (NOW - timedelta(days=7, seconds=5)).timestamp()


def test_raw_frames_say_what_the_trail_says() -> None:
    from guitu.wire import jt808

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.raw, f.lon_e7, f.lat_e7, f.time, f.satellites, f.battery_pct, f.flags"
            " FROM tracking_fix f JOIN tracking_report r ON r.day = f.day AND r.id = f.report_id"
            " ORDER BY f.id LIMIT 500"
        )
        for raw, lon_e7, lat_e7, time, satellites, battery, flags in cursor.fetchall():
            frame = jt808.read(bytes(raw))
            (fix,) = jt808.positions_of(frame.header.msg_id, frame.body, frame.header.version)
            assert (round(fix.lon * 1e7), round(fix.lat * 1e7)) == (lon_e7, lat_e7)
            assert abs((fix.time - time).total_seconds()) < 1
            assert (fix.satellites, fix.battery_pct, int(fix.flags)) == (satellites, battery, flags)


def test_old_alarms_are_closed_by_somebody_with_a_reason() -> None:
    for alarm in all_of(Alarm):
        if alarm.state == "closed":
            assert alarm.closed_by_id
            assert alarm.close_reason
            assert alarm.opened_at <= alarm.claimed_at <= alarm.handled_at <= alarm.closed_at
        if NOW - alarm.opened_at > timedelta(days=1):
            assert alarm.state == "closed"


def test_staff_in_every_role_and_one_documented_account_each(made: Any) -> None:
    done, folder = made
    assert {account.role for account in done.documented} == set(Role)
    for documented in done.documented:
        account = Account.objects.get(username=documented.username)
        assert check_password(documented.password, account.password)
        assert account.posts.get().role == documented.role
    validate_password(staff.PASSWORD, Account(username="officer", name="某"))
    assert Oversight.objects.filter(overseer__kind=OrganisationKind.PROCURATORATE).count() == 12
    assert '"username": "officer"' in (folder / "demo.json").read_text()


def test_the_documented_officer_has_persons_with_bands() -> None:
    mine = all_of(Wearing).filter(until__isnull=True, person__officer__username="officer")
    assert mine.count() >= 3


def test_lives_are_inside_their_districts(made: Any) -> None:
    import shapely

    city = read_city(made[1])
    assert city is not None
    assert len(city.lives) == BANDS
    areas = [district_of(d.code).polygon for d in DISTRICTS]
    for life in city.lives:
        assert any(shapely.contains_xy(area, *life.home) for area in areas)
    assert any(life.tour and life.zone for life in city.lives)


def test_the_act_is_on_the_record() -> None:
    row = AuditRecord.objects.get(action="demo.make")
    assert (row.via, row.actor) == ("host", "guitu demo")


def test_a_second_run_changes_nothing(made: Any) -> None:
    again = make(persons=PERSONS, wristbands=BANDS, seed=7, now=NOW, home=made[1])
    assert again.there
    assert all_of(Person).count() == PERSONS


def test_a_database_with_real_persons_is_refused(made: Any) -> None:
    someone = all_of(Person).first()
    all_of(Person).filter(pk=someone.pk).update(demo=False)
    with pytest.raises(RealPersonsHere, match="1 real person"):
        make(persons=5, wristbands=0, seed=7, now=NOW, home=made[1])


def test_the_same_seed_makes_the_same_city(tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        # A second city in the same (rolled back) transaction: the first steps aside.
        cursor.execute("UPDATE base_organisation SET code = 'old' || code")
        cursor.execute("UPDATE base_account SET username = 'old-' || username")
    built = staff.build(seed=7, today=NOW.date(), persons=PERSONS)

    def rows() -> list[Any]:
        city = City(seed=7, today=NOW.date(), persons=PERSONS, wristbands=BANDS, staff=built)
        return [row for county in built.counties for row in city.rows(county)]

    first = rows()
    assert first == rows()
    assert len(first) == PERSONS
    written = dict(all_of(Person).values_list("number", "name"))
    assert {row.number: row.identity.name for row in first} == written
