"""Posts: granted and ended by the security officer, with the three administrators kept apart."""

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from guitu.base import audit
from guitu.base.models import Account, Organisation, Post
from guitu.base.roles import ADMINISTRATORS, Role, Scope
from guitu.base.services.refusal import Refused


def grant(
    account: Account, *, organisation: Organisation, role: str, scope: str, since: date,
    until: date | None, by: Account,
) -> Post:  # fmt: skip
    """Give ``account`` a role at a unit within a scope. Raises :class:`Refused` with the reason.

    Nobody grants to himself; an administrator's account holds no other role, and a role of an
    administrator goes to no account that holds one.
    """
    wanted = Role(role)
    if account.pk == by.pk:
        raise Refused(_("不能给自己授予岗位，请另一名安全管理员办理。"), field="role")
    if not account.is_active:
        raise Refused(_("%(name)s的账号已停用。") % {"name": account.name}, field="role")
    if not organisation.active:
        raise Refused(_("%(name)s已停用。") % {"name": organisation.name}, field="organisation")
    if until is not None and until < since:
        raise Refused(_("止日早于起日，请改正。"), field="until")
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        held = Post.objects.filter(account=account).filter(
            Q(until__isnull=True) | Q(until__gte=since)
        )
        roles = {Role(value) for value in held.values_list("role", flat=True)}
        if wanted in ADMINISTRATORS and roles - {wanted}:
            raise Refused(
                _("%(name)s已有别的岗位。系统、安全、审计三员只能单独一个账号。")
                % {"name": account.name},
                field="role",
            )
        if wanted not in ADMINISTRATORS and roles & ADMINISTRATORS:
            raise Refused(
                _("%(name)s是三员之一，不能兼任别的岗位。") % {"name": account.name}, field="role"
            )
        if held.filter(organisation=organisation, role=wanted, until__isnull=True).exists():
            raise Refused(_("这个岗位已经有了。"), field="role")
        post = Post.objects.create(
            account=account, organisation=organisation, role=wanted, scope=Scope(scope),
            since=since, until=until,
        )  # fmt: skip
        audit.record(
            "post.grant", obj=post, actor=by, account=account.pk, role=role,
            unit=organisation.pk, scope=scope, since=since, until=until,
        )  # fmt: skip
    return post


def end(post: Post, *, on: date, by: Account) -> None:
    """The last day of a post. Nobody ends his own: somebody must be left who can grant."""
    if post.account_id == by.pk:
        raise Refused(_("不能结束自己的岗位，请另一名安全管理员办理。"))
    with transaction.atomic():
        post.until = max(on, post.since)
        post.save(update_fields=["until"])
        audit.record("post.end", obj=post, actor=by, account=post.account_id, until=post.until)
