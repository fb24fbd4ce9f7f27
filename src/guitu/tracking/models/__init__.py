"""State of tracking."""

from guitu.tracking.models.alarm import (
    OPEN_STATES,
    Alarm,
    AlarmEvent,
    AlarmKind,
    AlarmState,
    AlarmStep,
    StepKind,
)
from guitu.tracking.models.device import (
    ADMITTED_STATES,
    Command,
    CommandState,
    Conflict,
    ConflictKind,
    Device,
    DeviceState,
    DeviceStatus,
    Quarantine,
    Wearing,
    new_auth_code,
)
from guitu.tracking.models.fence import Fence, FenceKind, FenceSubject, FenceVersion
from guitu.tracking.models.machinery import (
    Change,
    DeadLetter,
    EngineJournal,
    EngineSnapshot,
    News,
    StreamOffset,
)
from guitu.tracking.models.severity import Severity
from guitu.tracking.models.trail import Fix, Latest, Refusal, RefusalReason, Report

__all__ = [
    "ADMITTED_STATES",
    "OPEN_STATES",
    "Alarm",
    "AlarmEvent",
    "AlarmKind",
    "AlarmState",
    "AlarmStep",
    "Change",
    "Command",
    "CommandState",
    "Conflict",
    "ConflictKind",
    "DeadLetter",
    "Device",
    "DeviceState",
    "DeviceStatus",
    "EngineJournal",
    "EngineSnapshot",
    "Fence",
    "FenceKind",
    "FenceSubject",
    "FenceVersion",
    "Fix",
    "Latest",
    "News",
    "Quarantine",
    "Refusal",
    "RefusalReason",
    "Report",
    "Severity",
    "StepKind",
    "StreamOffset",
    "Wearing",
    "new_auth_code",
]
