"""Devices: into stock, through their states, out of quarantine, and what the bureau asks of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from guitu.base import audit
from guitu.base.models import Account, Organisation
from guitu.people.services.refusals import Fault, Refused, refuse
from guitu.tracking import commands
from guitu.tracking.models import (
    Command,
    CommandState,
    Conflict,
    Device,
    DeviceState,
    Quarantine,
    Wearing,
)
from guitu.tracking.services.acts import WHY, act, cut
from guitu.wire import envelope
from guitu.wire.jt808.parameters import Parameter, bytes_of

PASTE_MAX = 500
INTERVAL_S = (10, 86_400)
TEXT_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """What an officer enters of a device; ``terminal`` as printed on it, leading zeros or not."""

    terminal: str
    asset_number: str = ""
    maker: str = ""
    model: str = ""
    imei: str = ""
    sim_number: str = ""
    iccid: str = ""


def terminal_number(text: str) -> str:
    """The canonical terminal number; refused with a sentence when it can't be one."""
    shown = cut(text, 60)
    if not shown:
        raise refuse("terminal", _("缺少终端号，请填写设备上印的号码。"))
    try:
        found = envelope.canonical(shown)
    except ValueError:
        raise refuse(
            "terminal", _("“%(text)s”不是终端号：只能有数字和字母。") % {"text": shown}
        ) from None
    if len(found) > 20 or found == "0":
        raise refuse("terminal", _("“%(text)s”不是终端号：最多20位，不能全是0。") % {"text": shown})
    return found


def add(facts: DeviceFacts, *, organisation: Organisation, by: Account, at: datetime) -> Device:
    """Take one device into stock."""
    return add_many([facts], organisation=organisation, by=by, at=at)[0]


def add_many(
    rows: Iterable[DeviceFacts], *, organisation: Organisation, by: Account, at: datetime
) -> list[Device]:
    """Take devices into stock, all or none; every wrong line is named."""
    wanted = list(rows)
    if not wanted:
        raise refuse("terminals", _("没有终端号。每行写一个。"))
    if len(wanted) > PASTE_MAX:
        raise refuse(
            "terminals",
            _("一次最多%(most)d台，这里有%(n)d台，请分几次。")
            % {"most": PASTE_MAX, "n": len(wanted)},
        )
    faults: list[Fault] = []
    numbers: list[str] = []
    for line, row in enumerate(wanted, 1):
        try:
            number = terminal_number(row.terminal)
        except Refused as refusal:
            faults += [Fault("terminals", _line(line, len(wanted), f.text)) for f in refusal.faults]
            continue
        if number in numbers:
            faults.append(
                Fault(
                    "terminals",
                    _line(line, len(wanted), _("%(number)s重复了。") % {"number": number}),
                )
            )
        numbers.append(number)
    for number in Device.objects.filter(terminal__in=numbers).values_list("terminal", flat=True):
        faults.append(Fault("terminal", _("%(number)s已经登记过。") % {"number": number}))
    if faults:
        raise Refused(faults=faults)
    made = []
    with act(by, reason="device.add"):
        for row, number in zip(wanted, numbers, strict=True):
            device = Device.objects.create(
                terminal=number,
                organisation=organisation,
                asset_number=cut(row.asset_number, 40),
                maker=cut(row.maker, 40),
                model=cut(row.model, 40),
                imei=cut(row.imei, 20),
                sim_number=cut(row.sim_number, 20),
                iccid=cut(row.iccid, 24),
                admitted_by=by,
            )
            audit.record("device.add", obj=device, actor=by, terminal=number)
            made.append(device)
    return made


def _line(number: int, total: int, text: str) -> str:
    return text if total == 1 else _("第%(n)d行：%(text)s") % {"n": number, "text": text}


def change_state(device: Device, state: str, *, reason: str, by: Account, at: datetime) -> Device:
    """Move a device through its life; a worn one stays as it is until it is taken off.

    Repair, lost and retired devices are blocked: what they report is refused and counted.
    """
    new = DeviceState(state)
    why = cut(reason, 200)
    if not why:
        raise refuse("reason", _("写明为什么改状态。"))
    with act(by, reason=f"device.state: {why}"):
        locked = Device.objects.select_for_update().get(pk=device.pk)
        if locked.state == new:
            raise refuse("state", _("已经是%(state)s，没有改动。") % {"state": _(new.label)})
        if worn(locked, at) and new is not DeviceState.ISSUED:
            raise refuse("state", _("这台设备还戴在人身上。先取下，再改状态。"))
        old = locked.state
        locked.state = new
        locked.note = why
        locked.save(update_fields=["state", "note"])
        audit.record("device.state", obj=locked, actor=by, old=str(old), new=str(new))
    device.state = new
    return locked


def worn(device: Device, at: datetime) -> bool:
    """Whether somebody wears the device at that moment."""
    return (
        Wearing.objects.unscoped(WHY)
        .filter(device=device, since__lte=at)
        .exclude(until__lte=at)
        .exists()
    )


def admit(row: Quarantine, *, organisation: Organisation, by: Account, at: datetime) -> Device:
    """Take an unknown terminal into stock; what it shows of itself is pinned from its next sign-in."""
    with act(by, reason="device.admit"):
        locked = Quarantine.objects.select_for_update().filter(pk=row.pk).first()
        if locked is None:
            raise refuse("", _("这台设备刚刚已被别人接收。"))
        number = terminal_number(locked.terminal)
        if Device.objects.filter(terminal=number).exists():
            raise refuse("", _("%(number)s已经登记过。") % {"number": number})
        device = Device.objects.create(
            terminal=number,
            organisation=organisation,
            maker=locked.maker,
            model=locked.model,
            hardware=locked.hardware,
            imei=locked.imei,
            firmware=locked.firmware,
            admitted_by=by,
        )
        Quarantine.objects.filter(terminal=locked.terminal).delete()
        audit.record("device.admit", obj=device, actor=by, terminal=number)
    return device


def dismiss(row: Quarantine, *, by: Account, at: datetime) -> None:
    """Set an unknown terminal aside: it stays refused and leaves the list until it says more."""
    with act(by, reason="quarantine.dismiss"):
        moved = Quarantine.objects.filter(pk=row.pk, dismissed_at__isnull=True).update(
            dismissed_at=at, dismissed_by=by
        )
        if not moved:
            raise refuse("", _("这一条已经有人处理过。"))
        audit.record("quarantine.dismiss", actor=by, terminal=row.terminal)


def settle(conflict: Conflict, *, by: Account, at: datetime) -> None:
    """Note that somebody looked into a conflict."""
    with act(by, reason="conflict.settle"):
        moved = Conflict.objects.filter(pk=conflict.pk, settled_at__isnull=True).update(
            settled_at=at, settled_by=by
        )
        if not moved:
            raise refuse("", _("这一条已经有人处理过。"))
        audit.record("conflict.settle", actor=by, terminal=conflict.terminal, kind=conflict.kind)


def locate(device: Device, *, by: Account, at: datetime) -> Command:
    """Ask where it is now; the answer goes the way of every report, through the lawful gate."""
    return _send(device, envelope.QueryPosition(), by=by, at=at)


def set_interval(device: Device, seconds: int, *, by: Account, at: datetime) -> Command:
    """How often it reports, seconds; silence is reckoned from it."""
    low, high = INTERVAL_S
    if not low <= seconds <= high:
        raise refuse(
            "interval_s",
            _("上报间隔应在%(low)d秒到%(high)d秒之间。") % {"low": low, "high": high},
        )
    value = bytes_of(Parameter.INTERVAL_S, seconds)
    return _send(device, envelope.SetParameters((value,)), by=by, at=at, interval_s=seconds)


def send_text(device: Device, text: str, *, by: Account, at: datetime) -> Command:
    """Show or speak a text on the device."""
    said = cut(text, TEXT_MAX)
    if not said:
        raise refuse("text", _("还没有写要说的话。"))
    return _send(device, envelope.SendText(said), by=by, at=at)


def query_attributes(device: Device, *, by: Account, at: datetime) -> Command:
    """Ask for model, hardware and firmware."""
    return _send(device, envelope.QueryAttributes(), by=by, at=at)


def cancel(command: Command, *, by: Account, at: datetime) -> None:
    """Take back a command that has not left yet."""
    with act(by, reason="command.cancel"):
        moved = Command.objects.filter(pk=command.pk, state=CommandState.QUEUED).update(
            state=CommandState.CANCELLED, answered_at=at
        )
        if not moved:
            raise refuse("", _("指令已经下发，不能取消。"))
        audit.record("command.cancel", obj=command, actor=by)


def _send(
    device: Device,
    body: envelope.CommandBody,
    *,
    by: Account,
    at: datetime,
    interval_s: int | None = None,
) -> Command:
    with act(by, reason="device.command"):
        locked = Device.objects.select_for_update().get(pk=device.pk)
        if locked.state not in (DeviceState.STOCK, DeviceState.ISSUED):
            raise refuse(
                "",
                _("设备是%(state)s，网关不接，指令送不到。")
                % {"state": _(locked.get_state_display())},
            )
        if interval_s is not None and locked.interval_s != interval_s:
            locked.interval_s = interval_s
            locked.save(update_fields=["interval_s"])
        command = commands.queue(locked, body, by=by, at=at)
        audit.record("device.command", obj=locked, actor=by, kind=command.kind)
    return command
