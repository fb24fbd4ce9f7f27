"""Everything a person has to check before production, in one list (待核)."""

from __future__ import annotations

from dataclasses import dataclass

from guitu.law.articles import all_articles
from guitu.law.figures import all_figures
from guitu.law.policies import POLICIES


@dataclass(frozen=True, slots=True)
class Unverified:
    """One thing that rests on no primary text: where it stands, and what it says."""

    where: str
    zh: str
    en: str


def to_verify() -> tuple[Unverified, ...]:
    """Articles not read in the original, figures of the data file, and policies by report."""
    found = [
        Unverified(a.key, f"{a.cite_zh()}：{a.zh}", f"{a.cite_en()}: {a.en}")
        for a in all_articles()
        if not a.sure
    ]
    found += [
        Unverified(
            f"figures.json: {f.key}",
            f"{f.zh}：{f.value}{'日' if f.unit == 'days' else '个月'}",
            f"{f.en}: {f.value} {f.unit.value}",
        )
        for f in all_figures()
    ]
    found += [Unverified(f"policy {p.key}", p.zh, p.en) for p in POLICIES if not p.sure]
    return tuple(found)
