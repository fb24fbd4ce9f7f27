"""Posts: granted and ended by the security officer, with the three administrators kept apart."""

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from guitu.base import audit
from guitu.base.models import Account, Organisation, Post
from guitu.base.roles import ADMINISTRATORS, MAY_SEE_ALL, ROLE_UNITS, Permission, Role, Scope
from guitu.base.services.refusal import Refused, must_hold


def grant(
    account: Account, *, organisation: Organisation, role: str, scope: str, since: date,
    until: date | None, by: Account,
) -> Post:  # fmt: skip
    """Give ``account`` a role at a unit within a scope. Raises :class:`Refused` with the reason.

    Nobody grants to himself; an administrator's account holds no other role, and a role of an
    administrator goes to no account that holds one.
    """
    must_hold(by, Permission.POST_WRITE)
    wanted = Role(role)
    if account.pk == by.pk:
        raise Refused(_("不能给自己授予岗位，请另一名安全管理员办理。"), field="role")
    if not account.is_active:
        raise Refused(_("%(name)s的账号已停用。") % {"name": account.name}, field="role")
    if not organisation.active:
        raise Refused(_("%(name)s已停用。") % {"name": organisation.name}, field="organisation")
    if organisation.kind not in ROLE_UNITS[wanted]:
        raise Refused(
            _("%(role)s的岗位不设在%(unit)s这类机构。")
            % {"role": wanted.label, "unit": organisation.get_kind_display()},
            field="organisation",
        )
    if Scope(scope) == Scope.ALL and wanted not in MAY_SEE_ALL:
        raise Refused(_("“全部”只给省级工作人员，请选小一些的范围。"), field="scope")
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
    """End a post after the day ``on``: yesterday takes its rights at once. Nobody ends his own: somebody must be left who can grant."""
    must_hold(by, Permission.POST_WRITE)
    if post.account_id == by.pk:
        raise Refused(_("不能结束自己的岗位，请另一名安全管理员办理。"))
    with transaction.atomic():
        held = Post.objects.select_for_update().get(pk=post.pk)
        if held.until is not None and held.until <= on:
            raise Refused(_("这个岗位已经结束了。"))
        post.until = on
        post.save(update_fields=["until"])
        audit.record("post.end", obj=post, actor=by, account=post.account_id, until=post.until)
