"""Commands of the register: the only place that writes persons, cases and orders.

Each service is one transaction: the change, its history with the reason, a line of the timeline,
the audit. Callers scope what they hand in; a service names its refusals in :class:`Refused`.
"""

from guitu.people.judgment import Judgment, JudgmentIncomplete, judged_by_law, term_of
from guitu.people.services.cases import (
    REPORTS,
    announce_intake,
    end_case,
    open_case,
    record_report,
    refresh_next_due,
    report_in,
    set_flags,
    set_level,
    set_management,
)
from guitu.people.services.daily import daily
from guitu.people.services.orders import (
    add_prohibition_order,
    annul_order,
    lift_order,
    order_defects,
    record_monitoring_order,
    unsaved_order,
)
from guitu.people.services.persons import (
    PHOTO_MAX_BYTES,
    Identity,
    add_contact,
    change_person,
    identity_of,
    move_person,
    photograph,
    refresh_scope_keys,
    register_person,
)
from guitu.people.services.refusals import Fault, Refused, in_words
from guitu.people.services.team import add_team_member, end_team_member

__all__ = [
    "PHOTO_MAX_BYTES",
    "REPORTS",
    "Fault",
    "Identity",
    "Judgment",
    "JudgmentIncomplete",
    "Refused",
    "add_contact",
    "add_prohibition_order",
    "add_team_member",
    "announce_intake",
    "annul_order",
    "change_person",
    "daily",
    "end_case",
    "end_team_member",
    "identity_of",
    "in_words",
    "judged_by_law",
    "lift_order",
    "move_person",
    "open_case",
    "order_defects",
    "photograph",
    "record_monitoring_order",
    "record_report",
    "refresh_next_due",
    "refresh_scope_keys",
    "register_person",
    "report_in",
    "set_flags",
    "set_level",
    "set_management",
    "term_of",
    "unsaved_order",
]
