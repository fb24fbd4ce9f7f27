"""One's own account: password, second factor, sessions, posts, language and theme."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from guitu.base.access import account_of, public, signed_in


@signed_in
def me(request: HttpRequest) -> HttpResponse:
    """GET: what the account is, what it may do, and how it is protected."""
    user = account_of(request)
    return render(
        request,
        "base/me.html",
        {
            "posts": user.posts.select_related("organisation").order_by("id"),
            "has_code": Authenticator.objects.filter(
                user=user, type=Authenticator.Type.TOTP
            ).exists(),
            "sessions": UserSession.objects.purge_and_list(user),
        },
    )


@signed_in
def to_own_page(request: HttpRequest) -> HttpResponse:
    """Where allauth sends people after they changed their second factor."""
    return redirect("own_account")


@public
def closed(request: HttpRequest) -> HttpResponse:
    """A page that allauth has and this house has not."""
    raise Http404
