"""An alarm's life: new → claimed → handled → closed, each step by a person, on the record.

Every service is one transaction: the alarm by compare-and-set on its state, its step, a line of the
person's timeline, the audit, the news for open pages. Two officers cannot both claim; none closes
without a person and a reason.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from guitu.base import audit
from guitu.base.models import Account
from guitu.people.models import Case, EventKind
from guitu.people.services import Refused
from guitu.people.services.refusals import refuse
from guitu.people.timeline import happened
from guitu.tracking import news
from guitu.tracking.models import OPEN_STATES, Alarm, AlarmState, AlarmStep, StepKind
from guitu.tracking.services.acts import WHY, act, cut
from guitu.tracking.services.protocols import protocol_of

TEXT_MAX = 400


def claim(alarm: Alarm, *, by: Account, at: datetime) -> Alarm:
    """Take a new alarm in hand. Refused when somebody else was quicker; the sentence names who."""
    with act(by, reason="alarm.claim"):
        _move(alarm, AlarmState.NEW, AlarmState.CLAIMED, claimed_by=by, claimed_at=at)
        _step(alarm, StepKind.CLAIMED, by=by, at=at, title=_("接手"))
        audit.record("alarm.claim", obj=alarm, person_id=alarm.person_id, actor=by)
    return alarm


def take_over(alarm: Alarm, *, reason: str, by: Account, at: datetime) -> Alarm:
    """Take a claimed alarm from the colleague who holds it, with a reason."""
    why = _needed(reason, "reason", _("从同事手里接过来要写明原因。"))
    with act(by, reason=f"alarm.take_over: {why}"):
        holder = alarm.claimed_by_id
        moved = (
            Alarm.objects.unscoped(WHY)
            .filter(pk=alarm.pk, state=AlarmState.CLAIMED, claimed_by_id=holder)
            .exclude(claimed_by=by)
            .update(claimed_by=by, claimed_at=at)
        )
        if not moved:
            raise _passed(alarm)
        alarm.claimed_by, alarm.claimed_at = by, at
        _step(alarm, StepKind.CLAIMED, by=by, at=at, title=_("接替"), note=why)
        audit.record(
            "alarm.take_over", obj=alarm, person_id=alarm.person_id, actor=by, holder=holder
        )
    return alarm


def release(alarm: Alarm, *, reason: str, by: Account, at: datetime) -> Alarm:
    """Give a claimed alarm back to the queue, with a reason. Only its holder may."""
    why = _needed(reason, "reason", _("退回要写明原因，接手的人才知道情况。"))
    with act(by, reason=f"alarm.release: {why}"):
        _held(alarm, by)
        _move(
            alarm, AlarmState.CLAIMED, AlarmState.NEW, holder=by, claimed_by=None, claimed_at=None
        )
        _step(alarm, StepKind.RELEASED, by=by, at=at, title=_("退回"), note=why)
        audit.record("alarm.release", obj=alarm, person_id=alarm.person_id, actor=by)
    return alarm


def note(alarm: Alarm, *, text: str, by: Account, at: datetime) -> AlarmStep:
    """Write a remark on an alarm that is not closed."""
    said = _needed(text, "text", _("备注还是空的，写一句再存。"))
    with act(by, reason="alarm.note"):
        fresh = _locked(alarm)
        if fresh.state == AlarmState.CLOSED:
            raise _passed(fresh)
        step = _step(alarm, StepKind.NOTE, by=by, at=at, title=_("备注"), note=said)
        audit.record("alarm.note", obj=alarm, person_id=alarm.person_id, actor=by)
    return step


def do_step(
    alarm: Alarm, *, action: str, outcome: str, text: str = "", by: Account, at: datetime
) -> AlarmStep:
    """Record a step of the protocol and how it went. Only the holder of a claimed alarm may."""
    step = protocol_of(alarm.kind).step(action)
    if step is None:
        raise refuse("action", _("这类告警的规程里没有这一步，请刷新页面。"))
    result = next((one for one in step.outcomes if one.code == outcome), None)
    if result is None:
        raise refuse("outcome", _("这一步没有这样的结果，请刷新页面。"))
    with act(by, reason=f"alarm.step: {action} {outcome}"):
        fresh = _locked(alarm)
        if fresh.state != AlarmState.CLAIMED:
            raise _passed(fresh)
        _held(fresh, by)
        said = cut(text, TEXT_MAX)
        made = _step(
            alarm, StepKind.PROTOCOL, by=by, at=at, note=said, action=action, outcome=outcome,
            title=_("%(step)s：%(outcome)s") % {"step": step.title, "outcome": result.label},
        )  # fmt: skip
        audit.record(
            "alarm.step", obj=alarm, person_id=alarm.person_id, actor=by, step=action,
            outcome=outcome,
        )  # fmt: skip
    return made


def handle(alarm: Alarm, *, cause: str, action: str, by: Account, at: datetime) -> Alarm:
    """What it turned out to be and what was done. Only the holder of a claimed alarm may."""
    found = protocol_of(alarm.kind).cause(cause)
    if found is None or found.false:
        raise refuse("cause", _("先选定是什么情况。误报用误报一栏。"))
    done = _needed(action, "action", _("写明做了什么、结果怎样。"))
    with act(by, reason=f"alarm.handle: {cause}"):
        _held(_locked(alarm), by)
        _move(
            alarm, AlarmState.CLAIMED, AlarmState.HANDLED, holder=by, handled_by=by,
            handled_at=at, cause=cause, action=done,
        )  # fmt: skip
        _step(alarm, StepKind.HANDLED, by=by, at=at, title=str(found.label), note=done)
        audit.record("alarm.handle", obj=alarm, person_id=alarm.person_id, actor=by, cause=cause)
    return alarm


def reopen(alarm: Alarm, *, reason: str, by: Account, at: datetime) -> Alarm:
    """Take a handled alarm in hand again. Refused while another of the same matter is open."""
    why = _needed(reason, "reason", _("重新处置要写明原因。"))
    with act(by, reason=f"alarm.reopen: {why}"):
        twin = (
            Alarm.objects.unscoped(WHY)
            .filter(
                wearing_id=alarm.wearing_id, kind=alarm.kind, fence_id=alarm.fence_id,
                state__in=OPEN_STATES,
            )
            .exclude(pk=alarm.pk)
            .exists()
        )  # fmt: skip
        if twin:
            raise refuse("reason", _("同一件事已有新的告警在处置，请到那一条里写。"))
        _move(alarm, AlarmState.HANDLED, AlarmState.CLAIMED, claimed_by=by, claimed_at=at)
        _step(alarm, StepKind.REOPENED, by=by, at=at, title=_("重新处置"), note=why)
        audit.record("alarm.reopen", obj=alarm, person_id=alarm.person_id, actor=by)
    return alarm


def close(
    alarm: Alarm, *, reason: str, by: Account, at: datetime, although_standing: bool = False
) -> Alarm:
    """Close a handled alarm with a reason.

    While the matter itself still stands it is refused unless ``although_standing``: the engine
    raises no second alarm for a breach that never ended, so somebody has to mean it.
    """
    why = _needed(reason, "reason", _("办结要写明理由。"))
    with act(by, reason=f"alarm.close: {why}"):
        fresh = _locked(alarm)
        standing = fresh.state == AlarmState.HANDLED and fresh.ended_at is None
        if standing and not although_standing:
            raise refuse(
                "although_standing",
                _("情况还没有结束。等%(end)s后再办结；确实要现在办结，勾选后再按。")
                % {"end": _until(fresh.kind)},
            )
        _move(
            alarm, AlarmState.HANDLED, AlarmState.CLOSED, closed_by=by, closed_at=at,
            close_reason=why,
        )  # fmt: skip
        _step(alarm, StepKind.CLOSED, by=by, at=at, title=_("办结"), note=why)
        audit.record(
            "alarm.close", obj=alarm, person_id=alarm.person_id, actor=by, standing=standing
        )
    return alarm


def false_alarm(alarm: Alarm, *, reason: str, by: Account, at: datetime) -> Alarm:
    """There was no such matter: handled and closed at once, with the reason. Only the holder may."""
    why = _needed(reason, "reason", _("误报要写明理由：怎么知道没有这回事。"))
    with act(by, reason=f"alarm.false: {why}"):
        _held(_locked(alarm), by)
        _move(
            alarm, AlarmState.CLAIMED, AlarmState.CLOSED, holder=by, handled_by=by, handled_at=at,
            cause="false", action=why, closed_by=by, closed_at=at, close_reason=why,
        )  # fmt: skip
        _step(alarm, StepKind.CLOSED, by=by, at=at, title=_("误报，办结"), note=why)
        audit.record("alarm.false", obj=alarm, person_id=alarm.person_id, actor=by)
    return alarm


def _until(kind: str) -> str:
    return {
        "breach": _("回到围栏规定的一侧"),
        "silence": _("设备恢复上报"),
        "low_battery": _("电量恢复"),
        "tamper": _("表带重新扣好"),
        "separation": _("人机重新在一起"),
    }.get(kind, _("情况结束"))


def _locked(alarm: Alarm) -> Alarm:
    return (
        Alarm.objects.unscoped(WHY)
        .select_for_update(of=("self",))
        .select_related("claimed_by", "handled_by", "closed_by")
        .get(pk=alarm.pk)
    )


def _move(
    alarm: Alarm,
    old: AlarmState,
    new: AlarmState,
    *,
    holder: Account | None = None,
    **values: Any,
) -> None:
    """Compare-and-set: one row moves, or the refusal says what happened meanwhile."""
    rows = Alarm.objects.unscoped(WHY).filter(pk=alarm.pk, state=old)
    if holder is not None:
        rows = rows.filter(claimed_by=holder)
    if not rows.update(state=new, **values):
        raise _passed(alarm)
    alarm.state = new
    for name, value in values.items():
        setattr(alarm, name, value)


def _held(alarm: Alarm, by: Account) -> None:
    if alarm.state == AlarmState.CLAIMED and alarm.claimed_by_id != by.pk:
        raise refuse(
            "",
            _("这条由%(name)s在处置。要接过来，先写明原因接替。")
            % {"name": alarm.claimed_by.name if alarm.claimed_by else ""},
        )
    if alarm.state == AlarmState.NEW:
        raise refuse("", _("还没有人接手。先接手，再处置。"))


def _passed(alarm: Alarm) -> Refused:
    """Why the alarm did not move: where it stands now, and by whom."""
    now = (
        Alarm.objects.unscoped(WHY)
        .select_related("claimed_by", "handled_by", "closed_by")
        .get(pk=alarm.pk)
    )
    match now.state:
        case AlarmState.CLAIMED:
            said = _("%(name)s已经接手，没有重复记录。") % {"name": _name(now.claimed_by)}
        case AlarmState.HANDLED:
            said = _("%(name)s已经处置，没有重复记录。") % {"name": _name(now.handled_by)}
        case AlarmState.CLOSED:
            said = _("%(name)s已经办结，不再改动。") % {"name": _name(now.closed_by)}
        case _:
            said = _("这条已经退回，现在没有人接手。先接手，再处置。")
    return refuse("", said)


def _needed(text: str, field: str, said: str) -> str:
    kept = cut(text, TEXT_MAX)
    if not kept:
        raise refuse(field, said)
    return kept


def _step(
    alarm: Alarm,
    kind: StepKind,
    *,
    by: Account,
    at: datetime,
    title: str,
    note: str = "",
    action: str = "",
    outcome: str = "",
) -> AlarmStep:
    step = AlarmStep(
        alarm=alarm, kind=kind, at=at, by=by, note=note, action=action, outcome=outcome
    )
    step.save(force_insert=True)
    happened(
        Case(pk=alarm.case_id, person_id=alarm.person_id),
        EventKind.ALARM_STEP,
        at=at,
        by=by,
        title=f"{alarm.get_kind_display()} {title}"[:80],
        text=note,
        link=f"/alarms/{alarm.pk}/",
    )
    news.tell(
        news.KIND_ALARM,
        person_id=alarm.person_id,
        payload={
            "alarm": alarm.pk,
            "state": str(alarm.state),
            "kind": str(alarm.kind),
            "severity": int(alarm.severity),
            "merged": alarm.merged,
            "ended": alarm.ended_at is not None,
        },
    )
    return step


def _name(account: Account | None) -> str:
    return account.name if account else _("别人")
