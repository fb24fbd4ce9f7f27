"""The workbench: a day, not a dashboard."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from guitu.base import audit
from guitu.base.access import signed_in
from guitu.base.roles import Permission
from guitu.base.scope import permissions_of
from guitu.people import queries as people
from guitu.tracking import queries as tracking
from guitu.web import navigation


@signed_in
def workbench(request: HttpRequest) -> HttpResponse:
    """GET: alarms on top when open, then overdue, today, this week, waiting for others.

    An account without persons (the three administrators) gets the pages of its own work instead.
    """
    held = permissions_of(request.user)
    if Permission.PERSON_READ not in held:
        entries = [e for e in navigation.entries_of(request.user) if e.view != "workbench"]
        return render(request, "web/own_work.html", {"entries": entries})
    now = timezone.now()
    today = timezone.localdate(now)
    day = people.day_of(request.user, today)
    alarms = []
    if Permission.ALARM_READ in held:
        alarms = tracking.open_alarms(request.user, now=now)
    with transaction.atomic():
        audit.record(
            "workbench.read",
            lines=sum(group.total for group in day.groups),
            alarms=len(alarms),
        )
    return render(
        request,
        "web/workbench.html",
        {
            "day": day,
            "alarms": [(line, people.bar_of(line.alarm.case, today=today)) for line in alarms],
            "alarm_total": tracking.open_count(request.user) if alarms else 0,
        },
    )
