"""Every view says who may open it: ``@needs(permission)``, ``@signed_in`` or ``@public``.

A view without one of these is refused by :class:`guitu.base.middleware.Guarded` and by the test
that walks the URL table.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from guitu.base.models import Account
from guitu.base.roles import Permission
from guitu.base.scope import permissions_of, posts_of

View = Callable[..., HttpResponseBase]


def needs(*permissions: Permission | str) -> Callable[[View], View]:
    """The view opens for accounts that hold any of ``permissions`` somewhere.

    Which *records* it shows is decided by the queryset's ``visible_to``. Raises ``PermissionDenied``
    (a page that says so) for a signed-in account without the permission.
    """
    wanted = frozenset(Permission(p) for p in permissions)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if wanted.isdisjoint(permissions_of(request.user)):
                raise PermissionDenied("这一页不在你的岗位权限内。")
            return view(request, *args, **kwargs)

        guarded_view.access = wanted  # type: ignore[attr-defined]
        return guarded_view

    return decorate


def signed_in(view: View) -> View:
    """The view opens for every account that is signed in."""

    @wraps(view)
    def guarded_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    guarded_view.access = "signed_in"  # type: ignore[attr-defined]
    return guarded_view


def public(view: View) -> View:
    """The view opens for anybody: health, sign-in, the static living page of the design."""

    @wraps(view)
    def open_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    open_view.access = "public"  # type: ignore[attr-defined]
    return open_view


def first_unit_of(user: Any) -> int | None:
    """The unit of an account's first post: where a new record belongs unless it is said."""
    posts = posts_of(user)
    return posts[0][1] if posts else None


def account_of(request: HttpRequest) -> Account:
    """The account that is signed in: for views behind ``needs`` or ``signed_in`` alone."""
    user = request.user
    if not isinstance(user, Account):
        raise PermissionDenied("请先登录。")
    return user
