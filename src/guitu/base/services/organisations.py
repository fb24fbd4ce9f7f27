"""Organisations: made, renamed and closed by the system administrator."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guitu.base import audit
from guitu.base.codes import OrganisationKind
from guitu.base.models import Account, Organisation, Post
from guitu.base.roles import ADMINISTRATORS, Permission
from guitu.base.services.refusal import Refused, must_hold

#: Asked before a unit is closed: a sentence that says what still hangs on it, or nothing.
_ties: list[Callable[[Organisation], str]] = []


def add_tie(tie: Callable[[Organisation], str]) -> None:
    """Let a room above say what ties a unit; called once, when the room is ready."""
    _ties.append(tie)


def _refuse_tied(unit: Organisation) -> None:
    running = Post.objects.filter(organisation=unit, role__in=ADMINISTRATORS)
    if running.exclude(until__lt=timezone.localdate()).exists():
        raise Refused(
            _("系统、安全、审计管理员的岗位设在这里，停用后谁也管不了。先把岗位换到别的机构。"),
            field="reason",
        )
    for tie in _ties:
        if said := tie(unit):
            raise Refused(said, field="reason")


def add(
    parent: Organisation, *, kind: str, code: str, name: str, short_name: str, by: Account
) -> Organisation:
    """Make a unit below ``parent``. Raises :class:`Refused` for a taken code or a closed parent."""
    must_hold(by, Permission.ORGANISATION_WRITE)
    if not parent.active:
        raise Refused(_("%(name)s已停用，下面不能再设机构。") % {"name": parent.name})
    if OrganisationKind(kind) not in OrganisationKind:
        raise ValueError(f"no kind of organisation {kind!r}")
    with transaction.atomic():
        if Organisation.objects.filter(code=code).exists():
            raise Refused(
                _("代码%(code)s已经是别的机构的，请核对后重填。") % {"code": code}, field="code"
            )
        unit = Organisation.objects.create(
            parent=parent, kind=kind, code=code, name=name, short_name=short_name, path=""
        )
        unit.path = f"{parent.path}.{unit.pk}"
        unit.save(update_fields=["path"])
        audit.record("organisation.make", obj=unit, actor=by, code=code, parent=parent.pk)
    return unit


def rename(unit: Organisation, *, name: str, short_name: str, by: Account) -> None:
    """Give a unit another name; its history keeps the old one."""
    must_hold(by, Permission.ORGANISATION_WRITE)
    with transaction.atomic():
        old = unit.name
        unit.name, unit.short_name = name, short_name
        unit.save(update_fields=["name", "short_name"])
        audit.record("organisation.rename", obj=unit, actor=by, old=old, new=name)


def set_active(unit: Organisation, *, active: bool, reason: str, by: Account) -> None:
    """Close a unit or open it again. Posts at a closed unit give no rights.

    Refused while somebody or something still hangs on it: units below, an administrator's post,
    and what other rooms name through :func:`add_tie`.
    """
    must_hold(by, Permission.ORGANISATION_WRITE)
    if not reason.strip():
        raise Refused(_("请写明理由。"), field="reason")
    if not active and unit.children.filter(active=True).exists():
        raise Refused(_("下面还有在用的机构，请先停用它们。"), field="reason")
    if not active:
        _refuse_tied(unit)
    with transaction.atomic():
        unit.active = active
        unit.save(update_fields=["active"])
        audit.record(
            "organisation.open" if active else "organisation.close",
            obj=unit, actor=by, reason=reason,
        )  # fmt: skip
