"""Reads of tracking. What shows a person is scoped by the account; the views write the audit."""

from guitu.tracking.queries.alarms import (
    AlarmFilters,
    Queue,
    QueueLine,
    alarm_queue,
    closed_alarms,
    line_of,
    open_alarms,
    open_count,
    visible_alarms,
)
from guitu.tracking.queries.devices import DeviceFilters, visible_devices
from guitu.tracking.queries.evidence import evidence_of
from guitu.tracking.queries.fences import visible_fences
from guitu.tracking.queries.positions import MapFilters, live_positions
from guitu.tracking.queries.trails import read_trail

__all__ = [
    "AlarmFilters",
    "DeviceFilters",
    "MapFilters",
    "Queue",
    "QueueLine",
    "alarm_queue",
    "closed_alarms",
    "evidence_of",
    "line_of",
    "live_positions",
    "open_alarms",
    "open_count",
    "read_trail",
    "visible_alarms",
    "visible_devices",
    "visible_fences",
]
