"""What the deciding organ owes the body where the person will live: notice and papers (CCL 20)."""

from __future__ import annotations

from datetime import date

from guitu.law.deadlines import Calendar, Deadline, within_days

NOTIFY_DAYS = 5
SERVE_DAYS = 10


def notice_deadline(effective_on: date, calendar: Calendar) -> Deadline:
    """Last day to notify the body: five days from effect; CCL 20, CPL 105."""
    return within_days(effective_on, NOTIFY_DAYS, calendar)


def service_deadline(effective_on: date, calendar: Calendar) -> Deadline:
    """Last day to serve the papers: ten days from effect; CCL 20, SPC 519, CPL 105."""
    return within_days(effective_on, SERVE_DAYS, calendar)
