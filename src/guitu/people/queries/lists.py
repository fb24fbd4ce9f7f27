"""Lists of persons: filters, search, order, and counts that stop early.

Whatever is asked, one page costs a few index look-ups: wide scopes walk the index of the order of
names, narrow ones the GIN index of scope keys, tokens or facets; counts stop at ``COUNT_MAX``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property

from guitu.base.codes import Category, Level, OrganisationKind
from guitu.base.models import Account, Organisation
from guitu.base.roles import Permission, Scope
from guitu.base.scope import posts_of, reach_of
from guitu.people import hooks
from guitu.people.models import CaseState, MonitoringOrder, Person
from guitu.people.search import Query, query_tokens, safe_words
from guitu.ui.termbar import TermBar

PAGE_SIZE = 50
COUNT_MAX = 2_000
#: An export stops there; it is one list, not the register.
EXPORT_MAX = 5_000
SEARCH_MAX = 60
FLAGS = ("key", "special", "monitored")
#: Columns that no list needs: large, or sealed.
HEAVY = (
    "photo_sealed",
    "tokens",
    "id_number_sealed",
    "phone_sealed",
    "address_sealed",
    "health_sealed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFilters:
    """What the address of a list says; unknown values are dropped, so an old link still opens."""

    search: str = ""
    office: int | None = None
    category: str = ""
    level: str = ""
    state: str = ""
    flag: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> PersonFilters:
        """Read the filters of an address."""
        office = query.get("office", "")
        state = query.get("state", "")
        return cls(
            search=" ".join(query.get("q", "").replace("\x00", "").split())[:SEARCH_MAX],
            office=int(office)
            if office.isascii() and office.isdigit() and len(office) < 12
            else None,
            category=_known(query.get("category", ""), Category.values),
            level=_known(query.get("level", ""), Level.values),
            state=_known(state, [*CaseState.values, "all"]),
            flag=_known(query.get("flag", ""), FLAGS),
        )

    def said(self) -> dict[str, str]:
        """For the audit: what was asked, without numbers that may be somebody's."""
        found = {
            field.name: str(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name)
        }
        if self.search:
            found["search"] = safe_words(self.search)
        return found

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def _known(value: str, values: Any) -> str:
    return value if value in values else ""


class CappedPaginator(Paginator):
    """Counts at most ``COUNT_MAX`` rows: what lies beyond is found by filters, not by leafing."""

    @cached_property
    def count(self) -> int:
        return min(self.found, COUNT_MAX)

    @cached_property
    def found(self) -> int:
        """The number of rows, or one more than ``COUNT_MAX``."""
        rows: Any = self.object_list
        return rows.order_by()[: COUNT_MAX + 1].count()

    @property
    def more(self) -> bool:
        """Whether there are rows that no page shows."""
        return self.found > COUNT_MAX


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A line of the list."""

    person: Person
    bar: TermBar | None
    notice: hooks.Notice | None


@dataclass(frozen=True, slots=True)
class PersonList:
    """One page of a list; ``page`` is for the pager, ``more`` says that the count stopped."""

    rows: tuple[PersonRow, ...]
    page: Page
    total: int
    more: bool
    filters: PersonFilters


def persons(user: Any, filters: PersonFilters, *, today: date) -> QuerySet[Person]:
    """The visible persons that the filters leave, in the order of names."""
    found = Person.objects.visible_to(user, Permission.PERSON_READ)
    if filters.office is not None:
        found = found.filter(office_id=filters.office)
    facets = [
        f"{name}:{value}"
        for name, value in (("category", filters.category), ("level", filters.level))
        if value
    ]
    if filters.flag in ("key", "special"):
        facets.append(filters.flag)
    if filters.state and filters.state != "all":
        facets.append(f"state:{filters.state}")
    if facets:
        found = found.filter(facets__contains=facets)
    if not filters.state and not filters.search:
        found = found.filter(facets__overlap=["state:active", "state:expected", "state:none"])
    if filters.flag == "monitored":
        found = found.filter(
            Exists(
                MonitoringOrder.objects.unscoped("narrows persons that are scoped already").filter(
                    Q(lifted_on__isnull=True) | Q(lifted_on__gt=today),
                    person=OuterRef("pk"),
                    annulled=False,
                    start__lte=today,
                    end__gte=today,
                )
            )
        )
    query = query_tokens(filters.search)
    if filters.search:
        found = found.filter(_condition(query)) if query else found.none()
    return found.order_by("name_key", "id")


def _condition(query: Query) -> Q:
    named = [
        (
            text,
            list(
                Organisation.objects.filter(
                    kind=OrganisationKind.OFFICE, name__contains=text
                ).values_list("pk", flat=True)[:30]
            ),
        )
        for text in query.texts
        if len(text) >= 2 and not text.isascii()
    ]
    return query.condition(offices=named)


def person_list(user: Any, filters: PersonFilters, *, page: int = 1, today: date) -> PersonList:
    """One page of the list; a page beyond the last is the last."""
    found = persons(user, filters, today=today)
    hits = _hits(found, COUNT_MAX) if filters.search else None
    paginator: Paginator = (
        CappedPaginator(found, PAGE_SIZE) if hits is None else Paginator(hits, PAGE_SIZE)
    )
    shown = paginator.get_page(page)
    people = (
        list(_drawn(cast("QuerySet[Person]", shown.object_list)))
        if hits is None
        else list(_drawn(found.filter(pk__in=shown.object_list)))
    )
    notices = hooks.notices_of(person.pk for person in people)
    return PersonList(
        rows=tuple(
            PersonRow(person, bar_of(person.current_case, today=today), notices.get(person.pk))
            for person in people
        ),
        page=shown,
        total=paginator.count,
        more=isinstance(paginator, CappedPaginator) and paginator.more,
        filters=filters,
    )


def _hits(found: QuerySet[Person], limit: int) -> list[int] | None:
    """The ids of all hits in the order of names; None when there are more than ``limit``.

    Asked for the first page in order, PostgreSQL walks the index of names and tries each person:
    slow when few match. Asked for all without order, it takes the tokens' index; few are sorted
    here. Where many match, the walk is short.
    """
    keys = list(found.order_by().values_list("name_key", "id")[: limit + 1])
    return [pk for _key, pk in sorted(keys)] if len(keys) <= limit else None


def _drawn(found: QuerySet[Person]) -> QuerySet[Person]:
    """With what a row of the list shows, and nothing heavy."""
    return found.select_related("office", "officer", "current_case").defer(*HEAVY)


def bar_of(case: Any, *, today: date) -> TermBar | None:
    """The small term bar of a list; None without a case."""
    return TermBar(case.term_start, today, case.term_end) if case is not None else None


@dataclass(frozen=True, slots=True)
class Hit:
    """A person in the search over everything."""

    person_id: int
    name: str
    number: str
    category: str
    level: str
    office: str
    url: str


def find(user: Any, text: str, *, limit: int = 8) -> list[Hit]:
    """The first visible persons that a search finds, for the search over everything."""
    query = query_tokens(" ".join(text.replace("\x00", "").split())[:SEARCH_MAX])
    if not query or not reach_of(user, Permission.PERSON_READ):
        return []
    found = (
        Person.objects.visible_to(user, Permission.PERSON_READ)
        .filter(query.condition())
        .order_by("name_key", "id")
    )
    hits = _hits(found, COUNT_MAX)
    rows = _drawn(found[:limit] if hits is None else found.filter(pk__in=hits[:limit]))
    return [
        Hit(
            person_id=person.pk,
            name=person.name,
            number=person.number,
            category=person.current_case.category if person.current_case else "",
            level=person.current_case.level if person.current_case else "",
            office=person.office.short_name,
            url=reverse("people:person", args=[person.pk]),
        )
        for person in rows
    ]


def count_of(user: Any) -> int:
    """How many open cases' persons ``user`` sees, for the rail; stops at 2,000."""
    if not reach_of(user, Permission.PERSON_READ):
        return 0
    return (
        Person.objects.visible_to(user, Permission.PERSON_READ)
        .filter(facets__overlap=["state:active", "state:expected"])
        .order_by()[:COUNT_MAX]
        .count()
    )


def offices_of(
    user: Any, permission: Permission = Permission.PERSON_READ
) -> QuerySet[Organisation]:
    """The justice offices within a user's reach, for a filter or a form, in the order of codes."""
    offices = Organisation.objects.filter(kind=OrganisationKind.OFFICE, active=True)
    reach = reach_of(user, permission)
    if reach.everything:
        return offices
    units = {unit % 1_000_000_000 for unit in reach.keys if unit > 0}
    if any(scope is Scope.OWN for _, _, scope, _ in posts_of(user)):
        units |= {unit for _, unit, scope, _ in posts_of(user) if scope is Scope.OWN}
    if not units:
        return offices.none()
    paths = Organisation.objects.filter(pk__in=units).values_list("path", flat=True)
    below = Q(pk__in=units)
    for path in paths:
        below |= Q(path__startswith=f"{path.rstrip('.')}.")
    return offices.filter(below)


def officers_of(office_ids: list[int], *, today: date) -> QuerySet[Account]:
    """Accounts that work at these offices today, for a form."""
    return (
        Account.objects.filter(is_active=True, posts__organisation_id__in=office_ids)
        .filter(posts__role__in=["officer", "office_head"], posts__since__lte=today)
        .filter(Q(posts__until__isnull=True) | Q(posts__until__gte=today))
        .distinct()
        .order_by("name", "pk")
    )
