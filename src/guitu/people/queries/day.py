"""A day's work: what law wants of my persons, overdue, today, this week, and what waits for others."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from guitu.base.roles import Permission
from guitu.law.figures import NoFigure
from guitu.law.obligations import (
    Obligation,
    ObligationCode,
    Standing,
    obligations,
    standing,
)
from guitu.people import facts, hooks, wording
from guitu.people.derived import OPEN_STATES
from guitu.people.models import Case, MonitoringOrder, Person, ProhibitionOrder, TeamMember
from guitu.people.queries.lists import HEAVY, bar_of
from guitu.ui.termbar import TermBar

#: No day shows more cases than this; the rest is in the list of persons.
CASES_MAX = 120
WEEK = timedelta(days=7)

#: What an officer does about each duty, and where on the person's pages.
_ACTIONS: dict[ObligationCode, str] = {
    ObligationCode.REPORT_IN: "report_in",
    ObligationCode.ANNOUNCE_INTAKE: "announce",
    ObligationCode.FORM_TEAM: "team",
    ObligationCode.TEAM_NEEDS_WOMAN: "team",
    ObligationCode.TEAM_NEEDS_SOMEONE_FOR_MINORS: "team",
    ObligationCode.PERIODIC_REPORT: "report",
    ObligationCode.BODY_REPORT: "report",
    ObligationCode.ILLNESS_REVIEW: "report",
    ObligationCode.PERSONAL_SUMMARY: "report",
    ObligationCode.PROHIBITION_ENDS: "person",
    ObligationCode.REASSESS_MONITORING: "order",
    ObligationCode.TAKE_DEVICE_BACK: "order",
    ObligationCode.DISCHARGE: "end",
}


@dataclass(frozen=True, slots=True)
class DueLine:
    """One line: person · what · due · article · one button.

    ``unverified`` is the article's; ``reckoned_unverified`` says that the day rests on a number
    that was not read in primary text.
    """

    person: Person
    case: Case
    bar: TermBar
    code: str
    what: str
    due: date | None
    article: str
    article_long: str
    article_says: str
    unverified: bool
    reckoned_unverified: bool
    basis: str
    action: str
    url: str
    begins: date


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that stand together: ``overdue``, ``today``, ``week`` or ``waiting``."""

    key: str
    label: str
    total: int
    lines: tuple[DueLine, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day; ``cut`` says that there were more cases than a day can show."""

    groups: tuple[Group, ...]
    overdue: int
    today: int
    cut: bool


def label_of(key: str) -> str:
    """The margin label of a group."""
    return {
        "overdue": _("逾期"),
        "today": _("今天"),
        "week": _("本周"),
        "waiting": _("等他人"),
    }[key]


def day_of(user: Any, today: date) -> Day:
    """What is due for the visible persons with something due by a week from ``today``.

    The cases are found by ``Case.next_due``; what exactly is due is asked of ``guitu.law`` now, so
    a stale column costs a look, never a wrong line. Soonest first.
    """
    cases = list(
        Case.objects.visible_to(user, Permission.PERSON_READ)
        .filter(state__in=OPEN_STATES, next_due__lte=today + WEEK)
        .select_related("person__office")
        .defer(*(f"person__{column}" for column in HEAVY))
        .order_by("next_due", "id")[: CASES_MAX + 1]
    )
    cut = len(cases) > CASES_MAX
    grouped: dict[str, list[DueLine]] = defaultdict(list)
    for case, found in obligations_of(cases[:CASES_MAX], today=today):
        for one in found:
            key = _group_of(one, today)
            if key:
                grouped[key].append(line_of(one, case, today=today))
    for lines in grouped.values():
        lines.sort(key=lambda line: (line.due or date.max, line.person.name_key, line.what))
    groups = tuple(
        Group(key, label_of(key), len(grouped[key]), tuple(grouped[key]))
        for key in ("overdue", "today", "week", "waiting")
        if grouped[key]
    )
    return Day(groups, len(grouped["overdue"]), len(grouped["today"]), cut)


def obligations_of(cases: list[Case], *, today: date) -> list[tuple[Case, tuple[Obligation, ...]]]:
    """Each case with its open obligations, from three queries whatever the number of cases."""
    ids = [case.pk for case in cases]
    worn = hooks.worn_on(ids)
    teams, bans, orders = (
        _by_case(TeamMember, ids),
        _by_case(ProhibitionOrder, ids),
        _by_case(MonitoringOrder, ids),
    )
    found = []
    for case in cases:
        known = facts.facts_of(
            case,
            sex=case.person.sex,
            born=case.person.birth_date,
            team=teams[case.pk],
            prohibitions=bans[case.pk],
            orders=orders[case.pk],
            worn=case.pk in worn,
            today=today,
        )
        try:
            found.append((case, obligations(known, today)))
        except NoFigure:
            # Before 2020-07-01 the record speaks, not today's duties.
            found.append((case, ()))
    return found


def _by_case(model: Any, ids: list[int]) -> dict[int, list[Any]]:
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in model.objects.unscoped("belongs to cases that are scoped already").filter(
        case_id__in=ids
    ):
        rows[row.case_id].append(row)
    return rows


def _group_of(one: Obligation, today: date) -> str:
    if one.code is ObligationCode.REPORT_IN and (one.due is None or one.due >= today):
        return "waiting"
    match standing(one.due, today):
        case Standing.OVERDUE:
            return "overdue"
        case Standing.TODAY:
            return "today"
        case Standing.WEEK:
            return "week"
        case Standing.UNDATED:
            return "week" if one.begins <= today else ""
        case Standing.LATER:
            return ""


def line_of(one: Obligation, case: Case, *, today: date) -> DueLine:
    """An obligation as a line of a page."""
    cited = wording.cite(one.articles[0])
    action, url = _action_of(one, case)
    bar = bar_of(case, today=today)
    assert bar is not None
    return DueLine(
        person=case.person,
        case=case,
        bar=bar,
        code=one.code.value,
        what=wording.title_of(one),
        due=one.due,
        article=cited.short,
        article_long=cited.long,
        article_says=cited.says,
        unverified=cited.unverified,
        reckoned_unverified=any(not article.sure for article in one.articles),
        basis=wording.basis_of(one),
        action=action,
        url=url,
        begins=one.begins,
    )


def _action_of(one: Obligation, case: Case) -> tuple[str, str]:
    page = reverse("people:person", args=[case.person_id])
    match _ACTIONS[one.code]:
        case "report_in":
            return _("记报到"), reverse("people:step", args=[case.pk, "report_in"])
        case "announce":
            return _("记宣告"), reverse("people:step", args=[case.pk, "announce"])
        case "report":
            return _("记报告"), reverse(
                "people:report", args=[case.pk]
            ) + f"?kind={_KINDS[one.code]}"
        case "team":
            return _("选成员"), reverse("people:team", args=[case.pk])
        case "order":
            return _("看决定"), reverse("people:order", args=[one.subject])
        case "end":
            return _("办解除"), reverse("people:step", args=[case.pk, "end"])
        case _:
            return _("查看"), page


_KINDS = {
    ObligationCode.PERIODIC_REPORT: "report",
    ObligationCode.BODY_REPORT: "body_report",
    ObligationCode.ILLNESS_REVIEW: "illness_review",
    ObligationCode.PERSONAL_SUMMARY: "summary",
}
