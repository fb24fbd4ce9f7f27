"""Where rooms that stand after ``people`` add to its pages, so that it need not know them.

Each registry is filled once, in the ``ready()`` of a later room's application.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

if TYPE_CHECKING:
    from guitu.people.models import Case, Person

PanelContext = Callable[[HttpRequest, "Person", "Case | None"], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the person page: shown to whoever holds ``permission`` for that person.

    ``context`` answers with what ``template`` needs, or None when there is nothing to show.
    """

    key: str
    title: str
    template: str
    context: PanelContext
    permission: str = "person.read"
    order: int = 10


@dataclass(frozen=True, slots=True)
class Notice:
    """The one urgent thing about a person, e.g. an open alarm; ``kind`` is a state of the ui."""

    kind: str
    text: str
    detail: str = ""
    url: str = ""
    action: str = ""


_panels: dict[str, Panel] = {}
_notices: list[Callable[[list[int]], dict[int, Notice]]] = []
_wearing: list[Callable[[list[int]], set[int]]] = []
_order_listeners: list[Callable[[int], None]] = []


def add_panel(panel: Panel) -> None:
    """Add a panel, or put another in its place under the same key."""
    _panels[panel.key] = panel


def panels() -> list[Panel]:
    """All panels in their order."""
    return sorted(_panels.values(), key=lambda panel: (panel.order, panel.key))


def add_person_notice(source: Callable[[list[int]], dict[int, Notice]]) -> None:
    """``source`` answers, for ids of persons, which of them have something urgent."""
    if source not in _notices:
        _notices.append(source)


def notices_of(person_ids: Iterable[int]) -> dict[int, Notice]:
    """The urgent thing about each of these persons; the first source that has one is heard."""
    wanted = list(person_ids)
    found: dict[int, Notice] = {}
    for source in _notices if wanted else ():
        for person_id, notice in source(wanted).items():
            found.setdefault(person_id, notice)
    return found


def add_wearing_source(source: Callable[[list[int]], set[int]]) -> None:
    """``source`` answers, for ids of cases, on which of them a device is worn now."""
    if source not in _wearing:
        _wearing.append(source)


def worn_on(case_ids: Iterable[int]) -> set[int]:
    """Which of these cases wear a device now."""
    wanted = list(case_ids)
    found: set[int] = set()
    for source in _wearing if wanted else ():
        found |= source(wanted)
    return found


def add_order_listener(listener: Callable[[int], None]) -> None:
    """``listener`` is called with a case's id once a change of its orders' days is committed."""
    if listener not in _order_listeners:
        _order_listeners.append(listener)


def orders_changed(case_id: int) -> None:
    """Tell the listeners; called by services after commit."""
    for listener in _order_listeners:
        listener(case_id)
