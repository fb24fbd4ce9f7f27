"""Every constant of the engine in one place, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple, get_type_hints


class TuningColumns(NamedTuple):
    """`Tuning` as the compiled kernel takes it; the same fields in the same order."""

    max_speed_ms: float
    max_accuracy_m: float
    credible_past_ms: int
    credible_future_ms: int
    good_satellites: int
    good_floor_m: float
    weak_floor_m: float
    weak_accuracy_m: float
    good_points: int
    weak_points: int
    enough_points: int
    independent_ms: int
    far_accuracies: float
    far_m: float
    return_fixes: int
    fresh_ms: int
    battery_clear_pct: int


@dataclass(frozen=True, slots=True)
class Tuning:
    """The thresholds of judgement. Change one only with the measurements of docs/engine.md."""

    max_speed_ms: float = 100.0
    """Faster than this between two fixes, after both uncertainties are taken off, is no journey.
    360 km/h: a flight by high-speed train (350 km/h) must be seen, not filtered."""

    max_accuracy_m: float = 500.0
    """A place known no better than this proves nothing about a fence in a city."""

    credible_past_ms: int = 30 * 86_400_000
    """A device's own clock is believed from 30 days before the report came (a lawful backlog) …"""

    credible_future_ms: int = 600_000
    """… to ten minutes after it; else the time received is used and the fix is marked CLOCK."""

    good_satellites: int = 8
    """With fewer satellites in use, reflections hold false places for minutes (MEASURED: the number
    of satellites tells more than the accuracy a band reports)."""

    good_floor_m: float = 15.0
    """No band is better than this, whatever it reports; too small an assumed error costs far more
    false alarms than too large a one costs delay."""

    weak_floor_m: float = 45.0
    """The least uncertainty of a fix by few satellites or by Wi-Fi."""

    weak_accuracy_m: float = 40.0
    """A satellite fix that itself reports less is treated as weak."""

    good_points: int = 3
    weak_points: int = 1
    enough_points: int = 6
    """A place outside is believed at 6 points: two good fixes in a row, one good and three weak, or
    six weak ones. A reflection holds a false place for up to five minutes, five fixes of a minute:
    weak fixes must outlast it."""

    independent_ms: int = 15_000
    """Errors wander over minutes: a second fix within 15 s of the last counted one repeats it and
    adds no points, unless the device has moved on by more than both uncertainties. A band that stands
    and reports each second is so confirmed after 15 s, not after 1 s; a car is seen at its second fix."""

    far_accuracies: float = 5.0
    far_m: float = 100.0
    """One good fix is enough when it is outside by 5 uncertainties and 100 m more: satellites count
    wrongly now and then, and a first alarm a minute later costs less than one that was none."""

    return_fixes: int = 2
    """Coming back is believed at the second fix inside in a row, or one inside by its uncertainty:
    so that a person at the boundary does not raise the alarm again and again."""

    fresh_ms: int = 900_000
    """When a curfew begins, the last place stands for the present if it is younger than 15 minutes
    (a band at rest may report only every ten); else the next fix decides."""

    battery_clear_pct: int = 10
    """A low battery is over when it stands this many percent above the limit."""

    def __post_init__(self) -> None:
        if self.good_floor_m <= 0 or self.weak_floor_m < self.good_floor_m:
            raise ValueError(
                f"uncertainty floors {self.good_floor_m} and {self.weak_floor_m} m must be positive "
                "and the weak one not smaller: correct the tuning"
            )
        if not 0 < self.enough_points <= 100 or self.return_fixes < 1:
            raise ValueError("enough_points must be 1…100 and return_fixes at least 1")

    def columns(self) -> TuningColumns:
        """For the kernel, each number of its declared type: another type would be compiled anew."""
        types = get_type_hints(TuningColumns)
        return TuningColumns(*(types[f.name](getattr(self, f.name)) for f in fields(self)))


DEFAULT = Tuning()
