"""The rail's entries: what a role does, made by the front door and drawn by ``ui/page.html``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["quiet", "alarm"]


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry: ``count`` is shown when it is not None; the tone ``alarm`` makes it cinnabar.

    ``live`` names the figure that ``live.js`` may update in place (``alarms`` or empty).
    """

    label: str
    url: str
    count: int | None = None
    tone: Tone = "quiet"
    current: bool = False
    live: str = ""


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries that stand together; groups are parted by space, not by headings."""

    items: tuple[NavItem, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """Who is signed in, at the foot of the rail, with the way to the own account and out."""

    name: str
    place: str
    account_url: str = ""
    sign_out_url: str = ""


def dock(groups: tuple[NavGroup, ...], *, places: int = 4) -> tuple[NavItem, ...]:
    """The entries of a phone's bottom bar: the first ones, the current one always among them."""
    items = [item for group in groups for item in group.items]
    first = items[:places]
    current = next((item for item in items if item.current), None)
    if current is not None and current not in first and first:
        first[-1] = current
    return tuple(first)
