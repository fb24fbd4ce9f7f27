"""A prohibition order is about to end: whoever supervises it has to know the day."""

from __future__ import annotations

from datetime import date, timedelta

from guitu.law.articles import articles
from guitu.law.deadlines import Calendar
from guitu.law.duties.shape import CaseFacts, Obligation, ObligationCode

_SHOWN_BEFORE = timedelta(days=14)


def prohibition_order_ends(
    facts: CaseFacts, today: date, calendar: Calendar
) -> tuple[Obligation, ...]:
    """One a running order, due on its last day; past orders ask for nothing. No holiday moves it."""
    if not facts.is_open(today):
        return ()
    return tuple(
        Obligation(
            code=ObligationCode.PROHIBITION_ENDS,
            title_zh="禁止令届满",
            title_en="prohibition order ends",
            basis_zh=f"禁止令自{order.first_day}至{order.last_day}，期满告知本人并停止核查",
            basis_en=f"in force from {order.first_day} to {order.last_day}: tell the person and "
            "stop checking it",
            begins=order.last_day - _SHOWN_BEFORE,
            due=order.last_day,
            articles=articles("POR 6(1)"),
            sure=True,
            subject=order.ref,
        )
        for order in facts.prohibition_orders
        if order.last_day >= today
    )
