"""Signing in with a user name and a password."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from guitu.base.models import Account


class AccountBackend(BaseBackend):
    """Compares the Argon2 hash; takes the same time when the account does not exist."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Account | None:
        if not username or password is None:
            return None
        account = Account.objects.filter(username__iexact=username).first()
        if account is None:
            make_password(password)
            return None
        return account if account.check_password(password) and account.is_active else None

    def get_user(self, user_id: int) -> Account | None:
        return Account.objects.filter(pk=user_id, is_active=True).first()


def counted_name(request: HttpRequest | None, credentials: Any = None) -> str:
    """The name under which failures are counted: sign-in ignores its case, so the count must too."""
    given = (credentials or {}).get("username") or ""
    if not given and request is not None:
        given = request.POST.get("login", "")
    return str(given).strip().lower()


def locked_out(request: HttpRequest, credentials: Any = None, *args: Any) -> HttpResponse:
    """The page after too many wrong passwords: says until when and who can unlock."""
    return render(request, "base/locked_out.html", status=429)
