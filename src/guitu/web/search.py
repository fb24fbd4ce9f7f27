"""One search for everything (Ctrl-K): persons, pages, acts.

A *provider* answers one kind of thing within what the account may see. Rooms after ``people`` add
theirs with :func:`add_provider` from their ``AppConfig.ready``; ``web`` itself adds persons and
pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from guitu.base import audit
from guitu.base.access import signed_in
from guitu.base.roles import Permission
from guitu.base.scope import permissions_of
from guitu.people import queries as people
from guitu.web import navigation

_MOST_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Found:
    """One line of the answer. ``note`` stands at its end, quietly; ``category`` draws its mark."""

    label: str
    url: str
    note: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """``find(user, text)`` gives a few lines, already within the account's scope.

    ``personal``: its answers are about persons, so that the search leaves an audit row.
    """

    key: str
    title: Any
    find: Callable[[Any, str], list[Found]]
    personal: bool = False


_providers: dict[str, Provider] = {}


def add_provider(provider: Provider) -> None:
    """Let a room's things be found. Raises ``ValueError`` when the key is taken."""
    if provider.key in _providers and _providers[provider.key] != provider:
        raise ValueError(f"Two search providers are called {provider.key!r}: rename one.")
    _providers[provider.key] = provider


def _persons(user: Any, text: str) -> list[Found]:
    if Permission.PERSON_READ not in permissions_of(user):
        return []
    return [
        Found(hit.name, hit.url, f"{hit.office} {hit.number}", hit.category)
        for hit in people.find(user, text, limit=8)
    ]


def _pages(user: Any, text: str) -> list[Found]:
    wanted = text.casefold()
    return [
        Found(str(entry.label), entry.url)
        for entry in navigation.entries_of(user)
        if wanted in str(entry.label).casefold() or any(wanted in word for word in entry.words)
    ]


add_provider(Provider("persons", _("人员"), _persons, personal=True))
add_provider(Provider("pages", _("页面"), _pages))


@signed_in
def search(request: HttpRequest) -> HttpResponse:
    """GET ``q``: a fragment for the dialog, a page without scripts."""
    text = request.GET.get("q", "").strip()[:_MOST_CHARACTERS]
    groups: list[tuple[str, list[Found]]] = []
    if text:
        personal = 0
        with transaction.atomic():
            for provider in _providers.values():
                found = provider.find(request.user, text)
                personal += len(found) if provider.personal else 0
                if found:
                    groups.append((str(provider.title), found))
            # What was typed may be an identity number: the audit keeps its length alone.
            if personal:
                audit.record("search", characters=len(text), persons=personal)
    template = "web/_found.html" if request.headers.get("HX-Request") else "web/search.html"
    return render(request, template, {"groups": groups, "text": text})
