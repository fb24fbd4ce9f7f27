"""What the engine says happened: kinds, causes, identities and the columns they come in."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from guitu.engine.evidence import Evidence


class EventKind(IntEnum):
    """Kinds of event. The numbers are stored: never reuse one."""

    BREACH_BEGIN = 1  # on the forbidden side of a fence in force
    BREACH_END = 2  # back, or the fence no longer in force (see Cause)
    BREACH_PAST = 3  # a late backlog proves a breach that was over before it was known
    SILENCE = 4  # nothing heard for longer than the device's silence limit
    SILENCE_END = 5
    LOW_BATTERY = 6
    LOW_BATTERY_END = 7
    TAMPER = 8
    TAMPER_END = 9
    SOS = 10
    SEPARATION = 11
    SEPARATION_END = 12
    TAMPER_PAST = 13  # a late backlog proves that the strap was open then; nothing stands


class Cause(IntEnum):
    """What decided an event. The numbers are stored: never reuse one."""

    FIX = 1  # a fix, by the rule of points
    FAR = 2  # one good fix far beyond the boundary
    WINDOW_OPENED = 3  # the fence came into force while the last place was on the forbidden side
    WINDOW_CLOSED = 4  # the fence is no longer in force: its timetable or its validity ended
    RULES_CHANGED = 5  # the fence, or the watch for silence, is no longer among the device's rules
    BACKLOG = 6  # late fixes
    TIME = 7  # a tick: so long without a word
    DEVICE = 8  # the device's own flag or battery figure


OPENING = frozenset(
    {
        EventKind.BREACH_BEGIN,
        EventKind.SILENCE,
        EventKind.LOW_BATTERY,
        EventKind.TAMPER,
        EventKind.SEPARATION,
    }
)
"""Kinds after which something stands until its closing kind comes."""

CLOSED_BY = {
    EventKind.BREACH_BEGIN: EventKind.BREACH_END,
    EventKind.SILENCE: EventKind.SILENCE_END,
    EventKind.LOW_BATTERY: EventKind.LOW_BATTERY_END,
    EventKind.TAMPER: EventKind.TAMPER_END,
    EventKind.SEPARATION: EventKind.SEPARATION_END,
}


@dataclass(frozen=True, slots=True)
class Deciding:
    """The report that decided an event: with the device it names one fix for ever.

    time_ms is the device's own clock as sent (also where it was not believed), so that the four
    numbers find the row of the trail; -(1 << 62) when no report was ever heard.
    """

    time_ms: int
    received_ms: int
    lon_e7: int
    lat_e7: int


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    time_ms: when it began or ended as far as is known (the first fix outside, the start of a
    curfew); received_ms: when it became known (of the deciding fix, or the tick's now).
    fence_id: -1 when no fence is concerned. fix_index: row of the deciding fix in the batch given to
    `step`, -1 when time or a change of rules decided. began_ms: of a closing event, the time_ms of
    its opening event. evidence: for what concerns a fence, else None.
    """

    event_id: bytes
    slot: int
    device_id: int
    kind: EventKind
    cause: Cause
    fence_id: int
    time_ms: int
    received_ms: int
    began_ms: int
    fix_index: int
    deciding: Deciding
    evidence: Evidence | None

    def moved(self, rows: int) -> Event:
        """The same event with its fix_index counted from `rows` rows earlier."""
        return self if self.fix_index < 0 else replace(self, fix_index=self.fix_index + rows)


@dataclass(frozen=True, slots=True)
class Events:
    """Events in the order they were decided."""

    rows: tuple[Event, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.rows)

    def __add__(self, other: Events) -> Events:
        return Events(self.rows + other.rows)


def event_id(
    *, device_id: int, fence_id: int, kind: EventKind, time_ms: int, deciding: Deciding
) -> bytes:
    """16 bytes that are the same whenever the same report decides the same thing.

    The database holds them unique: an event judged again after a restart is written once.
    """
    body = struct.pack(
        ">qqBqqqii",
        device_id,
        fence_id,
        kind,
        time_ms,
        deciding.time_ms,
        deciding.received_ms,
        deciding.lon_e7,
        deciding.lat_e7,
    )
    return hashlib.blake2b(body, digest_size=16, person=b"guitu event").digest()
