"""The tree of organisations."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from guitu.base import queries
from guitu.base.access import account_of, needs
from guitu.base.forms import ReasonForm, RenameForm, UnitForm
from guitu.base.models import Organisation
from guitu.base.roles import Permission as P
from guitu.base.scope import permissions_of
from guitu.base.services import organisations as services
from guitu.base.services.refusal import Refused


@require_safe
@needs(P.ORGANISATION_READ)
def organisations(request: HttpRequest) -> HttpResponse:
    """GET ``search``: the tree, or the units found."""
    search = request.GET.get("search", "").strip()[:40]
    lines = queries.tree(search)
    return render(
        request,
        "base/organisations.html",
        {"lines": lines, "search": search, "may_write": _may_write(request)},
    )


def _may_write(request: HttpRequest) -> bool:
    return P.ORGANISATION_WRITE in permissions_of(request.user)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.ORGANISATION_WRITE)
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit: rename, close or open, make one below. POST ``act``."""
    unit = get_object_or_404(Organisation.objects.select_related("parent"), pk=pk)
    by = account_of(request)
    doing = request.POST.get("act", "") if request.method == "POST" else ""
    rename = RenameForm(
        request.POST if doing == "rename" else None,
        initial={"name": unit.name, "short_name": unit.short_name}, prefix="rename",
    )  # fmt: skip
    reason = ReasonForm(request.POST if doing == "active" else None, prefix="active")
    child = UnitForm(request.POST if doing == "child" else None, prefix="child")
    form = {"rename": rename, "active": reason, "child": child}.get(doing)
    if form is not None and form.is_valid():
        data = form.cleaned_data
        try:
            if doing == "rename":
                services.rename(unit, **data, by=by)
                said = _("名称已改。")
            elif doing == "active":
                services.set_active(unit, active=not unit.active, **data, by=by)
                said = _("已恢复使用。") if unit.active else _("已停用，这里的岗位不再有效。")
            else:
                made = services.add(unit, **data, by=by)
                said = _("%(name)s已设立。") % {"name": made.name}
        except Refused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            messages.success(request, said)
            return redirect("base:organisation", pk=unit.pk)
    return render(
        request,
        "base/organisation.html",
        {
            "unit": unit, "rename": rename, "reason": reason, "child": child,
            "children": unit.children.order_by("code"),
            "oversees": unit.oversees.select_related("unit"),
            "overseers": unit.overseen_by.select_related("overseer"),
        },
    )  # fmt: skip
