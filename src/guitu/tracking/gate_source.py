"""The gate's spans out of the database: wearings and monitoring orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from guitu.people.facts import window_of
from guitu.people.models import MonitoringOrder
from guitu.tracking.gate import FOREVER_MS, DeviceSpans, Gate, Worn, lawful_spans
from guitu.tracking.models import Device, Wearing

_WHY = "the lawful gate must know every wearing and order"


def ms(at: datetime) -> int:
    """Unix milliseconds of an aware time, rounded down."""
    return int(at.timestamp() * 1000 // 1)


def load(*, since: datetime) -> Gate:
    """The gate of now. ``since``: wearings that ended before are left out (no fix is that late)."""
    wearings = (
        Wearing.objects.unscoped(_WHY)
        .exclude(until__lt=since)
        .values_list("pk", "device_id", "person_id", "case_id", "since", "until")
    )
    worn: dict[int, list[Worn]] = defaultdict(list)
    cases = set()
    for pk, device, person, case, begin, end in wearings:
        cases.add(case)
        worn[device].append(
            Worn(pk, person, case, ms(begin), FOREVER_MS if end is None else ms(end))
        )
    orders = windows_of(cases)
    devices: dict[int, DeviceSpans] = {
        device: DeviceSpans() for device in Device.objects.order_by().values_list("pk", flat=True)
    }
    for device, rows in worn.items():
        rows.sort(key=lambda row: row.begin_ms)
        devices[device] = DeviceSpans(lawful_spans(rows, orders), tuple(rows))
    return Gate(devices)


def windows_of(cases: set[int]) -> Mapping[int, list[tuple[int, int]]]:
    """Case → windows of its orders, in Unix milliseconds."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    rows = (
        MonitoringOrder.objects.unscoped(_WHY)
        .filter(case__in=cases, annulled=False)
        .select_related("case", "extends")
    )
    for order in rows:
        window = window_of(order, order.case, previous=order.extends)
        if window is not None:
            found[order.case_id].append((ms(window[0]), ms(window[1])))
    return found
