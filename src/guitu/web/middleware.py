"""What the front door puts around every answer: the content security policy, the language."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from guitu.config import settings

GetResponse = Callable[[HttpRequest], HttpResponse]

LANGUAGES = frozenset(code for code, _ in django_settings.LANGUAGES)


def policy(host: str) -> str:
    """The content security policy of a page opened at ``host`` (name and port).

    Nothing inline, nothing from elsewhere. Two openings: live events (another port, or the origin
    that is set for them) and the tiles' host when one is set.
    """
    name = urlsplit(f"//{host}").hostname or "127.0.0.1"
    name = f"[{name}]" if ":" in name else name
    live = {settings.live_origin} if settings.live_origin else set()
    if settings.live_port:
        live |= {f"http://{name}:{settings.live_port}", f"http://127.0.0.1:{settings.live_port}"}
    tiles = ""
    if settings.tiles_url:
        parts = urlsplit(settings.tiles_url.replace("{s}", "*"))
        tiles = f" {parts.scheme}://{parts.netloc}"
    return "; ".join(
        (
            "default-src 'self'",
            "connect-src " + " ".join(["'self'", *sorted(live)]) + tiles,
            f"img-src 'self' data: blob:{tiles}",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class SecurityHeaders:
    """Sets the policies on every answer; pages about persons are kept in no shared cache."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        try:
            host = request.get_host()
        except DisallowedHost:
            host = "127.0.0.1"
        response.headers.setdefault("Content-Security-Policy", policy(host))
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class ChosenLanguage:
    """Chinese unless somebody chose otherwise: by account (kept in the session) or by cookie.

    The browser's own list of languages is not asked: an officer's English Windows must not turn
    the bureau's pages English.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.session.get("language") or request.COOKIES.get(
            django_settings.LANGUAGE_COOKIE_NAME, ""
        )
        language = chosen if chosen in LANGUAGES else django_settings.LANGUAGE_CODE
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
        return response
