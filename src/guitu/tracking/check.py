"""What must always be true of trails, wearings and alarms: for ``guitu check``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from guitu.people.facts import window_of
from guitu.people.models import MonitoringOrder
from guitu.tracking.gate import FOREVER_MS, Worn, lawful_spans
from guitu.tracking.gate_source import ms
from guitu.tracking.models import FenceVersion, Wearing
from guitu.tracking.rules import rule_of

_WHY = "guitu check looks at everything"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be; the sentence names the row."""

    what: str

    def __str__(self) -> str:
        return self.what


_ALWAYS: tuple[tuple[str, str], ...] = (
    (
        "Wearing {} has a person that is not the person of its case or order.",
        "SELECT w.id FROM tracking_wearing w JOIN people_case c ON c.id = w.case_id"
        " JOIN people_monitoringorder o ON o.id = w.order_id"
        " WHERE w.person_id <> c.person_id OR w.person_id <> o.person_id",
    ),
    (
        "Alarm {} has no step that opened it.",
        "SELECT a.id FROM tracking_alarm a WHERE NOT EXISTS"
        " (SELECT 1 FROM tracking_alarmstep s WHERE s.alarm_id = a.id AND s.kind = 'opened')",
    ),
    (
        "Alarm {} is closed, but no step says who closed it.",
        "SELECT a.id FROM tracking_alarm a WHERE a.state = 'closed' AND NOT EXISTS"
        " (SELECT 1 FROM tracking_alarmstep s WHERE s.alarm_id = a.id AND s.kind = 'closed')",
    ),
    (
        "Alarm {} has no event that decided it.",
        "SELECT a.id FROM tracking_alarm a WHERE NOT EXISTS"
        " (SELECT 1 FROM tracking_alarmevent e WHERE e.alarm_id = a.id)",
    ),
    (
        "Fence {} applies and has no version that applies.",
        "SELECT f.id FROM tracking_fence f WHERE f.retired_at IS NULL AND NOT EXISTS (SELECT 1"
        " FROM tracking_fenceversion v WHERE v.fence_id = f.id AND v.applied_until IS NULL)",
    ),
    (
        "Fix {} has no report as its evidence.",
        "SELECT f.id FROM (SELECT day, id, report_id FROM tracking_fix ORDER BY day DESC, id DESC"
        " LIMIT 20000) f WHERE NOT EXISTS (SELECT 1 FROM tracking_report r"
        " WHERE r.day = f.day AND r.id = f.report_id)",
    ),
    (
        "Shard {} is committed against another stream than the others.",
        "SELECT shard FROM tracking_streamoffset WHERE creation_id <>"
        " (SELECT min(creation_id) FROM tracking_streamoffset)",
    ),
    (
        "Report {} could not be processed and waits for somebody to look at it (dead letters).",
        "SELECT id FROM tracking_deadletter WHERE settled_at IS NULL",
    ),
)


def findings() -> list[Finding]:
    """Everything that is wrong, at most ten rows of a kind; empty when all is well."""
    found = []
    with connection.cursor() as cursor:
        for sentence, query in _ALWAYS:
            cursor.execute(f"SELECT * FROM ({query}) q LIMIT 10")  # noqa: S608 (our own text)
            found += [Finding(sentence.format(row[0])) for row in cursor.fetchall()]
        found += _unlawful(cursor)
    found += _unreadable()
    return found


def _unreadable() -> Iterator[Finding]:
    for version in (
        FenceVersion.objects.unscoped(_WHY)
        .filter(applied_until__isnull=True, fence__retired_at__isnull=True)
        .select_related("fence")
    ):
        try:
            rule_of(version, version.fence)
        except (ValueError, KeyError, TypeError) as error:
            yield Finding(f"Fence {version.fence_id} cannot be read and watches nobody: {error}")


def _unlawful(cursor: Any) -> Iterator[Finding]:
    """Fixes outside their wearing and orders: there must be none, ever."""
    cursor.execute("SELECT DISTINCT wearing_id FROM tracking_fix")
    worn = {row[0] for row in cursor.fetchall()}
    wearings = {row.pk: row for row in Wearing.objects.unscoped(_WHY).filter(pk__in=worn)}
    for pk in sorted(worn - set(wearings)):
        yield Finding(f"There are fixes of wearing {pk}, which does not exist.")
    windows = _windows({row.case_id for row in wearings.values()})
    for row in wearings.values():
        end = FOREVER_MS if row.until is None else ms(row.until)
        spans = lawful_spans(
            [Worn(row.pk, row.person_id, row.case_id, ms(row.since), end)], windows
        )
        begins = [datetime.fromtimestamp(span.begin_ms / 1000, UTC) for span in spans]
        ends = [datetime.fromtimestamp(min(s.end_ms, 32503680000000) / 1000, UTC) for s in spans]
        cursor.execute(
            "SELECT count(*), min(time) FROM tracking_fix f WHERE person_id = %s AND wearing_id = %s"
            " AND NOT EXISTS (SELECT 1 FROM unnest(%s::timestamptz[], %s::timestamptz[]) AS s (b, e)"
            " WHERE f.time >= s.b AND f.time < s.e)",
            [row.person_id, row.pk, begins, ends],
        )
        count, first = cursor.fetchone()
        if count:
            yield Finding(
                f"{count} fixes of person {row.person_id}, the first at {first:%Y-%m-%d %H:%M}, lie "
                f"outside wearing {row.pk} or every monitoring order of its case."
            )


def _windows(cases: set[int]) -> dict[int, list[tuple[int, int]]]:
    """As the gate has them, but to the end of the day on which an order was lifted: what was
    collected before the lifting was recorded was lawful then."""
    found: dict[int, list[tuple[int, int]]] = {}
    rows = (
        MonitoringOrder.objects.unscoped(_WHY)
        .filter(case__in=cases)
        .select_related("case", "extends")
    )
    for order in rows:
        if order.lifted_on is not None:
            order.lifted_on += timedelta(days=1)
        window = window_of(order, order.case, previous=order.extends)
        if window is not None:
            found.setdefault(order.case_id, []).append((ms(window[0]), ms(window[1])))
    return found
