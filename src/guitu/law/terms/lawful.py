"""Whether a term is lawful on its face, asked at intake before the file is accepted.

It finds errors of the paper or of the typing; it judges no court. One function a category,
composed by `term_is_lawful`; every reason is collected before the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from guitu.law.articles import Article, articles
from guitu.law.length import Length, compare
from guitu.law.reasons import Answer, Reason
from guitu.law.terms.arithmetic import last_day
from guitu.law.words import Category, SentenceKind


class TermDefect(StrEnum):
    """What may be wrong with a term."""

    MISSING = "missing"
    WRONG_SENTENCE_KIND = "wrong_sentence_kind"
    SENTENCE_TOO_SHORT = "sentence_too_short"
    SENTENCE_TOO_LONG = "sentence_too_long"
    TEST_PERIOD_TOO_SHORT = "test_period_too_short"
    TEST_PERIOD_TOO_LONG = "test_period_too_long"
    TEST_PERIOD_SHORTER_THAN_SENTENCE = "test_period_shorter_than_sentence"
    RECIDIVIST = "recidivist"
    TOO_LITTLE_SERVED = "too_little_served"
    SELF_INFLICTED = "self_inflicted"
    LENGTH_UNCLEAR = "length_unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceFacts:
    """What the judgment says, as far as the paper tells.

    `sentence` is None for life; `test_period` belongs to probation (and parole of life).
    `crimes` counts the crimes sentenced together. `sentence_start`, `sentence_end` and
    `parole_day` are needed only to see whether half the sentence was served before parole;
    commuted sentences give the original's days. The Supreme People's Court may except (PC 81).
    """

    category: Category
    kind: SentenceKind
    sentence: Length | None = None
    test_period: Length | None = None
    crimes: int = 1
    recidivist: bool = False
    sentence_start: date | None = None
    sentence_end: date | None = None
    parole_day: date | None = None
    nursing_or_pregnant: bool = False
    self_inflicted: bool = False


def term_is_lawful(facts: SentenceFacts) -> Answer:
    """All reasons why the term can't be right, or none; raises ValueError on crimes below one."""
    if facts.crimes < 1:
        raise ValueError(f"a sentence is for at least one crime, not {facts.crimes}")
    match facts.category:
        case Category.PUBLIC_SURVEILLANCE:
            return _public_surveillance(facts)
        case Category.PROBATION:
            return _probation(facts)
        case Category.PAROLE:
            return _parole(facts)
        case Category.TEMPORARY_SERVICE:
            return _temporary_service(facts)


def _public_surveillance(facts: SentenceFacts) -> Answer:
    several = facts.crimes > 1
    limits = articles("PC 69(1)", "PC 99") if several else articles("PC 38(1)", "PC 99")
    reasons = _wrong_kind(facts, (SentenceKind.SURVEILLANCE,), articles("PC 38(1)"))
    reasons += _bounds(
        facts.sentence,
        "管制",
        "public surveillance",
        low=Length(months=3),
        high=Length(years=3 if several else 2),
        too_short=TermDefect.SENTENCE_TOO_SHORT,
        too_long=TermDefect.SENTENCE_TOO_LONG,
        low_articles=articles("PC 38(1)"),
        high_articles=limits[:1],
    )
    return Answer(tuple(reasons), limits)


def _probation(facts: SentenceFacts) -> Answer:
    kinds = (SentenceKind.IMPRISONMENT, SentenceKind.DETENTION)
    reasons = _wrong_kind(facts, kinds, articles("PC 72(1)"))
    detention = facts.kind is SentenceKind.DETENTION
    period_articles = articles("PC 73(1)" if detention else "PC 73(2)")
    if detention:
        low, high = Length(months=1), Length(years=1) if facts.crimes > 1 else Length(months=6)
        low_articles, high_articles = (
            articles("PC 42"),
            articles("PC 69(1)" if facts.crimes > 1 else "PC 42"),
        )
    else:
        low, high = Length(months=6), Length(years=3)
        low_articles, high_articles = articles("PC 45"), articles("PC 72(1)")
    if facts.kind in kinds:
        reasons += _bounds(
            facts.sentence,
            f"宣告缓刑的{facts.kind.zh}",
            f"suspended {facts.kind.en}",
            low=low,
            high=high,
            too_short=TermDefect.SENTENCE_TOO_SHORT,
            too_long=TermDefect.SENTENCE_TOO_LONG,
            low_articles=low_articles,
            high_articles=high_articles,
        )
        reasons += _bounds(
            facts.test_period,
            "缓刑考验期",
            "the test period of probation",
            low=Length(months=2) if detention else Length(years=1),
            high=Length(years=1) if detention else Length(years=5),
            too_short=TermDefect.TEST_PERIOD_TOO_SHORT,
            too_long=TermDefect.TEST_PERIOD_TOO_LONG,
            low_articles=period_articles,
            high_articles=period_articles,
        )
        reasons += _not_shorter(facts.test_period, facts.sentence, period_articles)
    if facts.recidivist:
        reasons.append(
            Reason(
                TermDefect.RECIDIVIST,
                "累犯不适用缓刑，请核对前科和裁判文书",
                "a recidivist gets no probation: check the record and the judgment",
                articles("PC 74"),
            )
        )
    return Answer(tuple(reasons), articles("PC 72(1)") + period_articles + articles("PC 99"))


def _parole(facts: SentenceFacts) -> Answer:
    kinds = (SentenceKind.IMPRISONMENT, SentenceKind.LIFE, SentenceKind.DEATH_SUSPENDED)
    cited = articles("PC 81(1)", "PC 81(2)", "PC 83(1)")
    reasons = _wrong_kind(facts, kinds, articles("PC 81(1)"))
    if facts.recidivist:
        reasons.append(
            Reason(
                TermDefect.RECIDIVIST,
                "累犯不得假释，请核对前科和裁定书",
                "a recidivist gets no parole: check the record and the ruling",
                articles("PC 81(2)"),
            )
        )
    if facts.kind is SentenceKind.LIFE:
        ten_years = Length(years=10)
        if facts.test_period is not None and compare(facts.test_period, ten_years) != 0:
            longer = compare(facts.test_period, ten_years) == 1
            reasons.append(
                Reason(
                    TermDefect.TEST_PERIOD_TOO_LONG if longer else TermDefect.TEST_PERIOD_TOO_SHORT,
                    f"无期徒刑假释考验期为十年，现为{facts.test_period.zh()}",
                    f"parole from life lasts ten years; this says {facts.test_period.en()}",
                    articles("PC 83(1)"),
                )
            )
        reasons += _served_enough(facts, Length(years=13))
    elif facts.kind is SentenceKind.IMPRISONMENT:
        reasons += _served_enough(facts, None)
    return Answer(tuple(reasons), cited)


def _temporary_service(facts: SentenceFacts) -> Answer:
    reasons: list[Reason] = []
    mother_for_life = facts.kind is SentenceKind.LIFE and facts.nursing_or_pregnant
    if not mother_for_life:
        reasons += _wrong_kind(
            facts,
            (SentenceKind.IMPRISONMENT, SentenceKind.DETENTION),
            articles("CPL 265(1)", "CPL 265(2)"),
        )
    if facts.self_inflicted:
        reasons.append(
            Reason(
                TermDefect.SELF_INFLICTED,
                "自伤自残的不得保外就医",
                "no release for treatment of what was self-inflicted",
                articles("CPL 265(3)"),
            )
        )
    return Answer(tuple(reasons), articles("CPL 265(1)", "CPL 265(2)", "CPL 265(3)"))


def _wrong_kind(
    facts: SentenceFacts, kinds: tuple[SentenceKind, ...], cited: tuple[Article, ...]
) -> list[Reason]:
    if facts.kind in kinds:
        return []
    zh, en = "、".join(k.zh for k in kinds), " or ".join(k.en for k in kinds)
    return [
        Reason(
            TermDefect.WRONG_SENTENCE_KIND,
            f"{facts.category.zh}的原判刑罚应为{zh}，现为{facts.kind.zh}",
            f"{facts.category.en} goes with {en}, not with {facts.kind.en}",
            cited,
        )
    ]


def _bounds(
    length: Length | None,
    what_zh: str,
    what_en: str,
    *,
    low: Length,
    high: Length,
    too_short: TermDefect,
    too_long: TermDefect,
    low_articles: tuple[Article, ...],
    high_articles: tuple[Article, ...],
) -> list[Reason]:
    """Both ends are included (PC 99)."""
    if length is None:
        return [
            Reason(
                TermDefect.MISSING,
                f"缺少{what_zh}的期限，请按裁判文书填写",
                f"the length of {what_en} is missing: enter it from the judgment",
                low_articles,
            )
        ]
    reasons = []
    for bound, wrong, defect, cited in (
        (low, -1, too_short, low_articles),
        (high, 1, too_long, high_articles),
    ):
        order = compare(length, bound)
        if order is None:
            reasons.append(_unclear(length, bound))
        elif order == wrong:
            limit_zh, limit_en = ("不少于", "at least") if wrong < 0 else ("不超过", "at most")
            reasons.append(
                Reason(
                    defect,
                    f"{what_zh}{limit_zh}{bound.zh()}，现为{length.zh()}，请核对裁判文书",
                    f"{what_en} lasts {limit_en} {bound.en()}; this says {length.en()}: "
                    "check the judgment",
                    cited,
                )
            )
    return reasons


def _not_shorter(
    test_period: Length | None, sentence: Length | None, cited: tuple[Article, ...]
) -> list[Reason]:
    if test_period is None or sentence is None:
        return []
    order = compare(test_period, sentence)
    if order is None:
        return [_unclear(test_period, sentence)]
    if order >= 0:
        return []
    return [
        Reason(
            TermDefect.TEST_PERIOD_SHORTER_THAN_SENTENCE,
            f"考验期{test_period.zh()}短于原判刑期{sentence.zh()}，请核对裁判文书",
            f"the test period of {test_period.en()} is shorter than the sentence of "
            f"{sentence.en()}: check the judgment",
            cited,
        )
    ]


def _served_enough(facts: SentenceFacts, fixed: Length | None) -> list[Reason]:
    """Half of a fixed term, or the fixed length, before the day of parole; unknown days pass."""
    start, parole = facts.sentence_start, facts.parole_day
    if start is None or parole is None:
        return []
    if fixed is not None:
        enough = parole > last_day(start, fixed)
        wanted_zh, wanted_en = f"实际执行{fixed.zh()}以上", f"{fixed.en()} served"
    elif facts.sentence_end is not None:
        whole, served = (facts.sentence_end - start).days + 1, (parole - start).days
        enough = 2 * served >= whole
        wanted_zh, wanted_en = "执行原判刑期二分之一以上", "half of the sentence served"
    else:
        return []
    if enough:
        return []
    return [
        Reason(
            TermDefect.TOO_LITTLE_SERVED,
            f"假释应当{wanted_zh}：自{start}至{parole}不足，除非最高人民法院核准",
            f"parole needs {wanted_en}: {start} to {parole} is too little, unless the Supreme "
            "People's Court approved it",
            articles("PC 81(1)"),
        )
    ]


def _unclear(length: Length, other: Length) -> Reason:
    return Reason(
        TermDefect.LENGTH_UNCLEAR,
        f"{length.zh()}与{other.zh()}的长短取决于起算日，请按裁判文书用月填写",
        f"whether {length.en()} or {other.en()} is longer depends on the start: write months",
        articles("SPC 202(2)"),
    )
