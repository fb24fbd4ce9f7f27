"""The ticket with which a page opens its live events."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from guitu.base.access import needs
from guitu.base.roles import Permission as P
from guitu.config import settings
from guitu.tracking import live_ticket


@require_POST
@needs(P.ALARM_READ, P.TRACK_READ)
def ticket(request: HttpRequest) -> JsonResponse:
    """``{"ticket": …, "url": …}``: used once within 30 s; live asks for session and scope again."""
    response = JsonResponse({"ticket": live_ticket.make(request), "url": events_url(request)})
    response["Cache-Control"] = "no-store"
    return response


def events_url(request: HttpRequest) -> str:
    """Where live listens, as this browser reaches it."""
    if settings.live_origin:
        return f"{settings.live_origin.rstrip('/')}/events"
    name = urlsplit(f"//{request.get_host()}").hostname or "127.0.0.1"
    name = f"[{name}]" if ":" in name else name
    return f"http://{name}:{settings.live_port}/events"
