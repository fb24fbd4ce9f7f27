"""State of the ground."""

from guitu.base.models.account import Account, Post
from guitu.base.models.audit import AuditRecord, AuditSeal, AuditSealed
from guitu.base.models.datakey import DataKey
from guitu.base.models.organisation import Organisation, Oversight

__all__ = [
    "Account",
    "AuditRecord",
    "AuditSeal",
    "AuditSealed",
    "DataKey",
    "Organisation",
    "Oversight",
    "Post",
]
