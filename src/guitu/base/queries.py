"""Reads of the ground: the tree, the accounts, the audit."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from guitu.base import sealer
from guitu.base.models import Account, AuditRecord, AuditSeal, Organisation


@dataclass(frozen=True, slots=True)
class TreeLine:
    """A unit in the order of the tree; ``depth`` 0 is the root."""

    unit: Organisation
    depth: int


def tree(search: str = "") -> list[TreeLine]:
    """All units, each below its parent. A search leaves the units whose name or code has it."""
    units = Organisation.objects.annotate(posts_n=Count("posts"))
    if search:
        found = units.filter(Q(name__icontains=search) | Q(code__startswith=search))
        return [TreeLine(unit, 0) for unit in found.order_by("code")[:200]]
    children: dict[int | None, list[Organisation]] = {}
    for unit in units.order_by("code"):
        children.setdefault(unit.parent_id, []).append(unit)
    lines: list[TreeLine] = []

    def walk(parent: int | None, depth: int) -> None:
        for unit in children.get(parent, []):
            lines.append(TreeLine(unit, depth))
            walk(unit.pk, depth + 1)

    walk(None, 0)
    return lines


def accounts(search: str = "", *, state: str = "") -> QuerySet[Account]:
    """Accounts by user name or name; ``state`` active, closed or without (any post)."""
    found = Account.objects.select_related("organisation").annotate(posts_n=Count("posts"))
    if search:
        found = found.filter(Q(username__icontains=search) | Q(name__icontains=search))
    match state:
        case "active":
            found = found.filter(is_active=True)
        case "closed":
            found = found.filter(is_active=False)
        case "without":
            found = found.filter(posts_n=0)
    return found.order_by("username")


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """What the address of the audit page says; unknown values are dropped."""

    actor: str = ""
    action: str = ""
    person: int | None = None
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, query: QueryDict) -> "AuditFilters":
        """Read the filters of an address."""
        person = query.get("person", "")
        return cls(
            actor=query.get("actor", "").strip()[:80],
            action=query.get("action", "").strip()[:40],
            person=int(person) if person.isascii() and person.isdigit() else None,
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
        )

    def said(self) -> dict[str, str]:
        """For the audit's own row."""
        return {
            name: str(value)
            for name in ("actor", "action", "person", "since", "until")
            if (value := getattr(self, name))
        }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def audit_rows(filters: AuditFilters) -> QuerySet[AuditRecord]:
    """Rows newest first. ``action`` finds the beginning: ``person.`` is all acts on persons."""
    rows = AuditRecord.objects.order_by("-id")
    if filters.actor:
        rows = rows.filter(actor__iexact=filters.actor)
    if filters.action:
        rows = rows.filter(action__startswith=filters.action)
    if filters.person:
        rows = rows.filter(person_id=filters.person)
    if filters.since:
        rows = rows.filter(at__gte=_midnight(filters.since))
    if filters.until:
        rows = rows.filter(at__lt=_midnight(filters.until + timedelta(days=1)))
    return rows


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


@dataclass(frozen=True, slots=True)
class SealState:
    """How far the audit is sealed."""

    number: int
    at: datetime | None
    unsealed_s: float


def seal_state() -> SealState:
    """The last seal and the age of the oldest row without one."""
    last = AuditSeal.objects.order_by("-number").first()
    return SealState(last.number if last else 0, last.at if last else None, sealer.unsealed_age_s())
