"""Why an alarm was raised, as drawings and sentences: what the officer and the procurator read.

Evidence never overstates: error circles are to scale, gaps are dashed, cell fixes stand on the map
but take no part, the curve's unseen time is dashed, and all of it is said again in words.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guitu.ui import words

Source = Literal["satellite", "wifi", "cell", "unknown"]
Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class EvidenceFix:
    """A fix as it came. WGS-84 degrees; ``time`` aware; ``accuracy_m`` None when the band said none.

    ``outside`` is the engine's judgement of this fix (None where it made none); ``probability`` that
    the person was on the wrong side at that time, after this fix, 0 to 1; ``used`` is False for a
    fix that was kept but took no part.
    """

    time: datetime
    lat: float
    lon: float
    source: Source = "satellite"
    accuracy_m: float | None = None
    outside: bool | None = None
    probability: float | None = None
    used: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """What made an alarm: fixes in order of time, the fence, and the thresholds of the decision.

    ``rings`` are the fence's outlines, each a closed or open ring of (lon, lat), WGS-84; ``kind`` says
    which side is wrong. ``distance_m`` is how far on the wrong side the last fix lies. ``raised_at``
    is the moment the alarm was raised; ``gap_s`` the silence, seconds, that counts as unseen.
    ``latitude 0 ≤ sign < raise ≤ 1`` for the thresholds.
    """

    fixes: tuple[EvidenceFix, ...]
    rings: tuple[Ring, ...] = ()
    fence_name: str = ""
    kind: Literal["inclusion", "exclusion"] = "inclusion"
    raised_at: datetime | None = None
    sign_threshold: float | None = 0.60
    raise_threshold: float | None = 0.95
    distance_m: float | None = None
    gap_s: float = 600.0

    def __post_init__(self) -> None:
        if any(a.time > b.time for a, b in zip(self.fixes, self.fixes[1:], strict=False)):
            raise ValueError("the fixes of an evidence stand in order of time: sort them first")

    @property
    def placed(self) -> tuple[EvidenceFix, ...]:
        """The fixes that take part: not cells, not filtered ones."""
        return tuple(fix for fix in self.fixes if fix.used and fix.source != "cell")

    @property
    def gaps(self) -> tuple[tuple[EvidenceFix, EvidenceFix], ...]:
        """Neighbours among the placed fixes with more than ``gap_s`` of nothing between them."""
        limit = timedelta(seconds=self.gap_s)
        placed = self.placed
        return tuple((a, b) for a, b in itertools.pairwise(placed) if b.time - a.time > limit)

    @property
    def curve(self) -> tuple[EvidenceFix, ...]:
        """The placed fixes that carry a probability."""
        return tuple(fix for fix in self.placed if fix.probability is not None)


def clock(moment: datetime) -> str:
    """09:03 on Shanghai's clock."""
    return f"{words.local(moment):%H:%M}"


def says(e: Evidence) -> str:
    """The evidence in a few sentences, from the same values as the drawings."""
    parts: list[str] = []
    placed = e.placed
    if not placed:
        return _("没有可用的定位点。")
    inside = [fix for fix in placed if fix.outside is False]
    tail: list[EvidenceFix] = []
    for fix in reversed(placed):
        if not fix.outside:
            break
        tail.insert(0, fix)
    right = _("围栏内") if e.kind == "inclusion" else _("围栏外")
    wrong = _("围栏外") if e.kind == "inclusion" else _("围栏内")
    if inside:
        parts.append(
            ngettext(
                "%(from)s至%(to)s的%(n)d个点在%(where)s。",
                "%(from)s至%(to)s的%(n)d个点在%(where)s。",
                len(inside),
            )
            % {
                "from": clock(inside[0].time),
                "to": clock(inside[-1].time),
                "n": len(inside),
                "where": right,
            }
        )
    for a, b in e.gaps:
        parts.append(
            _("%(from)s至%(to)s没有信号，共%(span)s。")
            % {
                "from": clock(a.time),
                "to": clock(b.time),
                "span": words.duration((b.time - a.time).total_seconds()),
            }
        )
    if tail:
        parts.append(
            ngettext(
                "%(from)s起连续%(n)d个点在%(where)s。",
                "%(from)s起连续%(n)d个点在%(where)s。",
                len(tail),
            )
            % {"from": clock(tail[0].time), "n": len(tail), "where": wrong}
        )
        parts.append(_last_fix(e, tail[-1]))
    last = next((fix for fix in reversed(e.curve)), None)
    if e.raised_at and e.raise_threshold is not None and last is not None:
        parts.append(
            _("概率%(at)s过%(limit).2f，发出告警，现在是%(now).2f。")
            % {"at": clock(e.raised_at), "limit": e.raise_threshold, "now": last.probability}
        )
    elif e.raised_at:
        parts.append(_("%(at)s发出告警。") % {"at": clock(e.raised_at)})
    return "".join(parts)


def _last_fix(e: Evidence, fix: EvidenceFix) -> str:
    source = source_word(fix.source)
    error = (
        _("误差%(error)s") % {"error": words.distance(fix.accuracy_m)}
        if fix.accuracy_m is not None
        else _("没有报误差")
    )
    if e.distance_m is None:
        return _("最近一点是%(source)s点，%(error)s。") % {"source": source, "error": error}
    return _("最近一点是%(source)s点，%(error)s，离围栏边%(far)s。") % {
        "source": source,
        "error": error,
        "far": words.distance(e.distance_m),
    }


def source_word(source: Source) -> str:
    """卫星, Wi-Fi, 基站."""
    return {
        "satellite": _("卫星"),
        "wifi": "Wi-Fi",
        "cell": _("基站"),
        "unknown": _("来源不明"),
    }[source]


def draw_map(e: Evidence) -> SafeString:
    """Map and legend as one figure; two drawings, for wide and narrow places."""
    from guitu.ui.evidence_map import figure

    return figure(e)


def draw_curve(e: Evidence) -> SafeString:
    """The curve as one figure; empty when no fix carries a probability."""
    from guitu.ui.evidence_curve import figure

    return figure(e)
