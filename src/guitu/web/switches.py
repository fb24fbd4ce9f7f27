"""Language and theme: chosen on any page, kept by cookie and on the account."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from guitu.base import services
from guitu.base.access import public
from guitu.web.middleware import LANGUAGES

THEMES = frozenset({"light", "dark", ""})
_YEAR_S = 365 * 86400


def _back(request: HttpRequest) -> HttpResponseRedirect:
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    parts = urlsplit(target)
    return HttpResponseRedirect(parts._replace(scheme="", netloc="").geturl() or "/")


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """POST ``language`` (zh-hans or en) and ``next``."""
    language = request.POST.get("language", "")
    response = _back(request)
    if language not in LANGUAGES:
        return response
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=_YEAR_S,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    if request.user.is_authenticated:
        request.session["language"] = language
        services.choose_looks(request.user, language=language)
    return response


@public
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """POST ``theme`` (light, dark or empty for the system's) and ``next``."""
    theme = request.POST.get("theme", "")
    if theme in THEMES and request.user.is_authenticated:
        services.choose_looks(request.user, theme=theme)
    return _back(request)
