"""When a fence is in force: weekly minutes, exceptions by date, in the civil time of Asia/Shanghai.

China has kept UTC+8 without summer time since 1991, so civil time is a fixed offset here; no time
zone database, whose contents differ between machines, takes part in a decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from guitu.engine.columns import I4, I8
from guitu.geo.compiled import inner, rare

OFFSET_MIN = 480
DAY_MIN = 1_440
WEEK_MIN = 10_080
LOOK_BACK_MIN = 8 * DAY_MIN

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class DayException:
    """On this civil date these minutes of the day (0…1440, half-open) hold instead of the week's."""

    day: date
    intervals: tuple[Interval, ...] = ()

    def __post_init__(self) -> None:
        for start, end in self.intervals:
            if not 0 <= start < end <= DAY_MIN:
                raise ValueError(
                    f"minutes {start}–{end} on {self.day} are not within one day: "
                    "write 0 ≤ start < end ≤ 1440 and give the part after midnight to the next date"
                )


@dataclass(frozen=True, slots=True)
class Timetable:
    """Minutes of the week in force (Monday 00:00 is 0, half-open), and exceptions by date.

    An interval whose end is not after its start goes on over the end of the week. An empty week is
    never in force but for its exceptions.
    """

    weekly: tuple[Interval, ...] = ((0, WEEK_MIN),)
    exceptions: tuple[DayException, ...] = ()

    def __post_init__(self) -> None:
        for start, end in self.weekly:
            if not (0 <= start < WEEK_MIN and 0 <= end <= WEEK_MIN and start != end):
                raise ValueError(
                    f"minutes {start}–{end} are not within a week: write 0 ≤ start < 10080, "
                    "0 ≤ end ≤ 10080"
                )
        days = [e.day for e in self.exceptions]
        if len(set(days)) != len(days):
            raise ValueError("a date has two exceptions: put its intervals into one")

    @classmethod
    def daily(
        cls, start_min: int, end_min: int, *, days: tuple[int, ...] = tuple(range(7))
    ) -> Timetable:
        """The same minutes on each of `days` (Monday 0); 22:00 to 06:00 goes on over midnight."""
        length = (end_min - start_min) % DAY_MIN or DAY_MIN
        return cls(
            tuple(
                (d * DAY_MIN + start_min, (d * DAY_MIN + start_min + length - 1) % WEEK_MIN + 1)
                for d in sorted(set(days))
            )
        )

    def merged(self) -> tuple[Interval, ...]:
        """The weekly intervals sorted, without overlaps, cut at the end of the week."""
        cut: list[Interval] = []
        for start, end in self.weekly:
            cut += [(start, end)] if end > start else [(start, WEEK_MIN), (0, end)]
        out: list[Interval] = []
        for start, end in sorted(c for c in cut if c[0] < c[1]):
            if out and start <= out[-1][1]:
                out[-1] = (out[-1][0], max(out[-1][1], end))
            else:
                out.append((start, end))
        return tuple(out)


ALWAYS = Timetable()


class TableColumns(NamedTuple):
    """Timetables in columns; exceptions are runs of (day number, start, end), empty as (day, 0, 0)."""

    week_first: I8
    week_count: I4
    day_first: I8
    day_count: I4
    week_start: I4
    week_end: I4
    day: I4
    day_start: I4
    day_end: I4


@inner
def minute_active(t: TableColumns, k: int, minute: int) -> bool:
    """Whether timetable `k` is in force in this civil minute since 1970-01-01 00:00 +08:00."""
    day = minute // DAY_MIN
    in_day = minute - day * DAY_MIN
    excepted = False
    for i in range(t.day_first[k], t.day_first[k] + t.day_count[k]):
        if t.day[i] == day:
            excepted = True
            if t.day_start[i] <= in_day < t.day_end[i]:
                return True
    if excepted:
        return False
    in_week = (day + 3) % 7 * DAY_MIN + in_day  # 1970-01-01 was a Thursday
    for i in range(t.week_first[k], t.week_first[k] + t.week_count[k]):
        if t.week_start[i] <= in_week < t.week_end[i]:
            return True
    return False


@inner
def active_at(t: TableColumns, k: int, from_ms: int, to_ms: int, time_ms: int) -> bool:
    """Whether a fence valid from_ms <= time < to_ms with timetable `k` is in force at this time."""
    if time_ms < from_ms or time_ms >= to_ms:
        return False
    return minute_active(t, k, time_ms // 60_000 + OFFSET_MIN)  # type: ignore[no-any-return]


@rare
def active_since(t: TableColumns, k: int, from_ms: int, time_ms: int, floor_ms: int) -> int:
    """The first moment, not before floor_ms, from which the fence has been in force until time_ms."""
    floor_ms = max(floor_ms, from_ms, time_ms - LOOK_BACK_MIN * 60_000)
    minute = time_ms // 60_000 + OFFSET_MIN
    while (minute - OFFSET_MIN) * 60_000 > floor_ms and minute_active(t, k, minute - 1):
        minute -= 1
    return max(floor_ms, (minute - OFFSET_MIN) * 60_000)


@rare
def active_until(t: TableColumns, k: int, to_ms: int, begin_ms: int, time_ms: int) -> int:
    """When the fence last ceased to be in force before time_ms, given that it is not at time_ms."""
    if time_ms >= to_ms and minute_active(t, k, (to_ms - 1) // 60_000 + OFFSET_MIN):
        return max(begin_ms, to_ms)
    floor_ms = max(begin_ms, time_ms - LOOK_BACK_MIN * 60_000)
    minute = time_ms // 60_000 + OFFSET_MIN
    while (minute - OFFSET_MIN) * 60_000 > floor_ms and not minute_active(t, k, minute - 1):
        minute -= 1
    return max(floor_ms, (minute - OFFSET_MIN) * 60_000)
