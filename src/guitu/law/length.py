"""Lengths of time as courts write them: years, months, days; and how two of them compare."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

# A month has at least 28 days, so fewer days than this never outweigh a month.
_SHORTEST_MONTH_DAYS = 28
_HALF_MONTH_DAYS = 15  # SPC 202: half a month is always fifteen days

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMBER = r"(?:\d+|[零〇一二两三四五六七八九十]+)"
_LENGTH_ZH = re.compile(
    rf"(?:(?P<years>{_NUMBER})年)?(?P<half_year>半年|(?<=年)半)?"
    rf"(?:零?(?P<months>{_NUMBER})个?(?P<half>半)?月(?P<half_after>半)?)?(?P<half_only>半个?月)?"
    rf"(?:零?(?P<days>{_NUMBER})[日天])?"
)
_LENGTH_EN = re.compile(
    r"(?:(?P<years>\d+)\s*(?:years?|y))?[\s,]*(?:(?P<months>\d+)\s*(?:months?|m))?"
    r"[\s,]*(?:(?P<days>\d+)\s*(?:days?|d))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Length:
    """A length as the judgment writes it; 1 year and 12 months stay apart (SPC 202).

    Whole non-negative numbers, at least one of them above zero; raises ValueError otherwise.
    """

    years: int = 0
    months: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        if min(self.years, self.months, self.days) < 0:
            raise ValueError(f"a length can't be negative: {self.years}/{self.months}/{self.days}")
        if not (self.years or self.months or self.days):
            raise ValueError("a length of zero is no term: give years, months or days")

    @property
    def total_months(self) -> int:
        """Years and months in months; the days are left aside."""
        return self.years * 12 + self.months

    @classmethod
    def parse(cls, text: str) -> Length:
        """Read "1年6个月", "一年六个月", "半个月", "2 years 6 months" or "40 days".

        Raises ValueError naming the text and the form to write.
        """
        plain = re.sub(r"\s+", " ", text.strip())
        found = _LENGTH_EN.fullmatch(plain)
        if found and any(found.groupdict().values()):
            parts = {k: int(v) for k, v in found.groupdict().items() if v}
            return cls(**parts)
        found = _LENGTH_ZH.fullmatch(plain.replace(" ", ""))
        if not plain or not found or not any(found.groupdict().values()):
            raise ValueError(f"{text!r} is no length: write it like 1年6个月 or 2 years 6 months")
        months = _number(found["months"]) + (6 if found["half_year"] else 0)
        days = _number(found["days"])
        if found["half"] or found["half_after"] or found["half_only"]:
            days += _HALF_MONTH_DAYS
        return cls(_number(found["years"]), months, days)

    def zh(self) -> str:
        """As an officer writes it: 1年6个月15日."""
        parts = [(self.years, "年"), (self.months, "个月"), (self.days, "日")]
        return "".join(f"{n}{unit}" for n, unit in parts if n)

    def en(self) -> str:
        """As the English page writes it: 1 year 6 months."""
        parts = [(self.years, "year"), (self.months, "month"), (self.days, "day")]
        return " ".join(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n)

    def __str__(self) -> str:
        return self.zh()


def compare(a: Length, b: Length) -> int | None:
    """Which is longer: -1, 0 or 1; None where it depends on the day the length starts.

    60 days against two months is such a case: two months have 59 to 62 days.
    """
    if max(a.days, b.days) < _SHORTEST_MONTH_DAYS or a.total_months == b.total_months:
        key_a, key_b = (a.total_months, a.days), (b.total_months, b.days)
        return (key_a > key_b) - (key_a < key_b)
    (low_a, high_a), (low_b, high_b) = _days_between(a), _days_between(b)
    if high_a < low_b:
        return -1
    if low_a > high_b:
        return 1
    return None


def _days_between(length: Length) -> tuple[int, int]:
    low, high = _days_of_months(length.total_months)
    return low + length.days, high + length.days


@lru_cache(maxsize=512)
def _days_of_months(months: int) -> tuple[int, int]:
    """Fewest and most days that so many months can have, over a leap cycle of starts."""
    counts = []
    for start in range(48):
        first = date(2001 + start // 12, start % 12 + 1, 1)
        year, month = month_after(first, months)
        counts.append((date(year, month, 1) - first).days)
    return min(counts), max(counts)


def month_after(start: date, months: int) -> tuple[int, int]:
    """Year and month that lie so many months after the month of `start`."""
    index = start.year * 12 + start.month - 1 + months
    return index // 12, index % 12 + 1


def last_of_month(year: int, month: int) -> int:
    """Number of the month's last day: 28 to 31."""
    return monthrange(year, month)[1]


def _number(text: str | None) -> int:
    if not text:
        return 0
    if text.isdigit():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    value = 0
    for character in text:
        value = value * 10 + _DIGITS[character]
    return value
