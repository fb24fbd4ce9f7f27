"""An alarm's life, as sentences."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from guitu.base.models import AuditRecord
from guitu.people.models import CaseEvent, EventKind
from guitu.people.services import Refused
from guitu.tracking.models import Alarm, AlarmStep, News, StepKind
from guitu.tracking.services import alarms
from guitu.tracking.tests import desk
from guitu.tracking.tests.world import World


@pytest.fixture
def alarm(world: World) -> Alarm:
    with desk.at_host():
        return desk.alarm(world)


def steps(alarm: Alarm) -> list[str]:
    return list(AlarmStep.objects.filter(alarm=alarm).values_list("kind", flat=True))


def test_an_alarm_is_claimed_handled_and_closed_with_every_step_on_the_record(
    world: World, alarm: Alarm
) -> None:
    officer, at = world.cast.officer, world.now
    alarms.claim(alarm, by=officer, at=at)
    alarms.do_step(alarm, action="call_person", outcome="reached", by=officer, at=at)
    alarms.handle(alarm, cause="returning", action="本人说送货，已在返回。", by=officer, at=at)
    Alarm.objects.filter(pk=alarm.pk).update(ended_at=at)
    alarms.close(alarm, reason="10:02回到围栏内。", by=officer, at=at)
    alarm.refresh_from_db()
    assert alarm.state == "closed"
    assert (alarm.closed_by, alarm.close_reason) == (officer, "10:02回到围栏内。")
    assert steps(alarm) == ["opened", "claimed", "protocol", "handled", "closed"]
    lines = CaseEvent.objects.filter(case=alarm.case, kind=EventKind.ALARM_STEP)
    assert lines.count() == 4
    assert {line.actor for line in lines} == {"周岚"}
    acts = AuditRecord.objects.filter(object_id=str(alarm.pk), action__startswith="alarm.")
    assert set(acts.values_list("action", flat=True)) == {
        "alarm.claim", "alarm.step", "alarm.handle", "alarm.close"
    }  # fmt: skip
    assert News.objects.filter(person_id=alarm.person_id, kind="alarm").count() == 4


def test_the_second_officer_cannot_claim_and_is_told_who_has_it(world: World, alarm: Alarm) -> None:
    alarms.claim(alarm, by=world.cast.officer, at=world.now)
    stale = Alarm.objects.get(pk=alarm.pk)
    stale.state = "new"
    with pytest.raises(Refused, match="周岚已经接手"):
        alarms.claim(stale, by=world.cast.office_head, at=world.now)
    assert steps(alarm).count("claimed") == 1


def test_of_two_claims_at_the_same_moment_one_wins(world: World, alarm: Alarm) -> None:
    results: list[str] = []
    gate = threading.Barrier(2)

    def go(account_name: str) -> None:
        try:
            gate.wait(5)
            mine = Alarm.objects.get(pk=alarm.pk)
            alarms.claim(mine, by=getattr(world.cast, account_name), at=world.now)
            results.append("claimed")
        except Refused:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(n,)) for n in ("officer", "office_head")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == ["claimed", "refused"]
    assert steps(alarm).count("claimed") == 1


def test_no_step_and_no_end_without_a_holder(world: World, alarm: Alarm) -> None:
    officer, at = world.cast.officer, world.now
    with pytest.raises(Refused):
        alarms.do_step(alarm, action="call_person", outcome="reached", by=officer, at=at)
    with pytest.raises(Refused, match="先接手"):
        alarms.handle(alarm, cause="returning", action="好", by=officer, at=at)
    with pytest.raises(Refused):
        alarms.close(alarm, reason="好", by=officer, at=at)
    assert Alarm.objects.get(pk=alarm.pk).state == "new"


def test_a_colleague_does_not_handle_what_another_holds_but_may_take_over_with_a_reason(
    world: World, alarm: Alarm
) -> None:
    officer, head, at = world.cast.officer, world.cast.office_head, world.now
    alarms.claim(alarm, by=officer, at=at)
    with pytest.raises(Refused, match="周岚在处置"):
        alarms.handle(alarm, cause="returning", action="好", by=head, at=at)
    with pytest.raises(Refused, match="写明原因"):
        alarms.take_over(alarm, reason="  ", by=head, at=at)
    alarms.take_over(alarm, reason="周岚下班", by=head, at=at)
    alarms.handle(alarm, cause="returning", action="已联系", by=head, at=at)
    assert Alarm.objects.get(pk=alarm.pk).handled_by == head


def test_a_released_alarm_goes_back_to_the_queue(world: World, alarm: Alarm) -> None:
    alarms.claim(alarm, by=world.cast.officer, at=world.now)
    alarms.release(alarm, reason="去法院，请同事接", by=world.cast.officer, at=world.now)
    now = Alarm.objects.get(pk=alarm.pk)
    assert (now.state, now.claimed_by) == ("new", None)
    alarms.claim(now, by=world.cast.office_head, at=world.now)


def test_a_false_alarm_needs_a_reason_and_is_closed_at_once(world: World, alarm: Alarm) -> None:
    officer, at = world.cast.officer, world.now
    alarms.claim(alarm, by=officer, at=at)
    with pytest.raises(Refused, match="误报要写明理由"):
        alarms.false_alarm(alarm, reason="", by=officer, at=at)
    alarms.false_alarm(alarm, reason="人在所里开会，当面核对。", by=officer, at=at)
    now = Alarm.objects.get(pk=alarm.pk)
    assert (now.state, now.cause, now.closed_by) == ("closed", "false", officer)


def test_what_still_stands_is_closed_only_by_somebody_who_means_it(
    world: World, alarm: Alarm
) -> None:
    officer, at = world.cast.officer, world.now
    alarms.claim(alarm, by=officer, at=at)
    alarms.handle(alarm, cause="approved", action="区机构准假，文号…", by=officer, at=at)
    with pytest.raises(Refused, match="情况还没有结束"):
        alarms.close(alarm, reason="有准假", by=officer, at=at)
    alarms.close(alarm, reason="有准假", by=officer, at=at, although_standing=True)
    assert Alarm.objects.get(pk=alarm.pk).state == "closed"


def test_a_handled_alarm_is_reopened_unless_a_new_one_of_the_same_matter_stands(
    world: World, alarm: Alarm
) -> None:
    officer, at = world.cast.officer, world.now
    alarms.claim(alarm, by=officer, at=at)
    alarms.handle(alarm, cause="returning", action="在路上", by=officer, at=at)
    with desk.at_host():
        twin = desk.alarm(world)
    with pytest.raises(Refused, match="同一件事"):
        alarms.reopen(alarm, reason="又走了", by=officer, at=at)
    alarms.claim(twin, by=officer, at=at)
    alarms.false_alarm(twin, reason="重复", by=officer, at=at)
    alarms.reopen(alarm, reason="又走了", by=officer, at=at)
    assert Alarm.objects.get(pk=alarm.pk).state == "claimed"


def test_the_database_itself_refuses_a_closing_without_a_person(world: World, alarm: Alarm) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Alarm.objects.filter(pk=alarm.pk).update(
            state="closed", claimed_by=world.cast.officer, close_reason="自动"
        )


def test_when_the_audit_cannot_be_written_nothing_happens(
    world: World, alarm: Alarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(alarms.audit, "record", broken)
    with pytest.raises(OSError, match="full"):
        alarms.claim(alarm, by=world.cast.officer, at=world.now)
    assert Alarm.objects.get(pk=alarm.pk).state == "new"
    assert steps(alarm) == ["opened"]
    assert not CaseEvent.objects.filter(kind=EventKind.ALARM_STEP).exists()


def test_an_unknown_step_or_outcome_is_refused(world: World, alarm: Alarm) -> None:
    alarms.claim(alarm, by=world.cast.officer, at=world.now)
    for action, outcome in (("dance", "reached"), ("call_person", "danced")):
        with pytest.raises(Refused):
            alarms.do_step(
                alarm, action=action, outcome=outcome, by=world.cast.officer, at=world.now
            )


def test_a_note_is_kept_in_full_and_cut_at_four_hundred(world: World, alarm: Alarm) -> None:
    at: datetime = world.now + timedelta(minutes=1)
    step = alarms.note(alarm, text="长" * 900, by=world.cast.officer, at=at)
    assert (step.kind, len(step.note)) == (StepKind.NOTE, 400)
