"""A turn: what is lawful is written once with its meaning, what is not leaves no trace of a place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from guitu.people.models import CaseEvent
from guitu.tracking.models import (
    Alarm,
    AlarmEvent,
    AlarmStep,
    DeadLetter,
    DeviceStatus,
    Fix,
    Latest,
    News,
    Refusal,
    RefusalReason,
    Report,
    StreamOffset,
)
from guitu.tracking.tests.world import World, device, ms, order_for, place, report, wear
from guitu.wire import envelope as e
from guitu.worker.tests.desk import Feed


@pytest.fixture
def feed(world: World) -> Feed:
    made = Feed()
    yield made
    made.desk.close()


def trail(world: World) -> list[Fix]:
    return list(Fix.objects.filter(person=world.cast.person).order_by("time", "id"))


def test_a_lawful_fix_is_in_the_trail_with_its_raw_frame(world: World, feed: Feed):
    at = world.now - timedelta(minutes=5)
    sent = report(world.device, place(at, battery_pct=80), serial=1)
    feed.give(world.device, sent)
    (fix,) = trail(world)
    assert fix.time == fix.device_time == at.replace(microsecond=0)
    assert (fix.lat_e7, fix.lon_e7) == (320_700_000, 1_187_700_000)
    assert fix.wearing_id == world.wearing.pk
    (kept,) = Report.objects.filter(person=world.cast.person)
    assert bytes(kept.raw) == sent.frame
    assert not kept.cut
    assert fix.report_id == kept.id
    latest = Latest.objects.get(person=world.cast.person)
    assert (latest.lat_e7, latest.battery_pct) == (320_700_000, 80)
    assert DeviceStatus.objects.get(device=world.device).battery_pct == 80
    assert News.objects.get().payload[0][0] == world.cast.person.pk


def test_a_report_sent_again_is_not_doubled(world: World, feed: Feed):
    at = world.now - timedelta(minutes=5)
    sent = report(world.device, place(at), serial=1)
    feed.give(world.device, sent, sent)
    feed.give(world.device, sent)
    assert len(trail(world)) == 1
    assert feed.desk.counts.resends == 2


def test_equal_times_are_kept_in_the_order_received(world: World, feed: Feed):
    at = world.now - timedelta(minutes=5)
    for n in range(3):
        feed.give(world.device, report(world.device, place(at, east_m=n), serial=n))
    fixes = trail(world)
    assert len(fixes) == 3
    assert [f.lon_e7 for f in fixes] == sorted(f.lon_e7 for f in fixes)


def test_before_the_order_after_its_end_and_not_worn_only_counts(world: World, feed: Feed):
    cast = world.cast
    idle = device(cast)
    bare = device(cast)
    # Worn, but the order begins tomorrow.
    early = order_for(cast, cast.foreign_case, start=(world.now + timedelta(days=2)).date())
    wear(cast, bare, cast.foreign_case, early, since=world.now - timedelta(days=1))
    at = world.now - timedelta(minutes=5)
    feed.give(idle, report(idle, place(at), serial=1))
    feed.give(bare, report(bare, place(at), serial=1))
    feed.give(world.device, report(world.device, place(world.now - timedelta(days=3)), serial=2))
    assert Fix.objects.count() == Report.objects.count() == 0
    reasons = {r.device_id: r.reason for r in Refusal.objects.all()}
    assert reasons == {
        idle.pk: RefusalReason.NOT_WORN,
        bare.pk: RefusalReason.NO_ORDER,
        world.device.pk: RefusalReason.NOT_WORN,
    }


def test_a_batch_half_before_the_wearing_keeps_only_the_lawful_half(world: World, feed: Feed):
    begin = world.wearing.since.replace(microsecond=0)
    before = place(begin - timedelta(minutes=1), north_m=7777)
    after = place(begin + timedelta(minutes=1))
    feed.give(world.device, report(world.device, before, after, serial=1, received=world.now))
    (fix,) = trail(world)
    assert fix.time == after.time
    (kept,) = Report.objects.all()
    assert kept.cut
    refused_lat = round(before.lat * 1e6).to_bytes(4, "big")
    assert refused_lat not in bytes(kept.raw)
    assert Refusal.objects.get().count == 1


def test_a_lawful_backlog_after_the_end_of_the_order_is_accepted(world: World, feed: Feed):
    world.wearing.until = world.now - timedelta(hours=1)
    world.wearing.save()
    inside = place(world.now - timedelta(hours=2))
    outside = place(world.now - timedelta(minutes=30))
    feed.give(world.device, report(world.device, inside, serial=1, received=world.now))
    feed.give(world.device, report(world.device, outside, serial=2, received=world.now))
    assert [fix.time for fix in trail(world)] == [inside.time]


def test_a_wearing_that_begins_counts_from_the_next_turn(world: World, feed: Feed):
    cast = world.cast
    other = device(cast)
    feed.give(other, report(other, place(world.now), serial=1))
    order = order_for(cast, cast.foreign_case, start=(world.now - timedelta(days=1)).date())
    wear(cast, other, cast.foreign_case, order, since=world.now - timedelta(minutes=1))
    feed.give(other, report(other, place(world.now), serial=2))
    assert Fix.objects.filter(person=cast.foreign_person).count() == 1


@pytest.mark.parametrize("years", [-25, 10])
def test_a_clock_wrong_by_years_is_judged_by_the_time_received(world: World, feed: Feed, years):
    wrong = place(world.now.replace(year=world.now.year + years, month=3, day=3))
    sent = report(world.device, wrong, serial=1, received=world.now)
    feed.give(world.device, sent)
    feed.give(world.device, sent)  # a resend is still recognised
    (fix,) = trail(world)
    assert abs((fix.time - world.now).total_seconds()) < 1
    assert fix.device_time == wrong.time
    assert fix.verdict & 256


def test_leaving_a_fence_opens_one_alarm_and_says_so_everywhere(world: World, feed: Feed):
    fence = world.fence(radius_m=300)
    start = world.now - timedelta(minutes=30)
    for n in range(12):
        feed.give(
            world.device,
            report(world.device, place(start + timedelta(minutes=n), north_m=n * 150), serial=n),
        )
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.state, alarm.fence_id) == ("breach", "new", fence.pk)
    assert alarm.evidence["fixes"]
    assert [step.kind for step in AlarmStep.objects.all()] == ["opened"]
    assert CaseEvent.objects.filter(kind="alarm", person=world.cast.person).count() == 1
    assert News.objects.filter(kind="alarm").count() == 1
    back = start + timedelta(minutes=20)
    for n in range(4):
        feed.give(
            world.device, report(world.device, place(back + timedelta(minutes=n)), serial=100 + n)
        )
    alarm.refresh_from_db()
    assert alarm.ended_at is not None
    assert alarm.state == "new"


def test_the_same_events_come_after_a_death_in_the_middle(world: World):
    world.fence(radius_m=300)
    start = world.now - timedelta(minutes=30)

    def walk(feed: Feed, *, dies: bool) -> set[bytes]:
        for n in range(12):
            position = place(start + timedelta(minutes=n), north_m=n * 150)
            feed.give(
                world.device,
                report(world.device, position, serial=n),
                tick_ms=ms(position.time) + 5000,
            )
            if dies:
                feed.again()
        return {bytes(row.pk) for row in AlarmEvent.objects.all()}

    feed = Feed()
    whole = walk(feed, dies=False)
    fixes = [(f.time, f.verdict) for f in trail(world)]
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE tracking_report, tracking_fix, tracking_alarmevent, tracking_alarmstep,"
            " tracking_alarm, tracking_enginejournal, tracking_enginesnapshot,"
            " tracking_streamoffset CASCADE"
        )
    feed.again()
    feed.sequence = 0
    assert walk(feed, dies=True) == whole != set()
    assert [(f.time, f.verdict) for f in trail(world)] == fixes
    feed.desk.close()


def test_a_snapshot_takes_the_place_of_the_journal(world: World):
    feed = Feed(snapshot_s=0.0)
    world.fence(radius_m=300)
    start = world.now - timedelta(minutes=30)
    for n in range(12):
        feed.give(
            world.device,
            report(world.device, place(start + timedelta(minutes=n), north_m=n * 150), serial=n),
        )
        feed.again()
    assert Alarm.objects.count() == 1
    feed.desk.close()


def test_a_report_that_cannot_be_read_is_buried_and_the_others_go_on(world: World, feed: Feed):
    at = world.now - timedelta(minutes=5)
    good = report(world.device, place(at), serial=1)
    bad = e.Report(
        e.Protocol.JT808, world.device.pk, world.device.terminal, ms(at), 0x0200, 2, 0, b"~garbage~"
    )
    feed.give(world.device, bad, good)
    assert len(trail(world)) == 1
    letter = DeadLetter.objects.get()
    assert bytes(letter.raw) == b"~garbage~"
    idle = device(world.cast)
    feed.give(
        idle, e.Report(e.Protocol.JT808, idle.pk, idle.terminal, ms(at), 0x0200, 2, 0, b"~x~")
    )
    assert DeadLetter.objects.get(device_id=idle.pk).raw is None


def test_a_report_that_breaks_the_writing_is_found_and_buried(
    world: World, feed: Feed, monkeypatch: pytest.MonkeyPatch
):
    from guitu.tracking import ingest

    real = ingest.write_fixes

    def breaks(db, rows):
        rows = list(rows)
        if any(row[0].lat_e7 > 320_750_000 for row in rows):
            raise ValueError("no such place")
        real(db, rows)

    monkeypatch.setattr(ingest, "write_fixes", breaks)
    at = world.now - timedelta(minutes=5)
    reports = [
        report(world.device, place(at + timedelta(seconds=n), north_m=2000 * (n == 1)), serial=n)
        for n in range(3)
    ]
    message = feed.message(world.device, reports)
    with pytest.raises(ValueError, match="no such place"):
        feed.desk.turn([message], upto=message.sequence)
    feed.desk.careful([message], upto=message.sequence)
    assert len(trail(world)) == 2
    assert DeadLetter.objects.count() == 1
    assert {o.sequence for o in StreamOffset.objects.all()} == {message.sequence}


def test_a_fence_that_cannot_be_read_stops_nobody_elses(world: World, feed: Feed):
    from guitu.tracking import check
    from guitu.tracking.models import FenceVersion

    bad = world.fence()
    FenceVersion.objects.filter(fence=bad).update(geometry={"type": "Point"})
    world.fence(radius_m=300)
    start = world.now - timedelta(minutes=30)
    for n in range(12):
        feed.give(
            world.device,
            report(world.device, place(start + timedelta(minutes=n), north_m=n * 150), serial=n),
        )
    assert Alarm.objects.filter(kind="breach").count() == 1
    assert feed.desk.unreadable == (bad.pk,)
    assert [str(bad.pk) in str(finding) for finding in check.findings()] == [True]


def test_a_shard_taken_by_another_cannot_be_written(world: World, feed: Feed):
    from guitu.tracking.offsets import LostShard

    feed.give(world.device, report(world.device, place(world.now), serial=1))
    StreamOffset.objects.update(epoch=99)
    with pytest.raises(LostShard):
        feed.give(world.device, report(world.device, place(world.now, north_m=5), serial=2))
    assert len(trail(world)) == 1


def test_a_wearing_taken_off_stops_the_trail_and_what_stood_ends(world: World, feed: Feed):
    world.fence(radius_m=300)
    start = world.now - timedelta(minutes=30)
    for n in range(12):
        feed.give(
            world.device,
            report(world.device, place(start + timedelta(minutes=n), north_m=n * 150), serial=n),
        )
    world.wearing.until = world.now - timedelta(minutes=1)
    world.wearing.save()
    feed.give(
        world.device, report(world.device, place(world.now), serial=50), tick_ms=ms(world.now)
    )
    assert len(trail(world)) == 12
    assert Refusal.objects.get().reason == RefusalReason.NOT_WORN
    assert Alarm.objects.get(kind="breach").ended_at is not None


def test_the_stream_forgets_nothing_before_every_shard_has_been_taken(world: World, feed: Feed):
    from guitu.tracking import offsets
    from guitu.worker.session import session

    feed.give(world.device, report(world.device, place(world.now), serial=1))
    assert offsets.lowest(session(), shards=4) == 1
    assert offsets.lowest(session(), shards=5) is None
