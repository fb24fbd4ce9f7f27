"""Dated numbers that are not in primary text: one data file, every one marked 待核.

A number with a text behind it stands in code beside its article. What the Implementing Measures
or a local policy set stands in `data/figures.json`, so that a bureau's lawyer can check the
list in one place.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from guitu.law.articles import Article, article
from guitu.law.deadlines import months_later


class Unit(StrEnum):
    """What a figure counts: natural days or calendar months."""

    DAYS = "days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number in force from a day to a day (inclusive; None for open). Never `sure`."""

    key: str
    value: int
    unit: Unit
    article: Article
    in_force_from: date
    in_force_to: date | None
    zh: str
    en: str

    @property
    def sure(self) -> bool:
        return False

    def after(self, day: date) -> date:
        """The day that lies the figure after `day`, which itself isn't counted."""
        if self.unit is Unit.DAYS:
            return day + timedelta(days=self.value)
        return months_later(day, self.value)


class NoFigure(LookupError):
    """No number of that key is in force on that day: add a row to data/figures.json."""


def figure(key: str, on: date) -> Figure:
    """The number in force on a civil day; raises NoFigure with the remedy."""
    for row in all_figures():
        if (
            row.key == key
            and row.in_force_from <= on
            and (row.in_force_to is None or on <= row.in_force_to)
        ):
            return row
    raise NoFigure(
        f"no figure {key!r} is in force on {on}: add a row to guitu/law/data/figures.json"
    )


@cache
def all_figures() -> tuple[Figure, ...]:
    """The whole file, in its order, for the page that lists what a person has to check."""
    text = resources.files("guitu.law.data").joinpath("figures.json").read_text("utf-8")
    rows = tuple(_read(row) for row in json.loads(text)["figures"])
    for index, row in enumerate(rows):
        for other in rows[:index]:
            if other.key == row.key and _overlap(other, row):
                raise ValueError(f"figures.json: {row.key!r} has two rows for the same days")
    return rows


def _read(row: dict[str, Any]) -> Figure:
    value = row["value"]
    if not isinstance(value, int) or value <= 0:
        raise ValueError(f"figures.json: {row['key']!r} must be a whole number above 0: {value!r}")
    return Figure(
        key=row["key"],
        value=value,
        unit=Unit(row["unit"]),
        article=article(row["article"]),
        in_force_from=date.fromisoformat(row["from"]),
        in_force_to=date.fromisoformat(row["to"]) if row["to"] else None,
        zh=row["zh"],
        en=row["en"],
    )


def _overlap(a: Figure, b: Figure) -> bool:
    end_a, end_b = a.in_force_to or date.max, b.in_force_to or date.max
    return a.in_force_from <= end_b and b.in_force_from <= end_a
