"""The audit, for the auditor alone. Reading it is on the record too."""

import csv
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from guitu.base import audit as record
from guitu.base import queries
from guitu.base.access import needs
from guitu.base.roles import Permission as P

PAGE_SIZE = 50
COUNT_MAX = 10_000
EXPORT_MAX = 200_000


class _Capped(Paginator):
    """Counts at most ``COUNT_MAX`` rows: older ones are found by date."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return rows.order_by()[:COUNT_MAX].count()


@require_safe
@needs(P.AUDIT_READ)
def audit(request: HttpRequest) -> HttpResponse:
    """GET ``actor``, ``action``, ``person``, ``since``, ``until``, ``page``."""
    filters = queries.AuditFilters.of(request.GET)
    page = _Capped(queries.audit_rows(filters), PAGE_SIZE).get_page(request.GET.get("page"))
    with transaction.atomic():
        record.record("audit.read", page=page.number, filters=filters.said())
    return render(
        request,
        "base/audit.html",
        {"page": page, "filters": filters, "seal": queries.seal_state(), "capped": COUNT_MAX},
    )


@require_safe
@needs(P.AUDIT_READ)
def audit_export(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered rows as CSV (UTF-8 with a mark for Excel), at most ``EXPORT_MAX``, newest first."""
    filters = queries.AuditFilters.of(request.GET)
    with transaction.atomic():
        record.record("audit.export", filters=filters.said())
    name = f"audit-{timezone.localdate():%Y%m%d}.csv"
    return StreamingHttpResponse(
        _lines(filters),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class _Echo:
    def write(self, text: str) -> str:
        return text


def _lines(filters: queries.AuditFilters) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    yield "\ufeff"
    yield writer.writerow(
        ["id", "at", "via", "actor", "action", "object", "person", "address", "detail"]
    )
    for row in queries.audit_rows(filters)[:EXPORT_MAX].iterator(chunk_size=2000):
        yield writer.writerow(
            [
                row.pk, timezone.localtime(row.at).isoformat(), row.via, _plain(row.actor),
                row.action, f"{row.object_type} {row.object_id}".strip(), row.person_id or "",
                row.address, _plain(str(row.detail) if row.detail else ""),
            ]
        )  # fmt: skip


def _plain(text: str) -> str:
    """A cell that a spreadsheet takes for text, never for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
