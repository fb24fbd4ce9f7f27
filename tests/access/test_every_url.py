"""Every address × every role × own and foreign county × method, from the URL table itself.

A new page without a rule fails here, and so does a new address with arguments but no example in
its room's ``access_examples``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from guitu.base import access_examples as base_examples
from guitu.base.middleware import declared_access
from guitu.base.roles import PERSONAL, Permission
from guitu.base.scope import ScopedModel, permissions_of
from guitu.people import access_examples as people_examples
from guitu.tracking import access_examples as tracking_examples

pytestmark = pytest.mark.django_db

METHODS = ("get", "head", "post", "put", "delete")
#: Views of libraries and of nobody: each has a rule of its own, tested with sign-in.
ROOMS = (tracking_examples, people_examples, base_examples)


@dataclass(frozen=True, slots=True)
class Address:
    """One row of the URL table."""

    name: str
    view: Any
    has_arguments: bool

    @property
    def access(self) -> Any:
        """What the view says of who may open it."""
        return declared_access(self.view)


def table(resolver: URLResolver | None = None, space: str = "") -> Iterator[Address]:
    """All addresses, with their full names."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from table(entry, inner)
        elif isinstance(entry, URLPattern):
            yield Address(
                f"{space}{entry.name}", entry.callback, bool(entry.pattern.regex.groupindex)
            )


def examples(cast: Any, *, foreign: bool) -> dict[str, dict[str, Any]]:
    """The examples of all rooms; tracking first, since it makes the order that people shows."""
    found: dict[str, dict[str, Any]] = {}
    for room in ROOMS:
        found |= room.examples(cast, foreign=foreign)
    return found


def answer(client: Any, account: Any, method: str, url: str) -> int:
    """The status that ``account`` gets (None: nobody is signed in)."""
    if account is None:
        client.logout()
    elif client.session.get("_auth_user_id") != str(account.pk):
        client.force_login(account, backend="guitu.base.backends.AccountBackend")
    return getattr(client, method)(url).status_code


def test_every_view_says_who_may_open_it():
    silent = [address.name for address in table() if address.access is None]
    assert silent == []


def test_every_address_with_arguments_has_an_example(cast):
    known = examples(cast, foreign=False)
    lacking = [a.name for a in table() if a.has_arguments and a.name not in known]
    assert lacking == []


def test_nobody_gets_past_sign_in(client, cast):
    known = examples(cast, foreign=False)
    wrong = []
    for address in table():
        if address.access in ("public", "library"):
            continue
        url = reverse(address.name, kwargs=known.get(address.name, {}))
        for method in METHODS:
            status = answer(client, None, method, url)
            if status not in (302, 403, 405):
                wrong.append(f"{method} {address.name}: {status}")
    assert wrong == []


def test_a_role_without_the_permission_never_gets_in_and_nothing_breaks(client, cast):
    known = examples(cast, foreign=False)
    wrong = []
    for address in table():
        if not isinstance(address.access, frozenset):
            continue
        url = reverse(address.name, kwargs=known.get(address.name, {}))
        for name, account in cast.accounts.items():
            allowed = not address.access.isdisjoint(permissions_of(account))
            for method in METHODS:
                status = answer(client, account, method, url)
                if status >= 500:
                    wrong.append(f"{name} {method} {address.name}: {status}")
                elif not allowed and status not in (403, 405):
                    wrong.append(f"{name} {method} {address.name}: {status}, has no permission")
    assert wrong == []


def test_a_foreign_county_is_not_found(client, cast):
    foreign = examples(cast, foreign=True)
    own = [
        cast.officer, cast.office_head, cast.body_officer, cast.body_head, cast.bureau_head,
        cast.duty_operator, cast.social_worker, cast.procurator,
    ]  # fmt: skip
    wrong = []
    for address in table():
        if address.name not in foreign:
            continue
        url = reverse(address.name, kwargs=foreign[address.name])
        for account in own:
            for method in METHODS:
                status = answer(client, account, method, url)
                may = isinstance(address.access, frozenset) and not address.access.isdisjoint(
                    permissions_of(account)
                )
                if status not in ((404, 405) if may else (403, 405)):
                    wrong.append(f"{account.username} {method} {address.name}: {status}")
    assert wrong == []


def test_no_administrator_opens_a_page_about_persons(client, cast):
    known = examples(cast, foreign=False)
    wrong = []
    for address in table():
        if not isinstance(address.access, frozenset) or not address.access <= PERSONAL:
            continue
        url = reverse(address.name, kwargs=known.get(address.name, {}))
        for name in ("administrator", "security_officer", "auditor"):
            status = answer(client, getattr(cast, name), "get", url)
            if status not in (403, 405):
                wrong.append(f"{name} {address.name}: {status}")
    assert wrong == []


def _scoped_models() -> list[type[ScopedModel]]:
    from django.apps import apps

    return [model for model in apps.get_models() if issubclass(model, ScopedModel)]


@pytest.mark.parametrize("permission", sorted(PERSONAL))
def test_the_queryset_and_the_object_check_agree(cast, permission: Permission):
    examples(cast, foreign=False)
    examples(cast, foreign=True)
    wrong = []
    for model in _scoped_models():
        rows = list(model.objects.unscoped("the test compares all rows")[:200])
        for name, account in cast.accounts.items():
            seen = set(model.objects.visible_to(account, permission).values_list("pk", flat=True))
            wrong += [
                f"{name} {model.__name__} {row.pk}"
                for row in rows
                if (row.pk in seen) != row.reachable_by(account, permission)
            ]
    assert wrong == []
