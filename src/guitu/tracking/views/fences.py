"""Fences: the list, one with its versions, drawing and changing, to whom a shared one applies."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guitu.base.access import account_of, needs
from guitu.base.models import Organisation
from guitu.base.roles import Permission as P
from guitu.base.scope import permissions_of
from guitu.people.models import Person
from guitu.people.queries.lists import bar_of, offices_of
from guitu.tracking import services
from guitu.tracking.forms import FenceForm, ReasonForm, initial_of
from guitu.tracking.models import Fence, FenceSubject, FenceVersion
from guitu.tracking.queries import fences as queries
from guitu.tracking.views.common import (
    act_on_form,
    acted,
    looked,
    now,
    page_of,
    scoped_case,
    today,
)
from guitu.ui.svgmap import PlainMap

PAGE_SIZE = 40
form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
@needs(P.TRACK_READ)
def fences(request: HttpRequest) -> HttpResponse:
    """All fences of the scope: of persons, and shared ones."""
    wanted = request.GET.get("show", "now")
    rows = queries.visible_fences(request.user)
    rows = rows.filter(retired_at__isnull=wanted != "retired")
    if wanted in ("person", "shared"):
        rows = rows.filter(person__isnull=wanted == "shared")
    search = request.GET.get("q", "").replace("\x00", "").strip()[:40]
    if search:
        rows = rows.filter(name__contains=search)
    page = page_of(request, rows.order_by("-created_at", "-id"), PAGE_SIZE)
    at = now()
    looked(request, "fence.list", show=wanted, page=page.number)
    return render(
        request,
        "tracking/fences.html",
        {
            "page": page,
            "lines": [queries.line_of(fence, now=at) for fence in page.object_list],
            "show": wanted,
            "search": search,
            "shows": [
                ("now", _("在用的")), ("person", _("只管一人的")), ("shared", _("共用的")),
                ("retired", _("已停用的")),
            ],
            "writes": P.FENCE_WRITE in permissions_of(request.user),
        },
    )  # fmt: skip


def _fence(request: HttpRequest, pk: int, permission: P = P.TRACK_READ) -> Fence:
    return get_object_or_404(queries.visible_fences(request.user, permission), pk=pk)


def _may_write(request: HttpRequest, fence: Fence) -> bool:
    """A person's fence by scope; a shared one by whoever holds its unit, not by units below it."""
    if fence.person_id is not None:
        return fence.reachable_by(request.user, P.FENCE_WRITE)
    from guitu.tracking.queries.devices import units_of

    if P.FENCE_WRITE not in permissions_of(request.user):
        return False
    own = units_of(request.user, P.FENCE_WRITE)
    if fence.organisation.kind == "body":
        # The county's stock is lent to offices; its fences are not theirs to change.
        from guitu.base.scope import reach_of

        reach = reach_of(request.user, P.FENCE_WRITE)
        return reach.everything or bool(reach.keys & set(fence.organisation.ancestor_ids))
    return own.filter(pk=fence.organisation_id).exists()


@require_GET
@needs(P.TRACK_READ)
def fence(request: HttpRequest, pk: int) -> HttpResponse:
    """One fence: the map, its times, its versions, whom it applies to."""
    found = _fence(request, pk)
    line = queries.line_of(found, now=now())
    versions = list(
        FenceVersion.objects.visible_to(request.user, P.TRACK_READ)
        .filter(fence=found)
        .select_related("created_by")
        .order_by("-number")[:50]
    )
    subjects = list(
        FenceSubject.objects.visible_to(request.user, P.TRACK_READ)
        .filter(fence=found, until__isnull=True)
        .select_related("person__office")
        .defer("person__tokens", "person__photo_sealed")
        .order_by("person__name_key")[:200]
    )
    writes = found.retired_at is None and _may_write(request, found)
    looked(request, "fence.read", person_id=found.person_id, fence=found.pk)
    return render(
        request,
        "tracking/fence.html",
        {
            "fence": found,
            "line": line,
            "versions": [
                (v, queries.hours_in_words(v.timetable), queries.shape_in_words(v)) for v in versions
            ],
            "subjects": subjects,
            "writes": writes,
            "retire": ReasonForm(prefix="retire"),
            "plain": PlainMap(
                areas=(queries.drawn(line.version, found.name),), width=760, height=420,
                says=found.name,
            ),
        },
    )  # fmt: skip


@form_view
@needs(P.FENCE_WRITE)
def fence_new(request: HttpRequest) -> HttpResponse:
    """Draw a fence: of one case (``?case=``), or shared by a unit."""
    wanted = request.GET.get("case", "")
    case = (
        scoped_case(request, int(wanted), P.FENCE_WRITE)
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 12
        else None
    )
    units = list(offices_of(request.user, P.FENCE_WRITE)[:400])
    form = FenceForm(
        request.POST or None,
        request.FILES or None,
        initial={
            "kind": 1, "shape": "circle", "datum": "wgs84", "hours": "always", "severity": 2,
            "margin_m": 0, "name": _("住所周边") if case else "",
        },
    )  # fmt: skip

    def act(form: Any) -> tuple[str, str]:
        made = services.fences.draw(
            form.plan, case=case, organisation=case.office if case else _unit(request, units),
            everybody=request.POST.get("everybody", "") == "on" and case is None,
            by=account_of(request), at=now(),
        )  # fmt: skip
        return reverse("tracking:fence", args=[made.pk]), _("围栏“%(name)s”已设置，现在生效。") % {
            "name": made.name
        }

    return act_on_form(
        request, form, act, template="tracking/fence_form.html", title=_("设置围栏"),
        submit=_("设置围栏"), case=case, person=case.person if case else None,
        bar=bar_of(case, today=today()) if case else None, units=units,
        back=reverse("people:person", args=[case.person_id]) if case else reverse("tracking:fences"),
    )  # fmt: skip


def _unit(request: HttpRequest, units: list[Organisation]) -> Organisation:
    wanted = request.POST.get("unit", "")
    for unit in units:
        if str(unit.pk) == wanted:
            return unit
    if not units:
        from guitu.people.services.refusals import refuse

        raise refuse("", _("你的岗位下没有司法所，不能设置共用围栏。"))
    return units[0]


@form_view
@needs(P.FENCE_WRITE)
def fence_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a fence: a new version from now, the old ones stay."""
    found = _fence(request, pk, P.FENCE_WRITE)
    if found.retired_at is not None or not _may_write(request, found):
        return redirect("tracking:fence", pk=pk)
    version = found.current[0]  # type: ignore[attr-defined]
    version.fence = found
    form = FenceForm(
        request.POST or None, request.FILES or None, changing=True, initial=initial_of(version)
    )

    def act(form: Any) -> tuple[str, str]:
        services.fences.change(
            found, form.plan, note=form.cleaned_data["note"], by=account_of(request), at=now()
        )
        return reverse("tracking:fence", args=[pk]), _("第%(n)d版已生效，以前的版本保留。") % {
            "n": version.number + 1
        }

    return act_on_form(
        request, form, act, template="tracking/fence_form.html", title=_("修改围栏"),
        submit=_("存为新版本"), case=found.case, person=found.person, fence=found, units=[],
        back=reverse("tracking:fence", args=[pk]),
    )  # fmt: skip


@require_POST
@needs(P.FENCE_WRITE)
def fence_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Retire a fence with a reason."""
    found = _fence(request, pk, P.FENCE_WRITE)
    if not _may_write(request, found):
        return redirect("tracking:fence", pk=pk)
    reason = request.POST.get("retire-reason", "")
    return acted(
        request,
        lambda: services.fences.retire(found, reason=reason, by=account_of(request), at=now()),
        to=reverse("tracking:fence", args=[pk]), said=_("围栏已停用，不再适用于任何人。"),
    )  # fmt: skip


@require_POST
@needs(P.FENCE_WRITE)
def fence_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """A shared fence applies to persons, named by number or name."""
    found = _fence(request, pk, P.FENCE_WRITE)
    if not _may_write(request, found):
        return redirect("tracking:fence", pk=pk)
    names = (
        request.POST.get("persons", "").replace("，", "\n").replace(",", "\n").replace("、", "\n")
    )
    wanted = [name.strip()[:60] for name in names.splitlines() if name.strip()][:500]
    from django.contrib import messages
    from django.db.models import Q

    persons: list[Person] = []
    for name in wanted:
        rows = list(
            Person.objects.visible_to(request.user, P.FENCE_WRITE)
            .filter(Q(number=name) | Q(name=name))
            .defer("tokens", "photo_sealed")[:2]
        )
        if len(rows) == 1:
            persons.append(rows[0])
        elif rows:
            messages.error(request, _("有几个人都叫%(name)s，请写编号。") % {"name": name})
        else:
            messages.error(request, _("在你的范围里找不到%(name)s。") % {"name": name})
    if not persons:
        return redirect("tracking:fence", pk=pk)
    return acted(
        request,
        lambda: services.fences.assign(found, persons, by=account_of(request), at=now()),
        to=reverse("tracking:fence", args=[pk]),
        said=_("现在起适用于%(names)s。") % {"names": _("、").join(p.name for p in persons)},
    )


@require_POST
@needs(P.FENCE_WRITE)
def fence_unassign(request: HttpRequest, pk: int) -> HttpResponse:
    """A shared fence no longer applies to one person."""
    subject = get_object_or_404(
        FenceSubject.objects.visible_to(request.user, P.FENCE_WRITE).select_related(
            "fence", "person"
        ),
        pk=pk,
    )
    return acted(
        request,
        lambda: services.fences.unassign(subject, by=account_of(request), at=now()),
        to=reverse("tracking:fence", args=[subject.fence_id]),
        said=_("不再适用于%(name)s。") % {"name": subject.person.name},
    )
