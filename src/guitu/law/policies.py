"""Local and past policies by their days in force.

A policy that the law has overtaken stays here to explain history, and refuses to answer for a
day on which it was no longer in force: nothing of it can decide anything today.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from guitu.law.length import Length, compare


@dataclass(frozen=True, slots=True)
class Policy:
    """A named set of rules with inclusive days in force (None for still)."""

    key: str
    zh: str
    en: str
    in_force_from: date
    in_force_to: date | None
    sure: bool

    def in_force(self, day: date) -> bool:
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)


class PolicyNotInForce(ValueError):
    """A policy was asked about a day on which it did not apply; the text says what does."""


CN_2020 = Policy(
    "cn_2020",
    "《社区矫正法》及其实施办法",
    "the Community Corrections Law and its Implementing Measures",
    date(2020, 7, 1),
    None,
    sure=True,
)
# The day it began isn't known to us: the year is what its name and reports of it give.
GUANGZHOU_2016 = Policy(
    "guangzhou_2016",
    "广州市2016年电子定位普遍佩戴办法",
    "Guangzhou's blanket wristband rule of 2016",
    date(2016, 1, 1),
    date(2020, 6, 30),
    sure=False,
)
POLICIES: tuple[Policy, ...] = (GUANGZHOU_2016, CN_2020)

_BANDED_FROM = Length(months=6)


def policy(key: str, day: date) -> Policy:
    """The policy of that key if it was in force on `day`; raises PolicyNotInForce otherwise.

    An unknown key raises LookupError naming those there are.
    """
    for known in POLICIES:
        if known.key == key:
            return _refuse_outside(known, day)
    raise LookupError(f"no policy {key!r}: there are " + ", ".join(p.key for p in POLICIES))


@dataclass(frozen=True, slots=True)
class BlanketExplanation:
    """Why a person of that time wore a band under the blanket rule."""

    banded: bool
    zh: str
    en: str


def guangzhou_2016_explains(
    day: date, *, length: Length, key_managed: bool = False, specially_managed: bool = False
) -> BlanketExplanation:
    """Whether the blanket rule banded a case then: six months or more, or key or special.

    For reading old files only. From 2020-07-01 on it raises PolicyNotInForce, because CCL 29
    allows a device on five grounds alone.
    """
    _refuse_outside(GUANGZHOU_2016, day)
    order = compare(length, _BANDED_FROM)
    if key_managed or specially_managed:
        return BlanketExplanation(
            True, "重点管理或特殊管理对象，一律佩戴", "key or special management: always banded"
        )
    if order is not None and order >= 0:
        return BlanketExplanation(
            True,
            f"期限{length.zh()}，六个月以上一律佩戴",
            f"{length.en()}: six months or more, always banded",
        )
    return BlanketExplanation(
        False, f"期限{length.zh()}，不足六个月", f"{length.en()}: less than six months"
    )


def _refuse_outside(policy: Policy, day: date) -> Policy:
    if policy.in_force(day):
        return policy
    until = policy.in_force_to.isoformat() if policy.in_force_to else "…"
    raise PolicyNotInForce(
        f"{policy.key} was in force from {policy.in_force_from} to {until}, not on {day}: "
        f"from {CN_2020.in_force_from} on, use {CN_2020.key} and the five grounds of CCL 29"
    )
