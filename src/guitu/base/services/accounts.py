"""Accounts: made without rights, closed and given new passwords by the system administrator;
unlocked and signed out by the security officer."""

from allauth.usersessions.models import UserSession
from axes.utils import reset
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guitu.base import audit
from guitu.base.models import Account, Organisation
from guitu.base.roles import ADMINISTRATORS, Permission
from guitu.base.services.administrators import one_time_password
from guitu.base.services.refusal import Refused, must_hold


def make(
    *, username: str, name: str, organisation: Organisation, phone: str, by: Account
) -> tuple[Account, str]:
    """A new account without any right, and its one-time password (shown once, kept nowhere)."""
    must_hold(by, Permission.ACCOUNT_WRITE)
    if not 3 <= len(username) <= 40 or not all(c.isalnum() or c in "._-" for c in username):
        raise Refused(
            _("用户名“%(name)s”应为3至40个字母、数字、点、横线或下划线。") % {"name": username},
            field="username",
        )
    with transaction.atomic():
        if Account.objects.filter(username__iexact=username).exists():
            raise Refused(
                _("用户名%(name)s已经有人用，请换一个。") % {"name": username}, field="username"
            )
        password = one_time_password()
        account = Account(
            username=username, name=name, organisation=organisation, phone=phone,
            must_change_password=True,
        )  # fmt: skip
        account.set_password(password)
        account.save()
        audit.record("account.make", obj=account, actor=by, username=username)
    return account, password


def reset_password(account: Account, *, by: Account) -> str:
    """A new one-time password; all sessions of the account end.

    Who knows the password is that person until it is changed: so an administrator's is given by
    the host (``guitu createadmin --reset``), never by another administrator.
    """
    _no_administrator(account, by=by)
    with transaction.atomic():
        password = one_time_password()
        account.set_password(password)
        account.must_change_password = True
        account.save(update_fields=["password", "must_change_password"])
        _end_sessions(account)
        audit.record("account.reset_password", obj=account, actor=by)
    return password


def set_active(account: Account, *, active: bool, reason: str, by: Account) -> None:
    """Close an account or open it again. Nobody closes his own."""
    if not reason.strip():
        raise Refused(_("请写明理由。"), field="reason")
    _no_administrator(account, by=by, field="reason")
    with transaction.atomic():
        account.is_active = active
        account.save(update_fields=["is_active"])
        if not active:
            _end_sessions(account)
        audit.record(
            "account.open" if active else "account.close", obj=account, actor=by, reason=reason
        )


def unlock(account: Account, *, by: Account) -> None:
    """Lift the lock after wrong passwords."""
    must_hold(by, Permission.ACCOUNT_UNLOCK)
    with transaction.atomic():
        reset(username=account.username.lower())
        audit.record("account.unlock", obj=account, actor=by)


def revoke_sessions(account: Account, *, by: Account) -> int:
    """Sign the account out everywhere; the number of sessions ended."""
    must_hold(by, Permission.ACCOUNT_UNLOCK)
    with transaction.atomic():
        ended = _end_sessions(account)
        audit.record("session.revoke", obj=account, actor=by, sessions=ended)
    return ended


def _no_administrator(account: Account, *, by: Account, field: str = "") -> None:
    must_hold(by, Permission.ACCOUNT_WRITE)
    if account.pk == by.pk:
        raise Refused(_("自己的账号不能由自己办理。"), field=field)
    if account.posts.filter(role__in=ADMINISTRATORS).exclude(until__lt=timezone.localdate()):
        raise Refused(
            _("%(name)s是三员之一，其账号由主机上的命令办理，别的管理员不能代为重置或停用。")
            % {"name": account.name},
            field=field,
        )


def _end_sessions(account: Account) -> int:
    sessions = list(UserSession.objects.filter(user=account))
    for session in sessions:
        session.end()
    return len(sessions)
