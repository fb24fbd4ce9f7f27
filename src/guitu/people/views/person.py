"""The person page, what it reveals on a click, its timeline and history."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from guitu.base.access import needs
from guitu.base.roles import Permission as P
from guitu.people import derived, hooks
from guitu.people.history import changes_of
from guitu.people.models import Contact, EventKind, Person
from guitu.people.queries.person import PersonFacts, panels_of, person_page, timeline_page
from guitu.people.sealed import COLUMNS, open_column, open_contact, open_photo
from guitu.people.views.common import record_read, scoped_person, today


@require_GET
@needs(P.PERSON_READ)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: term bar, next steps, timeline, panels of later rooms, team, judgment, identity."""
    found = scoped_person(request, pk, P.PERSON_READ)
    facts = person_page(found, today=today())
    record_read(request, "person.open", found)
    panels = [
        (panel, render_to_string(panel.template, context | {
            "person": found, "case": facts.case, "panel": panel,
        }, request))
        for panel, context in panels_of(request, facts)
    ]  # fmt: skip
    return render(
        request,
        "people/person.html",
        {
            "facts": facts,
            "person": found,
            "case": facts.case,
            "panels": panels,
            "notice": hooks.notices_of([found.pk]).get(found.pk),
            "may_reveal": found.reachable_by(request.user, P.PERSON_REVEAL),
            "may_write": found.reachable_by(request.user, P.PERSON_WRITE),
            "may_order": found.reachable_by(request.user, P.ORDER_WRITE),
            "sees_orders": found.reachable_by(request.user, P.ORDER_READ),
            "acts": _acts(request, facts),
            "has_photo": Person.objects.visible_to(request.user)
            .filter(pk=found.pk)
            .exclude(photo_sealed=b"")
            .exists(),
        },
    )


def _acts(request: HttpRequest, facts: PersonFacts) -> list[dict[str, str]]:
    """The menu 办理: a label with its way, or with the reason why it is closed."""
    found = facts.person
    case = facts.case
    writes = found.reachable_by(request.user, P.PERSON_WRITE)
    orders = found.reachable_by(request.user, P.ORDER_WRITE)
    open_case = case is not None and case.state in derived.OPEN_STATES
    acts: list[dict[str, str]] = []

    def add(label: str, name: str, *args: Any, why_not: str = "") -> None:
        url = "" if why_not else reverse(f"people:{name}", args=args)
        acts.append({"label": label, "url": url, "why_not": why_not})

    if writes and case is not None and open_case:
        if case.received_on is None:
            add(_("登记报到"), "step", case.pk, "report_in")
        else:
            if case.announced_on is None:
                add(_("登记入矫宣告"), "step", case.pk, "announce")
            add(_("登记报告"), "report", case.pk)
        add(_("调整管理类别"), "level", case.pk)
        add(_("矫正小组增加成员"), "team", case.pk)
        bans_none = case.category not in ("01", "02")
        add(
            _("登记禁止令"), "prohibition", case.pk,
            why_not=_("只有管制和缓刑可以有禁止令") if bans_none else "",
        )  # fmt: skip
    if orders and case is not None and open_case:
        add(_("登记电子定位决定"), "order_new", case.pk)
    if writes:
        add(
            _("登记新案件"), "case_new", found.pk,
            why_not=_("现在的案件还没有结束") if open_case else "",
        )  # fmt: skip
        add(_("修改资料"), "edit", found.pk)
        add(_("登记联系人"), "contact", found.pk)
        add(_("更换照片"), "photo_new", found.pk)
        add(_("变更司法所或者经办人"), "move", found.pk)
        if case is not None and open_case:
            add(_("结束案件"), "step", case.pk, "end")
    return acts


@require_POST
@needs(P.PERSON_REVEAL)
def reveal(request: HttpRequest, pk: int, column: str) -> HttpResponse:
    """The clear value of one sealed column, written to the audit before it is shown."""
    if column not in COLUMNS:
        raise Http404
    found = scoped_person(request, pk, P.PERSON_REVEAL)
    record_read(request, "person.reveal", found, column=column)
    return _clear(request, open_column(found, column))


@require_POST
@needs(P.PERSON_REVEAL)
def reveal_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """A contact's phone likewise."""
    contact = get_object_or_404(
        Contact.objects.visible_to(request.user, P.PERSON_REVEAL).select_related(
            "person__data_key"
        ),
        pk=pk,
    )
    record_read(request, "person.reveal", contact.person, column="contact.phone", contact=pk)
    return _clear(request, open_contact(contact))


def _clear(request: HttpRequest, value: str) -> HttpResponse:
    response = render(request, "people/_clear.html", {"value": value})
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
@needs(P.PERSON_READ)
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """The photograph, read by whoever may open the person."""
    found = get_object_or_404(
        Person.objects.visible_to(request.user, P.PERSON_READ)
        .select_related("data_key")
        .only("id", "photo_sealed", "data_key"),
        pk=pk,
    )
    if not found.photo_sealed:
        raise Http404
    record_read(request, "person.photo", found)
    return HttpResponse(
        open_photo(found),
        content_type="image/jpeg",
        headers={"Cache-Control": "private, no-store"},
    )


@require_GET
@needs(P.PERSON_READ)
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """All lines of the timeline, by pages and kinds."""
    found = scoped_person(request, pk, P.PERSON_READ)
    kind = request.GET.get("kind", "")
    kind = kind if kind in EventKind.values else ""
    page = request.GET.get("page", "1")
    items, shown = timeline_page(
        found, page=int(page) if page.isascii() and page.isdigit() else 1, kind=kind
    )
    record_read(request, "person.timeline", found, page=shown.number, kind=kind)
    kinds = set(found.events.order_by().values_list("kind", flat=True).distinct())
    return render(
        request,
        "people/timeline.html",
        {
            "person": found,
            "items": items,
            "page": shown,
            "kind": kind,
            "kinds": [(one.value, _(one.label)) for one in EventKind if one.value in kinds],
        },
    )


@require_GET
@needs(P.PERSON_READ)
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Who changed what, when and why; sealed columns are named, never shown."""
    found = scoped_person(request, pk, P.PERSON_READ)
    record_read(request, "person.history", found)
    return render(request, "people/history.html", {"person": found, "changes": changes_of(found)})
