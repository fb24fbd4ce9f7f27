"""The pages of tracking: who sees them, what they say, what a POST does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from guitu.base.models import Account, AuditRecord
from guitu.tracking.access_examples import examples
from guitu.tracking.models import Alarm, Command, Fence, Quarantine, Wearing
from guitu.tracking.tests import desk
from guitu.tracking.tests.world import World


def as_(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="guitu.base.backends.AccountBackend")
    return client


@pytest.fixture
def alarm(world: World) -> Alarm:
    with desk.at_host():
        return desk.breach(world)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_for_its_officer_in_both_languages(world: World, language: str) -> None:
    from guitu.tracking.models import Alarm as Row

    Row.objects.filter(wearing=world.wearing).delete()
    world.wearing.delete()
    with desk.at_host():
        found = examples(world.cast)
    for name, arguments in found.items():
        if (
            name.endswith(
                ("_act", "_phone", "_retire", "_assign", "_unassign", "_settle", "_export")
            )
            or name == "tracking:live_ticket"
        ):
            continue
        who = world.cast.body_officer
        who.language = language
        who.save()
        answer = as_(who).get(
            reverse(name, kwargs=arguments), headers={"accept-language": language}
        )
        assert answer.status_code in (200, 302), name


def test_what_belongs_to_another_county_is_not_there(world: World) -> None:
    with desk.at_host():
        found = examples(world.cast, foreign=True)
    client = as_(world.cast.body_officer)
    for name, arguments in found.items():
        url = reverse(name, kwargs=arguments)
        answers = {client.get(url).status_code, client.post(url).status_code}
        assert answers <= {404, 405}, name
    alarm = Alarm.objects.get(pk=found["tracking:alarm"]["pk"])
    assert alarm.state == "new"


def test_the_queue_shows_the_gravest_first_and_says_why(world: World, alarm: Alarm) -> None:
    with desk.at_host():
        desk.alarm(world, kind="low_battery", severity=1, known_at=world.now - timedelta(hours=2))
    page = as_(world.cast.officer).get(reverse("tracking:alarms")).content.decode()
    assert page.index("越界") < page.index("低电量")
    assert "2件待处置" in page
    assert "没有信号" in page
    assert 'data-key="1"' in page
    assert AuditRecord.objects.filter(action="alarm.list").count() == 1
    assert AuditRecord.objects.filter(action="trail.read").count() == 1


def test_an_alarm_is_handled_from_the_page_to_its_end(world: World, alarm: Alarm) -> None:
    client = as_(world.cast.officer)
    act = reverse("tracking:alarm_act", args=[alarm.pk])
    client.post(act, {"act": "claim"})
    client.post(act, {"act": "step", "step": "call_person", "outcome": "reached"})
    page = client.get(reverse("tracking:alarm", args=[alarm.pk])).content.decode()
    assert "打电话给本人：通了。" in page
    client.post(act, {"act": "handle", "cause": "returning", "action": "本人说送货。"})
    answer = client.post(act, {"act": "close", "reason": "已返回"}, follow=True)
    assert "情况还没有结束" in answer.content.decode()
    client.post(act, {"act": "close", "reason": "已返回", "although_standing": "on"})
    alarm.refresh_from_db()
    assert (alarm.state, alarm.closed_by) == ("closed", world.cast.officer)


def test_the_procurator_reads_and_cannot_handle(world: World, alarm: Alarm) -> None:
    client = as_(world.cast.procurator)
    page = client.get(reverse("tracking:alarm", args=[alarm.pk]))
    assert page.status_code == 200
    assert 'data-key="1"' not in page.content.decode()
    assert (
        client.post(reverse("tracking:alarm_act", args=[alarm.pk]), {"act": "claim"}).status_code
        == 403
    )
    alarm.refresh_from_db()
    assert alarm.state == "new"


def test_the_telephone_is_shown_on_a_click_that_is_audited(world: World, alarm: Alarm) -> None:
    answer = as_(world.cast.officer).post(reverse("tracking:alarm_phone", args=[alarm.pk]))
    assert "tel:1380000" in answer.content.decode()
    assert (
        AuditRecord.objects.filter(action="person.reveal", person_id=alarm.person_id).count() == 1
    )


def test_the_map_shows_whom_i_may_see_and_nobody_whose_device_is_off(
    world: World, alarm: Alarm
) -> None:
    url = reverse("tracking:map_positions")
    mine = as_(world.cast.officer).get(url).json()["features"]
    assert [f["properties"]["name"] for f in mine] == ["顾怀远"]
    assert mine[0]["properties"]["alarm"] == "breach"
    assert as_(world.cast.outsider).get(url).json()["features"] == []
    Wearing.objects.filter(pk=world.wearing.pk).update(until=world.now)
    assert as_(world.cast.officer).get(url).json()["features"] == []


def test_a_trail_says_its_gaps_and_each_reading_is_audited(world: World, alarm: Alarm) -> None:
    client = as_(world.cast.officer)
    day = f"{alarm.began_at.astimezone():%Y-%m-%d}"
    page = client.get(reverse("tracking:trail", args=[alarm.person_id]), {"day": day})
    assert page.status_code == 200
    data = client.get(reverse("tracking:trail_data", args=[alarm.person_id])).json()
    times = [fix["time"] for fix in data["fixes"]]
    assert times == sorted(times)
    assert AuditRecord.objects.filter(action="trail.read", person_id=alarm.person_id).count() == 2


def test_an_export_needs_its_own_permission_and_holds_every_fix(world: World, alarm: Alarm) -> None:
    url = reverse("tracking:trail_export", args=[alarm.person_id, "gpx"])
    first = f"{world.now - timedelta(days=1):%Y-%m-%d}"
    span = {"first": first, "last": f"{world.now + timedelta(days=1):%Y-%m-%d}"}
    assert as_(world.cast.officer).post(url, span).status_code == 403
    answer = as_(world.cast.office_head).post(url, span)
    assert answer.content.decode().count("<trkpt") == 9
    assert AuditRecord.objects.filter(action="trail.export").count() == 1


def test_a_fence_is_drawn_by_numbers_and_a_bad_file_is_answered_by_its_field(world: World) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = as_(world.cast.officer)
    url = reverse("tracking:fence_new") + f"?case={world.cast.case.pk}"
    fields = {
        "name": "网吧", "kind": "2", "shape": "circle", "lon": "118.77", "lat": "32.07",
        "radius_m": "200", "datum": "gcj02", "hours": "times", "days_1": ["0", "1"],
        "from_1": "22:00", "to_1": "06:00", "exceptions": "2026-10-01 全天", "margin_m": "0",
        "severity": "2",
    }  # fmt: skip
    assert client.post(url, fields).status_code == 302
    version = Fence.objects.get(name="网吧").versions.get()
    assert version.datum == "gcj02"
    assert version.geometry["coordinates"] != [118.77, 32.07]
    bow = b'{"type":"Polygon","coordinates":[[[118,32],[119,33],[119,32],[118,33],[118,32]]]}'
    answer = client.post(
        url, fields | {"shape": "file", "file": SimpleUploadedFile("x.geojson", bow)}
    )
    assert answer.status_code == 422
    assert "相交" in answer.content.decode()
    answer = client.post(url, fields | {"radius_m": "1"})
    assert "半径" in answer.content.decode()
    answer = client.post(url, fields | {"from_1": "25点"})
    assert "不是时间" in answer.content.decode()


def test_a_device_is_asked_where_it_is_and_an_unknown_one_admitted(world: World) -> None:
    client = as_(world.cast.body_officer)
    client.post(reverse("tracking:device_act", args=[world.device.pk]), {"act": "locate"})
    assert Command.objects.get().kind == "query_position"
    row = Quarantine.objects.create(
        terminal="13711112222",
        address="10.0.0.1:9",
        first_seen_at=world.now,
        last_seen_at=world.now,
    )
    url = reverse("tracking:quarantine_act", args=[row.pk])
    assert client.post(url, {"act": "admit", "unit": world.cast.other_county.pk}).status_code == 404
    client.post(url, {"act": "admit", "unit": world.cast.county.pk})
    assert not Quarantine.objects.exists()


def test_a_device_is_put_on_only_when_the_person_was_told(world: World) -> None:
    from guitu.tracking.tests import world as worlds

    Wearing.objects.filter(pk=world.wearing.pk).update(until=world.now)
    client = as_(world.cast.officer)
    spare = worlds.device(world.cast)
    url = reverse("tracking:wear", args=[world.cast.case.pk])
    assert client.post(url, {"device": spare.pk}).status_code == 422
    assert client.post(url, {"device": spare.pk, "told": "on"}).status_code == 302
    assert Wearing.objects.filter(device=spare, until__isnull=True).exists()
