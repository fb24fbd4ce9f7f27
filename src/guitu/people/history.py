"""The history of a person's and a case's record, as changes that can be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from guitu.base.models import Account, Organisation
from guitu.people.models import Person

CHANGES_MAX = 200
_QUIET = {
    "updated_at", "created_at", "id_number_hash", "phone_hash", "id_number_mask", "phone_mask",
    "data_key_id", "id", "person_id", "demo",
}  # fmt: skip
_SEALED = "_sealed"


def _labels() -> dict[str, str]:
    return {
        "name": _("姓名"), "former_name": _("曾用名"), "sex": _("性别"),
        "birth_date": _("出生日期"), "nationality": _("民族"), "education": _("文化程度"),
        "employment": _("就业就学"), "id_number_sealed": _("身份证号"), "phone_sealed": _("电话"),
        "address_sealed": _("住址"), "health_sealed": _("健康情况"),
        "address_area": _("街道或者乡镇"), "office_id": _("司法所"), "officer_id": _("经办人"),
        "level": _("管理类别"), "state": _("状态"), "received_on": _("接收日期"),
        "announced_on": _("入矫宣告日期"), "ended_on": _("结束日期"), "end_reason": _("结束理由"),
        "key_management": _("重点管理"), "special_management": _("特殊管理"),
        "last_report_on": _("最近一次定期报告"), "last_body_report_on": _("最近一次身体情况报告"),
        "last_review_on": _("最近一次病情复查"), "summary_on": _("个人总结日期"),
        "number": _("编号"),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changed; a sealed one has no values to show."""

    field: str
    before: str
    after: str
    sealed: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One act on a record: when, who, why, which fields."""

    at: datetime
    by: str
    reason: str
    record: str
    changes: tuple[Change, ...]


def changes_of(person: Person) -> list[Entry]:
    """Newest first, the person and all cases together; ``person`` was scoped by the caller."""
    labels = _labels()
    found: list[tuple[Any, Any, str]] = []
    for record, rows in [
        (_("人员"), list(_rows_of(person))),
        *(
            (
                _("案件%(number)s") % {"number": case.number},
                list(_rows_of(case)),
            )
            for case in person.cases.all()
        ),
    ]:
        found += [(None, rows[0], record)] if rows else []
        found += [(before, after, record) for before, after in pairwise(rows)]
    found.sort(key=lambda change: change[1].pgh_created_at, reverse=True)
    found = found[:CHANGES_MAX]
    metas = [_meta(after) for _before, after, _record in found]
    people = Account.objects.in_bulk({meta["user"] for meta in metas if meta.get("user")})
    units = {unit.pk: unit.short_name for unit in Organisation.objects.all()}
    entries = []
    for (before, after, record), meta in zip(found, metas, strict=True):
        changes = _changed(before, after, labels, units) if before is not None else ()
        if before is not None and not changes:
            continue
        by = people.get(meta.get("user"))
        entries.append(
            Entry(
                after.pgh_created_at,
                by.name if by else "",
                _(meta["reason"]) if meta.get("reason") else "",
                record,
                changes,
            )
        )
    return entries


def _meta(row: Any) -> dict[str, Any]:
    return row.pgh_context.metadata if row.pgh_context is not None else {}


def _changed(
    before: Any, after: Any, labels: dict[str, str], units: dict[int, str]
) -> tuple[Change, ...]:
    found = []
    for field in after._meta.concrete_fields:
        name = field.attname
        if name.startswith("pgh_") or name in _QUIET:
            continue
        old, new = getattr(before, name), getattr(after, name)
        sealed = name.endswith(_SEALED)
        if (bytes(old or b"") == bytes(new or b"")) if sealed else old == new:
            continue
        found.append(
            Change(
                labels.get(name, name),
                "" if sealed else _said(before, field, old, units),
                "" if sealed else _said(after, field, new, units),
                sealed,
            )
        )
    return tuple(found)


def _said(row: Any, field: Any, value: Any, units: dict[int, str]) -> str:
    if value is None or value == "":
        return _("空")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if field.attname == "office_id":
        return units.get(value, str(value))
    if field.attname == "officer_id":
        account = Account.objects.filter(pk=value).first()
        return account.name if account else str(value)
    if field.choices:
        return _(getattr(row, f"get_{field.name}_display")())
    return str(value)


def _rows_of(record: Any) -> Any:
    """The rows that the triggers wrote of ``record``, oldest first."""
    return record.history.select_related("pgh_context").order_by("pgh_id")
