"""The lawful gate: may this fix enter a person's trail? A pure decision over spans.

CCL 29: positions are collected only while a monitoring order is in force, and only of who wears the
device. A span of :class:`Spans` is where a wearing and an order are both in force. A fix is judged
by its own time where that is credible (received - 30 days … received + 600 s), else by the time
received. What is refused leaves (device, time received, reason) and nothing else.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from guitu.wire.envelope import CREDIBLE_FUTURE_MS, CREDIBLE_PAST_MS

FOREVER_MS = 1 << 62


class Refused(IntEnum):
    """Why not. The numbers are those of ``models.RefusalReason``; a test keeps them equal."""

    NOT_WORN = 1
    NO_ORDER = 2
    BLOCKED = 3
    UNKNOWN_DEVICE = 4


@dataclass(frozen=True, slots=True)
class Worn:
    """A wearing: [begin_ms, end_ms) of Unix milliseconds."""

    wearing: int
    person: int
    case: int
    begin_ms: int
    end_ms: int = FOREVER_MS


@dataclass(frozen=True, slots=True)
class Span:
    """Where fixes of a device are lawful: [begin_ms, end_ms), and whose they are."""

    begin_ms: int
    end_ms: int
    wearing: int
    person: int
    case: int


@dataclass(frozen=True, slots=True)
class DeviceSpans:
    """All that the gate knows of one device; lawful spans sorted and without overlap."""

    lawful: tuple[Span, ...] = ()
    worn: tuple[Worn, ...] = ()
    _begins: tuple[int, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_begins", tuple(span.begin_ms for span in self.lawful))

    def at(self, time_ms: int) -> Span | Refused:
        """The span that holds this moment, or why there is none."""
        place = bisect_right(self._begins, time_ms) - 1
        if place >= 0 and time_ms < self.lawful[place].end_ms:
            return self.lawful[place]
        for worn in self.worn:
            if worn.begin_ms <= time_ms < worn.end_ms:
                return Refused.NO_ORDER
        return Refused.NOT_WORN


_NOTHING = DeviceSpans()


def credible(told_ms: int, received_ms: int) -> bool:
    """Whether a device's own time counts."""
    return received_ms - CREDIBLE_PAST_MS <= told_ms <= received_ms + CREDIBLE_FUTURE_MS


@dataclass(frozen=True, slots=True)
class Gate:
    """The spans of every device, as of one version of the database."""

    devices: Mapping[int, DeviceSpans]

    def judge(self, device: int, *, judged_ms: int) -> Span | Refused:
        """``judged_ms``: the device's own time where :func:`credible`, else the time received."""
        spans = self.devices.get(device)
        if spans is None:
            return Refused.UNKNOWN_DEVICE
        return spans.at(judged_ms)

    def spans_of(self, device: int) -> DeviceSpans:
        """What is known of a device; nothing for an unknown one."""
        return self.devices.get(device, _NOTHING)


def lawful_spans(
    worn: Iterable[Worn], orders: Mapping[int, Iterable[tuple[int, int]]]
) -> tuple[Span, ...]:
    """Where each wearing meets an order of its case.

    ``orders``: case → [from, until) of each order in force (``guitu.law.monitoring_order.window``).
    Orders that touch or overlap make one span.
    """
    found: list[Span] = []
    for wearing in worn:
        merged: list[list[int]] = []
        for begin, end in sorted(orders.get(wearing.case, ())):
            begin, end = max(begin, wearing.begin_ms), min(end, wearing.end_ms)
            if begin >= end:
                continue
            if merged and begin <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([begin, end])
        found += [
            Span(begin, end, wearing.wearing, wearing.person, wearing.case) for begin, end in merged
        ]
    return tuple(sorted(found, key=lambda span: span.begin_ms))
