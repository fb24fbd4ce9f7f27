"""The settings as they stand: value, source, meaning. They are changed on the host."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from guitu.base.access import needs
from guitu.base.roles import Permission as P
from guitu.config import settings as known


@require_safe
@needs(P.SETTING_READ)
def settings(request: HttpRequest) -> HttpResponse:
    """GET."""
    return render(request, "base/settings.html", {"values": known.values})
