"""How the demo city's officers dealt with the alarms of the week: most closed, the last ones open."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from guitu.base.models import Account
from guitu.people.models import Case, EventKind
from guitu.people.timeline import happened
from guitu.sim.staff import Staff
from guitu.tracking.models import Alarm, AlarmKind, AlarmState, AlarmStep, StepKind

_WHY = "the demo city's past is written once, before anybody signs in"
_FRESH = timedelta(hours=14)

_HANDLED: dict[str, tuple[tuple[str, str, str], ...]] = {
    AlarmKind.BREACH: (
        (
            "擅自外出",
            "电话责令立即返回，本人已返回，训诫谈话并记录。",
            "已返回规定区域，已训诫，无其他情况。",
        ),
        ("就近办事", "电话核实，系购买药品，本人已返回，告知须事先报告。", "核实属实，已教育。"),
        ("定位漂移", "查看轨迹和卫星数，与本人视频核实在住所。", "定位漂移，本人在住所，非越界。"),
    ),
    AlarmKind.SILENCE: (
        ("信号遮挡", "电话联系上本人，在地下车库作业，已到室外恢复上报。", "已恢复上报，已提醒。"),
        ("电量耗尽", "电话联系家属，责令立即充电，设备已恢复。", "已充电恢复，给予批评教育。"),
    ),
    AlarmKind.LOW_BATTERY: (("未及时充电", "电话提醒充电。", "已充电。"),),
    AlarmKind.TAMPER: (
        ("腕带松动", "到场查看，腕带卡扣松动，重新佩戴并拍照。", "非故意拆卸，已重新佩戴。"),
        ("故意拆卸", "到场查看，腕带有撬动痕迹，制作笔录并更换腕带。", "已给予警告，另行办理。"),
    ),
    AlarmKind.SOS: (("误触", "回拨电话，本人无恙，系误触。", "误触，本人平安。"),),
    AlarmKind.SEPARATION: (("主机遗忘", "电话提醒携带主机。", "已携带。"),),
}


def settle(*, staff: Staff, seed: int, now: datetime) -> dict[str, int]:
    """Claim, handle and close the older alarms; returns how many are in which state."""
    rng = random.Random(f"{seed} handled")
    officers: dict[int, list[Account]] = {
        office.unit.pk: office.officers for county in staff.counties for office in county.offices
    }
    counts: dict[str, int] = defaultdict(int)
    alarms: Any = Alarm.objects
    for alarm in (
        alarms.unscoped(_WHY).select_related("person", "fence").order_by("opened_at", "id")
    ):
        age = now - alarm.opened_at
        fresh = age < _FRESH
        by = rng.choice(officers[alarm.person.office_id])
        if not (fresh and rng.random() < 0.7):
            _handle(alarm, by, rng, now=now, close=not fresh or rng.random() < 0.5)
        counts[alarm.state] += 1
    return dict(counts)


def _handle(alarm: Any, by: Account, rng: random.Random, *, now: datetime, close: bool) -> None:
    cause, action, reason = rng.choice(_HANDLED[alarm.kind])
    claimed = alarm.opened_at + timedelta(seconds=rng.randint(40, 900))
    handled = claimed + timedelta(minutes=rng.randint(4, 50))
    closed = max(handled, alarm.ended_at or handled) + timedelta(minutes=rng.randint(5, 240))
    if claimed > now:
        return
    alarm.state, alarm.claimed_by, alarm.claimed_at = AlarmState.CLAIMED, by, claimed
    _step(alarm, StepKind.CLAIMED, claimed, by, "")
    if handled <= now:
        alarm.state, alarm.handled_by, alarm.handled_at = AlarmState.HANDLED, by, handled
        alarm.cause, alarm.action = cause, action
        _step(alarm, StepKind.HANDLED, handled, by, f"{cause}：{action}")
    if close and closed <= now and alarm.state == AlarmState.HANDLED:
        alarm.state, alarm.closed_by, alarm.closed_at = AlarmState.CLOSED, by, closed
        alarm.close_reason = reason
        _step(alarm, StepKind.CLOSED, closed, by, reason)
    alarm.save()


def _step(alarm: Any, kind: StepKind, at: datetime, by: Account, note: str) -> None:
    AlarmStep(alarm=alarm, kind=kind, at=at, by=by, note=note).save(force_insert=True)
    happened(
        Case(pk=alarm.case_id, person_id=alarm.person_id), EventKind.ALARM_STEP, at=at, by=by,
        title=f"{AlarmKind(alarm.kind).label}：{kind.label}", text=note, link=f"/alarms/{alarm.pk}/",
    )  # fmt: skip
