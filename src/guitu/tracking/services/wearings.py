"""Putting a device on a person and taking it off: only under a monitoring order in force."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from guitu.base import audit
from guitu.base.models import Account
from guitu.people import queries as people
from guitu.people.models import Case, CaseState, EventKind, MonitoringOrder
from guitu.people.services.refusals import refuse
from guitu.people.timeline import happened
from guitu.tracking.models import Device, DeviceState, Wearing
from guitu.tracking.services import devices
from guitu.tracking.services.acts import WHY, act, cut

BASIS = "CCL 29(1)"


def order_in_force(case: Case, at: datetime) -> MonitoringOrder | None:
    """The order under which a device may be worn on this case at that moment, by law's window."""
    rows = (
        MonitoringOrder.objects.unscoped(WHY)
        .filter(case=case, annulled=False)
        .select_related("case", "extends", "decided_by")
    )
    for order in rows:
        window = people.window_of(order)
        if window is not None and window[0] <= at < window[1]:
            return order
    return None


def put_on(case: Case, device: Device, *, by: Account, at: datetime) -> Wearing:
    """The device goes on the person, from now. Refused without an order in force at this moment."""
    try:
        with act(by, reason="wearing.put_on"):
            fresh = Case.objects.unscoped(WHY).select_for_update(of=("self",)).get(pk=case.pk)
            locked = Device.objects.select_for_update().get(pk=device.pk)
            if fresh.state != CaseState.ACTIVE:
                raise refuse("device", _("案件不在执行中，不能佩戴。"))
            order = order_in_force(fresh, at)
            if order is None:
                raise refuse(
                    "device",
                    _("现在没有有效的电子定位决定，不能佩戴。先由区司法局负责人批准。"),
                )
            if locked.state not in (DeviceState.STOCK, DeviceState.ISSUED):
                raise refuse(
                    "device",
                    _("设备%(number)s是%(state)s，换一台。")
                    % {"number": locked.terminal, "state": _(locked.get_state_display())},
                )
            if devices.worn(locked, at):
                raise refuse(
                    "device",
                    _("设备%(number)s正戴在别人身上，换一台。") % {"number": locked.terminal},
                )
            wearing = Wearing.objects.create(
                device=locked,
                person_id=fresh.person_id,
                case=fresh,
                order=order,
                since=at,
                put_on_by=by,
            )
            if locked.state == DeviceState.STOCK:
                locked.state = DeviceState.ISSUED
                locked.save(update_fields=["state"])
            happened(
                fresh,
                EventKind.WEARING,
                at=at,
                by=by,
                text=_("设备%(number)s，%(order)s，%(end)s止")
                % {"number": locked.terminal, "order": order.number, "end": order.end},
                basis=BASIS,
                link=f"/persons/{fresh.person_id}/trail/",
            )
            audit.record(
                "wearing.put_on", obj=wearing, person_id=fresh.person_id, actor=by,
                device=locked.pk, order=order.pk,
            )  # fmt: skip
    except IntegrityError as error:
        # The exclusion constraints decide between two officers who put on at the same moment.
        raise refuse("device", _worn_already(error)) from error
    return wearing


def _worn_already(error: IntegrityError) -> str:
    if "wearing_person_once" in str(error):
        return _("本人已经戴着一台设备。先取下，再换。")
    return _("这台设备刚刚被戴到别人身上，换一台。")


def take_off(wearing: Wearing, *, reason: str, by: Account, at: datetime) -> Wearing:
    """The device comes off, from now; positions after this moment are refused by the gate."""
    why = cut(reason, 200)
    if not why:
        raise refuse("reason", _("写明为什么取下：到期、解除、更换或就医。"))
    with transaction.atomic(), act(by, reason=f"wearing.take_off: {why}"):
        locked = (
            Wearing.objects.unscoped(WHY)
            .select_for_update(of=("self",))
            .select_related("case", "device")
            .get(pk=wearing.pk)
        )
        if locked.until is not None:
            raise refuse("reason", _("这台设备已经取下，没有重复记录。"))
        locked.until = at
        locked.taken_off_by = by
        locked.off_reason = why
        locked.save(update_fields=["until", "taken_off_by", "off_reason"])
        happened(
            locked.case,
            EventKind.UNWEARING,
            at=at,
            by=by,
            text=_("设备%(number)s，%(why)s") % {"number": locked.device.terminal, "why": why},
            basis="CCL 29(2)",
        )
        audit.record(
            "wearing.take_off", obj=locked, person_id=locked.person_id, actor=by,
            device=locked.device_id,
        )  # fmt: skip
    return locked
