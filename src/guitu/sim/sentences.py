"""Judgments of the demo city: offence, sentence and term that fit each other and the law.

Every judgment here is lawful by ``guitu.law.term.term_is_lawful``; a test holds that. Shares of
the categories follow practice: suspended sentences are by far the most.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from guitu.law.term import Length, Term, last_day
from guitu.people.judgment import Judgment, term_of

SURVEILLANCE, PROBATION, PAROLE, OUTSIDE = "01", "02", "03", "04"
CATEGORY_SHARES = {SURVEILLANCE: 3, PROBATION: 88, PAROLE: 5, OUTSIDE: 4}

_LIFE, _IMPRISONMENT, _DETENTION, _SURVEILLANCE = "02", "03", "04", "05"


@dataclass(frozen=True, slots=True)
class Offence:
    """An offence: its chapter's code, and the sentences it is found with (months, from and to)."""

    name: str
    chapter: str
    weight: int
    detention: bool = False
    imprisonment: tuple[int, int] | None = None
    surveillance: bool = False
    fine: bool = False


_PROBATION = (
    Offence("危险驾驶罪", "02", 24, detention=True, fine=True),
    Offence("交通肇事罪", "02", 9, imprisonment=(6, 36)),
    Offence("盗窃罪", "05", 10, detention=True, imprisonment=(6, 30), fine=True),
    Offence("诈骗罪", "05", 9, imprisonment=(8, 36), fine=True),
    Offence("故意伤害罪", "04", 8, detention=True, imprisonment=(6, 30)),
    Offence("帮助信息网络犯罪活动罪", "06", 10, detention=True, imprisonment=(6, 20), fine=True),
    Offence("掩饰、隐瞒犯罪所得罪", "06", 6, detention=True, imprisonment=(6, 30), fine=True),
    Offence("寻衅滋事罪", "06", 5, imprisonment=(6, 24)),
    Offence("开设赌场罪", "06", 6, imprisonment=(7, 36), fine=True),
    Offence("非法吸收公众存款罪", "03", 3, imprisonment=(10, 36), fine=True),
    Offence("虚开增值税专用发票罪", "03", 3, imprisonment=(8, 36), fine=True),
    Offence("非法经营罪", "03", 2, imprisonment=(6, 30), fine=True),
    Offence("职务侵占罪", "05", 2, imprisonment=(6, 30), fine=True),
    Offence("污染环境罪", "06", 1, imprisonment=(6, 24), fine=True),
    Offence("容留他人吸毒罪", "06", 1, imprisonment=(6, 18), fine=True),
    Offence("受贿罪", "08", 1, imprisonment=(12, 36), fine=True),
)
_PAROLE = (
    Offence("诈骗罪", "05", 6, imprisonment=(40, 108), fine=True),
    Offence("非法吸收公众存款罪", "03", 2, imprisonment=(40, 96), fine=True),
    Offence("职务侵占罪", "05", 2, imprisonment=(40, 84), fine=True),
    Offence("受贿罪", "08", 3, imprisonment=(48, 120), fine=True),
    Offence("交通肇事罪", "02", 2, imprisonment=(40, 72)),
    Offence("故意伤害罪", "04", 2, imprisonment=(40, 96)),
)
_OUTSIDE = (
    Offence("盗窃罪", "05", 4, imprisonment=(10, 60), fine=True),
    Offence("诈骗罪", "05", 4, imprisonment=(14, 84), fine=True),
    Offence("贩卖毒品罪", "06", 3, imprisonment=(12, 60), fine=True),
    Offence("开设赌场罪", "06", 2, imprisonment=(12, 48), fine=True),
)
_SURVEILLANCES = (
    Offence("非法捕捞水产品罪", "06", 3, surveillance=True),
    Offence("寻衅滋事罪", "06", 3, surveillance=True),
    Offence("赌博罪", "06", 2, surveillance=True),
    Offence("侵犯通信自由罪", "04", 1, surveillance=True),
    Offence("妨害公务罪", "06", 3, surveillance=True),
)


def judgment(
    rng: random.Random, category: str, *, effective: date, court: str, number: int, county: str,
    woman: bool,
) -> Judgment:  # fmt: skip
    """A judgment of the category that took effect on a day; the term runs from there.

    ``court`` is the county court's name, ``county`` the sign of its case numbers (苏0106).
    """
    match category:
        case "01":
            return _surveillance(rng, effective, court, number, county)
        case "02":
            return _probation(rng, effective, court, number, county)
        case "03":
            return _parole(rng, effective, number)
        case "04":
            return _outside(rng, effective, number, woman=woman)
    raise ValueError(f"{category!r} is no category: use 01 to 04")


def minor_probation(
    rng: random.Random, *, effective: date, court: str, number: int, county: str
) -> Judgment:
    """A suspended sentence as a minor gets it: short, for what the young do."""
    offence = rng.choice([each for each in _PROBATION if each.name in ("盗窃罪", "寻衅滋事罪")])
    months = rng.randint(6, 12)
    return Judgment(
        **_paper(rng, effective, court, number, county),
        category=PROBATION,
        offence=offence.name,
        offence_class=offence.chapter,
        sentence_kind=_IMPRISONMENT,
        sentence=_written(months),
        test_period=_written(max(12, months + rng.choice((0, 6)))),
        custody_days=rng.choice((0, 7, 30)),
    )


def _probation(
    rng: random.Random, effective: date, court: str, number: int, county: str
) -> Judgment:
    offence = _pick(rng, _PROBATION)
    detention = offence.detention and (offence.imprisonment is None or rng.random() < 0.35)
    if detention:
        months = rng.randint(1, 6)
        period = rng.randint(max(2, months), min(12, months * 2 + 1))
    else:
        low, high = offence.imprisonment or (6, 12)
        months = min(rng.randint(low, high), rng.randint(low, high))
        longer = rng.choice((1.0, 1.2, 1.5, 1.5, 2.0))
        period = min(60, max(12, months, round(months * longer / 6) * 6))
    return Judgment(
        **_paper(rng, effective, court, number, county),
        category=PROBATION,
        offence=offence.name,
        offence_class=offence.chapter,
        sentence_kind=_DETENTION if detention else _IMPRISONMENT,
        sentence=_written(months),
        test_period=_written(period),
        custody_days=rng.choice((0, 0, 0, 1, 7, 14, 30, 37, 90)),
        added_penalties=_fine(rng, offence),
    )


def _surveillance(
    rng: random.Random, effective: date, court: str, number: int, county: str
) -> Judgment:
    offence = _pick(rng, _SURVEILLANCES)
    months = rng.choice((4, 5, 6, 6, 8, 9, 10, 12, 12, 15, 18, 24))
    return Judgment(
        **_paper(rng, effective, court, number, county),
        category=SURVEILLANCE,
        offence=offence.name,
        offence_class=offence.chapter,
        sentence_kind=_SURVEILLANCE,
        sentence=_written(months),
        custody_days=rng.choice((0, 0, 0, 5, 14, 20)),
        first_day=effective,
    )


def _parole(rng: random.Random, effective: date, number: int) -> Judgment:
    """Released after more than half; the rest of the sentence is the test period (PC 81, 83)."""
    offence = _pick(rng, _PAROLE)
    low, high = offence.imprisonment or (40, 80)
    sentence = Length(months=rng.randint(low, high))
    sentence = _years_first(sentence.total_months)
    days = round(sentence.total_months * 30.44)
    start = effective - timedelta(days=round(days * rng.uniform(0.55, 0.78)))
    return Judgment(
        deciding_organ="江苏省南京市中级人民法院",
        judgment_number=f"（{effective.year}）苏01刑更{number}号",
        judgment_date=effective,
        effective_date=effective,
        category=PAROLE,
        offence=offence.name,
        offence_class=offence.chapter,
        sentence_kind=_IMPRISONMENT,
        sentence=sentence.zh(),
        added_penalties=_fine(rng, offence),
        first_day=effective,
        sentence_end=last_day(start, sentence),
    )


def _outside(rng: random.Random, effective: date, number: int, *, woman: bool) -> Judgment:
    """Ill, or with child, or nursing: the sentence goes on outside (CPL 265)."""
    offence = _pick(rng, _OUTSIDE)
    low, high = offence.imprisonment or (12, 60)
    sentence = _years_first(rng.randint(low, high))
    days = round(sentence.total_months * 30.44)
    start = effective - timedelta(days=round(days * rng.uniform(0.05, 0.6)))
    nursing = woman and rng.random() < 0.5
    return Judgment(
        deciding_organ="江苏省监狱管理局" if not nursing else "江苏省南京市中级人民法院",
        judgment_number=f"（{effective.year}）苏狱暂监字第{number}号"
        if not nursing
        else f"（{effective.year}）苏01刑执{number}号",
        judgment_date=effective - timedelta(days=rng.randint(0, 3)),
        effective_date=effective,
        category=OUTSIDE,
        offence=offence.name,
        offence_class=offence.chapter,
        sentence_kind=_IMPRISONMENT,
        sentence=sentence.zh(),
        added_penalties=_fine(rng, offence),
        first_day=effective,
        sentence_end=last_day(start, sentence),
        released_for_treatment=not nursing,
    )


def term(of: Judgment) -> Term:
    """The term as the law reckons it (``guitu.law.term``)."""
    return term_of(of)


def _paper(
    rng: random.Random, effective: date, court: str, number: int, county: str
) -> dict[str, Any]:
    """Ten days of appeal lie between a judgment and its effect (CPL 230)."""
    day = effective - timedelta(days=rng.randint(11, 16))
    return {
        "deciding_organ": court,
        "judgment_number": f"（{day.year}）{county}刑初{number}号",
        "judgment_date": day,
        "effective_date": effective,
    }


def _pick(rng: random.Random, offences: tuple[Offence, ...]) -> Offence:
    return rng.choices(offences, [each.weight for each in offences])[0]


def _fine(rng: random.Random, offence: Offence) -> str:
    if not offence.fine or rng.random() < 0.15:
        return ""
    return f"罚金人民币{rng.choice((1, 2, 3, 5, 8, 10, 20))}000元"


def _years_first(months: int) -> Length:
    return Length(years=months // 12, months=months % 12)


def _written(months: int) -> str:
    """As a court writes it: years from a year on."""
    return _years_first(months).zh()
