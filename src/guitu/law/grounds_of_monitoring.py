"""The five grounds of CCL 29(1), what each needs, and which are open to a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from guitu.law.articles import Article, article, articles
from guitu.law.reasons import Reason
from guitu.law.words import Category


class Ground(IntEnum):
    """The grounds by their number in CCL 29(1)."""

    BREACHED_PROHIBITION_ORDER = 1
    LEFT_WITHOUT_APPROVAL = 2
    REFUSED_TO_REPORT_AND_WARNED = 3
    PENALISED_BY_POLICE = 4
    REVOCATION_TO_BE_PROPOSED = 5

    @property
    def article(self) -> Article:
        return article(f"CCL 29(1)[{self.value}]")

    @property
    def zh(self) -> str:
        return _GROUND_WORDS[self][0]

    @property
    def en(self) -> str:
        return _GROUND_WORDS[self][1]


_GROUND_WORDS: dict[Ground, tuple[str, str]] = {
    Ground.BREACHED_PROHIBITION_ORDER: ("违反禁止令", "breached a prohibition order"),
    Ground.LEFT_WITHOUT_APPROVAL: (
        "无正当理由，未经批准离开市、县",
        "left the city or county without good reason and approval",
    ),
    Ground.REFUSED_TO_REPORT_AND_WARNED: (
        "拒不报告活动情况，被警告",
        "refused to report activities and was warned",
    ),
    Ground.PENALISED_BY_POLICE: (
        "违反监督管理规定，被治安管理处罚",
        "got a police penalty for a breach of supervision",
    ),
    Ground.REVOCATION_TO_BE_PROPOSED: (
        "拟提请撤销缓刑、假释或者收监执行",
        "revocation or recommitment is to be proposed",
    ),
}


class GroundDefect(StrEnum):
    """Which element of a ground is missing."""

    NO_PROHIBITION_ORDER_IN_CATEGORY = "no_prohibition_order_in_category"
    NOT_BREACHED = "not_breached"
    DID_NOT_LEAVE = "did_not_leave"
    HAD_APPROVAL = "had_approval"
    HAD_GOOD_REASON = "had_good_reason"
    DID_NOT_REFUSE = "did_not_refuse"
    NOT_WARNED = "not_warned"
    NO_POLICE_PENALTY = "no_police_penalty"
    NOTHING_TO_REVOKE = "nothing_to_revoke"
    NO_PROPOSAL = "no_proposal"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductFacts:
    """What happened on the case, as far as the five grounds ask; all false means nothing did."""

    breached_prohibition_order_on: date | None = None
    left_on: date | None = None
    leaving_approved: bool = False
    leaving_justified: bool = False
    refused_to_report: bool = False
    warned_for_refusal_on: date | None = None
    police_penalty_on: date | None = None
    revocation_proposal_intended_on: date | None = None


def ground_is_open(ground: Ground, category: Category, conduct: ConductFacts) -> tuple[Reason, ...]:
    """Every element that is missing for the ground; an empty tuple means it is open."""
    missing: list[tuple[GroundDefect, str, str]] = []
    match ground:
        case Ground.BREACHED_PROHIBITION_ORDER:
            if category not in (Category.PUBLIC_SURVEILLANCE, Category.PROBATION):
                missing.append(
                    (
                        GroundDefect.NO_PROHIBITION_ORDER_IN_CATEGORY,
                        f"{category.zh}没有禁止令，本项不适用",
                        f"{category.en} carries no prohibition order: the ground doesn't fit",
                    )
                )
            if conduct.breached_prohibition_order_on is None:
                missing.append(
                    (
                        GroundDefect.NOT_BREACHED,
                        "没有违反禁止令的记录，请先登记",
                        "no breach of the order is on record: record it first",
                    )
                )
        case Ground.LEFT_WITHOUT_APPROVAL:
            if conduct.left_on is None:
                missing.append(
                    (
                        GroundDefect.DID_NOT_LEAVE,
                        "没有离开市、县的记录，请先登记",
                        "no leaving of the city or county is on record: record it first",
                    )
                )
            if conduct.leaving_approved:
                missing.append(
                    (GroundDefect.HAD_APPROVAL, "离开已经批准", "the leaving was approved")
                )
            if conduct.leaving_justified:
                missing.append(
                    (
                        GroundDefect.HAD_GOOD_REASON,
                        "离开有正当理由；本项要求既无理由又未批准",
                        "there was a good reason; the ground needs neither reason nor approval",
                    )
                )
        case Ground.REFUSED_TO_REPORT_AND_WARNED:
            if not conduct.refused_to_report:
                missing.append(
                    (
                        GroundDefect.DID_NOT_REFUSE,
                        "没有拒不报告的记录，迟报不够",
                        "no refusal to report is on record; being late is not enough",
                    )
                )
            if conduct.warned_for_refusal_on is None:
                missing.append(
                    (
                        GroundDefect.NOT_WARNED,
                        "没有因此被警告，训诫不够",
                        "no warning was given for it; an admonition is not enough",
                    )
                )
        case Ground.PENALISED_BY_POLICE:
            if conduct.police_penalty_on is None:
                missing.append(
                    (
                        GroundDefect.NO_POLICE_PENALTY,
                        "没有治安管理处罚决定的记录",
                        "no police penalty for a breach of supervision is on record",
                    )
                )
        case Ground.REVOCATION_TO_BE_PROPOSED:
            if category is Category.PUBLIC_SURVEILLANCE:
                missing.append(
                    (
                        GroundDefect.NOTHING_TO_REVOKE,
                        "管制没有撤销或收监，本项不适用",
                        "public surveillance can't be revoked: the ground doesn't fit",
                    )
                )
            if conduct.revocation_proposal_intended_on is None:
                missing.append(
                    (
                        GroundDefect.NO_PROPOSAL,
                        "没有拟提请撤销或收监的记录",
                        "no intended proposal of revocation or recommitment is on record",
                    )
                )
    cited = (ground.article, *_further(ground))
    return tuple(Reason(code, zh, en, cited) for code, zh, en in missing)


def open_grounds(category: Category, conduct: ConductFacts) -> tuple[Ground, ...]:
    """The grounds that are open to a person now, by number."""
    return tuple(g for g in Ground if not ground_is_open(g, category, conduct))


def _further(ground: Ground) -> tuple[Article, ...]:
    if ground is Ground.BREACHED_PROHIBITION_ORDER:
        return articles("PC 38(2)", "PC 72(2)")
    if ground is Ground.REVOCATION_TO_BE_PROPOSED:
        return articles("CCL 46", "CCL 49")
    return ()
