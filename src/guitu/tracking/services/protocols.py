"""What is done about an alarm of each kind: steps, outcomes and causes, as data.

A bureau changes these tables, not the code. ``within_min`` counts from when the alarm became known.
Keys: 1 claims, 2–6 choose a step, A/S/D say how it went, R records what it was, F a false alarm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from guitu.tracking.models import AlarmKind

VERSION = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step went; ``key`` presses it. ``settles``: the next steps are no longer pressing."""

    code: str
    label: Any
    key: str
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to do, what stands below it, until when (minutes), what may come of it.

    ``whom`` says whose telephone or name the page fetches: person, team, body, office or "".
    """

    code: str
    key: str
    title: Any
    says: Any = ""
    within_min: int | None = None
    whom: str = ""
    outcomes: tuple[Outcome, ...] = ()
    basis: Any = ""  # as printed; not in the register of articles yet, so shown as to be verified


@dataclass(frozen=True, slots=True)
class Cause:
    """What an alarm turned out to be; ``false``: there was no such matter at all."""

    code: str
    label: Any
    false: bool = False


@dataclass(frozen=True, slots=True)
class Protocol:
    """Everything for one kind of alarm."""

    title: Any
    steps: tuple[Step, ...]
    causes: tuple[Cause, ...]

    def step(self, code: str) -> Step | None:
        """The step of that code."""
        return next((step for step in self.steps if step.code == code), None)

    def cause(self, code: str) -> Cause | None:
        """The cause of that code."""
        return next((cause for cause in self.causes if cause.code == code), None)


CALL = (
    Outcome("reached", _("通了"), "a", settles=True),
    Outcome("no_answer", _("没人接"), "s"),
    Outcome("off", _("关机"), "d"),
)
VISIT = (
    Outcome("sent", _("已派人"), "a"),
    Outcome("met", _("见到本人"), "s", settles=True),
    Outcome("absent", _("没找到"), "d"),
)
REPORTED = (Outcome("reported", _("已报"), "a"),)

FALSE = Cause("false", _("误报"), false=True)


def _steps(*, call_min: int, team_min: int, body_min: int, person_title: Any) -> tuple[Step, ...]:
    return (
        Step(
            "call_person", "2", person_title, within_min=call_min, whom="person", outcomes=CALL
        ),
        Step(
            "call_team", "3", _("打给小组成员"), within_min=team_min, whom="team", outcomes=CALL
        ),
        Step(
            "report_body", "4", _("报区社区矫正机构"), within_min=body_min, whom="body",
            outcomes=REPORTED,
        ),
        Step(
            "send", "5", _("派人实地查找"), _("就近请当地司法所协助"), whom="office",
            outcomes=VISIT,
        ),
        Step(
            "police", "6", _("请公安协助，通报检察院"), _("由区机构决定"), outcomes=REPORTED,
            basis=_("社矫法第30条"),
        ),
    )  # fmt: skip


PROTOCOLS: dict[AlarmKind, Protocol] = {
    AlarmKind.BREACH: Protocol(
        _("越界处置"),
        _steps(call_min=15, team_min=20, body_min=30, person_title=_("打电话给本人")),
        (
            Cause("returning", _("本人说明，正在返回")),
            Cause("approved", _("外出已经批准")),
            Cause("unapproved", _("未经批准离开")),
            Cause("emergency", _("就医等紧急情况")),
            FALSE,
        ),
    ),
    AlarmKind.SILENCE: Protocol(
        _("失联处置"),
        _steps(call_min=30, team_min=45, body_min=60, person_title=_("打电话给本人")),
        (
            Cause("heard", _("已经联系上，设备恢复")),
            Cause("battery", _("没有及时充电")),
            Cause("no_signal", _("地下室等处没有信号")),
            Cause("broken", _("设备故障")),
            Cause("evading", _("本人躲避监管")),
            FALSE,
        ),
    ),
    AlarmKind.TAMPER: Protocol(
        _("拆卸处置"),
        _steps(call_min=5, team_min=10, body_min=15, person_title=_("打电话给本人")),
        (
            Cause("explained", _("本人说明，设备完好")),
            Cause("medical", _("就医检查需要取下")),
            Cause("broken", _("表带或设备损坏")),
            Cause("removed", _("本人擅自拆卸")),
            FALSE,
        ),
    ),
    AlarmKind.SOS: Protocol(
        _("求助处置"),
        _steps(call_min=2, team_min=5, body_min=10, person_title=_("马上打给本人")),
        (
            Cause("helped", _("已经得到帮助")),
            Cause("pressed", _("误按，本人平安")),
            FALSE,
        ),
    ),
    AlarmKind.SEPARATION: Protocol(
        _("人机分离处置"),
        _steps(call_min=15, team_min=20, body_min=30, person_title=_("打电话给本人")),
        (
            Cause("explained", _("本人说明，已重新佩戴")),
            Cause("broken", _("设备故障")),
            Cause("left", _("本人把设备留下离开")),
            FALSE,
        ),
    ),
    AlarmKind.LOW_BATTERY: Protocol(
        _("低电量处置"),
        (
            Step(
                "call_person", "2", _("提醒本人充电"), within_min=60, whom="person",
                outcomes=CALL,
            ),
            Step(
                "call_team", "3", _("请小组成员提醒"), within_min=120, whom="team",
                outcomes=CALL,
            ),
        ),
        (
            Cause("charging", _("已经开始充电")),
            Cause("broken", _("电池老化，要换设备")),
            FALSE,
        ),
    ),
}  # fmt: skip
assert set(PROTOCOLS) == set(AlarmKind), "every kind of alarm needs a protocol"


def protocol_of(kind: str) -> Protocol:
    """The protocol of a kind; an unknown kind raises ``ValueError``."""
    return PROTOCOLS[AlarmKind(kind)]
