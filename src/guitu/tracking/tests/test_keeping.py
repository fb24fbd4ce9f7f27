"""Days ahead, retention, and the counter that tells of changes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from guitu.tracking import ingest, partitions
from guitu.tracking.models import Alarm, Change, Fix, News
from guitu.tracking.tests.world import World, database_url, device, wear


@pytest.fixture
def owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keeper's connection leads to the test's database."""

    class Settings:
        database_owner_url = database_url()
        database_url = ""
        trail_days = 730

    monkeypatch.setattr(partitions, "settings", Settings)


def days() -> list[date]:
    with connection.cursor() as cursor:
        return partitions.existing(cursor, "tracking_fix")


def test_days_are_made_ahead_and_old_ones_dropped(world: World, owner: None):
    partitions.keep()
    today = partitions.day_of(world.now)
    assert today - timedelta(days=31) in days()
    assert today + timedelta(days=7) in days()
    later = world.now + timedelta(days=731)
    kept = partitions.keep(now=lambda: later)
    assert today - timedelta(days=31) in kept.dropped
    assert today + timedelta(days=2) in days()
    # The days of now come back for the tests that follow.
    again = partitions.keep(now=lambda: world.now)
    assert today in again.made or today in days()


def test_a_fix_of_a_day_without_a_table_is_kept_and_moved(world: World, owner: None):
    partitions.keep()
    day = partitions.day_of(world.now) + timedelta(days=60)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tracking_fix (day, report_id, person_id, case_id, wearing_id, device_id,"
            " time, device_time, received_at, lon_e7, lat_e7, valid, source, flags, verdict)"
            " VALUES (%s, 1, 1, 1, 1, 1, now(), now(), now(), 1, 1, true, 1, 0, 0)",
            [day],
        )
        cursor.execute("SELECT count(*) FROM tracking_fix_rest")
        assert cursor.fetchone()[0] == 1
        partitions.make_ahead(cursor, today=day)
        cursor.execute("SELECT count(*) FROM tracking_fix_rest")
        assert cursor.fetchone()[0] == 0
    assert Fix.objects.filter(day=day).count() == 1


def test_news_are_forgotten_after_a_day_and_it_is_known_up_to_where(world: World, owner: None):
    News.objects.create(at=world.now - timedelta(days=2), kind="x", payload={})
    xid = News.objects.get().xid
    partitions.keep()
    assert not News.objects.exists()
    assert Change.objects.get(name="news_floor").version == xid


def test_a_change_of_wearing_order_or_fence_is_counted_once_a_transaction(world: World):
    def version() -> int:
        connection.ensure_connection()
        return ingest.version(connection.connection)

    before = version()
    with transaction.atomic():
        world.fence()
        world.fence()
        world.wearing.save()
    assert version() == before + 1
    world.order.lifted_on = partitions.day_of(world.now)
    world.order.save()
    assert version() == before + 2


def test_a_band_is_on_one_person_and_a_person_wears_one_band(world: World):
    cast = world.cast
    with pytest.raises(IntegrityError, match="wearing_device_once"), transaction.atomic():
        wear(cast, world.device, cast.foreign_case, world.order, since=world.now)
    with pytest.raises(IntegrityError, match="wearing_person_once"), transaction.atomic():
        wear(cast, device(cast), cast.case, world.order, since=world.now)
    world.wearing.until = world.now
    world.wearing.save()
    wear(cast, device(cast), cast.case, world.order, since=world.now)


def test_an_alarm_cannot_be_closed_by_nobody(world: World):
    with pytest.raises(IntegrityError), transaction.atomic():
        Alarm.objects.create(
            person=world.cast.person, case=world.cast.case, wearing=world.wearing,
            device=world.device, kind="sos", severity=3, state="closed", began_at=world.now,
            known_at=world.now, opened_at=world.now, last_event_at=world.now,
        )  # fmt: skip
