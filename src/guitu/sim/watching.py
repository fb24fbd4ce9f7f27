"""Who wears a wristband in the demo city, on what lawful ground, and where that person lives.

Each order stands on one of the five grounds of CCL 29 with the paper that proves it and the
conduct that led to it on the timeline, is decided by the head of that county's justice bureau,
lies within the term and lasts at most three months.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from guitu.law.monitoring_order import months_within
from guitu.law.term import Term
from guitu.people.bulk import OrderRow
from guitu.people.models import EventKind
from guitu.sim.history import Lines

_PROHIBITION, _LEFT, _REFUSED, _PENALTY, _REVOCATION = 1, 2, 3, 4, 5


@dataclass(frozen=True, slots=True)
class Watched:
    """A person whom a band is put on: keys into the register, and the orders by which."""

    person_number: str
    case_number: str
    district: str
    office: int
    town: str
    centre: tuple[float, float]
    orders: tuple[OrderRow, ...]
    tour: bool

    @property
    def first_day(self) -> date:
        return self.orders[0].start

    def ends(self) -> date:
        """Last day on which a band may be worn under these orders."""
        last = self.orders[-1]
        return last.end if last.lifted_on is None else last.lifted_on - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who decides in a county, and how its papers are called."""

    bureau_head_id: int
    bureau_head: str
    sign: str  # 宁鼓矫


def grounds_open(category: str, *, prohibited: bool) -> list[int]:
    """The grounds that can fit a category; parole has no police penalty (PSL25 72[4])."""
    found = [_LEFT, _REFUSED]
    if prohibited:
        found += [_PROHIBITION, _PROHIBITION]
    if category != "03":
        found.append(_PENALTY)
    if category != "01":
        found.append(_REVOCATION)
    return found


def orders_in_force(
    rng: random.Random,
    *,
    ground: int,
    term: Term,
    signer: Signer,
    number: int,
    today: date,
    lines: Lines,
) -> tuple[OrderRow, ...]:
    """An order that is in force today, one in eight of them an extension; () if the term forbids."""
    extended = rng.random() < 0.125
    start = today - timedelta(days=rng.randint(97, 160) if extended else rng.randint(6, 78))
    start = max(start, term.first_day + timedelta(days=30))
    end = months_within(start)
    if extended and end < today - timedelta(days=2):
        if term.last_day < today + timedelta(days=12):
            return ()
        first = _order(rng, ground, start, end, signer, number, lines)
        again = end + timedelta(days=1)
        assessed = end - timedelta(days=rng.randint(2, 6))
        until = min(months_within(again), term.last_day)
        if until < today + timedelta(days=5):
            return ()
        second = OrderRow(
            number=f"{signer.sign}延字〔{again.year}〕第{number:04d}号",
            ground=ground,
            proof=first.proof,
            decided_by_id=signer.bureau_head_id,
            decided_on=assessed + timedelta(days=1),
            start=again,
            end=until,
            extends=first.number,
            assessed_on=assessed,
            reassessment="期满前评估：近一个月仍有夜间外出，确有必要继续使用，同意延长。",
        )
        _line(lines, second, signer, title="延长电子定位")
        return first, second
    until = min(end, term.last_day)
    if until < today + timedelta(days=5) or start > today - timedelta(days=2):
        return ()
    return (_order(rng, ground, start, until, signer, number, lines),)


def orders_past(
    rng: random.Random,
    *,
    ground: int,
    term: Term,
    signer: Signer,
    number: int,
    today: date,
    lines: Lines,
    lifted: bool,
) -> tuple[OrderRow, ...]:
    """An order that ended some days ago, or was lifted because it was no longer needed."""
    ended = today - timedelta(days=rng.randint(2, 20))
    start = ended - timedelta(days=rng.randint(30, 80))
    if start < term.first_day + timedelta(days=20):
        return ()
    if not lifted:
        order = _order(rng, ground, start, ended, signer, number, lines)
        lines.add(EventKind.ORDER_ENDED, ended, text=f"{order.number}期限届满。", basis="CCL 29(2)")
        return (order,)
    on = today - timedelta(days=3)
    end = min(months_within(start), term.last_day)
    if not start < on <= end:
        return ()
    order = _order(
        rng, ground, start, end, signer, number, lines,
        lifted_on=on, lifted_reason="评估认为已无继续使用的必要，及时解除。",
    )  # fmt: skip
    lines.add(
        EventKind.ORDER_ENDED, on, text=f"{order.number}自{on}起解除：{order.lifted_reason}",
        basis="CCL 29(2)",
    )  # fmt: skip
    return (order,)


def _order(
    rng: random.Random,
    ground: int,
    start: date,
    end: date,
    signer: Signer,
    number: int,
    lines: Lines,
    *,
    lifted_on: date | None = None,
    lifted_reason: str = "",
) -> OrderRow:
    proof = _conduct(rng, ground, start, signer, number, lines)
    order = OrderRow(
        number=f"{signer.sign}定字〔{start.year}〕第{number:04d}号",
        ground=ground,
        proof=proof,
        decided_by_id=signer.bureau_head_id,
        decided_on=start - timedelta(days=rng.choice((0, 0, 1))),
        start=start,
        end=end,
        lifted_on=lifted_on,
        lifted_reason=lifted_reason,
    )
    _line(lines, order, signer)
    return order


def _line(lines: Lines, order: OrderRow, signer: Signer, *, title: str = "使用电子定位") -> None:
    lines.add(
        EventKind.ORDER,
        order.start,
        title,
        f"{order.number}，{signer.bureau_head}批准，{order.start}至{order.end}",
        basis=f"CCL 29(1)[{order.ground}]",
    )


def _conduct(
    rng: random.Random, ground: int, start: date, signer: Signer, number: int, lines: Lines
) -> str:
    """What the person did, on the timeline, and the paper that proves it."""
    on = start - timedelta(days=rng.randint(2, 9))
    warning = f"《社区矫正警告决定书》（{signer.sign}警字〔{on.year}〕第{number:04d}号）"
    match ground:
        case 1:
            text = f"违反禁止令，进入禁止进入的场所，给予警告。{warning}"
            lines.add(EventKind.WARNING, on, text=text, basis="CCL 28")
            return f"{warning}、现场检查笔录"
        case 2:
            town = rng.choice(("镇江市", "马鞍山市", "滁州市", "扬州市", "常州市"))
            text = f"未经批准离开南京市前往{town}，无正当理由，给予警告。{warning}"
            lines.add(EventKind.WARNING, on, text=text, basis="CCL 28")
            return f"{warning}、谈话笔录、车票核查记录"
        case 3:
            text = f"经训诫后仍拒不按照规定报告活动情况，给予警告。{warning}"
            lines.add(
                EventKind.ADMONITION, on - timedelta(days=14), text="未按规定报告活动情况，给予训诫。",
                basis="CCL 28",
            )  # fmt: skip
            lines.add(EventKind.WARNING, on, text=text, basis="CCL 28")
            return warning
        case 4:
            paper = f"《行政处罚决定书》（{signer.sign.removesuffix('矫')}公行罚决字〔{on.year}〕{number:04d}号）"
            text = f"违反监督管理规定，由公安机关给予治安管理处罚。{paper}"
            lines.add(EventKind.POLICE_PENALTY, on, text=text, basis="CCL 28")
            return paper
        case 5:
            paper = (
                f"《拟提请撤销（收监）合议记录》（{signer.sign}议字〔{on.year}〕第{number:04d}号）"
            )
            text = f"两次警告后仍不改正，拟提请撤销或者收监执行。{warning}"
            lines.add(
                EventKind.WARNING, on - timedelta(days=35), text="违反监督管理规定，给予第一次警告。",
                basis="CCL 28",
            )  # fmt: skip
            lines.add(EventKind.WARNING, on, text=text, basis="CCL 28")
            return f"{paper}、两份警告决定书"
    raise ValueError(f"ground {ground} is none of CCL 29's five")
