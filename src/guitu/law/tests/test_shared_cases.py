"""The shared law cases that this part of `law` can answer, through its public functions.

`make shared-checks` runs it; the folder is found by GUITU_SHARED or beside the project.
"""

import json
import os
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from guitu.law.ages import within_working_age
from guitu.law.articles import Article
from guitu.law.deadlines import HolidayTable
from guitu.law.duties.person_reports_in_within_ten_days import reporting_in_deadline
from guitu.law.grounds_of_monitoring import ConductFacts, Ground
from guitu.law.handover import notice_deadline, service_deadline
from guitu.law.monitoring_order import (
    Extension,
    OrderFacts,
    Purpose,
    in_force,
    may_monitor,
    may_use_location,
    months_within,
)
from guitu.law.term import (
    Length,
    SentenceFacts,
    last_day,
    parole_term_of_life,
    probation_term,
    prohibition_order_is_lawful,
    public_surveillance_term,
    temporary_service_term,
    term_is_lawful,
)
from guitu.law.words import Category, SentenceKind, Tier

ROOT = Path(__file__).parents[4]
CASES = Path(os.environ.get("GUITU_SHARED", ROOT.parent / "shared")) / "law_cases.jsonl"
KINDS = {kind.zh: kind for kind in SentenceKind}
Case = dict[str, Any]


def load() -> list[Case]:
    if not CASES.exists():
        return []
    return [json.loads(line) for line in CASES.read_text("utf-8").splitlines() if line.strip()]


def day(text: str) -> date:
    return date.fromisoformat(text)


def cited(articles: tuple[Article, ...]) -> set[tuple[str, int]]:
    return {(a.law.zh, a.number) for a in articles}


def wanted(text: str) -> set[tuple[str, int]]:
    """ "刑法 72, 73(2)" as pairs of law and article number."""
    law, numbers = text.split(" ", 1)
    return {(law, int(n)) for n in re.findall(r"(\d+)(?:\(\d+\))*", numbers)}


def sentence_of(facts: Case) -> SentenceFacts:
    category = Category.of(facts["category"])
    words = str(facts["sentence"]).split(" ", 1)
    kind = KINDS.get(words[0])
    length = Length.parse(words[1] if kind else str(facts["sentence"]))
    return SentenceFacts(
        category=category,
        kind=kind or SentenceKind.SURVEILLANCE,
        sentence=length,
        test_period=Length.parse(facts["test_period"]) if "test_period" in facts else None,
        crimes=facts.get("crimes", 1),
    )


def answer_term(facts: Case, expect: Case) -> Case:
    if "prohibition_order_term" in facts:
        whole = Length.parse(facts["sentence"])
        order = Length.parse(facts["prohibition_order_term"])
        answer = prohibition_order_is_lawful(Category.of(facts["category"]), order, whole=whole)
        return {"allowed": answer.allowed}
    if "last_day_by_calendar" in facts:
        # a month's term that ends on the holiday: no calendar is asked, nothing moves
        last = day(facts["last_day_by_calendar"])
        end = last_day(date(last.year, last.month - 3, last.day + 1), Length(months=3))
        return {"last_day": str(end), "moves": end != last}
    if "reason_article" in expect:
        answer = term_is_lawful(sentence_of(facts))
        by = answer.articles if answer.allowed else answer.reasons[0].articles
        assert wanted(expect["reason_article"]) <= cited(by)
        return {"allowed": answer.allowed}
    match Category.of(facts["category"]):
        case Category.PUBLIC_SURVEILLANCE:
            term = public_surveillance_term(
                day(facts["execution_start"]),
                Length.parse(facts["sentence"]),
                prior_custody_days=facts["prior_custody_days"],
            )
            return {"last_day": str(term.last_day)}
        case Category.PROBATION:
            term = probation_term(
                day(facts["judgment_effective"]), Length.parse(facts["test_period"])
            )
            return {
                "last_day": str(term.last_day),
                "test_period_start": str(term.first_day),
                "custody_credit_days_on_test_period": term.custody_credit_days,
            }
        case Category.PAROLE:
            term = parole_term_of_life(day(facts["parole_release"]))
            return {"years": term.last_day.year - term.first_day.year, "start": str(term.first_day)}
        case Category.TEMPORARY_SERVICE:
            end = day(facts["sentence_end"])
            term = temporary_service_term(
                end,
                sentence_end=end,
                escape_days=facts.get("escape_days_found_by_court", 0),
                fraud_days=facts.get("days_outside_found_by_court", 0),
            )
            return {"sentence_end": str(term.last_day)}
    raise AssertionError(facts)


SIGNERS = {
    "县级司法行政部门负责人": ("bureau_head", Tier.COUNTY),
    "县级社区矫正机构负责人 (not the head of the justice bureau)": ("body_head", Tier.COUNTY),
    "市司法局负责人": ("bureau_head", Tier.CITY),
}
SOME_DAY = date(2025, 12, 1)
CONDUCT: list[tuple[str, Ground, ConductFacts]] = [
    (
        "left the county without approval and without reason",
        Ground.LEFT_WITHOUT_APPROVAL,
        ConductFacts(left_on=SOME_DAY),
    ),
    (
        "left the county without approval because",
        Ground.LEFT_WITHOUT_APPROVAL,
        ConductFacts(left_on=SOME_DAY, leaving_justified=True),
    ),
    (
        "received 治安管理处罚",
        Ground.PENALISED_BY_POLICE,
        ConductFacts(police_penalty_on=SOME_DAY),
    ),
    ("late with reports, 训诫 only", Ground.REFUSED_TO_REPORT_AND_WARNED, ConductFacts()),
    (
        "breached the prohibition order",
        Ground.BREACHED_PROHIBITION_ORDER,
        ConductFacts(breached_prohibition_order_on=SOME_DAY),
    ),
]


def answer_monitoring(facts: Case, expect: Case) -> Case:
    if "requester" in facts:
        answer = may_use_location(Purpose.OTHER)
        return {"allowed": answer.allowed}
    days = facts.get("order", facts.get("first_order", "2026-01-15..2026-04-14")).split("..")
    first, last = day(facts.get("start", days[0])), day(facts.get("end", days[1]))
    extends = None
    if facts.get("extension"):
        extends = Extension(
            previous_last_day=last,
            assessed_on=last if facts["assessed"] else None,
            still_needed=facts.get("still_necessary", True),
        )
        first = date.fromordinal(last.toordinal() + 1)
        last = months_within(first)
    ground, conduct = next(
        ((g, c) for text, g, c in CONDUCT if text in facts.get("facts", "")),
        (Ground.LEFT_WITHOUT_APPROVAL, None),
    )
    role, tier = SIGNERS[facts.get("approved_by", "县级司法行政部门负责人")]
    today = day(facts["today"]) if "today" in facts else first
    order = OrderFacts(
        category=Category.of(facts["category"]),
        ground=ground,
        proof="文书",
        decided_by=role,
        decided_at=tier,
        decided_on=first,
        first_day=first,
        last_day=last,
        not_needed_since=today if facts.get("still_necessary") is False else None,
        extends=extends,
        conduct=conduct,
    )
    answer = may_monitor(order, today)
    assert answer.allowed is in_force(order, today)
    assert wanted(expect["reason_article"]) <= cited(answer.articles)
    for reason in answer.reasons:
        assert wanted(expect["reason_article"]) <= cited(reason.articles)
    return {"allowed": answer.allowed}


def calendar_of(facts: Case) -> HolidayTable:
    return HolidayTable.of(
        [day(text) for text in facts.get("holidays", [])],
        [day(text) for text in facts.get("make_up_work_days", [])],
    )


def answer_report(facts: Case, expect: Case) -> Case:
    events = ("judgment_effective", "ruling_effective", "decision_received_by_prison")
    event = next(facts[key] for key in events if key in facts)
    due = reporting_in_deadline(day(event), calendar_of(facts)).due
    return {"due": str(due)}


def answer_deadline(facts: Case, expect: Case) -> Case:
    effective, calendar = day(facts["judgment_effective"]), calendar_of(facts)
    notify = str(notice_deadline(effective, calendar).due)
    if "due" in expect:
        return {"due": notify}
    return {"notify_due": notify, "serve_due": str(service_deadline(effective, calendar).due)}


def answer_gate(facts: Case, expect: Case) -> Case:
    answer = term_is_lawful(
        SentenceFacts(
            category=Category.of(facts.get("category", "暂予监外执行")),
            kind=SentenceKind.IMPRISONMENT,
            sentence=Length(years=1),
            test_period=Length(years=1),
            recidivist=facts.get("record") == "累犯",
            self_inflicted=facts.get("self_inflicted", False),
        )
    )
    return {"flag": not answer.allowed, "allowed": answer.allowed}


def answer_minor(facts: Case, expect: Case) -> Case:
    return {"within": within_working_age(day(facts["born"]), day(facts["today"]))}


ANSWERS: dict[str, Callable[[Case, Case], Case]] = {
    "term": answer_term,
    "monitoring_order": answer_monitoring,
    "report": answer_report,
    "deadline": answer_deadline,
    "category_gate": answer_gate,
    "minor": answer_minor,
}
#: Within those areas, what later parts of `law` will answer.
LATER = {
    "deadline-027",  # whether the Law gives a number of days at all
    "gate-001",
    "gate-002",
    "gate-003",
    "gate-007",  # who is no subject; rights kept
    "minor-009",
    "minor-011",
    "minor-012",  # files and schooling of minors
}


#: What a case expects in words, which is asserted elsewhere or is not for this part to say.
SAID = {"reason_article", "action", "actor", "self_report", "moves"}


def agree(got: Case, case: Case) -> None:
    """Every expected key that is reckoned is right, and none but the said ones is missing."""
    reckoned = {key: value for key, value in got.items() if key in case["expect"]}
    assert reckoned, case["question"]
    assert reckoned.items() <= case["expect"].items(), case["question"]
    assert case["expect"].keys() - reckoned.keys() <= SAID, case["question"]


def chosen(*, sure: bool) -> list[Any]:
    return [
        pytest.param(case, id=case["id"])
        for case in load()
        if case["sure"] is sure and case["area"] in ANSWERS and case["id"] not in LATER
    ]


@pytest.mark.shared
@pytest.mark.parametrize("case", chosen(sure=True))
def test_every_sure_case_is_answered_right(case: Case) -> None:
    agree(ANSWERS[case["area"]](case["facts"], case["expect"]), case)


@pytest.mark.shared
@pytest.mark.parametrize("case", [c for c in chosen(sure=False) if c.values[0]["area"] == "term"])
def test_the_unsure_term_cases_agree_with_our_reading(case: Case) -> None:
    agree(answer_term(case["facts"], case["expect"]), case)


@pytest.mark.shared
def test_the_folder_of_shared_facts_is_there_and_no_case_is_left_out() -> None:
    cases = load()
    assert cases, f"no law cases at {CASES}: set GUITU_SHARED to the folder that holds them"
    terms = [c for c in cases if c["area"] == "term" and c["sure"]]
    assert len(terms) == sum(c.values[0]["area"] == "term" for c in chosen(sure=True)) > 0
