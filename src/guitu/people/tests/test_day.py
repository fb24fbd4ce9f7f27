"""A day's work, from law's obligations over the register."""

from datetime import date, timedelta

import pytest

from guitu.people import queries, services
from guitu.people.models import Case, Person
from guitu.people.tests.cast import NOW, TODAY, probation, register

pytestmark = pytest.mark.django_db


def lines(user, today=TODAY):
    return {
        (group.key, line.person.name, line.code)
        for group in queries.day_of(user, today).groups
        for line in group.lines
    }


def test_what_is_overdue_open_and_waiting(cast):
    waiting = register("孙晓棠", cast.office, cast.officer)
    services.open_case(
        waiting, probation(effective_date=TODAY - timedelta(days=2)), by=cast.officer, at=NOW
    )
    assert lines(cast.officer) == {
        ("overdue", "顾怀远", "periodic_report"),
        ("week", "顾怀远", "announce_intake"),
        ("waiting", "孙晓棠", "report_in"),
    }


def test_who_does_not_report_in_is_overdue_not_waiting(cast):
    late = register("孙晓棠", cast.office, cast.officer)
    services.open_case(
        late, probation(effective_date=TODAY - timedelta(days=20)), by=cast.officer, at=NOW
    )
    assert ("overdue", "孙晓棠", "report_in") in lines(cast.officer)


def test_a_report_moves_the_next_one(cast):
    services.record_report(cast.case, "report", on=TODAY, by=cast.officer, at=NOW)
    services.announce_intake(cast.case, on=TODAY, by=cast.officer, at=NOW)
    assert lines(cast.officer) == set()
    assert lines(cast.officer, TODAY + timedelta(days=14)) == {
        ("today", "顾怀远", "periodic_report")
    }
    assert Case.objects.get(pk=cast.case.pk).next_due == TODAY + timedelta(days=14)


def test_a_day_holds_the_scopes_persons_alone(cast):
    assert {name for _, name, _ in lines(cast.officer)} == {"顾怀远"}
    assert {name for _, name, _ in lines(cast.body_officer)} == {"顾怀远", "欧阳静"}
    assert lines(cast.auditor) == set()


def test_an_order_about_to_end_is_on_the_desk(cast):
    services.record_monitoring_order(
        cast.case, number="1号", ground=2, proof="决定书", decided_by=cast.bureau_head,
        decided_on=date(2026, 9, 1), start=date(2026, 9, 1), end=TODAY, by=cast.body_officer, at=NOW,
    )  # fmt: skip
    assert ("today", "顾怀远", "reassess_monitoring") in lines(cast.officer)


def test_a_woman_needs_a_woman_in_her_team(cast):
    services.add_team_member(
        cast.sister_person.current_case, role="officer", name="某", sex="1", since=TODAY,
        by=cast.sister_officer, at=NOW,
    )  # fmt: skip
    assert ("week", "欧阳静", "team_needs_woman") in lines(cast.sister_officer)


def test_a_discharged_case_owes_nothing(cast):
    end = cast.case.term_end
    later = NOW + (end - TODAY)
    services.end_case(
        cast.case, state="discharged", on=end, reason="期满", by=cast.officer, at=later
    )
    assert Case.objects.get(pk=cast.case.pk).next_due is None
    assert Person.objects.get(pk=cast.person.pk).facets[2] == "state:discharged"


def test_the_photograph_is_small_upright_and_sealed(cast):
    import io

    from PIL import Image

    out = io.BytesIO()
    exif = Image.Exif()
    exif[274] = 6
    exif[0x010F] = "camera"
    Image.new("RGB", (1200, 800), "red").save(out, "JPEG", exif=exif)
    services.photograph(cast.person, out.getvalue(), by=cast.officer, at=NOW)
    from guitu.people.sealed import open_photo

    person = Person.objects.select_related("data_key").get(pk=cast.person.pk)
    assert b"camera" not in bytes(person.photo_sealed)
    with Image.open(io.BytesIO(open_photo(person))) as shown:
        assert shown.size == (320, 480)
        assert not shown.getexif()
    with pytest.raises(services.Refused, match="不是照片"):
        services.photograph(person, b"<svg/>", by=cast.officer, at=NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id_number": "000000199106030012"}, "id_number"),
        ({"birth_date": date(1991, 6, 4)}, "birth_date"),
        ({"sex": "2"}, "sex"),
        ({"phone": "12"}, "phone"),
        ({"name": " "}, "name"),
    ],
)
def test_an_identity_is_checked_against_itself(cast, changes, field):
    from dataclasses import replace

    identity = services.identity_of(cast.person)
    with pytest.raises(services.Refused) as refusal:
        services.change_person(
            cast.person, replace(identity, **changes), reason="某", by=cast.officer, at=NOW
        )
    assert field in {fault.field for fault in refusal.value.faults}


def test_one_identity_number_is_registered_once(cast):
    identity = services.identity_of(cast.person)
    with pytest.raises(services.Refused, match=cast.person.number):
        services.register_person(identity, office=cast.other_office, by=cast.outsider, at=NOW)


def test_sealed_columns_hold_no_clear_text_in_row_or_history(cast):
    identity = services.identity_of(cast.person)
    history = cast.person.history.get()
    for row in (Person.objects.get(pk=cast.person.pk), history):
        text = str(row.__dict__)
        assert identity.id_number not in text and identity.phone not in text
        assert identity.id_number.encode() not in bytes(row.id_number_sealed)
