"""Invented persons and moments for the living page; nobody and nothing here is real."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from guitu.ui.components import TimelineItem
from guitu.ui.evidence import Evidence, EvidenceFix
from guitu.ui.svgmap import Area, Dot, PlainMap, Trace
from guitu.ui.termbar import TermBar

TODAY = date(2026, 11, 24)


def term() -> TermBar:
    """A probation with a warning behind it and a positioning decision on it."""
    return TermBar(
        date(2026, 3, 12),
        TODAY,
        date(2028, 3, 11),
        spans=[(date(2026, 9, 22), date(2026, 12, 21), "电子定位")],
        events=[
            (date(2026, 3, 20), "other", "入矫宣告"),
            (date(2026, 7, 6), "other", "训诫"),
            (date(2026, 9, 18), "warning", "警告"),
            (date(2028, 2, 10), "other", "个人总结"),
        ],
    )


def small_terms() -> list[tuple[str, TermBar]]:
    """Bars as lists have them."""
    return [
        ("列表 84×14", term()),
        ("没有处分", TermBar(date(2026, 1, 5), TODAY, date(2027, 7, 4))),
        ("快到期", TermBar(date(2025, 1, 5), TODAY, date(2026, 12, 30))),
        ("刚开始", TermBar(date(2026, 11, 20), TODAY, date(2028, 11, 19))),
    ]


def fence() -> tuple[tuple[float, float], ...]:
    """An invented fence whose eastern side is crossed."""
    return (
        (118.760, 31.900), (118.8480, 31.900), (118.8472, 31.9340), (118.8455, 31.9420),
        (118.8480, 31.9480), (118.8492, 31.9530), (118.8470, 31.9580), (118.8478, 31.9660),
        (118.8478, 31.990), (118.760, 31.990),
    )  # fmt: skip


def evidence() -> Evidence:
    """A breach: inside, sixteen minutes unseen, then four fixes outside."""
    start = datetime(2026, 11, 24, 0, 16, tzinfo=UTC)

    def fix(
        minute: int,
        at: tuple[float, float],
        probability: float,
        *,
        source: str = "satellite",
        error_m: float = 40,
        outside: bool = False,
    ) -> EvidenceFix:
        lat, lon = at
        time = start + timedelta(minutes=minute)
        return EvidenceFix(time, lat, lon, source, error_m, outside, probability)  # type: ignore[arg-type]

    fixes = (
        fix(0, (31.9430, 118.8240), 0.01),
        fix(6, (31.9445, 118.8288), 0.01),
        fix(12, (31.9458, 118.8334), 0.02),
        fix(18, (31.9475, 118.8376), 0.05, source="wifi", error_m=95),
        fix(25, (31.9485, 118.8414), 0.06),
        EvidenceFix(
            start + timedelta(minutes=36), 31.9460, 118.8464, "cell", 480, None, None, False
        ),
        fix(41, (31.9506, 118.8498), 0.66, source="wifi", error_m=90, outside=True),
        fix(44, (31.9517, 118.8531), 0.86, outside=True),
        fix(47, (31.9532, 118.8557), 0.97, outside=True),
        fix(52, (31.9554, 118.8580), 0.99, outside=True),
    )
    return Evidence(
        fixes,
        rings=(fence(),),
        fence_name="南京市界",
        raised_at=start + timedelta(minutes=47),
        distance_m=1100,
    )


def timeline() -> list[TimelineItem]:
    """Three lines of a life."""
    return [
        TimelineItem(
            datetime(2026, 11, 24, 1, 3, tzinfo=UTC), "越界告警", "离开南京市界1.1公里。周岚接手。", alarm=True
        ),
        TimelineItem(
            datetime(2026, 11, 20, 7, 10, tzinfo=UTC), "当面报告", "谈工作变动：换到江宁一家物流公司，白班。"
        ),
        TimelineItem(date(2026, 11, 15), "公益活动", "社区图书室整理，2小时。", basis="社矫法第42条"),
    ]  # fmt: skip


def plain_map() -> PlainMap:
    """The whole city with invented people in it."""
    start = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    trace = Trace(
        tuple(
            (start + timedelta(minutes=m), lat, lon)
            for m, lat, lon in (
                (0, 32.06, 118.77), (5, 32.04, 118.80), (10, 32.00, 118.83), (40, 31.95, 118.84),
            )
        )
    )  # fmt: skip
    dots = (
        Dot(31.95, 118.84, "satellite", 30, False, "顾怀远"),
        Dot(32.16, 118.70, "wifi", 200, False, "吴敏"),
        Dot(31.65, 119.02, "cell", 1500, False, "李萍"),
        Dot(32.32, 118.98, "satellite", 60, True, "何思源"),
    )
    return PlainMap(dots=dots, traces=(trace,), areas=(Area((fence(),)),), width=660, height=460)
