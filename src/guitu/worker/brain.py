"""The engines of this worker's shards: one state and one set of rules each, and their memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from guitu.engine.columns import CONTACT_ONLY, DTYPES, Fixes
from guitu.engine.events import Event
from guitu.engine.rules import Rules
from guitu.engine.state import State
from guitu.engine.step import step, tick
from guitu.tracking.rules import DeviceRules, RuleBook
from guitu.wire.envelope import shard_of
from guitu.worker.decode import Contact, Kept, Segment

_NAN = float("nan")


class _Given(msgspec.Struct, frozen=True, array_like=True):
    """One segment as the engine was given it: device of each row, columns, then a tick."""

    devices: bytes
    columns: dict[str, bytes]
    tick_ms: int | None


class _Memory(msgspec.Struct, frozen=True, array_like=True):
    version: int
    tick_ms: int
    state: bytes


_journal = msgspec.msgpack.Decoder(list[_Given])
_memory = msgspec.msgpack.Decoder(_Memory)
_encode = msgspec.msgpack.Encoder().encode


@dataclass(slots=True)
class Shard:
    """One shard's engine. Changed by every turn: after a turn that failed it must be read anew."""

    number: int
    state: State = field(default_factory=State)
    rules: Rules = field(default_factory=Rules)
    tick_ms: int = 0
    applied: dict[int, DeviceRules] = field(default_factory=dict)
    given: list[_Given] = field(default_factory=list)

    def rule(self, wanted: dict[int, DeviceRules]) -> None:
        """Bring the rules to ``wanted`` (of this shard's devices alone)."""
        for device in sorted({*wanted, *self.applied}):
            new = wanted.get(device)
            if new == self.applied.get(device):
                continue
            slot = self.state.slot_of(device)
            if new is None:
                self.rules.remove_device(slot)
            else:
                self.rules.set_device(slot, fences=new.fences, device=new.limits)
        self.applied = wanted

    def feed(
        self, segment: Segment, items: Sequence[Kept | Contact]
    ) -> tuple[list[int], list[Event]]:
        """Judge a segment's items (resends already left out); a verdict each, and the events."""
        fixes = _columns(self.state, items)
        devices = np.array([_device(item) for item in items], np.int64)
        moved_tick = segment.tick_ms if segment.tick_ms and segment.tick_ms > self.tick_ms else None
        self.given.append(
            _Given(
                devices.tobytes(),
                {name: getattr(fixes, name).tobytes() for name in DTYPES if name != "slot"},
                moved_tick,
            )
        )
        return self._judge(fixes, moved_tick)

    def _judge(self, fixes: Fixes, tick_ms: int | None) -> tuple[list[int], list[Event]]:
        self.state, verdicts, events = step(self.state, fixes, self.rules)
        found = list(events)
        if tick_ms is not None:
            self.tick_ms = tick_ms
            self.state, more = tick(self.state, tick_ms, self.rules)
            found += more
        return verdicts.tolist(), found

    def journal(self) -> bytes | None:
        """What was given since the last call, for the journal; None for nothing."""
        given, self.given = self.given, []
        return _encode(given) if given else None

    def snapshot(self) -> bytes:
        """The whole memory."""
        return _encode(_Memory(1, self.tick_ms, self.state.dump()))

    @classmethod
    def recall(
        cls,
        number: int,
        snapshot: bytes | None,
        journal: Sequence[bytes],
        *,
        wanted: dict[int, DeviceRules],
    ) -> tuple[Shard, list[Event]]:
        """The engine as it was, from its memory, and the events of the replay.

        The events are on record already, but for those that rules changed meanwhile brought forth:
        write them all, each is written once.
        """
        shard = cls(number)
        if snapshot is not None:
            memory = _memory.decode(snapshot)
            shard.tick_ms = memory.tick_ms
            shard.state = State.load(memory.state)
        shard.rule(wanted)
        events: list[Event] = []
        for body in journal:
            for given in _journal.decode(body):
                devices = np.frombuffer(given.devices, np.int64).tolist()
                columns = {
                    name: np.frombuffer(data, DTYPES[name]) for name, data in given.columns.items()
                }
                slots = np.array([shard.state.slot_of(d) for d in devices], np.int32)
                _, found = shard._judge(Fixes(slot=slots, **columns), given.tick_ms)
                events += found
        return shard, events


def split(
    book: RuleBook, terminals: dict[int, str], shards: int
) -> dict[int, dict[int, DeviceRules]]:
    """The rules by shard; ``terminals``: device → canonical terminal number."""
    found: dict[int, dict[int, DeviceRules]] = {number: {} for number in range(shards)}
    for device, rules in book.devices.items():
        found[shard_of(terminals[device], shards)][device] = rules
    return found


def _device(item: Kept | Contact) -> int:
    return item.device if isinstance(item, Contact) else item.row.device


def _columns(state: State, items: Sequence[Kept | Contact]) -> Fixes:
    """The engine's columns; ``time_ms`` is the device's own clock, as the engine wants it."""
    rows = []
    slots: dict[int, int] = {}
    for item in items:
        device = _device(item)
        slot = slots.get(device)
        if slot is None:
            slot = slots[device] = state.slot_of(device)
        if isinstance(item, Contact):
            received = item.received_ms
            rows.append((slot, received, received, 0, 0, _NAN, _NAN, -1, 0, -1, CONTACT_ONLY, 0))
            continue
        row = item.row
        rows.append(
            (
                slot,
                item.told_ms,
                item.received_ms,
                row.lon_e7,
                row.lat_e7,
                _NAN if row.accuracy_m is None else row.accuracy_m,
                _NAN if row.speed_kmh is None else row.speed_kmh,
                -1 if row.satellites is None else row.satellites,
                row.source,
                -1 if row.battery_pct is None else row.battery_pct,
                row.flags,
                row.valid,
            )
        )
    if not rows:
        return Fixes.of(slot=[], time_ms=[], lon_e7=[], lat_e7=[])
    return Fixes(
        **{
            name: np.array(column, DTYPES[name])
            for name, column in zip(DTYPES, zip(*rows, strict=True), strict=True)
        }
    )
