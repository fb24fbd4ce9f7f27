"""What the views of this room share: scoped look-ups, audited reads, what a refusal becomes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from guitu.base import audit
from guitu.base.roles import Permission
from guitu.people.models import Case, Person
from guitu.people.services import Refused


def now() -> datetime:
    """The clock, read by views alone."""
    return timezone.now()


def today() -> date:
    """Today in Shanghai."""
    return timezone.localdate()


def scoped_person(request: HttpRequest, pk: int, permission: Permission) -> Person:
    """The person, or 404 when the account may not do ``permission`` to this one."""
    return get_object_or_404(
        Person.objects.visible_to(request.user, permission)
        .select_related("office", "officer", "data_key", "current_case")
        .defer("tokens", "photo_sealed"),
        pk=pk,
    )


def scoped_case(request: HttpRequest, pk: int, permission: Permission) -> Case:
    """The case likewise, with its person."""
    return get_object_or_404(
        Case.objects.visible_to(request.user, permission)
        .select_related("office", "person__office")
        .defer("person__tokens", "person__photo_sealed"),
        pk=pk,
    )


def looked(
    request: HttpRequest, action: str, *, person_id: int | None = None, **detail: Any
) -> None:
    """One audit row for a read; a list is one row."""
    with transaction.atomic():
        audit.record(action, person_id=person_id, actor=request.user, **detail)


def acted(request: HttpRequest, act: Callable[[], Any], *, to: str, said: str = "") -> HttpResponse:
    """Do one act and go on to ``to``; what the service refuses is said there as an error."""
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if said:
            messages.success(request, said)
    return redirect(to)


def act_on_form(
    request: HttpRequest,
    form: Any,
    act: Callable[[Any], tuple[str, str]],
    *,
    template: str,
    **context: Any,
) -> HttpResponse:
    """Show a form; sent and right, act. ``act`` answers where to go and what to say; refused: 422."""
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                url, said = act(form)
            except Refused as refusal:
                form.refused(refusal)
            else:
                messages.success(request, said)
                return redirect(url)
        status = 422
    return render(request, template, {"form": form, **context}, status=status)


def page_of(request: HttpRequest, rows: Any, size: int) -> Page:
    """A page of rows; a number that is none is the first."""
    return Paginator(rows, size).get_page(request.GET.get("page", "1"))
