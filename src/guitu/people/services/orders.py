"""Prohibition orders and monitoring orders, each judged by law before it is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from guitu.base import audit
from guitu.base.codes import OrganisationKind
from guitu.base.models import Account, Post
from guitu.base.roles import Role
from guitu.law.grounds_of_monitoring import (
    ConductFacts,
    Ground,
    GroundDefect,
    ground_is_open,
)
from guitu.law.monitoring_order import order_defects as law_defects
from guitu.law.reasons import Reason
from guitu.law.term import Term, prohibition_days_are_lawful
from guitu.law.terms.public_surveillance import DAYS_PER_CUSTODY_DAY
from guitu.law.words import Category, Tier
from guitu.people import derived, facts, hooks
from guitu.people.models import Case, EventKind, MonitoringOrder, ProhibitionKind, ProhibitionOrder
from guitu.people.services.acts import WHY, act, civil, locked_case, locked_order, moment_of
from guitu.people.services.refusals import Fault, Refused, refuse
from guitu.people.timeline import happened

_CLOSED_BY_CATEGORY = {
    GroundDefect.NO_PROHIBITION_ORDER_IN_CATEGORY,
    GroundDefect.NOTHING_TO_REVOKE,
}
_TIERS = {
    OrganisationKind.OFFICE: Tier.OFFICE,
    OrganisationKind.BODY: Tier.COUNTY,
    OrganisationKind.CITY: Tier.CITY,
    OrganisationKind.PROVINCE: Tier.PROVINCE,
}


def add_prohibition_order(
    case: Case, *, kind: str, content: str, start: date, end: date, by: Account, at: datetime
) -> ProhibitionOrder:
    """A court's prohibition order, within the law's floor and the term (POR 6)."""
    wanted = ProhibitionKind(kind)
    if not content.strip():
        raise refuse("content", _("请照裁判文书写明禁止的内容。"))
    if end < start:
        raise refuse(
            "end", _("止日%(end)s早于起日%(start)s，请改正。") % {"start": start, "end": end}
        )
    credit = case.custody_days * DAYS_PER_CUSTODY_DAY if case.category == "01" else 0
    term = Term(case.term_start, case.term_end, (), custody_credit_days=credit)
    answer = prohibition_days_are_lawful(Category.of(case.category), start, end, term=term)
    if not answer.allowed:
        raise Refused(answer.reasons)
    with act(by, reason=gettext_noop("登记禁止令")):
        row = locked_case(case)
        order = ProhibitionOrder(
            person_id=row.person_id, case=row, kind=wanted, content=content, start=start, end=end
        )
        order.save(force_insert=True)
        happened(
            row, EventKind.PROHIBITION, at=moment_of(start), by=by, whole_day=True,
            basis="PC 38(2)" if row.category == "01" else "PC 72(2)",
            text=f"{wanted.label}：{content}",
        )  # fmt: skip
        derived.refresh_next_due(row, today=civil(at))
        audit.record("prohibition.record", obj=order, person_id=row.person_id, actor=by)
    return order


@dataclass(frozen=True, slots=True)
class Signer:
    """What an account was on a day, as far as CCL 29 asks."""

    role: str
    tier: Tier
    posted: bool


def signer_of(account: Account, case: Case, *, on: date | None) -> Signer:
    """The post by which ``account`` could sign for the case's county on that day.

    The head of the county bureau for that county comes first; else any post there was, so that the
    refusal can say who signed.
    """
    posts = Post.objects.filter(account=account).select_related("organisation")
    if on is not None:
        posts = posts.filter(since__lte=on).filter(Q(until__isnull=True) | Q(until__gte=on))
    above = set(case.office.ancestor_ids)
    found = [
        (post, _TIERS[OrganisationKind(post.organisation.kind)])
        for post in posts
        if OrganisationKind(post.organisation.kind) in _TIERS and post.organisation_id in above
    ]
    found.sort(key=lambda pair: pair[0].role != Role.BUREAU_HEAD)
    if not found:
        return Signer("", Tier.COUNTY, posted=False)
    post, tier = found[0]
    return Signer(post.role, tier, posted=True)


def unsaved_order(
    case: Case,
    *,
    number: str,
    ground: int,
    proof: str,
    decided_by: Account,
    decided_on: date | None,
    start: date,
    end: date,
    extends: MonitoringOrder | None = None,
    assessed_on: date | None = None,
    reassessment: str = "",
) -> MonitoringOrder:
    """The order as it would be written, its signer's post looked up."""
    signer = signer_of(decided_by, case, on=decided_on)
    return MonitoringOrder(
        person_id=case.person_id,
        case=case,
        number=number.strip(),
        ground=ground,
        proof=proof.strip(),
        decided_by=decided_by,
        decided_on=decided_on,
        signer_role=signer.role,
        signer_tier=signer.tier,
        start=start,
        end=end,
        extends=extends,
        assessed_on=assessed_on,
        reassessment=reassessment.strip(),
    )


def order_defects(order: MonitoringOrder) -> tuple[Reason, ...]:
    """Everything that law has against an order not yet written (CCL 29).

    What happened is left to the proof; but a ground that the category can't have is refused.
    """
    found = law_defects(facts.order_facts(order, order.case, previous=order.extends))
    open_at_all = ground_is_open(
        Ground(order.ground), Category.of(order.case.category), ConductFacts()
    )
    return found + tuple(reason for reason in open_at_all if reason.code in _CLOSED_BY_CATEGORY)


def record_monitoring_order(
    case: Case,
    *,
    number: str,
    ground: int,
    proof: str,
    decided_by: Account,
    decided_on: date,
    start: date,
    end: date,
    extends: MonitoringOrder | None = None,
    assessed_on: date | None = None,
    reassessment: str = "",
    by: Account,
    at: datetime,
) -> MonitoringOrder:
    """Record a decision to use a device. Raises :class:`Refused` with all that is against it.

    It must stand on one of the five grounds, be decided by somebody who was head of the county's
    bureau on that day, last at most three months, lie within the term, and an extension must follow
    the order before without gap or overlap after an assessment. Two orders of a case never run on
    the same day.
    """
    order = unsaved_order(
        case,
        number=number,
        ground=ground,
        proof=proof,
        decided_by=decided_by,
        decided_on=decided_on,
        start=start,
        end=end,
        extends=extends,
        assessed_on=assessed_on,
        reassessment=reassessment,
    )
    with act(by, reason=gettext_noop("登记使用电子定位装置决定")):
        row = locked_case(case)
        faults = _faults(order, row, today=civil(at))
        reasons = order_defects(order)
        if faults or reasons:
            raise Refused(reasons, faults)
        order.case = row
        order.recorded_by = by
        order.save(force_insert=True)
        happened(
            row, EventKind.ORDER, at=moment_of(start), by=by, whole_day=True,
            basis=f"CCL 29(1)[{order.ground}]", link=f"/persons/orders/{order.pk}/",
            title=gettext_noop("延长电子定位") if extends else gettext_noop("使用电子定位"),
            text=gettext_noop("%(number)s，%(name)s批准，%(start)s至%(end)s")
            % {"number": order.number, "name": decided_by.name, "start": start, "end": end},
        )  # fmt: skip
        derived.refresh_next_due(row, today=civil(at))
        audit.record(
            "order.record", obj=order, person_id=row.person_id, actor=by, number=order.number,
            ground=order.ground, days=[start, end], decided_by=decided_by.pk,
        )  # fmt: skip
        transaction.on_commit(lambda: hooks.orders_changed(row.pk))
    return order


def lift_order(
    order: MonitoringOrder, *, on: date, reason: str, by: Account, at: datetime
) -> MonitoringOrder:
    """Lift an order that is needed no longer (CCL 29(2)); from ``on`` on nothing is collected."""
    if not reason.strip():
        raise refuse("reason", _("请写明为什么解除。"))
    with act(by, reason=reason):
        case = locked_case(order.case)
        row = locked_order(order)
        if row.annulled or row.lifted_on:
            raise refuse("on", _("决定%(number)s已经解除或者作废。") % {"number": row.number})
        if not row.start <= on <= row.end:
            raise refuse(
                "on",
                _("解除日应在%(start)s至%(end)s之间，现为%(day)s。")
                % {"start": row.start, "end": row.end, "day": on},
            )
        if on < civil(at):
            raise refuse("on", _("解除自今天起生效，不能倒填日期。"))
        row.lifted_on, row.lifted_reason = on, reason[:200]
        row.save()
        happened(
            case, EventKind.ORDER_ENDED, at=at, by=by, basis="CCL 29(2)",
            link=f"/persons/orders/{row.pk}/",
            text=gettext_noop("%(number)s自%(day)s起解除：%(reason)s")
            % {"number": row.number, "day": on, "reason": reason},
        )  # fmt: skip
        derived.refresh_next_due(case, today=civil(at))
        audit.record("order.lift", obj=row, person_id=case.person_id, actor=by, on=on)
        transaction.on_commit(lambda: hooks.orders_changed(case.pk))
    return row


def annul_order(
    order: MonitoringOrder, *, reason: str, by: Account, at: datetime
) -> MonitoringOrder:
    """Annul (作废) an order that should never have been: it carried nothing on any day."""
    if not reason.strip():
        raise refuse("reason", _("请写明为什么作废。"))
    with act(by, reason=reason):
        case = locked_case(order.case)
        row = locked_order(order)
        if row.annulled:
            raise refuse("reason", _("决定%(number)s已经作废。") % {"number": row.number})
        if MonitoringOrder.objects.unscoped(WHY).filter(extends=row, annulled=False).exists():
            raise refuse("reason", _("后面有一份延期决定，请先作废它。"))
        row.annulled, row.annulled_reason = True, reason[:200]
        row.save()
        happened(
            case, EventKind.ORDER_ENDED, at=at, by=by, basis="CCL 29(1)",
            link=f"/persons/orders/{row.pk}/", title=gettext_noop("作废电子定位决定"),
            text=f"{row.number}：{reason}",
        )  # fmt: skip
        derived.refresh_next_due(case, today=civil(at))
        audit.record("order.annul", obj=row, person_id=case.person_id, actor=by)
        transaction.on_commit(lambda: hooks.orders_changed(case.pk))
    return row


def _faults(order: MonitoringOrder, case: Case, *, today: date) -> list[Fault]:
    found: list[Fault] = []
    if case.state not in derived.OPEN_STATES:
        found.append(
            Fault("case", _("案件%(state)s，不能再用装置。") % {"state": case.get_state_display()})
        )
    if not order.number:
        found.append(Fault("number", _("缺少决定书文号，请填写。")))
    elif MonitoringOrder.objects.unscoped(WHY).filter(number=order.number).exists():
        found.append(
            Fault("number", _("文号“%(number)s”已经登记过，请核对。") % {"number": order.number})
        )
    if order.decided_on and order.decided_on > today:
        found.append(
            Fault("decided_on", _("批准日%(day)s在今天之后，请核对。") % {"day": order.decided_on})
        )
    if order.extends is not None and order.extends.case_id != case.pk:
        found.append(Fault("extends", _("被延长的决定不属于这个案件。")))
    elif order.extends is not None and (order.extends.annulled or order.extends.lifted_on):
        found.append(Fault("extends", _("前一决定已经解除或者作废，不能延长，请另行决定。")))
    same_days = MonitoringOrder.objects.unscoped(WHY).filter(
        case=case, annulled=False, start__lte=order.end, end__gte=order.start
    )
    found += [
        Fault(
            "start",
            _("与决定%(number)s（%(start)s至%(end)s）重叠，同一天只能有一份决定。")
            % {"number": other.number, "start": other.start, "end": other.end},
        )
        for other in same_days
        if other.lifted_on is None or other.lifted_on > order.start
    ]
    return found
