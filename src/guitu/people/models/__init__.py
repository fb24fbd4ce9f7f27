"""State of the register."""

from guitu.people.models.case import Case, CaseState, TermUnit
from guitu.people.models.event import CaseEvent, EventKind
from guitu.people.models.order import MonitoringOrder, ProhibitionKind, ProhibitionOrder
from guitu.people.models.person import Contact, Person
from guitu.people.models.team import TeamMember, TeamRole

__all__ = [
    "Case",
    "CaseEvent",
    "CaseState",
    "Contact",
    "EventKind",
    "MonitoringOrder",
    "Person",
    "ProhibitionKind",
    "ProhibitionOrder",
    "TeamMember",
    "TeamRole",
    "TermUnit",
]
