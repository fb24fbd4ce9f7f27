"""What tracking adds to the person's page: the panel, the red line, who wears a device."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guitu.base.access import account_of
from guitu.base.roles import Permission as P
from guitu.base.scope import permissions_of
from guitu.people import hooks
from guitu.people.models import Case, Person
from guitu.tracking.models import Wearing
from guitu.tracking.queries import alarms, fences, positions, trails
from guitu.tracking.queries.devices import wearing_of
from guitu.ui import words


def context(request: HttpRequest, person: Person, case: Case | None) -> dict[str, Any] | None:
    """The panel; None for somebody whom tracking never concerned. Its trail is one audited read."""
    now = timezone.now()
    wearing = wearing_of(person.pk)
    order_runs = case is not None and case.monitoring_orders.filter(annulled=False).exists()
    if wearing is None and not order_runs:
        return None
    today = timezone.localdate(now)
    with transaction.atomic():
        trail = trails.read_trail(
            person,
            today,
            today,
            by=account_of(request),
            purpose="person page",  # type: ignore[arg-type]
        )
    from guitu.tracking.views.trails import plain_trail

    latest = positions.of_person(person.pk, now=now) if wearing else None
    heard = latest.heard_at if latest else None
    return {
        "plain": plain_trail(trail, person, day=today, small=True) if trail.placed else None,
        "says": _says(trail),
        "wearing": wearing,
        "battery": latest.battery_pct if latest else None,
        "heard": words.since(heard, now=now) if heard else _("还没有"),
        "stale": heard is None or now - heard > positions.STALE,
        "fences": fences.of_person(person.pk, now=now),
        "acts": _acts(request, person, case, wearing),
        "sees_trail": True,
        "sees_device": P.DEVICE_READ in permissions_of(request.user),
    }


def _says(trail: trails.Trail) -> str:
    if not trail.fixes:
        return _("今天还没有位置。")
    parts = [_("今天%(n)d个可用的点") % {"n": len(trail.placed)}]
    if trail.holes:
        longest = max(hole.seconds for hole in trail.holes)
        parts.append(
            _("断%(n)d次，最长%(span)s") % {"n": len(trail.holes), "span": words.duration(longest)}
        )
    return _("，").join(parts) + _("。")


def _acts(
    request: HttpRequest, person: Person, case: Case | None, wearing: Wearing | None
) -> list[tuple[str, str]]:
    found = []
    if case is not None and person.reachable_by(request.user, P.FENCE_WRITE):
        found.append((_("设置围栏"), f"{reverse('tracking:fence_new')}?case={case.pk}"))
    if case is not None and person.reachable_by(request.user, P.WEARING_WRITE):
        if wearing is not None:
            found.append((_("取下设备"), reverse("tracking:take_off", args=[wearing.pk])))
        else:
            found.append((_("佩戴设备"), reverse("tracking:wear", args=[case.pk])))
    return found


def worn_on(case_ids: list[int]) -> set[int]:
    """Which cases wear a device now."""
    return set(
        Wearing.objects.unscoped("people.hooks asks for cases that its page has scoped")
        .filter(case_id__in=case_ids, until__isnull=True)
        .values_list("case_id", flat=True)
    )


def register() -> None:
    """Called once, when the application is ready."""
    hooks.add_panel(
        hooks.Panel(
            key="tracking",
            title=gettext_lazy("轨迹和设备"),  # type: ignore[arg-type]
            template="tracking/_panel.html",
            context=context,
            permission=P.TRACK_READ,
            order=10,
        )
    )
    hooks.add_person_notice(alarms.notices)
    hooks.add_wearing_source(worn_on)
