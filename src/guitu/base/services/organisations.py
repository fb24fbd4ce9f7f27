"""Organisations: made, renamed and closed by the system administrator."""

from django.db import transaction
from django.utils.translation import gettext as _

from guitu.base import audit
from guitu.base.codes import OrganisationKind
from guitu.base.models import Account, Organisation
from guitu.base.services.refusal import Refused


def add(
    parent: Organisation, *, kind: str, code: str, name: str, short_name: str, by: Account
) -> Organisation:
    """Make a unit below ``parent``. Raises :class:`Refused` for a taken code or a closed parent."""
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
    with transaction.atomic():
        old = unit.name
        unit.name, unit.short_name = name, short_name
        unit.save(update_fields=["name", "short_name"])
        audit.record("organisation.rename", obj=unit, actor=by, old=old, new=name)


def set_active(unit: Organisation, *, active: bool, reason: str, by: Account) -> None:
    """Close a unit or open it again. Posts at a closed unit give no rights."""
    if not reason.strip():
        raise Refused(_("请写明理由。"), field="reason")
    if not active and unit.children.filter(active=True).exists():
        raise Refused(_("下面还有在用的机构，请先停用它们。"), field="reason")
    with transaction.atomic():
        unit.active = active
        unit.save(update_fields=["active"])
        audit.record(
            "organisation.open" if active else "organisation.close",
            obj=unit, actor=by, reason=reason,
        )  # fmt: skip
