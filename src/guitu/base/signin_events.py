"""Sign-in on the record: what Django, allauth and axes announce becomes rows of the audit.

Signals, because these acts happen inside libraries; nothing of our own is announced this way.
"""

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from guitu.base import audit
from guitu.base.models import Account


def _record(action: str, request: HttpRequest | None, account: Any = None, **detail: Any) -> None:
    source = audit.current_source() or audit.Source(
        via="part",
        actor_id=None,
        actor="",
        address=request.META.get("REMOTE_ADDR", "")[:45] if request is not None else "",
    )
    with transaction.atomic(), audit.acting(source):
        known = account if isinstance(account, Account) else None
        audit.record(action, obj=known, actor=known, **detail)


@receiver(user_logged_in)
def _signed_in(request: HttpRequest, user: Any, **_: Any) -> None:
    _record("signin.done", request, user)
    if request is not None and isinstance(user, Account) and user.language:
        request.session["language"] = user.language


@receiver(user_logged_out)
def _signed_out(request: HttpRequest, user: Any, **_: Any) -> None:
    if user is not None:
        _record("signin.out", request, user)


@receiver(user_login_failed)
def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    _record("signin.failed", request, username=str(credentials.get("username", ""))[:40])


@receiver(user_locked_out)
def _locked(request: HttpRequest, username: str, **_: Any) -> None:
    _record("signin.locked", request, username=str(username)[:40])


@receiver(password_changed)
def _password(request: HttpRequest, user: Account, **_: Any) -> None:
    with transaction.atomic():
        Account.objects.filter(pk=user.pk).update(must_change_password=False)
        _record("account.password", request, user)


@receiver(authenticator_added)
@receiver(authenticator_removed)
@receiver(authenticator_reset)
def _second_factor(request: HttpRequest, user: Account, authenticator: Any, **_: Any) -> None:
    _record("account.second_factor", request, user, kind=authenticator.type)
