"""What happened to a person in two years: the timeline lines that a register would hold."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from guitu.people.bulk import EventRow
from guitu.people.models import EventKind
from guitu.sim.civil import local

_TOPICS = (
    "宪法与民法典常识", "网络诈骗的识别与防范", "道路交通安全", "心理调适与情绪管理", "社区矫正法解读",
    "禁毒教育", "就业政策与技能培训", "家庭关系与亲子沟通", "反有组织犯罪法", "消防安全常识",
)  # fmt: skip
_SERVICES = (
    "社区环境整治",
    "敬老院助老服务",
    "文明交通劝导",
    "图书馆整理书籍",
    "防汛物资搬运",
    "植树护绿",
)
_VISITS = (
    "到其住所走访，家中有人，生活稳定。",
    "走访其工作单位，负责人反映表现正常。",
    "与其家属谈话，了解近期思想和生活情况。",
    "向居委会了解情况，邻里关系融洽。",
)
_REPORTS = (
    "书面报告本期遵守法律法规、工作和生活情况。",
    "当面报告近期活动情况，无外出。",
    "报告近期工作变动和家庭情况。",
    "报告学习教育和公益活动参加情况。",
)


class Lines:
    """The timeline lines of one case, written by its officer."""

    def __init__(
        self, rng: random.Random, *, officer_id: int | None, officer: str, today: date
    ) -> None:
        self.rng = rng
        self.rows: list[EventRow] = []
        self._by = (officer_id, officer)
        self._today = today

    def add(
        self,
        kind: EventKind,
        day: date,
        title: str = "",
        text: str = "",
        *,
        basis: str = "",
        whole_day: bool = True,
        at: datetime | None = None,
    ) -> None:
        """One line; a day that has not come is left out."""
        if day > self._today:
            return
        actor_id, actor = self._by
        self.rows.append(
            EventRow(
                kind=kind,
                at=at or local(day, 9 + self.rng.randint(0, 7), self.rng.randint(0, 59)),
                title=title,
                text=text,
                basis=basis,
                actor_id=actor_id,
                actor=actor,
                whole_day=whole_day,
            )
        )

    def sorted(self) -> tuple[EventRow, ...]:
        """In the order of time."""
        return tuple(sorted(self.rows, key=lambda row: row.at))


def every(rng: random.Random, first: date, last: date, *, days: int) -> Iterator[date]:
    """Days about so many apart, from one interval after ``first`` to ``last``."""
    day = first + timedelta(days=rng.randint(days // 2, days))
    while day <= last:
        yield day
        day += timedelta(days=max(1, days + rng.randint(-3, 3)))


def routine(lines: Lines, first: date, last: date, *, dense: bool) -> None:
    """Reports, education, service, visits and assessments between two days.

    ``dense`` False keeps the sparse tenth of them, for a city of a hundred thousand.
    """
    rng = lines.rng
    step = 1 if dense else 6
    for day in every(rng, first, last, days=30 * step):
        lines.add(EventKind.REPORT, day, text=rng.choice(_REPORTS), basis="CCL 23")
    for day in every(rng, first, last, days=61 * step):
        topic = rng.choice(_TOPICS)
        lines.add(EventKind.EDUCATION, day, title=topic, text=f"参加集中教育：{topic}，2学时。")
    for day in every(rng, first, last, days=75 * step):
        what = rng.choice(_SERVICES)
        lines.add(EventKind.SERVICE, day, title=what, text=f"参加公益活动：{what}，2小时。")
    for day in every(rng, first, last, days=90 * step):
        lines.add(EventKind.VISIT, day, text=rng.choice(_VISITS))
    for day in every(rng, first, last, days=91 * step):
        word = rng.choices(("合格", "良好", "基本合格"), (70, 25, 5))[0]
        lines.add(EventKind.ASSESSMENT, day, title=f"季度考核：{word}", basis="CCL 28")
