"""Everything the person page says, read in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from guitu.law.obligations import CaseFacts
from guitu.people import derived, hooks
from guitu.people.judgment import Judgment, JudgmentIncomplete, term_of
from guitu.people.models import (
    Case,
    CaseEvent,
    Contact,
    EventKind,
    Person,
    ProhibitionOrder,
    TeamMember,
)
from guitu.people.queries.day import DueLine, line_of, obligations_of
from guitu.people.queries.orders import OrderLine, standing_of
from guitu.people.wording import Cited, cite, cite_key, length_said
from guitu.ui.components import TimelineItem
from guitu.ui.termbar import TermBar, TermEvent, TermSpan

TIMELINE_FIRST = 8
TIMELINE_PAGE = 30
STEPS_SHOWN = 6
STEPS_LEAST = 2
SOON = timedelta(days=45)

#: Which lines of the timeline stand on the term bar, and how they look there.
_ON_THE_BAR = {
    EventKind.ANNOUNCED: "other",
    EventKind.ADMONITION: "other",
    EventKind.WARNING: "warning",
    EventKind.POLICE_PENALTY: "warning",
    EventKind.COMMENDATION: "praise",
}
_ALARMING = {EventKind.WARNING, EventKind.ALARM, EventKind.POLICE_PENALTY}


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """One person's page; ``case`` None for a person whose case is still to be registered."""

    person: Person
    case: Case | None
    cases: tuple[Case, ...]
    bar: TermBar | None
    steps: tuple[DueLine, ...]
    timeline: tuple[TimelineItem, ...]
    timeline_total: int
    team: tuple[TeamMember, ...]
    former_team: tuple[TeamMember, ...]
    contacts: tuple[Contact, ...]
    prohibitions: tuple[ProhibitionOrder, ...]
    orders: tuple[OrderLine, ...]
    running_order: OrderLine | None
    reckoning: tuple[str, ...]
    cited: tuple[Cited, ...]
    analogy: bool
    age: int
    sentence: str
    test_period: str


def case_facts(case: Case, *, today: date | None = None) -> CaseFacts:
    """The facts of a case as ``guitu.law`` wants them."""
    return derived.facts_now(case, today=today or timezone.localdate())


def person_page(person: Person, *, today: date) -> PersonFacts:
    """Read the page of a person whom the caller may see."""
    cases = list(person.cases.select_related("office", "officer"))
    case = derived.current_of(cases)
    team = list(case.team_members.all()) if case else []
    orders = list(case.monitoring_orders.select_related("decided_by", "extends")) if case else []
    for order in orders:
        order.case = case  # type: ignore[assignment]
    lines = tuple(standing_of(order, today) for order in orders)
    events = person.events.order_by("-at", "-id")
    reckoning, cited, analogy = _reckoned(case)
    return PersonFacts(
        person=person,
        case=case,
        cases=tuple(cases),
        bar=_bar(person, case, lines, today=today) if case else None,
        steps=_steps(case, person, today=today) if case else (),
        timeline=tuple(item_of(event) for event in events[:TIMELINE_FIRST]),
        timeline_total=events.count(),
        team=tuple(member for member in team if member.until is None or member.until >= today),
        former_team=tuple(m for m in team if m.until is not None and m.until < today),
        contacts=tuple(person.contacts.all()),
        prohibitions=tuple(case.prohibition_orders.all()) if case else (),
        orders=lines,
        running_order=next((line for line in lines if line.standing in ("running", "soon")), None),
        reckoning=reckoning,
        cited=cited,
        analogy=analogy,
        age=_age(person.birth_date, today),
        sentence=length_said(case.sentence) if case else "",
        test_period=length_said(case.test_period) if case else "",
    )


def timeline_page(person: Person, *, page: int, kind: str = "") -> tuple[list[TimelineItem], Any]:
    """One page of the timeline, newest first, with the pager's page."""
    from django.core.paginator import Paginator

    events = person.events.order_by("-at", "-id")
    if kind:
        events = events.filter(kind=kind)
    shown = Paginator(events, TIMELINE_PAGE).get_page(page)
    return [item_of(event, whole=True) for event in shown.object_list], shown


def item_of(event: CaseEvent, *, whole: bool = False) -> TimelineItem:
    """A line of the timeline; an annulled one says so. ``whole`` adds who and on what basis."""
    cited = cite_key(event.basis) if whole else None
    title = _title_of(event)
    if event.annulled:
        title = _("%(title)s（已作废）") % {"title": title}
    return TimelineItem(
        when=timezone.localtime(event.at).date() if event.whole_day else event.at,
        title=title,
        text=event.annulled_reason if event.annulled else event.text,
        url=event.link,
        basis=cited.short if cited else "",
        by=event.actor if whole else "",
        alarm=event.kind in _ALARMING and not event.annulled,
    )


def _title_of(event: CaseEvent) -> str:
    """The line's own title, or its kind's; 普管调整为严管 is translated by its two levels."""
    if not event.title:
        return _(event.get_kind_display())
    before, changed, after = event.title.partition("调整为")
    if event.kind == EventKind.LEVEL and changed:
        return _("%(before)s调整为%(after)s") % {"before": _(before), "after": _(after)}
    return _(event.title)


def judgment_of(case: Case) -> Judgment:
    """The judgment as it stands in the case's row."""
    return Judgment(
        category=case.category,
        deciding_organ=case.deciding_organ,
        judgment_number=case.judgment_number,
        judgment_date=case.judgment_date,
        effective_date=case.effective_date,
        offence=case.offence,
        offence_class=case.offence_class,
        sentence_kind=case.sentence_kind,
        sentence=case.sentence,
        test_period=case.test_period,
        custody_days=case.custody_days,
        added_penalties=case.added_penalties,
        first_day=case.term_start,
        sentence_end=case.term_end,
        released_for_treatment=case.released_for_treatment,
    )


def _reckoned(case: Case | None) -> tuple[tuple[str, ...], tuple[Cited, ...], bool]:
    """The steps of the term's arithmetic and its articles, in the page's language."""
    if case is None:
        return (), (), False
    try:
        term = term_of(judgment_of(case))
    except JudgmentIncomplete as error:
        return (str(error),), (), False
    from guitu.people.wording import english

    steps = tuple(step.en if english() else step.zh for step in term.steps)
    return steps, tuple(cite(one) for one in term.articles), term.analogy


def _bar(person: Person, case: Case, orders: tuple[OrderLine, ...], *, today: date) -> TermBar:
    events = [
        TermEvent(
            timezone.localtime(event.at).date(),
            _ON_THE_BAR[EventKind(event.kind)],  # type: ignore[arg-type]
            _(event.get_kind_display()),
        )
        for event in person.events.filter(
            case=case, annulled=False, kind__in=list(_ON_THE_BAR)
        ).order_by("at")[:24]
    ]
    spans = [
        TermSpan(
            line.order.start,
            line.last_day,
            _("电子定位"),
        )
        for line in orders
        if line.standing != "annulled" and line.last_day >= line.order.start
    ]
    return TermBar(case.term_start, today, case.term_end, spans=spans, events=events)


def _steps(case: Case, person: Person, *, today: date) -> tuple[DueLine, ...]:
    """What is open now and what falls due soon; at least the next two, so the way ahead is seen."""
    case.person = person
    ((_case, found),) = obligations_of([case], today=today)
    lines = [line_of(one, case, today=today) for one in found]
    lines = [line for line in lines if line.due or line.begins <= today]
    lines.sort(key=lambda line: line.due or today)
    near = [line for line in lines if line.begins <= today or (line.due or today) <= today + SOON]
    return tuple((near if len(near) >= STEPS_LEAST else lines[:STEPS_LEAST])[:STEPS_SHOWN])


def _age(born: date, today: date) -> int:
    """Age as people say it: a year older on the birthday itself."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def panels_of(request: Any, facts: PersonFacts) -> list[tuple[hooks.Panel, dict[str, Any]]]:
    """The panels of later rooms that this user may see for this person, with their contexts."""
    found = []
    for panel in hooks.panels():
        if not facts.person.reachable_by(request.user, panel.permission):
            continue
        context = panel.context(request, facts.person, facts.case)
        if context is not None:
            found.append((panel, context))
    return found
