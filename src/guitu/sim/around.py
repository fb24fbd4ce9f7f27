"""Around a person of the demo city: the team, the contacts, and when reports last came in."""

from __future__ import annotations

import random
from datetime import date, timedelta

from guitu.base.models import Account
from guitu.law.term import Term
from guitu.people.bulk import ContactRow, TeamRow
from guitu.people.judgment import Judgment
from guitu.people.models import EventKind
from guitu.sim import names, sentences
from guitu.sim.history import Lines


def team(
    rng: random.Random,
    lines: Lines,
    *,
    officer: Account,
    worker: Account | None,
    since: date,
    woman: bool,
    minor: bool,
    whole: bool,
) -> tuple[TeamRow, ...]:
    """Officer, community, family or work, often a social worker (``whole``: always).

    A woman in a woman's team (CCL 25), somebody versed in minors in a minor's (CCL 52).
    """
    lines.add(EventKind.TEAM, since, text="组成矫正小组，签订责任书。", basis="CCL 25")

    def member(role: str, *, female: bool, versed: bool = False) -> TeamRow:
        return TeamRow(
            role=role, name=names.personal_name(rng, woman=female), sex="2" if female else "1",
            knows_minors=versed, since=since,
        )  # fmt: skip

    leader = TeamRow(role="leader", name=officer.name, sex="1", account_id=officer.pk, since=since)
    rows = [leader, member("community", female=woman or rng.random() < 0.6, versed=minor)]
    if minor:
        rows.append(member("guardian", female=rng.random() < 0.5))
    elif rng.random() < 0.75:
        rows.append(member("family", female=not woman))
    else:
        rows.append(member("work", female=rng.random() < 0.3))
    if worker is not None and (rng.random() < 0.35 or whole):
        rows.append(
            TeamRow(
                role="social_worker", name=worker.name, sex="2", account_id=worker.pk, since=since
            )
        )
    return tuple(rows)


def contacts(
    rng: random.Random, *, index: int, town: str, woman: bool, minor: bool, guarantor: bool
) -> tuple[ContactRow, ...]:
    """Somebody of the family, who also vouches for who serves outside prison, and often work."""
    relation = "母亲" if minor else rng.choice(("配偶", "父亲", "母亲", "子女", "兄弟姐妹"))
    female = relation == "母亲" or (relation == "配偶" and not woman)
    rows = [
        ContactRow(
            relation=relation, name=names.personal_name(rng, woman=female),
            phone=names.mobile(60_000_000 + index * 2), guarantor=guarantor,
        )
    ]  # fmt: skip
    if rng.random() < 0.3:
        rows.append(
            ContactRow(
                relation="工作单位", name=f"{town}归途物业（演示）",
                phone=names.landline(1_000_000 + index),
            )
        )  # fmt: skip
    return tuple(rows)


class Reports:
    """When reports last came in, so that few are overdue and some are due about now."""

    def __init__(
        self, rng: random.Random, judged: Judgment, term: Term, received: date, until: date,
        level: str,
    ) -> None:  # fmt: skip
        def lately(days: int, late: float) -> date | None:
            back = rng.randint(0, days - 1) + (rng.randint(1, 9) if rng.random() < late else 0)
            day = until - timedelta(days=back)
            return day if day > received else None

        interval = {"strict": 7, "ordinary": 14, "lenient": 28}[level]
        self.last_report = lately(interval, 0.02)
        outside = judged.category == sentences.OUTSIDE
        self.last_body = lately(28, 0.03) if outside else None
        self.last_review = lately(85, 0.03) if judged.released_for_treatment else None
        days_left = (term.last_day - until).days
        self.summary = (
            until - timedelta(days=rng.randint(0, 3))
            if days_left < 26 and rng.random() < 0.8
            else None
        )
