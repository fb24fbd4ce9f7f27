"""A monitoring order that is about to end: assess the need, then extend or lift (CCL 29(2))."""

from __future__ import annotations

from datetime import date, timedelta

from guitu.law.articles import articles
from guitu.law.deadlines import Calendar
from guitu.law.duties.shape import CaseFacts, MonitoringFacts, Obligation, ObligationCode
from guitu.law.figures import figure
from guitu.law.terms.arithmetic import ONE_DAY


def monitoring_is_reassessed_before_it_ends(
    facts: CaseFacts, today: date, calendar: Calendar
) -> tuple[Obligation, ...]:
    """One a running order that nothing follows, due on its last day; first shown 14 days ahead.

    An order that ends with the case itself can't be extended and asks for no assessment.
    """
    if not facts.is_open(today):
        return ()
    early = timedelta(days=figure("reassess_order_early", today).value)
    return tuple(
        Obligation(
            code=ObligationCode.REASSESS_MONITORING,
            title_zh="电子定位到期评估",
            title_en="reassess the monitoring order",
            basis_zh=f"决定至{order.last_day}，期满不延期即停止采集；确有必要的，评估后报批延期",
            basis_en=f"the order ends on {order.last_day} and collection with it; extend only "
            "on an assessment and a new approval",
            begins=order.last_day - early,
            due=order.last_day,
            articles=articles("CCL 29(2)"),
            sure=True,
            subject=order.ref,
        )
        for order in facts.monitoring_orders
        if order.lifted_on is None
        and order.last_day >= today
        and order.last_day < facts.last_day
        and not _followed(order, facts.monitoring_orders)
    )


def reassessment_is_urgent(due: date, today: date) -> bool:
    """Whether the second reminder has come: seven days or fewer."""
    return due - today <= timedelta(days=figure("reassess_order_late", today).value)


def _followed(order: MonitoringFacts, orders: tuple[MonitoringFacts, ...]) -> bool:
    return any(
        other.ref != order.ref and other.first_day <= order.last_day + ONE_DAY <= other.last_day
        for other in orders
    )
