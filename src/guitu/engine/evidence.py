"""Why an event about a fence was raised: the fixes that led to it, in numbers that a page can draw."""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec

EVIDENCE_FIXES = 32
AXIS = 1.5096  # the 68 % radius of an even scatter in the plane, in standard deviations of one axis


@dataclass(frozen=True, slots=True)
class EvidenceFix:
    """One fix before the decision. beyond_m: metres beyond the boundary on the forbidden side,
    margin taken off; negative on the allowed side. probability: that the true place is beyond.
    verdict: bits of `Verdict`."""

    time_ms: int
    received_ms: int
    lon_e7: int
    lat_e7: int
    beyond_m: float
    uncertainty_m: float
    probability: float
    verdict: int
    source: int
    satellites: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The last fixes up to the decision (at most 32, by time) and the thresholds it was made by.

    points of needed: how sure the engine was (two good fixes or four weak ones make `needed`);
    far_accuracies, far_m: one good fix decides when it is beyond by that many uncertainties plus
    that many metres; since_ms: the first fix outside of the run.
    """

    v: int
    fence_id: int
    inclusion: bool
    margin_m: float
    since_ms: int
    points: int
    needed: int
    far_accuracies: float
    far_m: float
    good_floor_m: float
    weak_floor_m: float
    fixes: tuple[EvidenceFix, ...]

    def to_json(self) -> bytes:
        """Canonical: equal evidence gives equal bytes."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, body: bytes | str) -> Evidence:
        """The inverse of `to_json`; raises msgspec.ValidationError on anything else."""
        return msgspec.json.decode(body, type=cls)


def probability_beyond(beyond_m: float, uncertainty_m: float) -> float:
    """Chance that the true place is beyond, for an uncertainty that is a 68 % radius.

    The normal distribution by its power series to a fixed number of terms: only additions,
    multiplications and divisions, so the curve is the same on every processor; error < 1e-9.
    """
    x = beyond_m / (uncertainty_m / AXIS)
    if x > 5.0:
        return 1.0
    if x < -5.0:
        return 0.0
    term = total = x
    for n in range(1, 90):
        term = -term * x * x / (2.0 * n)
        total += term / (2.0 * n + 1.0)
    return min(1.0, max(0.0, 0.5 + total / math.sqrt(2.0 * math.pi)))
