"""Reads of the register: lists, a person's page, a day's work, orders in force."""

from guitu.people.queries.day import Day, DueLine, Group, day_of
from guitu.people.queries.lists import (
    Hit,
    PersonFilters,
    PersonList,
    PersonRow,
    count_of,
    find,
    offices_of,
    person_list,
    persons,
)
from guitu.people.queries.orders import (
    OrderLine,
    OrderWindow,
    order_windows,
    orders_in_force,
    orders_standing,
    standing_of,
    visible_orders,
    window_of,
)
from guitu.people.queries.person import (
    PersonFacts,
    case_facts,
    item_of,
    judgment_of,
    panels_of,
    person_page,
    timeline_page,
)

__all__ = [
    "Day",
    "DueLine",
    "Group",
    "Hit",
    "OrderLine",
    "OrderWindow",
    "PersonFacts",
    "PersonFilters",
    "PersonList",
    "PersonRow",
    "case_facts",
    "count_of",
    "day_of",
    "find",
    "item_of",
    "judgment_of",
    "offices_of",
    "order_windows",
    "orders_in_force",
    "orders_standing",
    "panels_of",
    "person_list",
    "person_page",
    "persons",
    "standing_of",
    "timeline_page",
    "visible_orders",
    "window_of",
]
