"""Terms: when they start, when they end, and whether they can be right; the door to `terms`.

>>> from datetime import date
>>> from guitu.law.term import Length, public_surveillance_term
>>> public_surveillance_term(date(2026, 5, 10), Length.parse("4个月"), prior_custody_days=20).last_day
datetime.date(2026, 7, 31)
"""

from __future__ import annotations

from guitu.law.length import Length, compare
from guitu.law.terms.arithmetic import Step, Term, last_day
from guitu.law.terms.lawful import SentenceFacts, TermDefect, term_is_lawful
from guitu.law.terms.parole import parole_term, parole_term_of_life
from guitu.law.terms.probation import probation_term
from guitu.law.terms.prohibition_order import (
    ProhibitionDefect,
    prohibition_days_are_lawful,
    prohibition_order_is_lawful,
)
from guitu.law.terms.public_surveillance import public_surveillance_term
from guitu.law.terms.temporary_service import temporary_service_term

__all__ = [
    "Length",
    "ProhibitionDefect",
    "SentenceFacts",
    "Step",
    "Term",
    "TermDefect",
    "compare",
    "last_day",
    "parole_term",
    "parole_term_of_life",
    "probation_term",
    "prohibition_days_are_lawful",
    "prohibition_order_is_lawful",
    "public_surveillance_term",
    "temporary_service_term",
    "term_is_lawful",
]
