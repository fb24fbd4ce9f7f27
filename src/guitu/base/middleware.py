"""What surrounds every request: the guard on persons' data, the audit's source, the idle time-out."""

import time
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from guitu.base import audit, scope

GetResponse = Callable[[HttpRequest], HttpResponse]


class IdleTimeout:
    """Ends a session after ``GUITU_IDLE_S`` seconds without a request by its person.

    The time of the last request is written at most once a minute.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = time.time()
            last = request.session.get("seen_at", now)
            if now - last > settings.GUITU_IDLE_S:
                logout(request)
                asked = {"idle": "1"} | ({"next": request.path} if request.method == "GET" else {})
                return redirect(f"{reverse('account_login')}?{urlencode(asked)}")
            if now - last > 60 or "seen_at" not in request.session:
                request.session["seen_at"] = now
        return self.get_response(request)


class PasswordFirst:
    """Who signed in with a one-time password changes it before anything else."""

    FREE = frozenset({"account_change_password", "account_logout", "set_language", "set_theme"})

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        """Lead to the change of the password, whatever was asked for."""
        waiting = request.user.is_authenticated and request.user.must_change_password
        match = request.resolver_match
        if not waiting or match is None or match.view_name in self.FREE:
            return None
        return redirect("account_change_password")


class Guarded:
    """Arms the data scope for the request and names its person for the audit.

    A view that declares no access (see :mod:`guitu.base.access`) is not run.
    """

    #: Views of libraries, by URL namespace or view module; each has its own rule, tested.
    TRUSTED_MODULES = ("allauth.", "django.views.i18n", "django.contrib.auth.")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        known = user.is_authenticated
        key = getattr(request.session, "session_key", None) or ""
        source = audit.Source(
            via="web",
            actor_id=user.pk if known else None,
            actor=user.username if known else "",
            address=request.META.get("REMOTE_ADDR", "")[:45],
            session=sha256(key.encode()).hexdigest()[:16] if key else "",
        )
        with scope.guarded(), audit.acting(source):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        if declared_access(view) is None:
            raise RuntimeError(f"The view {view!r} does not say who may open it.")
        return None


def declared_access(view: Callable[..., HttpResponse]) -> object | None:
    """What a view says of who may open it; None when it says nothing."""
    access = getattr(view, "access", None)
    if access is not None:
        return access
    module = getattr(getattr(view, "view_class", view), "__module__", "")
    return "library" if module.startswith(Guarded.TRUSTED_MODULES) else None
