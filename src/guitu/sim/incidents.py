"""What goes wrong in the simulated city, and when: a few things a day, by the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from enum import Enum


class Kind(Enum):
    """Kinds of trouble."""

    NIGHT_OUT = "night_out"  # out during the curfew
    ZONE = "zone"  # into a zone that must not be entered
    AWAY = "away"  # out of the home district
    FLAT = "flat"  # the battery runs out
    TAMPER = "tamper"  # the strap is opened
    SOS = "sos"
    LOST = "lost"  # no network for hours


#: Weights; what a life has no occasion for (no curfew, no zone) falls to something else.
_WEIGHTS = {
    Kind.NIGHT_OUT: 22,
    Kind.ZONE: 24,
    Kind.AWAY: 14,
    Kind.FLAT: 18,
    Kind.TAMPER: 8,
    Kind.SOS: 2,
    Kind.LOST: 12,
}
#: Per person and day: about eight a day among three hundred …
CHANCE = 0.028
#: … and more where the tour looks.
TOUR_CHANCE = 0.14


@dataclass(frozen=True, slots=True)
class Incident:
    """One trouble of a day: from second ``at_s`` after local midnight, for ``lasts_s`` seconds."""

    kind: Kind
    at_s: int
    lasts_s: int

    def during(self, at_s: float) -> bool:
        return self.at_s <= at_s < self.at_s + self.lasts_s


def incident_of(
    seed: int, terminal: str, day: date, *, curfew: bool, zone: bool, away: bool, tour: bool = False
) -> Incident | None:
    """The trouble of that person on that day, if there is one."""
    rng = random.Random(f"{seed} {terminal} trouble {day}")
    if rng.random() >= (TOUR_CHANCE if tour else CHANCE):
        return None
    open_to = {Kind.NIGHT_OUT: curfew, Kind.ZONE: zone, Kind.AWAY: away}
    kinds = [kind for kind in Kind if open_to.get(kind, True)]
    kind = rng.choices(kinds, [_WEIGHTS[each] for each in kinds])[0]
    hours = 3600
    match kind:
        case Kind.NIGHT_OUT:
            return Incident(kind, rng.randint(81_000, 82_200), rng.randint(1500, 3000))
        case Kind.ZONE:
            return Incident(kind, rng.randint(14 * hours, 16 * hours), rng.randint(900, 1800))
        case Kind.AWAY:
            return Incident(kind, rng.randint(16 * hours, 17 * hours), rng.randint(1800, 5400))
        case Kind.FLAT:
            return Incident(kind, rng.randint(13 * hours, 18 * hours), rng.randint(4000, 12_000))
        case Kind.TAMPER:
            return Incident(kind, rng.randint(9 * hours, 22 * hours), rng.randint(180, 900))
        case Kind.SOS:
            return Incident(kind, rng.randint(9 * hours, 22 * hours), 60)
        case Kind.LOST:
            return Incident(kind, rng.randint(9 * hours, 19 * hours), rng.randint(4000, 9000))
