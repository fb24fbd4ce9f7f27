"""Cases: opened on a judgment, reported in, announced, levelled, ended."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from guitu.base import audit
from guitu.base.codes import Level
from guitu.base.models import Account, Organisation
from guitu.law.length import Length
from guitu.people import derived, hooks
from guitu.people.judgment import Judgment, JudgmentIncomplete, judged_by_law, term_of
from guitu.people.models import Case, CaseState, EventKind, Person
from guitu.people.services.acts import WHY, act, civil, locked_case, moment_of, next_number
from guitu.people.services.refusals import Refused, refuse
from guitu.people.timeline import happened

#: Which column of a case each kind of report moves, and the article it rests on.
REPORTS: dict[EventKind, tuple[str, str]] = {
    EventKind.REPORT: ("last_report_on", "CCL 23"),
    EventKind.BODY_REPORT: ("last_body_report_on", "IM 24"),
    EventKind.ILLNESS_REVIEW: ("last_review_on", "IM 24"),
    EventKind.SUMMARY: ("summary_on", "IM 53"),
}
_ENDS = {
    CaseState.DISCHARGED: (EventKind.DISCHARGED, "CCL 44"),
    CaseState.TERMINATED: (EventKind.TERMINATED, "CCL 45"),
    CaseState.TRANSFERRED: (EventKind.CHANGED, ""),
}


def open_case(
    person: Person,
    judgment: Judgment,
    *,
    number: str = "",
    office: Organisation | None = None,
    officer: Account | None = None,
    received_on: date | None = None,
    level: str = Level.ORDINARY,
    by: Account,
    at: datetime,
) -> Case:
    """Open a case; the term is reckoned by ``guitu.law.term``.

    Without ``received_on`` the person is awaited. Raises :class:`Refused` with every reason of law
    against the judgment's figures, for a term that custody has used up, and for a second open case
    (a new sentence is joined to the first by the court, not run beside it).
    """
    case = case_of(person, judgment)
    today = civil(at)
    if received_on is not None and received_on > today:
        raise refuse("received_on", _("接收日%(day)s在今天之后，请核对。") % {"day": received_on})
    with act(by, reason=gettext_noop("登记案件")):
        open_one = (
            Case.objects.unscoped(WHY)
            .filter(person=person, state__in=derived.OPEN_STATES)
            .values_list("number", flat=True)
            .first()
        )
        if open_one:
            raise refuse(
                "person",
                _("案件%(number)s还没有结束，请先办结，再登记新案件。") % {"number": open_one},
            )
        case.office = office or person.office
        case.officer = officer or person.officer
        case.number = number or next_number(Case, case.office, year=today.year, mark="矫")
        case.level = level
        case.received_on = received_on
        case.state = CaseState.ACTIVE if received_on else CaseState.EXPECTED
        case.save(force_insert=True)
        if received_on:
            _say_received(case, on=received_on, by=by)
        if person.office_id != case.office_id or (officer and person.officer_id != officer.pk):
            Person.objects.unscoped(WHY).filter(pk=person.pk).update(
                office=case.office, officer=case.officer
            )
            person.office, person.officer = case.office, case.officer
        _refresh(case, today=today)
        audit.record(
            "case.open", obj=case, person_id=person.pk, actor=by, category=case.category,
            term=[case.term_start, case.term_end],
        )  # fmt: skip
    return case


def case_of(person: Person, judgment: Judgment) -> Case:
    """An unsaved case of a judgment that law finds nothing against; raises :class:`Refused`."""
    try:
        term = term_of(judgment)
        answer = judged_by_law(judgment)
    except JudgmentIncomplete as error:
        raise refuse(error.field, str(error)) from None
    if not answer.allowed:
        raise Refused(answer.reasons)
    if term.is_spent:
        raise refuse(
            "custody_days",
            _("羁押%(days)d日折抵后没有剩余的期限，请核对羁押日数。")
            % {"days": judgment.custody_days},
        )
    return Case(
        person=person,
        category=judgment.category,
        deciding_organ=judgment.deciding_organ,
        judgment_number=judgment.judgment_number,
        judgment_date=judgment.judgment_date,
        effective_date=judgment.effective_date,
        offence=judgment.offence,
        offence_class=judgment.offence_class,
        sentence_kind=judgment.sentence_kind,
        sentence=_in_form(judgment.sentence),
        test_period=_in_form(judgment.test_period),
        custody_days=judgment.custody_days,
        added_penalties=judgment.added_penalties,
        released_for_treatment=judgment.released_for_treatment,
        term_start=term.first_day,
        term_end=term.last_day,
    )


def _in_form(length: str) -> str:
    return Length.parse(length).zh() if length.strip() else ""


def report_in(case: Case, *, on: date, by: Account, at: datetime) -> Case:
    """The person reported in or was handed over (CCL 21, 22): the case runs."""
    with act(by, reason=gettext_noop("报到")):
        row = locked_case(case)
        if row.received_on:
            raise refuse("on", _("已于%(day)s接收，不能再登记报到。") % {"day": row.received_on})
        _not_ahead(on, at)
        row.received_on = on
        row.state = CaseState.ACTIVE
        row.save()
        _say_received(row, on=on, by=by)
        _refresh(row, today=civil(at))
        audit.record("case.report_in", obj=row, person_id=row.person_id, actor=by, on=on)
    return row


def announce_intake(case: Case, *, on: date, by: Account, at: datetime) -> Case:
    """The intake announcement was held (CCL 22)."""
    with act(by, reason=gettext_noop("入矫宣告")):
        row = locked_case(case)
        if row.received_on is None or on < row.received_on:
            raise refuse("on", _("宣告不能早于接收，请先登记报到。"))
        _not_ahead(on, at)
        row.announced_on = on
        row.save()
        happened(row, EventKind.ANNOUNCED, at=moment_of(on), by=by, basis="CCL 22", whole_day=True)
        _refresh(row, today=civil(at))
        audit.record("case.announce", obj=row, person_id=row.person_id, actor=by, on=on)
    return row


def record_report(
    case: Case, kind: EventKind | str, *, on: date, text: str = "", by: Account, at: datetime
) -> Case:
    """A report came in: periodic, on the body, on the illness, or the personal summary."""
    kind = EventKind(kind)
    if kind not in REPORTS:
        raise ValueError(f"{kind!r} is no report: use one of {', '.join(REPORTS)}")
    column, basis = REPORTS[kind]
    with act(by, reason=kind.label):
        row = locked_case(case)
        if row.state != CaseState.ACTIVE:
            raise refuse(
                "kind", _("案件%(state)s，没有报告可登记。") % {"state": row.get_state_display()}
            )
        _not_ahead(on, at)
        if row.received_on and on < row.received_on:
            raise refuse("on", _("报告日早于接收日%(day)s，请核对。") % {"day": row.received_on})
        last = getattr(row, column)
        setattr(row, column, max(last, on) if last else on)
        row.save()
        happened(row, kind, at=moment_of(on), by=by, text=text, basis=basis, whole_day=True)
        _refresh(row, today=civil(at))
        audit.record("case.report", obj=row, person_id=row.person_id, actor=by, kind=kind, on=on)
    return row


def set_level(case: Case, level: str, *, reason: str, by: Account, at: datetime) -> Case:
    """Change the supervision level (管理类别, CCL 24) for a reason that can be read."""
    wanted = Level(level)
    if not reason.strip():
        raise refuse("reason", _("请写明为什么调整管理类别。"))
    with act(by, reason=reason):
        row = locked_case(case)
        _open_only(row)
        if row.level == wanted:
            raise refuse("level", _("现在就是%(level)s，没有调整。") % {"level": wanted.label})
        before = Level(row.level)
        row.level = wanted
        row.save()
        happened(
            row, EventKind.LEVEL, at=at, by=by, basis="CCL 24", text=reason,
            title=gettext_noop("%(before)s调整为%(after)s") % {"before": before.label, "after": wanted.label},
        )  # fmt: skip
        _refresh(row, today=civil(at))
        audit.record(
            "case.level", obj=row, person_id=row.person_id, actor=by, before=before, after=wanted
        )
    return row


def set_flags(
    case: Case,
    *,
    key_management: bool,
    special_management: bool,
    reason: str,
    by: Account,
    at: datetime,
) -> Case:
    """Mark or unmark key and special management. Neither is a ground for a device (CCL 29)."""
    if not reason.strip():
        raise refuse("reason", _("请写明为什么调整。"))
    with act(by, reason=reason):
        row = locked_case(case)
        _open_only(row)
        row.key_management, row.special_management = key_management, special_management
        row.save()
        words = [gettext_noop("重点管理")] * key_management + [
            gettext_noop("特殊管理")
        ] * special_management
        happened(
            row, EventKind.LEVEL, at=at, by=by, basis="CCL 24", text=reason,
            title="、".join(words) or gettext_noop("取消重点和特殊管理"),
        )  # fmt: skip
        _refresh(row, today=civil(at))
        audit.record(
            "case.flags", obj=row, person_id=row.person_id, actor=by,
            key=key_management, special=special_management,
        )  # fmt: skip
    return row


def set_management(
    case: Case,
    *,
    level: str,
    key_management: bool,
    special_management: bool,
    reason: str,
    by: Account,
    at: datetime,
) -> Case:
    """Level and flags together, as one form asks them; only what differs is changed.

    Raises :class:`Refused` when nothing differs.
    """
    flags = (key_management, special_management)
    with transaction.atomic():
        row = locked_case(case)
        moved = level != row.level
        flagged = flags != (row.key_management, row.special_management)
        if not (moved or flagged):
            raise refuse("level", _("和现在一样，没有要调整的。"))
        if moved:
            row = set_level(row, level, reason=reason, by=by, at=at)
        if flagged:
            row = set_flags(
                row, key_management=key_management, special_management=special_management,
                reason=reason, by=by, at=at,
            )  # fmt: skip
    return row


def end_case(case: Case, *, state: str, on: date, reason: str, by: Account, at: datetime) -> Case:
    """Discharge at the end of the term (CCL 44), terminate (CCL 45), or note a transfer (CCL 27).

    A discharge before the term's last day is refused: the term ends by law, not by a form.
    Orders are cut short by the end itself; listeners hear of it after commit.
    """
    wanted = CaseState(state)
    if wanted not in _ENDS:
        raise ValueError(f"{wanted!r} is no end: use one of {', '.join(_ENDS)}")
    if not reason.strip():
        raise refuse("reason", _("请写明结束的理由。"))
    with act(by, reason=reason):
        row = locked_case(case)
        _open_only(row)
        _not_ahead(on, at)
        if on < row.term_start:
            raise refuse("on", _("结束日早于矫正起日%(day)s，请核对。") % {"day": row.term_start})
        if wanted is CaseState.DISCHARGED and on < row.term_end:
            raise refuse(
                "on",
                _("期限到%(day)s届满，不能提前解除；减刑等改变期限的，先改案件。")
                % {"day": row.term_end},
            )
        row.state, row.ended_on, row.end_reason = wanted, on, reason[:60]
        row.save()
        kind, basis = _ENDS[wanted]
        happened(
            row, kind, at=moment_of(on), by=by, text=reason, basis=basis, whole_day=True,
            title=gettext_noop("迁出") if wanted is CaseState.TRANSFERRED else "",
        )  # fmt: skip
        _refresh(row, today=civil(at))
        audit.record("case.end", obj=row, person_id=row.person_id, actor=by, state=wanted, on=on)
        transaction.on_commit(lambda: hooks.orders_changed(row.pk))
    return row


def refresh_next_due(case: Case, *, today: date | None = None) -> date | None:
    """Reckon ``Case.next_due`` again, after something another room keeps changed."""
    from django.utils import timezone

    return derived.refresh_next_due(case, today=today or timezone.localdate())


def _say_received(case: Case, *, on: date, by: Account) -> None:
    happened(
        case, EventKind.REPORTED_IN, at=moment_of(on), by=by, basis="CCL 21(1)", whole_day=True
    )


def _refresh(case: Case, *, today: date) -> None:
    derived.refresh_next_due(case, today=today)
    derived.refresh_person(case.person, today=today)


def _not_ahead(on: date, at: datetime) -> None:
    if on > civil(at):
        raise refuse("on", _("日期%(day)s在今天之后，请核对。") % {"day": on})


def _open_only(case: Case) -> None:
    if case.state not in derived.OPEN_STATES:
        raise refuse("case", _("案件%(state)s，不能再改。") % {"state": case.get_state_display()})
