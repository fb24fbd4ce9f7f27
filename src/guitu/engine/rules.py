"""What each device is judged by: its fences and its limits, in ragged columns.

Replacing one device's rules costs time in proportion to its own fences (amortised): new rows go to
the end, old ones become garbage, and a table is compacted when half of it is garbage. Equal shapes
and equal timetables are stored once, so a district shared by five thousand persons costs its
vertices once.
"""

from __future__ import annotations

import hashlib
import itertools
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from guitu.engine.columns import F8, I2, I4, I8, U1
from guitu.engine.pool import Pool
from guitu.engine.timetable import ALWAYS, TableColumns, Timetable
from guitu.geo import kernel
from guitu.geo.shapes import Circle, Shape, boxes_of, edges_of

FOREVER_MS = 1 << 62
SILENCE_INTERVALS = 5
_EPOCH = date(1970, 1, 1)
_revisions = itertools.count(1)


class FenceKind(IntEnum):
    """INCLUSION: must stay inside. EXCLUSION: must stay outside."""

    INCLUSION = 1
    EXCLUSION = 2


@dataclass(frozen=True, slots=True)
class FenceRule:
    """One fence of one device, as it applies from valid_from_ms until before valid_to_ms.

    id: unique among the device's rules; the state of a breach follows it. A fence that gets a new
    version keeps its id if a standing breach shall go on, else it gets a new one.
    margin_m: metres beyond the boundary that are still allowed.
    """

    id: int
    kind: FenceKind
    shape: Shape
    timetable: Timetable = ALWAYS
    valid_from_ms: int = -FOREVER_MS
    valid_to_ms: int = FOREVER_MS
    margin_m: float = 0.0

    def __post_init__(self) -> None:
        FenceKind(self.kind)
        if self.id < 0:
            raise ValueError(f"fence id {self.id} is negative: use the fence's database id")
        if not self.valid_from_ms < self.valid_to_ms:
            raise ValueError(f"fence {self.id} ends before it begins: correct its dates")
        if not 0.0 <= self.margin_m <= 10_000.0:
            raise ValueError(f"fence {self.id} has a margin of {self.margin_m} m: use 0…10000")


@dataclass(frozen=True, slots=True)
class DeviceRule:
    """Limits of one device.

    Silence begins after `silence_s`, or after five reporting intervals `interval_s`; with neither it
    is not watched. watch_from_ms: silence counts from here for a device not heard since (the start
    of a wearing). low_battery_pct: None leaves the battery unwatched.
    """

    silence_s: int | None = None
    interval_s: int | None = None
    watch_from_ms: int = 0
    low_battery_pct: int | None = 20

    def __post_init__(self) -> None:
        for name in ("silence_s", "interval_s"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} is {value}: use a positive number of seconds or None")
        if self.low_battery_pct is not None and not 0 <= self.low_battery_pct <= 90:
            raise ValueError(f"low_battery_pct is {self.low_battery_pct}: use 0…90 or None")

    def silence_ms(self) -> int:
        """0: not watched."""
        if self.silence_s is not None:
            return self.silence_s * 1000
        return (self.interval_s or 0) * SILENCE_INTERVALS * 1000


UNWATCHED = DeviceRule(low_battery_pct=None)


class RuleColumns(NamedTuple):
    """`Rules` as the kernel takes them: per slot, per fence, shapes, timetables."""

    first: I8
    fences: I4
    silence_ms: I8
    watch_from_ms: I8
    low_pct: I2
    fence_id: I8
    inclusion: U1
    shape: I4
    table: I4
    from_ms: I8
    to_ms: I8
    margin_m: F8
    shapes: kernel.ShapeColumns
    tables: TableColumns


@dataclass(slots=True)
class Rules:
    """Mutable only through `set_device` and `remove_device`; slots are those of one `State`."""

    _slots: Pool = field(
        default_factory=lambda: Pool(
            first="i8", count="i4", silence_ms="i8", watch_from_ms="i8", low_pct="i2", revision="i8"
        )
    )
    _fences: Pool = field(
        default_factory=lambda: Pool(
            fence_id="i8", inclusion="u1", shape="i4", table="i4", from_ms="i8", to_ms="i8",
            margin_m="f8",
        )
    )  # fmt: skip
    _shapes: Pool = field(
        default_factory=lambda: Pool(
            kind="u1", lon_e7="i4", lat_e7="i4", radius_m="f8", edge_first="i8", edge_count="i4",
            chunk_first="i8", users="i4",
        )
    )  # fmt: skip
    _edges: Pool = field(default_factory=lambda: Pool(x1="i4", y1="i4", x2="i4", y2="i4"))
    _boxes: Pool = field(default_factory=lambda: Pool(x1="i4", y1="i4", x2="i4", y2="i4"))
    _tables: Pool = field(
        default_factory=lambda: Pool(
            week_first="i8", week_count="i4", day_first="i8", day_count="i4"
        )
    )
    _weeks: Pool = field(default_factory=lambda: Pool(start="i4", end="i4"))
    _days: Pool = field(default_factory=lambda: Pool(day="i4", start="i4", end="i4"))
    _shape_of: dict[bytes, int] = field(default_factory=dict)
    _table_of: dict[Timetable, int] = field(default_factory=dict)
    _dead_fences: int = 0
    _dead_edges: int = 0  # edges of unused shapes, and one for each such shape itself

    @classmethod
    def of(
        cls,
        fences: Mapping[int, Iterable[FenceRule]],
        devices: Mapping[int, DeviceRule] | None = None,
    ) -> Rules:
        """From fences (and limits) by slot: for tests, replay and small sites."""
        devices = devices or {}
        rules = cls()
        for slot in sorted({*fences, *devices}):
            rules.set_device(slot, fences=fences.get(slot, ()), device=devices.get(slot, UNWATCHED))
        return rules

    def set_device(
        self, slot: int, *, fences: Iterable[FenceRule], device: DeviceRule = UNWATCHED
    ) -> None:
        """Replace all rules of one device. State of fences whose id stays goes on."""
        wanted = sorted(fences, key=lambda f: f.id)
        for a, b in itertools.pairwise(wanted):
            if a.id == b.id:
                raise ValueError(f"slot {slot} has fence {a.id} twice: give each rule its own id")
        self.reserve(slot + 1)
        rows = self._fences
        first = rows.add(len(wanted))
        for row, fence in enumerate(wanted, first):
            rows["fence_id"][row] = fence.id
            rows["inclusion"][row] = fence.kind == FenceKind.INCLUSION
            rows["shape"][row] = self._use_shape(fence.shape)
            rows["table"][row] = self._use_table(fence.timetable)
            rows["from_ms"][row] = fence.valid_from_ms
            rows["to_ms"][row] = fence.valid_to_ms
            rows["margin_m"][row] = fence.margin_m
        # The old rows go only now: a shape that stays in use keeps its place.
        self._drop(slot)
        slots = self._slots
        slots["first"][slot], slots["count"][slot] = first, len(wanted)
        slots["silence_ms"][slot] = device.silence_ms()
        slots["watch_from_ms"][slot] = device.watch_from_ms
        low = device.low_battery_pct
        slots["low_pct"][slot] = -1 if low is None else low
        slots["revision"][slot] = next(_revisions)
        self._compact()

    def remove_device(self, slot: int) -> None:
        """No fences, no limits: with the next step or tick all that stands ends, and the engine
        forgets the device's places. For the end of a wearing or of its order."""
        self.set_device(slot, fences=())

    def reserve(self, slots: int) -> None:
        """Slots that were never set are judged by nothing."""
        missing = slots - len(self._slots)
        if missing > 0:
            start = self._slots.add(missing)
            self._slots["low_pct"][start : start + missing] = -1

    def revisions(self) -> I8:
        """Per slot: changes whenever its rules do (0: never set)."""
        return self._slots["revision"][: len(self._slots)]

    def most_fences(self) -> int:
        """The largest number of fences of one device."""
        return int(self._slots["count"][: len(self._slots)].max(initial=0))

    def watches(self, slot: int) -> bool:
        """Whether the device is judged by anything at all."""
        s = self._slots
        return bool(s["count"][slot] or s["silence_ms"][slot] or s["low_pct"][slot] >= 0)

    def fence_ids(self, slot: int) -> I8:
        """Ids of a device's fences, ascending."""
        first, count = self._slots["first"][slot], self._slots["count"][slot]
        return self._fences["fence_id"][first : first + count]

    def columns(self) -> RuleColumns:
        """For the kernel: views, no copies."""
        s, f, k, t = self._slots, self._fences, self._shapes, self._tables
        shapes = kernel.ShapeColumns(
            k["kind"], k["lon_e7"], k["lat_e7"], k["radius_m"],
            k["edge_first"], k["edge_count"], k["chunk_first"],
            self._edges["x1"], self._edges["y1"], self._edges["x2"], self._edges["y2"],
            self._boxes["x1"], self._boxes["y1"], self._boxes["x2"], self._boxes["y2"],
        )  # fmt: skip
        tables = TableColumns(
            t["week_first"], t["week_count"], t["day_first"], t["day_count"],
            self._weeks["start"], self._weeks["end"],
            self._days["day"], self._days["start"], self._days["end"],
        )  # fmt: skip
        return RuleColumns(
            s["first"], s["count"], s["silence_ms"], s["watch_from_ms"], s["low_pct"],
            f["fence_id"], f["inclusion"], f["shape"], f["table"], f["from_ms"], f["to_ms"],
            f["margin_m"], shapes, tables,
        )  # fmt: skip

    def _drop(self, slot: int) -> None:
        first, count = int(self._slots["first"][slot]), int(self._slots["count"][slot])
        for row in range(first, first + count):
            shape = int(self._fences["shape"][row])
            self._shapes["users"][shape] -= 1
            if self._shapes["users"][shape] == 0:
                self._dead_edges += 1 + int(self._shapes["edge_count"][shape])
        self._dead_fences += count

    def _use_shape(self, shape: Shape) -> int:
        edges = None
        if isinstance(shape, Circle):
            key = struct.pack("<iid", shape.lon_e7, shape.lat_e7, shape.radius_m)
        else:
            edges = edges_of(shape)
            key = hashlib.blake2b(edges.tobytes(), digest_size=16).digest() + b"area"
        known = self._shape_of.get(key)
        if known is not None:
            if self._shapes["users"][known] == 0:
                self._dead_edges -= 1 + int(self._shapes["edge_count"][known])
            self._shapes["users"][known] += 1
            return known
        s = self._shapes
        row = s.add(1)
        self._shape_of[key] = row
        s["users"][row] = 1
        if isinstance(shape, Circle):
            s["kind"][row] = kernel.CIRCLE
            s["lon_e7"][row], s["lat_e7"][row] = shape.lon_e7, shape.lat_e7
            s["radius_m"][row] = shape.radius_m
            return row
        assert edges is not None
        s["kind"][row] = kernel.AREA
        s["edge_count"][row] = len(edges)
        s["edge_first"][row] = self._edges.extend(edges)
        s["chunk_first"][row] = self._boxes.extend(boxes_of(edges))
        return row

    def _use_table(self, table: Timetable) -> int:
        known = self._table_of.get(table)
        if known is not None:
            return known
        week = np.array(table.merged(), np.int32).reshape(-1, 2)
        days = np.array(
            [
                ((e.day - _EPOCH).days, start, end)
                for e in sorted(table.exceptions, key=lambda e: e.day)
                for start, end in (sorted(e.intervals) or [(0, 0)])
            ],
            np.int32,
        ).reshape(-1, 3)
        row = self._tables.add(1)
        self._tables["week_count"][row] = len(week)
        self._tables["week_first"][row] = self._weeks.extend(week)
        self._tables["day_count"][row] = len(days)
        self._tables["day_first"][row] = self._days.extend(days)
        self._table_of[table] = row
        return row

    def _compact(self) -> None:
        if self._dead_fences > 1024 and self._dead_fences * 2 > len(self._fences):
            count = self._slots["count"][: len(self._slots)]
            first = self._slots["first"][: len(self._slots)]
            self._slots["first"][: len(self._slots)] = self._fences.keep_runs(first, count)
            self._dead_fences = 0
        held = len(self._edges) + len(self._shapes)
        if self._dead_edges > 65_536 and self._dead_edges * 2 > held:
            self._compact_shapes()

    def _compact_shapes(self) -> None:
        s, n = self._shapes, len(self._shapes)
        alive = np.flatnonzero(s["users"][:n] > 0)
        new = np.full(n, -1, np.int32)
        new[alive] = np.arange(len(alive), dtype=np.int32)
        edges = s["edge_count"][:n][alive]
        boxes = (edges + kernel.CHUNK - 1) // kernel.CHUNK
        s["edge_first"][alive] = self._edges.keep_runs(s["edge_first"][alive], edges)
        s["chunk_first"][alive] = self._boxes.keep_runs(s["chunk_first"][alive], boxes)
        s.keep_runs(alive, np.ones(len(alive), np.int32))
        self._shape_of = {k: int(new[v]) for k, v in self._shape_of.items() if new[v] >= 0}
        rows = self._fences["shape"][: len(self._fences)]
        # Rows that are garbage may point to dead shapes; any shape will do, nobody reads them.
        rows[:] = np.maximum(new[rows], 0)
        self._dead_edges = 0
