"""The rail: what an account's posts let it do, in the order of a working day."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from guitu.base.roles import Permission as P
from guitu.base.scope import permissions_of
from guitu.ui.nav import NavGroup, NavItem


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the rail. ``under`` are view-name beginnings for which it is the current one.

    ``count`` gives its figure from the account; ``words`` are further words by which search finds it.
    """

    label: Any
    view: str
    needs: frozenset[P]
    under: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    count: Callable[[Any], int | None] | None = None
    alarm: bool = False

    @property
    def url(self) -> str:
        return reverse(self.view)


def _persons(user: Any) -> int | None:
    from guitu.people import queries

    return queries.count_of(user)


def _alarms(user: Any) -> int | None:
    from guitu.tracking import queries

    return queries.open_count(user)


def _any(*permissions: P) -> frozenset[P]:
    return frozenset(permissions)


GROUPS: tuple[tuple[Entry, ...], ...] = (
    (
        Entry(_("今天"), "workbench", frozenset(), ("workbench",), ("workbench", "today")),
        Entry(
            _("人员"), "people:list", _any(P.PERSON_READ), ("people:",), ("person",), _persons
        ),
        Entry(
            _("告警"), "tracking:alarms", _any(P.ALARM_READ), ("tracking:alarm",), ("alarm",),
            _alarms, alarm=True,
        ),
        Entry(_("地图"), "tracking:map", _any(P.TRACK_READ), ("tracking:map",), ("map",)),
    ),
    (
        Entry(
            _("定位决定"), "people:orders", _any(P.ORDER_READ), ("people:order",),
            ("order", "电子定位", "monitoring"),
        ),
        Entry(_("围栏"), "tracking:fences", _any(P.TRACK_READ), ("tracking:fence",), ("fence",)),
        Entry(
            _("设备"), "tracking:devices", _any(P.DEVICE_READ),
            ("tracking:device", "tracking:quarantine"), ("device", "手环", "wristband"),
        ),
    ),
    (
        Entry(
            _("机构"), "base:organisations", _any(P.ORGANISATION_WRITE),
            ("base:organisation",), ("organisation", "司法所"),
        ),
        Entry(
            _("账号"), "base:accounts", _any(P.ACCOUNT_READ), ("base:account", "base:post"),
            ("account", "用户", "岗位"),
        ),
        Entry(_("参数"), "base:settings", _any(P.SETTING_READ), ("base:settings",), ("settings",)),
        Entry(_("审计"), "base:audit", _any(P.AUDIT_READ), ("base:audit",), ("audit",)),
    ),
)  # fmt: skip


def entries_of(user: Any) -> list[Entry]:
    """The pages that ``user`` may open, in the rail's order."""
    held = permissions_of(user)
    return [e for group in GROUPS for e in group if not e.needs or e.needs & held]


def groups_of(user: Any, view_name: str) -> tuple[NavGroup, ...]:
    """The rail of ``user``, the entry of ``view_name`` marked as current."""
    held = permissions_of(user)
    # The longest beginning wins: people:order… is the orders' page, not the persons'.
    matches = [
        (len(start), e.view)
        for group in GROUPS
        for e in group
        for start in e.under
        if view_name.startswith(start)
    ]
    current = max(matches)[1] if matches else ""
    rail = []
    for group in GROUPS:
        items = tuple(
            NavItem(
                label=str(e.label),
                url=e.url,
                count=e.count(user) if e.count else None,
                tone="alarm" if e.alarm else "quiet",
                current=e.view == current,
                live="alarms" if e.alarm else "",
            )
            for e in group
            if not e.needs or e.needs & held
        )
        if items:
            rail.append(NavGroup(items))
    return tuple(rail)
