"""The monitoring order (使用电子定位装置决定): what makes one lawful, and when it is in force.

CCL 29: one of five grounds, decided by the head of the county justice bureau, at most three
months, each extension likewise and only after an assessment. An order with any defect is never
in force, so that no position is accepted on its strength.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

from guitu.law.articles import article, articles
from guitu.law.grounds_of_monitoring import ConductFacts, Ground, ground_is_open
from guitu.law.length import Length
from guitu.law.reasons import Answer, Reason
from guitu.law.terms.arithmetic import ONE_DAY, last_day
from guitu.law.words import BUREAU_HEAD, Category, Tier

LONGEST = Length(months=3)

# China keeps one zone without summer time since 1991; every order is younger.
_SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


class OrderDefect(StrEnum):
    """Why an order does not carry a device."""

    LAW_NOT_IN_FORCE = "law_not_in_force"
    NO_PROOF = "no_proof"
    WRONG_SIGNER = "wrong_signer"
    WRONG_TIER = "wrong_tier"
    NOT_DECIDED = "not_decided"
    DECIDED_AFTER_START = "decided_after_start"
    ENDS_BEFORE_START = "ends_before_start"
    LONGER_THAN_THREE_MONTHS = "longer_than_three_months"
    OUTSIDE_CASE = "outside_case"
    NO_LONGER_NEEDED = "no_longer_needed"
    EXTENSION_NOT_ASSESSED = "extension_not_assessed"
    EXTENSION_NOT_NEEDED = "extension_not_needed"
    EXTENSION_LEAVES_A_GAP = "extension_leaves_a_gap"
    EXTENSION_OVERLAPS = "extension_overlaps"
    NOT_A_CORRECTIONS_PURPOSE = "not_a_corrections_purpose"
    NOT_IN_FORCE = "not_in_force"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """What an extension stands on: the order before it and the assessment of necessity."""

    previous_last_day: date
    assessed_on: date | None
    still_needed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """An order as the register knows it; days inclusive, `lifted_on` the day it was lifted.

    `not_needed_since` is the day an assessment found no further need: from then on it must be
    lifted and carries nothing. `proof` names the paper that shows the ground. `conduct` is judged against the ground when
    it is given; None leaves the ground to the proof. `case_first_day` and `case_last_day` bound
    the correction itself where they are known.
    """

    category: Category
    ground: Ground
    proof: str
    decided_by: str  # a role of GLOSSARY: only bureau_head will do
    decided_at: Tier
    decided_on: date | None
    first_day: date
    last_day: date
    lifted_on: date | None = None
    not_needed_since: date | None = None
    extends: Extension | None = None
    conduct: ConductFacts | None = None
    case_first_day: date | None = None
    case_last_day: date | None = None


def months_within(first_day: date, months: int = 3) -> date:
    """Last lawful day of an order: three months from 15 January end on 14 April.

    Reckoned as a term (SPC 202(2) by analogy), which at a month's end is the shorter reading.
    """
    return last_day(first_day, Length(months=months))


def order_defects(order: OrderFacts) -> tuple[Reason, ...]:
    """Everything that is wrong with the order, all at once; empty means lawful."""
    found: list[Reason] = []

    def wrong(code: OrderDefect, zh: str, en: str, *keys: str) -> None:
        found.append(Reason(code, zh, en, articles(*(keys or ("CCL 29(1)",)))))

    ccl_from = article("CCL 29(1)").in_force_from
    if order.first_day < ccl_from:
        wrong(
            OrderDefect.LAW_NOT_IN_FORCE,
            f"决定自{order.first_day}起，早于《社区矫正法》施行日{ccl_from}，只能作为历史资料",
            f"from {order.first_day}, before the Law came into force on {ccl_from}: history only",
        )
    if not order.proof.strip():
        wrong(
            OrderDefect.NO_PROOF,
            f"缺少证明“{order.ground.zh}”的材料，请填写文书名称和文号",
            f"nothing shows that the person {order.ground.en}: name the paper and its number",
        )
    if order.decided_by != BUREAU_HEAD:
        wrong(
            OrderDefect.WRONG_SIGNER,
            f"应由县级司法行政部门负责人批准，现为“{order.decided_by or '空'}”",
            f"the head of the county justice bureau decides, not {order.decided_by or 'nobody'!r}",
        )
    if order.decided_at is not Tier.COUNTY:
        wrong(
            OrderDefect.WRONG_TIER,
            f"应由县级批准，现为{_TIER_ZH[order.decided_at]}",
            f"the county decides, not the {order.decided_at.value}",
        )
    if order.decided_on is None:
        wrong(OrderDefect.NOT_DECIDED, "尚未批准，请填写批准日期", "not decided yet: give the day")
    elif order.decided_on > order.first_day:
        wrong(
            OrderDefect.DECIDED_AFTER_START,
            f"批准日{order.decided_on}晚于起始日{order.first_day}，不得先用后批",
            f"decided on {order.decided_on}, after its first day {order.first_day}",
        )
    found += _days_defects(order)
    if order.extends is not None:
        found += extension_defects(order.extends, order.first_day)
    if order.conduct is not None:
        found += ground_is_open(order.ground, order.category, order.conduct)
    return tuple(found)


def extension_defects(extension: Extension, first_day: date) -> tuple[Reason, ...]:
    """What an extension lacks; the law caps each one's length, not their number; CCL 29(2)."""
    found: list[Reason] = []
    cited = articles("CCL 29(2)")
    previous = extension.previous_last_day
    if extension.assessed_on is None or extension.assessed_on > first_day:
        found.append(
            Reason(
                OrderDefect.EXTENSION_NOT_ASSESSED,
                f"延期前（{first_day}前）应当评估是否确有必要，请先评估",
                f"an extension needs an assessment by {first_day}: assess first",
                cited,
            )
        )
    if not extension.still_needed:
        found.append(
            Reason(
                OrderDefect.EXTENSION_NOT_NEEDED,
                "评估认为没有必要继续使用，不得延期",
                "the assessment found no further need: it can't be extended",
                cited,
            )
        )
    if first_day > previous + ONE_DAY:
        found.append(
            Reason(
                OrderDefect.EXTENSION_LEAVES_A_GAP,
                f"前一决定至{previous}，延期应自{previous + ONE_DAY}起；中断后须另行决定",
                f"the order before ended on {previous}: extend from {previous + ONE_DAY}, "
                "or make a new order",
                cited,
            )
        )
    if first_day <= previous:
        found.append(
            Reason(
                OrderDefect.EXTENSION_OVERLAPS,
                f"延期自{first_day}起，与前一决定（至{previous}）重叠，应自{previous + ONE_DAY}起",
                f"from {first_day} it overlaps the order before, which runs to {previous}: "
                f"begin on {previous + ONE_DAY}",
                cited,
            )
        )
    return tuple(found)


def days_in_force(order: OrderFacts) -> tuple[date, date] | None:
    """First and last day on which the order carries a device; None for an order that never does.

    Collection stops from the day of lifting or of the finding that it isn't needed, and with
    the correction itself: a case that ends early, or starts late, cuts the order short without
    making the days before unlawful.
    """
    if any(reason.code is not OrderDefect.OUTSIDE_CASE for reason in order_defects(order)):
        return None
    first, last = _days(order)
    return (first, last) if first <= last else None


def in_force(order: OrderFacts, at: date) -> bool:
    """Whether a position of that civil day (Asia/Shanghai) may be accepted under the order."""
    days = days_in_force(order)
    return days is not None and days[0] <= at <= days[1]


def window(order: OrderFacts) -> tuple[datetime, datetime] | None:
    """The days in force as instants [from, until) in UTC; None for an order never in force.

    14 April inclusive ends on 15 April at 00:00 of Asia/Shanghai.
    """
    days = days_in_force(order)
    return None if days is None else (_midnight(days[0]), _midnight(days[1] + ONE_DAY))


def may_monitor(order: OrderFacts, at: date) -> Answer:
    """Whether a device may be worn on that day, with every reason against."""
    reasons = order_defects(order)
    first, last = _days(order)
    if order.not_needed_since is not None and at >= order.not_needed_since:
        reasons += (
            Reason(
                OrderDefect.NO_LONGER_NEEDED,
                f"自{order.not_needed_since}起已不需要继续使用，应当及时解除",
                f"not needed since {order.not_needed_since}: lift it at once",
                articles("CCL 29(2)"),
            ),
        )
    elif not first <= at <= last:
        reasons += (
            Reason(
                OrderDefect.NOT_IN_FORCE,
                f"{at}不在决定的有效期内（{first}至{last}），应停止采集并收回装置",
                f"{at} is outside {first} to {last}: stop collecting and take the device back",
                articles("CCL 29(2)"),
            ),
        )
    return Answer(reasons, (*articles("CCL 29(1)", "CCL 29(2)"), order.ground.article))


class Purpose(StrEnum):
    """What somebody wants location data for."""

    COMMUNITY_CORRECTIONS = "community_corrections"
    OTHER = "other"


def may_use_location(purpose: Purpose) -> Answer:
    """Location data serve community corrections alone, whoever asks; CCL 29(3)."""
    cited = articles("CCL 29(3)")
    if purpose is Purpose.COMMUNITY_CORRECTIONS:
        return Answer((), cited)
    return Answer(
        (
            Reason(
                OrderDefect.NOT_A_CORRECTIONS_PURPOSE,
                "定位信息只能用于社区矫正工作，不得提供",
                "location data serve community corrections alone: they can't be given",
                cited,
            ),
        ),
        cited,
    )


_TIER_ZH = {Tier.OFFICE: "司法所", Tier.COUNTY: "县级", Tier.CITY: "市级", Tier.PROVINCE: "省级"}


def _days(order: OrderFacts) -> tuple[date, date]:
    firsts = [order.first_day, order.case_first_day]
    stops = [order.lifted_on, order.not_needed_since]
    lasts = [order.last_day, order.case_last_day, *(day - ONE_DAY for day in stops if day)]
    return max(day for day in firsts if day), min(day for day in lasts if day)


def _days_defects(order: OrderFacts) -> list[Reason]:
    found: list[Reason] = []
    if order.last_day < order.first_day:
        found.append(
            Reason(
                OrderDefect.ENDS_BEFORE_START,
                f"截止日{order.last_day}早于起始日{order.first_day}",
                f"it ends on {order.last_day}, before its first day {order.first_day}",
                articles("CCL 29(2)"),
            )
        )
    latest = months_within(order.first_day)
    if order.last_day > latest:
        found.append(
            Reason(
                OrderDefect.LONGER_THAN_THREE_MONTHS,
                f"不得超过三个月：自{order.first_day}起最晚到{latest}，现到{order.last_day}",
                f"at most three months: from {order.first_day} to {latest}, "
                f"not to {order.last_day}",
                articles("CCL 29(2)"),
            )
        )
    before = order.case_first_day is not None and order.first_day < order.case_first_day
    after = order.case_last_day is not None and order.last_day > order.case_last_day
    if before or after:
        found.append(
            Reason(
                OrderDefect.OUTSIDE_CASE,
                f"决定应在矫正期限内（{order.case_first_day or '…'}至{order.case_last_day or '…'}），"
                f"现为{order.first_day}至{order.last_day}",
                f"the order must lie within the correction ({order.case_first_day or '…'} to "
                f"{order.case_last_day or '…'}); it runs {order.first_day} to {order.last_day}",
                articles("CCL 29(1)", "CCL 44"),
            )
        )
    return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=_SHANGHAI).astimezone(UTC)
