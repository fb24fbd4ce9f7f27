"""The list of persons and its export."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guitu.base import audit
from guitu.base.access import needs
from guitu.base.codes import Category, Level
from guitu.base.roles import Permission
from guitu.base.scope import permissions_of
from guitu.people.forms.ruled import choices
from guitu.people.models import CaseState
from guitu.people.queries.lists import (
    EXPORT_MAX,
    HEAVY,
    PersonFilters,
    offices_of,
    person_list,
    persons,
)
from guitu.people.views.common import today

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_GET
@needs(Permission.PERSON_READ)
def persons_page(request: HttpRequest) -> HttpResponse:
    """The list: filters live in the address, a page is read as one audited look."""
    filters = PersonFilters.of(request.GET)
    page = request.GET.get("page", "1")
    shown = person_list(
        request.user, filters, page=int(page) if page.isascii() and page.isdigit() else 1,
        today=today(),
    )  # fmt: skip
    with transaction.atomic():
        audit.record(
            "person.list", actor=request.user, filters=filters.said(), page=shown.page.number,
            shown=len(shown.rows),
        )  # fmt: skip
    return render(
        request,
        "people/list.html",
        {
            "list": shown,
            "filters": filters,
            "offices": list(offices_of(request.user)),
            "categories": choices(Category, empty=_("全部类别")),
            "levels": choices(Level, empty=_("全部")),
            "states": [("", _("在矫和待报到")), *choices(CaseState), ("all", _("全部"))],
            "flags": [
                ("", _("不限")), ("key", _("重点管理")), ("special", _("特殊管理")),
                ("monitored", _("使用电子定位")),
            ],
            "may_register": Permission.PERSON_WRITE in permissions_of(request.user),
        },
    )  # fmt: skip


@require_GET
@needs(Permission.PERSON_READ)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The same list as CSV for a spreadsheet: masked numbers, formulas defused, at most 5,000 rows."""
    filters = PersonFilters.of(request.GET)
    rows = list(
        persons(request.user, filters, today=today())
        .select_related("office", "officer", "current_case")
        .defer(*HEAVY)[:EXPORT_MAX]
    )
    with transaction.atomic():
        audit.record("person.export", actor=request.user, filters=filters.said(), rows=len(rows))
    head = (
        _("编号"), _("姓名"), _("性别"), _("证件号码"), _("矫正类别"), _("管理类别"), _("状态"),
        _("矫正起"), _("矫正止"), _("司法所"), _("经办人"),
    )  # fmt: skip
    response = StreamingHttpResponse(
        _csv([head, *(_cells(person) for person in rows)]), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="persons-{today():%Y%m%d}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _cells(person: Any) -> tuple[Any, ...]:
    case = person.current_case
    return (
        person.number,
        person.name,
        _(person.get_sex_display()),
        person.id_number_mask,
        _(case.get_category_display()) if case else "",
        _(case.get_level_display()) if case else "",
        _(case.get_state_display()) if case else "",
        case.term_start if case else "",
        case.term_end if case else "",
        person.office.name,
        person.officer.name if person.officer else "",
    )


def defused(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, value: str) -> str:
        return value


def _csv(rows: list[tuple[Any, ...]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # The mark by which Excel knows UTF-8.
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([defused(cell) for cell in row])
