"""What the engine remembers of each device, in columns, and its snapshot.

Everything that a later decision can depend on is here and in the snapshot, nothing else: a state
loaded from bytes judges on exactly as the one that was dumped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import numpy as np

from guitu.engine.columns import F4, F8, I2, I4, I8, U1, U4, codes
from guitu.engine.events import Deciding, EventKind
from guitu.engine.evidence import EVIDENCE_FIXES
from guitu.engine.pool import Pool
from guitu.engine.rules import Rules

VERSION = 1
_MAGIC = b"GUITU-ENGINE"

# DeviceColumns.standing
SILENT, BATTERY_LOW, TAMPERED, SEPARATED, SOS_HELD, LOW_BY_FLAG = 1, 2, 4, 8, 16, 32
# FenceColumns.side and .last
UNKNOWN, ALLOWED, FORBIDDEN = 0, 1, 2
GREY = 3
NEVER_MS = -(1 << 62)


class DeviceColumns(NamedTuple):
    """Per slot. The newest row in order, the last word heard, the last credible place, the place
    that a jump led to, the run of late fixes, and a ring of the last 32 fixes."""

    device_id: I8
    heard_ms: I8  # time received of the last word
    heard_time_ms: I8
    heard_lon_e7: I4
    heard_lat_e7: I4
    newest_ms: I8
    newest_received_ms: I8
    standing: U1
    low_since_ms: I8
    silent_since_ms: I8
    tampered_since_ms: I8
    separated_since_ms: I8
    good_ms: I8  # the time it was judged by
    good_told_ms: I8  # the device's own time, as sent
    good_received_ms: I8
    good_lon_e7: I4
    good_lat_e7: I4
    good_m: F8
    jump_ms: I8
    jump_lon_e7: I4
    jump_lat_e7: I4
    jump_m: F8
    late_ms: I8
    late_lon_e7: I4
    late_lat_e7: I4
    late_m: F8
    late_flags: U4
    watched: U1  # has any rule
    fence_first: I8
    fence_count: I4
    ring_next: I8
    ring_told_ms: I8  # the device's own time, as sent
    ring_ms: I8  # the time it was judged by
    ring_received_ms: I8
    ring_lon_e7: I4
    ring_lat_e7: I4
    ring_flags: U4
    ring_m: F4
    ring_verdict: U4
    ring_source: U1
    ring_satellites: I2


class FenceColumns(NamedTuple):
    """Per fence of a device, in the order of the rules (ascending id)."""

    fence_id: I8
    side: U1  # where the person is believed to be
    last: U1  # what the last credible fix said
    points: U1
    back: U1
    open: U1  # a breach stands
    since_ms: I8  # first fix outside of the present run
    counted_ms: I8  # last fix that added a point
    begin_ms: I8  # of the standing or last breach
    end_ms: I8
    late_points: U1
    late_told: U1
    late_since_ms: I8
    late_counted_ms: I8


_NEVER = (
    "heard_ms", "heard_time_ms", "newest_ms", "newest_received_ms", "good_ms", "good_told_ms",
    "good_received_ms", "jump_ms", "late_ms",
)  # fmt: skip
# What stands of a device itself: its bit, the kind that ends it, since when it stands.
_STANDING = (
    (SILENT, EventKind.SILENCE_END, "silent_since_ms"),
    (BATTERY_LOW, EventKind.LOW_BATTERY_END, "low_since_ms"),
    (TAMPERED, EventKind.TAMPER_END, "tampered_since_ms"),
    (SEPARATED, EventKind.SEPARATION_END, "separated_since_ms"),
)

_RING: dict[str, tuple[int, ...]] = dict.fromkeys(
    (n for n in DeviceColumns._fields if n.startswith("ring_") and n != "ring_next"),
    (EVIDENCE_FIXES,),
)


def _pool(columns: type, shapes: dict[str, tuple[int, ...]] | None = None) -> Pool:
    return Pool(shapes or {}, **codes(columns))


@dataclass(frozen=True, slots=True)
class Ended:
    """Something stood that no rule upholds any more. fence_id is -1 where no fence is concerned."""

    slot: int
    kind: EventKind
    fence_id: int
    began_ms: int
    deciding: Deciding


class _Snapshot(msgspec.Struct, frozen=True):
    version: int
    devices: int
    fences: int
    device_columns: dict[str, bytes]
    fence_columns: dict[str, bytes]


class State:
    """All devices of one shard. `step` and `tick` change it; nothing else does but `slot_of`."""

    __slots__ = ("_dead", "_devices", "_fences", "_revision", "_slot_of")

    def __init__(self) -> None:
        self._devices = _pool(DeviceColumns, _RING)
        self._fences = _pool(FenceColumns)
        self._slot_of: dict[int, int] = {}
        self._revision = np.zeros(0, np.int64)
        self._dead = 0

    def __len__(self) -> int:
        return len(self._devices)

    def slot_of(self, device_id: int) -> int:
        """The slot of a device, given one if it is new. Slots are never reused or moved."""
        slot = self._slot_of.get(device_id)
        if slot is None:
            slot = self._devices.add(1)
            self._devices["device_id"][slot] = device_id
            self._forget(slot)
            self._slot_of[device_id] = slot
        return slot

    def device_id(self, slot: int) -> int:
        """The inverse of `slot_of`."""
        return int(self._devices["device_id"][slot])

    def columns(self) -> tuple[DeviceColumns, FenceColumns]:
        """For the kernel: views, no copies."""
        return (
            DeviceColumns(*(self._devices[n] for n in DeviceColumns._fields)),
            FenceColumns(*(self._fences[n] for n in FenceColumns._fields)),
        )

    def standing_breaches(self) -> list[tuple[int, int, int]]:
        """(slot, fence id, began_ms) of every breach that stands, for checks and pages."""
        out = []
        for slot in range(len(self)):
            first, count = self._run(slot)
            out += [
                (slot, int(self._fences["fence_id"][r]), int(self._fences["begin_ms"][r]))
                for r in range(first, first + count)
                if self._fences["open"][r]
            ]
        return out

    def last_place(self, slot: int) -> Deciding:
        """The last credible place of a device (times NEVER_MS before the first)."""
        d = self._devices
        return Deciding(
            int(d["good_told_ms"][slot]),
            int(d["good_received_ms"][slot]),
            int(d["good_lon_e7"][slot]),
            int(d["good_lat_e7"][slot]),
        )

    def align(self, rules: Rules, slots: I4 | None = None) -> list[Ended]:
        """Give each device a row for each of its fences; rows of fences that stay are carried over.

        A device that loses its last rule (the wearing or the order ended) is forgotten: places
        collected for supervision serve nothing else, and the next wearer starts without a past.
        Returns what stood on fences and devices that are gone.
        """
        rules.reserve(len(self))
        if len(self._revision) < len(self):
            grown = np.full(max(len(self), 2 * len(self._revision)), -1, np.int64)
            grown[: len(self._revision)] = self._revision
            self._revision = grown
        now = rules.revisions()
        if slots is None:
            changed = np.flatnonzero(now[: len(self)] != self._revision[: len(self)])
        else:
            changed = np.unique(slots[now[slots] != self._revision[slots]])
        ended: list[Ended] = []
        for slot in changed.tolist():
            ended += self._relink(slot, rules.fence_ids(slot))
            watched = rules.watches(slot)
            if self._devices["watched"][slot] and not watched:
                ended += self._standing(slot)
                self._forget(slot)
            self._devices["watched"][slot] = watched
            self._revision[slot] = now[slot]
        if self._dead > 1024 and self._dead * 2 > len(self._fences):
            n = len(self._devices)
            devices = self._devices
            devices["fence_first"][:n] = self._fences.keep_runs(
                devices["fence_first"][:n], devices["fence_count"][:n]
            )
            self._dead = 0
        return ended

    def dump(self) -> bytes:
        """A snapshot. Equal states give equal bytes."""
        n = len(self._devices)
        # In slot order and without garbage: how rows came to lie where they do is history.
        self._devices["fence_first"][:n] = self._fences.keep_runs(
            self._devices["fence_first"][:n], self._devices["fence_count"][:n]
        )
        self._dead = 0
        body = _Snapshot(VERSION, n, len(self._fences), self._devices.dump(), self._fences.dump())
        return _MAGIC + msgspec.msgpack.encode(body)

    @classmethod
    def load(cls, body: bytes) -> State:
        """The inverse of `dump`; ValueError names what does not fit and the remedy."""
        if not body.startswith(_MAGIC):
            raise ValueError("these bytes are no engine snapshot: replay the stream from its start")
        try:
            made = msgspec.msgpack.decode(body[len(_MAGIC) :], type=_Snapshot)
        except msgspec.DecodeError as error:
            raise ValueError(
                f"the engine snapshot is damaged ({error}): use an older one or replay the stream"
            ) from error
        if made.version != VERSION:
            raise ValueError(
                f"the engine snapshot has version {made.version}, this engine reads {VERSION}: "
                "replay the stream from its start"
            )
        state = cls()
        state._devices.load(made.devices, made.device_columns)
        state._fences.load(made.fences, made.fence_columns)
        ids = state._devices["device_id"][: made.devices].tolist()
        state._slot_of = {device: slot for slot, device in enumerate(ids)}
        return state

    def copy(self) -> State:
        """An independent state that judges on from here."""
        return State.load(self.dump())

    def _run(self, slot: int) -> tuple[int, int]:
        return int(self._devices["fence_first"][slot]), int(self._devices["fence_count"][slot])

    def _standing(self, slot: int) -> list[Ended]:
        d = self._devices
        return [
            Ended(slot, kind, -1, int(d[since][slot]), self.last_place(slot))
            for bit, kind, since in _STANDING
            if d["standing"][slot] & bit
        ]

    def _forget(self, slot: int) -> None:
        """Leave of a device only who it is and which fences it has."""
        for name in DeviceColumns._fields:
            if name not in ("device_id", "watched", "fence_first", "fence_count"):
                self._devices[name][slot] = NEVER_MS if name in _NEVER else 0

    def _relink(self, slot: int, wanted: I8) -> list[Ended]:
        first, count = self._run(slot)
        ids = self._fences["fence_id"]
        old = {int(ids[r]): r for r in range(first, first + count)}
        if list(old) == wanted.tolist():
            return []
        start = self._fences.add(len(wanted))
        for row, fence_id in enumerate(wanted.tolist(), start):
            source = old.pop(fence_id, None)
            for name in self._fences.names():
                column = self._fences[name]
                if source is not None:
                    column[row] = column[source]
                elif name in ("since_ms", "counted_ms", "begin_ms", "end_ms"):
                    column[row] = NEVER_MS
            self._fences["fence_id"][row] = fence_id
        gone = [
            Ended(
                slot,
                EventKind.BREACH_END,
                fence_id,
                int(self._fences["begin_ms"][r]),
                self.last_place(slot),
            )
            for fence_id, r in old.items()
            if self._fences["open"][r]
        ]
        self._devices["fence_first"][slot] = start
        self._devices["fence_count"][slot] = len(wanted)
        self._dead += count
        return gone
