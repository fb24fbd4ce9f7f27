"""Fences to read: the list, one with its versions, and its times in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q
from django.utils.translation import gettext as _

from guitu.base.roles import Permission
from guitu.engine.timetable import DAY_MIN, WEEK_MIN
from guitu.tracking.models import Fence, FenceVersion
from guitu.tracking.queries.evidence import rings_of
from guitu.tracking.rules import shape_of
from guitu.tracking.services.acts import WHY
from guitu.ui import words
from guitu.ui.svgmap import Area as DrawnArea

_DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


@dataclass(frozen=True, slots=True)
class FenceLine:
    """A fence with its version of now."""

    fence: Fence
    version: FenceVersion
    hours: str
    where: str
    in_force: bool


def visible_fences(user: Any, permission: Permission = Permission.TRACK_READ) -> Any:
    """Fences in scope, with the version of now and what a line shows."""
    now = FenceVersion.objects.unscoped(WHY).filter(applied_until__isnull=True)
    return (
        Fence.objects.visible_to(user, permission)
        .select_related("person", "organisation", "created_by")
        .defer("person__tokens", "person__photo_sealed")
        .prefetch_related(Prefetch("versions", queryset=now, to_attr="current"))
        .annotate(wearers=Count("subjects", filter=Q(subjects__until__isnull=True)))
    )


def line_of(fence: Fence, *, now: datetime) -> FenceLine:
    """A line of the list; ``fence.current`` holds the one version that applies."""
    version: FenceVersion = fence.current[0]  # type: ignore[attr-defined]
    return FenceLine(
        fence=fence,
        version=version,
        hours=hours_in_words(version.timetable),
        where=shape_in_words(version),
        in_force=fence.retired_at is None
        and (version.valid_from is None or version.valid_from <= now)
        and (version.valid_to is None or version.valid_to > now),
    )


def shape_in_words(version: FenceVersion) -> str:
    """半径500米的圆; 12个点的多边形; 鼓楼区."""
    if version.shape == "area":
        from guitu.people.wording import english
        from guitu.ui.boundaries import districts

        found = next((d for d in districts() if d.code == version.area_code), None)
        if found:
            return found.name_en if english() else found.name
        return _("行政区域%(code)s") % {"code": version.area_code}
    if version.shape == "circle":
        return _("半径%(r)s的圆") % {"r": words.distance(version.geometry["radius_m"])}
    shape = shape_of(version.geometry)
    count = sum(len(ring) for ring in rings_of(shape))
    return _("%(n)d个点的多边形") % {"n": count}


def clock(minute: int) -> str:
    """Minutes of the day as 22:00; the end of the day is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def hours_in_words(timetable: dict[str, Any]) -> str:
    """一直; 每天22:00—次日06:00; 周一至周五 …; and how many dates are different."""
    if not timetable:
        return _("一直生效")
    weekly = [tuple(part) for part in timetable.get("weekly", [])]
    parts: list[str] = []
    if weekly == [(0, WEEK_MIN)]:
        parts.append(_("一直生效"))
    elif not weekly:
        parts.append(_("只在列出的日期生效"))
    else:
        groups: dict[tuple[int, int], list[int]] = {}
        for start, end in weekly:
            length = (end - start) % WEEK_MIN or WEEK_MIN
            groups.setdefault((start % DAY_MIN, length), []).append(start // DAY_MIN)
        for (start, length), days in groups.items():
            end = start + length
            until = clock(end) if end <= DAY_MIN else _("次日%(t)s") % {"t": clock(end - DAY_MIN)}
            parts.append(
                _("%(days)s%(from)s—%(until)s")
                % {"days": _days(sorted(days)), "from": clock(start), "until": until}
            )
    exceptions = timetable.get("exceptions", [])
    if exceptions:
        parts.append(_("另有%(n)d个日期不同") % {"n": len(exceptions)})
    return _("，").join(parts)


def _days(days: list[int]) -> str:
    if days == list(range(7)):
        return _("每天")
    if days == list(range(5)):
        return _("工作日（周一至周五）")
    if days == [5, 6]:
        return _("周末")
    return _("、").join(_(_DAYS[day]) for day in days)


def drawn(version: FenceVersion, name: str = "") -> DrawnArea:
    """A version's outline for the plain map."""
    return DrawnArea(rings=rings_of(shape_of(version.geometry)), name=name)


def of_person(person_id: int, *, now: datetime) -> list[FenceVersion]:
    """The versions in force for one person: own fences and shared ones. The page has scoped them."""
    own = Q(fence__person_id=person_id)
    shared = Q(
        fence__subjects__person_id=person_id,
        fence__subjects__until__isnull=True,
    )
    rows = (
        FenceVersion.objects.unscoped(WHY)
        .filter(own | shared, applied_until__isnull=True, fence__retired_at__isnull=True)
        .exclude(valid_to__lte=now)
        .select_related("fence")
        .distinct()
    )
    return list(rows)
