"""What the views of this room share: scoped look-ups, the acting view of a form, today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from guitu.base import audit
from guitu.base.roles import Permission
from guitu.people.forms.ruled import RuledForm
from guitu.people.models import Case, Person
from guitu.people.services import Refused


def today() -> date:
    """Today in Shanghai; the views alone read the clock."""
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
        .select_related("office", "officer", "person__office", "person__data_key")
        .defer("person__tokens", "person__photo_sealed"),
        pk=pk,
    )


def record_read(request: HttpRequest, action: str, person: Person, **detail: Any) -> None:
    """One audit row for a sensitive read."""
    with transaction.atomic():
        audit.record(action, obj=person, person_id=person.pk, actor=request.user, **detail)


def act_on_form(
    request: HttpRequest,
    form: RuledForm,
    act: Callable[[RuledForm], tuple[str, str]],
    *,
    template: str = "people/form.html",
    **context: Any,
) -> HttpResponse:
    """Show a form; when it is sent and right, act. ``act`` answers with where to go and what to say.

    What a service refuses appears beside the fields; the page then answers 422.
    """
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
