"""From the register's rows to the facts that ``guitu.law`` asks for, and back to what is due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from guitu.law import monitoring_order as law_order
from guitu.law.grounds_of_monitoring import Ground
from guitu.law.obligations import (
    CaseFacts,
    MonitoringFacts,
    Obligation,
    ObligationCode,
    ProhibitionFacts,
    Sex,
    TeamMember,
)
from guitu.law.words import Category, Level, Tier
from guitu.people import models

_SEXES = {"1": Sex.MALE, "2": Sex.FEMALE}


def sex_of(code: str) -> Sex:
    """GB/T 2261.1 to the word of law; 0 and 9 are unknown."""
    return _SEXES.get(code, Sex.UNKNOWN)


def facts_of(
    case: models.Case,
    *,
    sex: str,
    born: date,
    team: Iterable[models.TeamMember] = (),
    prohibitions: Iterable[models.ProhibitionOrder] = (),
    orders: Iterable[models.MonitoringOrder] = (),
    worn: bool = False,
    today: date | None = None,
) -> CaseFacts:
    """The facts of a case from rows already at hand; annulled orders are left out.

    Members whose days are over by ``today`` don't count. ``worn``: a device is on now.
    """
    members = tuple(
        TeamMember(sex=sex_of(member.sex), versed_in_minors=member.knows_minors)
        for member in team
        if member.until is None or today is None or member.until >= today
    )
    standing = [order for order in orders if not order.annulled]
    last = max(standing, key=lambda order: order.end, default=None)
    return CaseFacts(
        category=Category.of(case.category),
        effective_on=case.effective_date,
        first_day=case.term_start,
        last_day=case.term_end,
        sex=sex_of(sex),
        born=born,
        level=Level(case.level),
        reported_on=case.received_on,
        intake_announced_on=case.announced_on,
        team=members or None,
        prohibition_orders=tuple(
            ProhibitionFacts(ref=str(row.pk), first_day=row.start, last_day=row.end)
            for row in prohibitions
        ),
        monitoring_orders=tuple(
            MonitoringFacts(
                ref=str(order.pk),
                first_day=order.start,
                last_day=order.end,
                lifted_on=order.lifted_on,
                device_worn=worn and order is last,
            )
            for order in standing
        ),
        last_periodic_report_on=case.last_report_on,
        released_for_treatment=case.released_for_treatment,
        last_body_report_on=case.last_body_report_on,
        last_illness_review_on=case.last_review_on,
        personal_summary_on=case.summary_on,
        ended_on=case.ended_on,
    )


def next_due_of(found: Iterable[Obligation]) -> date | None:
    """The day that ``Case.next_due`` keeps: the earliest due day; the first day of what has none.

    Somebody awaited is on the desk from the first day, as waiting, whenever the period ends.
    """
    return min(
        (
            one.begins if one.due is None or one.code is ObligationCode.REPORT_IN else one.due
            for one in found
        ),
        default=None,
    )


def order_facts(
    order: models.MonitoringOrder,
    case: models.Case,
    *,
    previous: models.MonitoringOrder | None = None,
) -> law_order.OrderFacts:
    """A monitoring order as law judges it; ``previous`` is the order that it extends."""
    return law_order.OrderFacts(
        category=Category.of(case.category),
        ground=Ground(order.ground),
        proof=order.proof,
        decided_by=order.signer_role,
        decided_at=Tier(order.signer_tier),
        decided_on=order.decided_on,
        first_day=order.start,
        last_day=order.end,
        lifted_on=order.lifted_on,
        extends=None
        if previous is None
        else law_order.Extension(
            previous_last_day=previous.end,
            assessed_on=order.assessed_on,
            still_needed=bool(order.reassessment.strip()),
        ),
        case_first_day=case.term_start,
        case_last_day=min(case.term_end, case.ended_on) if case.ended_on else case.term_end,
    )


def window_of(
    order: models.MonitoringOrder,
    case: models.Case,
    *,
    previous: models.MonitoringOrder | None = None,
) -> tuple[datetime, datetime] | None:
    """[from, until) in UTC during which the order carries a device; None when it never does."""
    if order.annulled:
        return None
    return law_order.window(order_facts(order, case, previous=previous))
