"""A device still worn though no order carries it any more: take it off (CCL 29(2))."""

from __future__ import annotations

from datetime import date

from guitu.law.articles import articles
from guitu.law.deadlines import Calendar
from guitu.law.duties.shape import CaseFacts, MonitoringFacts, Obligation, ObligationCode
from guitu.law.terms.arithmetic import ONE_DAY


def device_comes_off_with_its_order(
    facts: CaseFacts, today: date, calendar: Calendar
) -> tuple[Obligation, ...]:
    """Due on the last day an order or the case carried the band, so overdue the day after.

    Also after the case has ended: the band is the one thing an ended case may still owe.
    """
    worn = [order for order in facts.monitoring_orders if order.device_worn]
    if not worn:
        return ()
    if any(_last_day(o, facts) >= today and o.first_day <= today for o in facts.monitoring_orders):
        return ()
    order = max(worn, key=lambda o: _last_day(o, facts))
    last = _last_day(order, facts)
    return (
        Obligation(
            code=ObligationCode.TAKE_DEVICE_BACK,
            title_zh="收回电子定位装置",
            title_en="take the device back",
            basis_zh=f"决定已于{last}届满或解除，佩戴没有依据",
            basis_en=f"the order ended or was lifted after {last}: nothing carries the device",
            begins=last,
            due=last,
            articles=articles("CCL 29(2)"),
            sure=True,
            subject=order.ref,
        ),
    )


def _last_day(order: MonitoringFacts, facts: CaseFacts) -> date:
    """Lifting stops collection from its own day; a case that ends carries through its last day."""
    stops = [order.last_day, facts.last_day]
    if order.lifted_on is not None:
        stops.append(order.lifted_on - ONE_DAY)
    if facts.ended_on is not None:
        stops.append(facts.ended_on)
    return min(stops)
