"""A recorded trace walked through a real socket, as if a wristband took every fix of it.

Intervals are kept. All times are shifted by one whole number of seconds, so that the last fix
falls at its sending; with original times they stay. A faster replay shortens the waiting alone:
the times (and so the intervals between them) stay those of the trace, and end "now".

JT/T 808 writes whole seconds: a fix recorded within a second goes out with the second it falls
in, so two fixes of one second have equal time stamps, in their order; nothing is dropped or
merged, and equal time stamps of the file stay equal.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from guitu.sim.terminal import Counts, Terminal, now_utc
from guitu.sim.traces import TracePoint
from guitu.wire.messages import Position, Source

#: Fixes a second at most, a little under what a gateway reads from one connection, so that the
#: plan holds and the last fix is not stamped long before it goes out.
FASTEST_PER_S = 90.0
_EARTH_M = 6_371_008.8
_TOP_SPEED_KMH = 900.0


@dataclass(frozen=True, slots=True)
class Plan:
    """When each fix goes out (seconds after the start, never falling) and what stamp it bears."""

    due_s: tuple[float, ...]
    shift: timedelta

    @property
    def lasts_s(self) -> float:
        return self.due_s[-1]


@dataclass(frozen=True, slots=True)
class Walked:
    """What became of a replay."""

    fixes: int
    counts: Counts
    complete: bool
    problem: str


def plan_of(
    points: Sequence[TracePoint], *, start: datetime, speed: float, keep_times: bool = False
) -> Plan:
    """How ``points`` are sent from ``start`` on. ``speed`` (above 0) divides the waiting.

    A trace whose times go backwards is sent in its own order without waiting backwards.
    Raises ValueError for a speed that is no number above 0.
    """
    if not (math.isfinite(speed) and speed > 0):
        raise ValueError(f"a speed of {speed} is none: give a number above 0")
    first = points[0].time
    due: list[float] = []
    latest_s = 0.0
    for index, point in enumerate(points):
        latest_s = max(
            latest_s, (point.time - first).total_seconds() / speed, index / FASTEST_PER_S
        )
        due.append(latest_s)
    if keep_times:
        return Plan(tuple(due), timedelta(0))
    last_sent = (start + timedelta(seconds=latest_s)).replace(microsecond=0)
    return Plan(tuple(due), last_sent - points[-1].time.replace(microsecond=0))


def positions_of(points: Sequence[TracePoint], *, shift: timedelta) -> Iterator[Position]:
    """What the wristband reports. Speed and course, where the trace has none, are reckoned from the
    fix before, as a receiver would measure them."""
    before: TracePoint | None = None
    speed_kmh = course_deg = 0.0
    for point in points:
        if before is not None:
            speed_kmh, course_deg = _motion(before, point, speed_kmh, course_deg)
        yield Position(
            time=(point.time + shift).replace(microsecond=0),
            lat=point.lat,
            lon=point.lon,
            valid=True,
            altitude_m=point.altitude_m,
            speed_kmh=speed_kmh if point.speed_kmh is None else point.speed_kmh,
            course_deg=course_deg if point.course_deg is None else point.course_deg,
            accuracy_m=point.accuracy_m,
            satellites=point.satellites,
            source=Source.SATELLITE,
        )
        before = point


async def walk(
    points: Sequence[TracePoint],
    terminal: Terminal,
    *,
    speed: float,
    keep_times: bool = False,
    admitted_within_s: float = 10.0,
    patience_s: float = 60.0,
    planned: Callable[[Plan, datetime], None] = lambda plan, start: None,
    progress: Callable[[int, int], None] = lambda sent, acknowledged: None,
) -> Walked:
    """Send every point once, in order, and wait until all are acknowledged.

    ``patience_s`` is how long it waits for an acknowledgement before it gives up. ``progress``
    gets the fixes given to the terminal and those acknowledged. Raises TerminalRefused when the
    platform does not admit the terminal, TimeoutError when it does not answer at all.
    """
    async with terminal.running():
        try:
            await terminal.ready(within_s=admitted_within_s)
        except TimeoutError:
            raise TimeoutError(terminal.problem or "the gateway does not answer in time") from None
        start = now_utc()
        plan = plan_of(points, start=start, speed=speed, keep_times=keep_times)
        planned(plan, start)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        given = 0
        for due_s, position in zip(plan.due_s, positions_of(points, shift=plan.shift), strict=True):
            while (wait_s := began_s + due_s - loop.time()) > 0:
                await asyncio.sleep(min(wait_s, 1.0))
                progress(given, terminal.counts.acknowledged)
            terminal.report(position)
            given += 1
            progress(given, terminal.counts.acknowledged)
        draining = asyncio.create_task(terminal.drained(idle_s=patience_s))
        while not draining.done():
            await asyncio.wait({draining}, timeout=0.25)
            progress(given, terminal.counts.acknowledged)
        complete = draining.result() and terminal.counts.acknowledged == len(points)
        return Walked(len(points), terminal.counts, complete, terminal.problem)


def _motion(
    a: TracePoint, b: TracePoint, speed_kmh: float, course_deg: float
) -> tuple[float, float]:
    """Speed and course from ``a`` to ``b``; the last known where no time or way lies between."""
    seconds = (b.time - a.time).total_seconds()
    north = math.radians(b.lat - a.lat) * _EARTH_M
    east = math.radians(b.lon - a.lon) * math.cos(math.radians(b.lat)) * _EARTH_M
    metres = math.hypot(north, east)
    if seconds <= 0:
        return speed_kmh, course_deg
    if metres > 0.5:
        course_deg = math.degrees(math.atan2(east, north)) % 360
    return min(metres / seconds * 3.6, _TOP_SPEED_KMH), course_deg
