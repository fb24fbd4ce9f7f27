"""Devices: the list, one with its life and commands, the quarantine, putting on and taking off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guitu.base.access import account_of, needs
from guitu.base.roles import Permission as P
from guitu.base.scope import permissions_of
from guitu.people.queries.lists import bar_of
from guitu.tracking import services
from guitu.tracking.forms import DeviceForm, IntervalForm, StateForm, TextForm, WearForm
from guitu.tracking.models import (
    Command,
    CommandState,
    Conflict,
    ConflictKind,
    Device,
    DeviceState,
    Quarantine,
    Wearing,
)
from guitu.tracking.queries import devices as queries
from guitu.tracking.services.wearings import order_in_force
from guitu.tracking.views.common import (
    act_on_form,
    acted,
    looked,
    now,
    page_of,
    scoped_case,
    today,
)

form_view = require_http_methods(["GET", "HEAD", "POST"])
REFUSED_DAYS = 7

#: kind of a command → word
COMMANDS = {
    "query_position": "立即定位",
    "set_parameters": "改上报间隔",
    "query_parameters": "查参数",
    "send_text": "发文字",
    "query_attributes": "查型号和固件",
    "control": "控制",
    "track": "临时跟踪",
}
#: state of a command → state of the ui
COMMAND_STATES = {
    CommandState.QUEUED: "waiting", CommandState.SENT: "waiting", CommandState.DONE: "done",
    CommandState.FAILED: "error", CommandState.UNSUPPORTED: "closed",
    CommandState.NO_ANSWER: "warning", CommandState.EXPIRED: "past",
    CommandState.REFUSED: "error", CommandState.CANCELLED: "past",
}  # fmt: skip
assert set(COMMAND_STATES) == set(CommandState), "every state of a command needs a look"


@require_GET
@needs(P.DEVICE_READ)
def devices(request: HttpRequest) -> HttpResponse:
    """The list, with who wears what as far as the account may see the person."""
    filters = queries.DeviceFilters.of(request.GET)
    at = now()
    page = page_of(request, queries.device_list(request.user, filters, now=at), queries.PAGE_SIZE)
    rows: list[Device] = list(page.object_list)
    who, worn = queries.wearers(request.user, rows), queries.worn_ids(rows)
    looked(request, "device.list", filters=filters.said(), page=page.number, wearers=len(who))
    return render(
        request,
        "tracking/devices.html",
        {
            "page": page,
            "rows": [
                (
                    d, getattr(d, "status", None), who.get(d.pk), d.pk in worn,
                    _silent(d, d.pk in worn, at),
                )
                for d in rows
            ],
            "filters": filters,
            "summary": queries.summary(request.user, now=at),
            "states": [(value, _(word)) for value, word in DeviceState.choices],
            "healths": [
                ("worn", _("正戴着的")), ("silent", _("戴着但没有消息的")), ("battery", _("电量低的")),
                ("refused", _("今天有报告被拒收的")),
            ],
            "quarantined": queries.quarantine().count(),
            "conflicts": queries.conflicts(request.user).count(),
            "writes": P.DEVICE_WRITE in permissions_of(request.user),
        },
    )  # fmt: skip


def _silent(device: Device, worn: bool, at: Any) -> bool:
    status = getattr(device, "status", None)
    return worn and (
        status is None or status.last_seen_at is None or at - status.last_seen_at > queries.SILENT
    )


@form_view
@needs(P.DEVICE_WRITE)
def device_new(request: HttpRequest) -> HttpResponse:
    """Into stock: one device, or a column of numbers."""
    units = queries.units_of(request.user, P.DEVICE_WRITE).filter(
        kind__in=["body", "city", "office"]
    )
    form = DeviceForm(request.POST or None, units=units, initial={"organisation": units.first()})

    def act(form: Any) -> tuple[str, str]:
        made = services.devices.add_many(
            form.facts,
            organisation=form.cleaned_data["organisation"],
            by=account_of(request),
            at=now(),
        )
        if len(made) == 1:
            return reverse("tracking:device", args=[made[0].pk]), _("设备%(number)s已入库。") % {
                "number": made[0].terminal
            }
        return reverse("tracking:devices"), _("%(n)d台设备已入库。") % {"n": len(made)}

    return act_on_form(
        request, form, act, template="tracking/device_form.html", title=_("设备入库"),
        submit=_("入库"), back=reverse("tracking:devices"),
    )  # fmt: skip


def _device(request: HttpRequest, pk: int, permission: P = P.DEVICE_READ) -> Device:
    return get_object_or_404(queries.visible_devices(request.user, permission), pk=pk)


@require_GET
@needs(P.DEVICE_READ)
def device(request: HttpRequest, pk: int) -> HttpResponse:
    """One device: what it is, how it is, who wore it, what it was asked, what was refused."""
    found = _device(request, pk)
    at = now()
    worn = services.devices.worn(found, at)
    wearings = list(
        Wearing.objects.visible_to(request.user, P.PERSON_READ)
        .filter(device=found)
        .select_related("person", "order", "put_on_by", "taken_off_by")
        .defer("person__tokens", "person__photo_sealed")[:20]
    )
    total = Wearing.objects.unscoped("a count of wearings, no person").filter(device=found).count()
    commands = list(found.commands.select_related("created_by")[:15])
    held = permissions_of(request.user)
    looked(request, "device.read", device=found.pk, wearings=len(wearings))
    return render(
        request,
        "tracking/device.html",
        {
            "device": found,
            "status": getattr(found, "status", None),
            "silent": _silent(found, worn, at),
            "worn": worn,
            "wearings": wearings,
            "hidden_wearings": total - len(wearings) if total > len(wearings) else 0,
            "commands": [
                (
                    c,
                    _(COMMANDS.get(c.kind, c.kind)),
                    COMMAND_STATES[CommandState(c.state)],
                    _said(c),
                )
                for c in commands
            ],
            "refused": queries.refusals_of(found, since=at - timedelta(days=REFUSED_DAYS)),
            "conflicts": [
                (c, _(ConflictKind(c.kind).label))
                for c in found.conflicts.filter(settled_at__isnull=True)[:10]
            ],
            "state_form": StateForm(prefix="state", initial={"state": found.state}),
            "interval_form": IntervalForm(
                prefix="interval", initial={"interval_s": found.interval_s}
            ),
            "text_form": TextForm(prefix="text"),
            "writes": _writes(request, found),
            "commands_on": P.DEVICE_WRITE in held or P.WEARING_WRITE in held,
        },
    )


def _writes(request: HttpRequest, found: Device) -> bool:
    return queries.visible_devices(request.user, P.DEVICE_WRITE).filter(pk=found.pk).exists()


def _said(command: Command) -> str:
    """What a command said or asked, and what came back."""
    asked = ""
    if command.kind == "send_text":
        asked = f"“{command.body.get('text', '')}”"
    elif command.kind == "set_parameters":
        pairs = dict(command.body.get("values", []))
        raw = pairs.get(0x29)
        asked = _("%(n)d秒") % {"n": int(raw, 16)} if raw else ""
    claim = command.answer.get("claim") or {}
    parts = [str(claim[name]) for name in ("manufacturer", "model", "firmware") if claim.get(name)]
    return " ".join([asked, *parts]).strip()


@require_POST
@needs(P.DEVICE_WRITE, P.WEARING_WRITE)
def device_act(request: HttpRequest, pk: int) -> HttpResponse:
    """One act on a device: a new state (whoever keeps the stock), or a command (also who put it on)."""
    doing = request.POST.get("act", "")
    permission = P.DEVICE_WRITE if doing in ("state", "interval") else P.DEVICE_READ
    found = _device(request, pk, permission)
    by, at = account_of(request), now()
    posted = request.POST
    act = services.devices
    to = reverse("tracking:device", args=[pk])
    sent = _("指令已排队，设备应答后这里会写明结果。")
    match doing:
        case "state":
            form = StateForm(posted, prefix="state")
            if not form.is_valid():
                return _first_error(request, form, to)
            data = form.cleaned_data
            return acted(
                request,
                lambda: act.change_state(
                    found, data["state"], reason=data["reason"], by=by, at=at
                ),
                to=to, said=_("状态已改。"),
            )  # fmt: skip
        case "locate":
            return acted(request, lambda: act.locate(found, by=by, at=at), to=to, said=sent)
        case "attributes":
            return acted(
                request, lambda: act.query_attributes(found, by=by, at=at), to=to, said=sent
            )
        case "interval":
            timing = IntervalForm(posted, prefix="interval")
            if not timing.is_valid():
                return _first_error(request, timing, to)
            seconds = timing.cleaned_data["interval_s"]
            return acted(
                request, lambda: act.set_interval(found, seconds, by=by, at=at), to=to, said=sent
            )
        case "text":
            return acted(
                request,
                lambda: act.send_text(found, posted.get("text-text", ""), by=by, at=at),
                to=to, said=sent,
            )  # fmt: skip
        case "cancel":
            command = get_object_or_404(found.commands, pk=_uuid(posted.get("command", "")))
            return acted(
                request, lambda: act.cancel(command, by=by, at=at), to=to, said=_("指令已取消。")
            )
        case _:
            raise Http404("unknown act")


def _uuid(text: str) -> Any:
    import uuid

    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404("no such command") from None


def _first_error(request: HttpRequest, form: Any, to: str) -> HttpResponse:
    from django.contrib import messages
    from django.shortcuts import redirect

    for errors in form.errors.values():
        messages.error(request, " ".join(errors))
    return redirect(to)


@require_GET
@needs(P.DEVICE_READ)
def quarantine(request: HttpRequest) -> HttpResponse:
    """Unknown terminals that wait, and those that show another's number."""
    dismissed = request.GET.get("show", "") == "dismissed"
    page = page_of(request, queries.quarantine(dismissed=dismissed), queries.PAGE_SIZE)
    return render(
        request,
        "tracking/quarantine.html",
        {
            "page": page,
            "dismissed": dismissed,
            "conflicts": [
                (c, _(ConflictKind(c.kind).label)) for c in queries.conflicts(request.user)[:50]
            ],
            "units": queries.units_of(request.user, P.DEVICE_WRITE).filter(
                kind__in=["body", "city", "office"]
            )[:200],
            "writes": P.DEVICE_WRITE in permissions_of(request.user),
        },
    )


@require_POST
@needs(P.DEVICE_WRITE)
def quarantine_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Admit an unknown terminal into a unit's stock, or set it aside."""
    row = get_object_or_404(Quarantine, pk=pk)
    to = reverse("tracking:quarantine")
    if request.POST.get("act") == "dismiss":
        return acted(
            request, lambda: services.devices.dismiss(row, by=account_of(request), at=now()),
            to=to, said=_("已搁置，仍不接收它的报告。"),
        )  # fmt: skip
    unit = get_object_or_404(
        queries.units_of(request.user, P.DEVICE_WRITE), pk=_number(request.POST.get("unit", ""))
    )
    return acted(
        request,
        lambda: services.devices.admit(row, organisation=unit, by=account_of(request), at=now()),
        to=to,
        said=_("%(number)s已入%(unit)s库存，下次连接就接收。")
        % {"number": row.terminal, "unit": unit.short_name},
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


@require_POST
@needs(P.DEVICE_WRITE)
def conflict_settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody looked into a conflict."""
    row: Conflict = get_object_or_404(queries.conflicts(request.user), pk=pk)
    return acted(
        request, lambda: services.devices.settle(row, by=account_of(request), at=now()),
        to=reverse("tracking:quarantine"), said=_("已记下你查过这一条。"),
    )  # fmt: skip


@form_view
@needs(P.WEARING_WRITE)
def wear(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a device on the person of a case: only with an order in force, and it says which."""
    case = scoped_case(request, pk, P.WEARING_WRITE)
    at = now()
    order = order_in_force(case, at)
    form = WearForm(request.POST or None, devices=queries.free_devices(request.user, now=at))

    def act(form: Any) -> tuple[str, str]:
        worn = services.wearings.put_on(
            case, form.cleaned_data["device"], by=account_of(request), at=now()
        )
        return reverse("people:person", args=[case.person_id]), _(
            "%(number)s已戴上。%(end)s到期，系统会自动停止采集。"
        ) % {"number": worn.device.terminal, "end": worn.order.end}

    return act_on_form(
        request, form, act, template="tracking/wear.html", title=_("佩戴设备"),
        submit=_("戴上"), case=case, person=case.person, bar=bar_of(case, today=today()),
        order=order, wearing=queries.wearing_of(case.person_id),
        back=reverse("people:person", args=[case.person_id]),
    )  # fmt: skip


@form_view
@needs(P.WEARING_WRITE)
def take_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a device off, with the reason."""
    from guitu.tracking.forms import ReasonForm

    worn = get_object_or_404(
        Wearing.objects.visible_to(request.user, P.WEARING_WRITE).select_related(
            "device", "case", "person__office", "order"
        ),
        pk=pk,
    )
    form = ReasonForm(request.POST or None)

    def act(form: Any) -> tuple[str, str]:
        services.wearings.take_off(
            worn, reason=form.cleaned_data["reason"], by=account_of(request), at=now()
        )
        return reverse("people:person", args=[worn.person_id]), _(
            "%(number)s已取下，从现在起不再采集。"
        ) % {"number": worn.device.terminal}

    return act_on_form(
        request, form, act, template="tracking/take_off.html", title=_("取下设备"),
        submit=_("取下"), case=worn.case, person=worn.person, wearing=worn,
        bar=bar_of(worn.case, today=today()),
        back=reverse("people:person", args=[worn.person_id]),
    )  # fmt: skip
