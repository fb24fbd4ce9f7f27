"""Monitoring orders: the list, recording one, reading one, lifting and annulling it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guitu.base import audit
from guitu.base.access import account_of, needs
from guitu.base.codes import Category, MonitoringGround
from guitu.base.models import Account
from guitu.base.roles import Permission as P
from guitu.base.roles import Role
from guitu.people import services
from guitu.people.forms.order import AnnulForm, LiftForm, OrderForm
from guitu.people.models import Case, EventKind, MonitoringOrder
from guitu.people.queries.lists import bar_of
from guitu.people.queries.orders import (
    may_be_extended,
    orders_standing,
    standing_of,
    visible_orders,
    window_of,
)
from guitu.people.queries.person import item_of
from guitu.people.services import Refused
from guitu.people.views.changes import form_view
from guitu.people.views.common import act_on_form, record_read, scoped_case, today
from guitu.people.wording import cite_key

PAGE_SIZE = 40
FILTERS = ("running", "soon", "coming", "over", "all")


@require_GET
@needs(P.ORDER_READ)
def orders(request: HttpRequest) -> HttpResponse:
    """Monitoring orders by where they stand; those that end first come first."""
    standing = request.GET.get("standing", "running")
    standing = standing if standing in FILTERS else "running"
    day = today()
    page = Paginator(orders_standing(request.user, standing=standing, today=day), PAGE_SIZE)
    number = request.GET.get("page", "1")
    shown = page.get_page(number)
    lines = [standing_of(order, day) for order in shown.object_list]
    with transaction.atomic():
        audit.record("order.list", actor=request.user, standing=standing, page=shown.number)
    return render(
        request,
        "people/orders.html",
        {
            "lines": [(line, bar_of(line.order.case, today=day)) for line in lines],
            "page": shown,
            "standing": standing,
            "standings": [
                ("running", _("正在使用")), ("soon", _("两周内到期")), ("coming", _("未开始")),
                ("over", _("已停止")), ("all", _("全部")),
            ],
        },
    )  # fmt: skip


@form_view
@needs(P.ORDER_WRITE)
def order_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a decision as it was signed; law's reasons against it stand beside the fields."""
    case = scoped_case(request, pk, P.ORDER_WRITE)
    extendable = may_be_extended(case)
    extends = request.GET.get("extends", "")
    previous = next((order for order in extendable if str(order.pk) == extends), None)
    form = OrderForm(
        request.POST or None,
        heads=_heads(case),
        extendable=case.monitoring_orders.filter(pk__in=[order.pk for order in extendable]),
        initial={"extends": previous, "ground": previous.ground if previous else None},
    )

    def act(form: Any) -> tuple[str, str]:
        order = services.record_monitoring_order(
            case, **form.cleaned_data, by=account_of(request), at=timezone.now()
        )
        return reverse("people:order", args=[order.pk]), _(
            "决定%(number)s已登记。%(start)s起可以佩戴装置，%(end)s后自动停止采集。"
        ) % {"number": order.number, "start": order.start, "end": order.end}

    return act_on_form(
        request, form, act, template="people/order_form.html", title=_("登记电子定位决定"),
        submit=_("登记决定"), person=case.person, case=case, bar=bar_of(case, today=today()),
        back=reverse("people:person", args=[case.person_id]), grounds=_grounds(case, form),
        extendable=extendable, draft=f"order-{case.pk}",
    )  # fmt: skip


def _heads(case: Case) -> Any:
    """Whoever is or was head of the county's bureau; on which day is for law to judge."""
    return (
        Account.objects.filter(
            posts__role=Role.BUREAU_HEAD, posts__organisation_id__in=case.office.ancestor_ids
        )
        .distinct()
        .order_by("name")
    )


def _grounds(case: Case, form: OrderForm) -> list[dict[str, Any]]:
    """The five grounds: what the register knows of each, and why some are closed to this category."""
    events = {
        kind: case.events.filter(kind=kind, annulled=False).order_by("-at").first()
        for kind in (EventKind.WARNING, EventKind.POLICE_PENALTY)
    }
    bans = case.prohibition_orders.exists()
    closed: dict[int, str] = {}
    if case.category not in (Category.PUBLIC_SURVEILLANCE, Category.PROBATION):
        closed[1] = _("只有管制和缓刑有禁止令")
    if case.category == Category.PUBLIC_SURVEILLANCE:
        closed[5] = _("管制没有撤销，也没有收监执行")

    def seen(kind: EventKind, none: str) -> str:
        event = events[kind]
        if event is None:
            return none
        return _("时间线上有%(day)s的%(what)s") % {
            "day": f"{timezone.localtime(event.at):%Y-%m-%d}",
            "what": _(event.get_kind_display()),
        }

    notes = {
        1: _("本案登记有禁止令") if bans else _("本案没有登记禁止令，先核对裁判文书"),
        2: _("写明哪天去了哪里，为什么不算正当理由"),
        3: seen(EventKind.WARNING, _("时间线上没有警告，先核对警告决定书")),
        4: seen(EventKind.POLICE_PENALTY, _("时间线上没有治安处罚，先核对处罚决定书")),
        5: _("已经决定提请的才算"),
    }
    chosen = str(form["ground"].value() or "")
    marks = ["（一）", "（二）", "（三）", "（四）", "（五）"]
    return [
        {
            "value": ground.value,
            "mark": marks[ground.value - 1],
            "label": _(ground.label),
            "note": closed.get(ground.value) or notes[ground.value],
            "closed": ground.value in closed,
            "chosen": chosen == str(ground.value),
        }
        for ground in MonitoringGround
    ]


@form_view
@needs(P.ORDER_READ)
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """One order; whoever may write orders lifts or annuls it here."""
    found = get_object_or_404(visible_orders(request.user), pk=pk)
    may_write = found.reachable_by(request.user, P.ORDER_WRITE)
    doing = request.POST.get("act", "") if request.method == "POST" else ""
    lift = LiftForm(
        request.POST if doing == "lift" else None, initial={"on": today()}, prefix="lift"
    )
    annul = AnnulForm(request.POST if doing == "annul" else None, prefix="annul")
    if request.method != "POST":
        record_read(request, "order.open", found.person, order=found.pk)
    status = 200
    if doing:
        form = {"lift": lift, "annul": annul}.get(doing)
        if form is None or not may_write:
            return HttpResponse(_("没有这个办法。"), status=403)
        if form.is_valid():
            try:
                return _done(request, found, doing, form)
            except Refused as refusal:
                form.refused(refusal)
        status = 422
    day = today()
    line = standing_of(found, day)
    window = window_of(found)
    return render(
        request,
        "people/order.html",
        {
            "order": found,
            "line": line,
            "person": found.person,
            "case": found.case,
            "bar": bar_of(found.case, today=day),
            "window": window,
            "cited": cite_key(f"CCL 29(1)[{found.ground}]"),
            "ground": _(found.get_ground_display()),
            "may_lift": may_write and line.standing in ("running", "soon", "coming"),
            "may_annul": may_write and not found.annulled,
            "may_extend": may_write
            and found.pk in {one.pk for one in may_be_extended(found.case)}
            and found.case.ended_on is None,
            "extension": MonitoringOrder.objects.visible_to(request.user, P.ORDER_READ)
            .filter(extends=found)
            .first(),
            "lift": lift,
            "annul": annul,
            "items": [
                item_of(event)
                for event in found.person.events.filter(
                    link=reverse("people:order", args=[found.pk])
                )[:10]
            ],
        },
        status=status,
    )


def _done(request: HttpRequest, found: MonitoringOrder, doing: str, form: Any) -> HttpResponse:
    from django.contrib import messages
    from django.shortcuts import redirect

    if doing == "lift":
        services.lift_order(found, **form.cleaned_data, by=account_of(request), at=timezone.now())
        messages.success(request, _("已解除，从那一天起不再采集。请收回装置。"))
    else:
        services.annul_order(found, **form.cleaned_data, by=account_of(request), at=timezone.now())
        messages.success(request, _("已作废。"))
    return redirect("people:order", found.pk)
