"""Data scope (数据权限): which persons an account may see, as one indexed condition, by default.

**The model, in prose.** A person stands under one justice office and so under its county body, its
city and its province; one account or several look after them. All of these are written into the
person's ``scope_keys``: the ids of the units from the root down, and the *negative* ids of the
accounts. A post sees a unit, a unit and all below, only its account's own persons, or all. So the
whole scope of an account for one permission is a set of numbers, and "may see" is: the two sets
share a number. In SQL that is ``scope_keys && ARRAY[…]`` on a GIN index, and nothing else.

* scope ``unit_below`` at unit U contributes ``U`` (its subtree has U among its keys);
* scope ``unit`` contributes the key of persons who stand *directly* under it: written as
  ``DIRECT + U`` in their keys;
* scope ``own`` contributes ``-account``;
* scope ``all`` lifts the condition;
* a post at an overseer (procuratorate) contributes the units it oversees.

Inside a request, a queryset on persons (or on anything that belongs to one) that did not pass
:meth:`ScopedQuerySet.visible_to` raises :class:`NotScoped` when it is evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils import timezone

from guitu.base.roles import ROLE_PERMISSIONS, Permission, Role, Scope

if TYPE_CHECKING:
    from guitu.base.models import Account

#: Added to a unit's id in the keys of persons who stand directly under it.
DIRECT = 1_000_000_000

_guarded: ContextVar[bool] = ContextVar("guitu_guarded", default=False)


class NotScoped(RuntimeError):
    """A person's data were about to be read in a request without a data scope."""


@contextmanager
def guarded() -> Iterator[None]:
    """Within this block every person-bearing query must be scoped (the request's middleware)."""
    token = _guarded.set(True)
    try:
        yield
    finally:
        _guarded.reset(token)


@contextmanager
def unguarded() -> Iterator[None]:
    """Lift the guard: for sign-in and background work that shows nobody anything."""
    token = _guarded.set(False)
    try:
        yield
    finally:
        _guarded.reset(token)


@dataclass(frozen=True, slots=True)
class Reach:
    """What an account may reach with one permission: everything, or what shares a key."""

    everything: bool
    keys: frozenset[int]

    def __bool__(self) -> bool:
        return self.everything or bool(self.keys)

    def covers(self, scope_keys: Iterable[int]) -> bool:
        """The object check: the twin of :meth:`ScopedQuerySet.visible_to`."""
        return self.everything or not self.keys.isdisjoint(scope_keys)


def posts_of(user: Account, today: date | None = None) -> list[tuple[Role, int, Scope, list[int]]]:
    """Posts in force as (role, unit id, scope, overseen unit ids); kept on the user for a request."""
    cached = getattr(user, "_posts_in_force", None)
    if cached is not None:
        return cached
    day = today or timezone.localdate()
    found = []
    rows = (
        user.posts.filter(since__lte=day)
        .filter(models.Q(until__isnull=True) | models.Q(until__gte=day))
        .prefetch_related("organisation__oversees")
        .select_related("organisation")
    )
    for post in rows:
        if not post.organisation.active:
            continue
        overseen = [relation.unit_id for relation in post.organisation.oversees.all()]
        found.append((Role(post.role), post.organisation_id, Scope(post.scope), overseen))
    user._posts_in_force = found  # type: ignore[attr-defined]
    return found


def roles_of(user: Any) -> frozenset[Role]:
    """The roles that an account holds today."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return frozenset()
    return frozenset(role for role, *_ in posts_of(user))


def permissions_of(user: Any) -> frozenset[Permission]:
    """Everything that an account may do somewhere."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles_of(user)))


def reach_of(user: Any, permission: Permission | str) -> Reach:
    """Where ``user`` may do ``permission``; empty when nowhere or when nobody is signed in."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Reach(everything=False, keys=frozenset())
    wanted = Permission(permission)
    keys: set[int] = set()
    for role, unit, scope, overseen in posts_of(user):
        if wanted not in ROLE_PERMISSIONS[role]:
            continue
        match scope:
            case Scope.ALL:
                return Reach(everything=True, keys=frozenset())
            case Scope.OWN:
                keys.add(-user.pk)
            case Scope.UNIT:
                keys.add(DIRECT + unit)
            case Scope.UNIT_BELOW:
                keys.update(overseen or [unit])
    return Reach(everything=False, keys=frozenset(keys))


def scope_keys(unit_ancestors: Iterable[int], unit: int, keepers: Iterable[int]) -> list[int]:
    """The keys to write on a person: units from the root down, the unit itself, the keepers."""
    return [*unit_ancestors, DIRECT + unit, *sorted(-account for account in set(keepers))]


class ScopedQuerySet(models.QuerySet):
    """A queryset on persons, or on what belongs to one, that refuses to run unscoped in a request.

    A relation followed from a row that is itself a person's (``case.person``, ``person.cases``)
    needs no second scope: who sees a person's row sees that person's rows. A row without a person
    (a shared fence) opens only what belongs to itself (its versions), not the persons around it.

    A queryset combined from several is scoped when all its parts are. What is not caught here,
    because it is never evaluated as a queryset of a person's model: a join written on another
    model (``Organisation.objects.values("persons__name")``).
    """

    _scoped = False
    _reason = ""  # given to unscoped(); never set by visible_to()

    def visible_to(self, user: Any, permission: Permission | str = Permission.PERSON_READ) -> Self:
        """Only the rows that ``user`` may reach with ``permission``."""
        reach = reach_of(user, permission)
        if not reach:
            found = self.none()
        elif reach.everything:
            found = self.all()
        else:
            path = _path_of(self.model)
            field = f"{path}__scope_keys" if path else "scope_keys"
            found = self.filter(**{f"{field}__overlap": sorted(reach.keys)})
        found._scoped = True
        return found

    def unscoped(self, reason: str) -> Self:
        """For services and shell parts alone, each with a reason that a reader can weigh."""
        if not reason:
            raise ValueError("unscoped() needs a reason.")
        found = self.all()
        found._scoped = True
        found._reason = reason
        return found

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone._scoped = self._scoped
        clone._reason = self._reason
        return clone

    def _combinator_query(self, combinator: str, *others: Any, all: bool = False) -> Self:
        found = super()._combinator_query(combinator, *others, all=all)  # type: ignore[misc]
        return self._combined(found, *others)

    def __or__(self, other: Any) -> Self:
        return self._combined(super().__or__(other), other)

    def __xor__(self, other: Any) -> Self:
        return self._combined(super().__xor__(other), other)

    def __and__(self, other: Any) -> Self:
        found = super().__and__(other)
        # What lies in both lies in the scoped one.
        found._scoped = self._scoped or getattr(other, "_scoped", False)
        return found

    def _combined(self, found: Self, *others: Any) -> Self:
        """Scoped when every part is; a relation's origin vouches for its own part alone."""
        if found is self or any(found is other for other in others):
            return found  # the other parts are empty
        parts = (self, *others)
        found._scoped = all(part._is_safe() for part in parts)
        if not found._scoped:
            found._hints = {}  # type: ignore[attr-defined]
        return found

    def _is_safe(self) -> bool:
        return self._scoped or self.query.is_empty() or self._belongs_to_its_origin()

    def _belongs_to_its_origin(self) -> bool:
        origin = (getattr(self, "_hints", None) or {}).get("instance")
        if not isinstance(origin, ScopedModel):
            return False
        step = origin.scope_path.partition("__")[0]
        if not step or getattr(origin, f"{step}_id") is not None:
            return True
        # A row without a person. Its own parts are reached through it; others are somebody's.
        onward = _path_of(self.model).partition("__")[0]
        parent = self.model._meta.get_field(onward).related_model if onward else None
        return self.model is type(origin) or parent is type(origin)

    def _check(self) -> None:
        if not _guarded.get() or self._is_safe():
            return
        raise NotScoped(
            f"A query on {self.model.__name__} ran in a request without .visible_to(user). "
            "Scope it, or take the rows from a service that names its reason."
        )

    def _fetch_all(self) -> None:
        self._check()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return super().iterator(*args, **kwargs)

    def aiterator(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return super().aiterator(*args, **kwargs)

    def explain(self, *args: Any, **kwargs: Any) -> str:
        self._check()
        return super().explain(*args, **kwargs)

    def raw(self, raw_query: Any, *args: Any, **kwargs: Any) -> Any:
        """Written SQL knows no scope, whatever came before it: only ``unscoped(reason)`` opens it."""
        if _guarded.get() and not self._reason:
            raise NotScoped(
                f"raw() on {self.model.__name__} ran in a request: visible_to(user) does not reach "
                "into written SQL. Move it into a service that names its reason."
            )
        return super().raw(raw_query, *args, **kwargs)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        # As the right side of another query: that one shows what this one chose.
        self._check()
        return super().resolve_expression(*args, **kwargs)

    def count(self) -> int:
        self._check()
        return super().count()

    def exists(self) -> bool:
        self._check()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._check()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._check()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._check()
        return super().delete()

    # As Django's own: a manager has none, so that nobody deletes a whole table by a slip.
    delete.queryset_only = True  # type: ignore[attr-defined]


def _path_of(model: Any) -> str:
    path: str = model.scope_path
    return path


ScopedManager = models.Manager.from_queryset(ScopedQuerySet)


class ScopedModel(models.Model):
    """Base of every model that bears a person's data. ``scope_path`` leads to the person."""

    scope_path = "person"

    objects = ScopedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_manager_name = "objects"

    def reachable_by(
        self, user: Any, permission: Permission | str = Permission.PERSON_READ
    ) -> bool:
        """The object check beside the queryset's: may ``user`` do ``permission`` to this row?"""
        owner: Any = self
        for step in filter(None, self.scope_path.split("__")):
            owner = getattr(owner, step)
        return reach_of(user, permission).covers(owner.scope_keys)

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        # Django's save() updates through the base manager; a write of one row by its key, made by
        # a service, is not a read.
        with unguarded():
            super().save_base(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        # The rows that go with it are looked up by their key, shown to nobody.
        with unguarded():
            return super().delete(*args, **kwargs)
