"""禁止令: its floor, its ceiling and its days (法发〔2011〕9号 art. 6)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from guitu.law.articles import articles
from guitu.law.length import Length, compare
from guitu.law.reasons import Answer, Reason
from guitu.law.terms.arithmetic import ONE_DAY, Term, last_day
from guitu.law.words import Category

FLOORS: dict[Category, Length] = {
    Category.PUBLIC_SURVEILLANCE: Length(months=3),
    Category.PROBATION: Length(months=2),
}


class ProhibitionDefect(StrEnum):
    """Why the length or the days of a prohibition order are not lawful."""

    CATEGORY_HAS_NONE = "category_has_none"
    BELOW_FLOOR = "below_floor"
    BEYOND_TERM = "beyond_term"
    BEFORE_TERM = "before_term"
    LENGTH_UNCLEAR = "length_unclear"


def floor_applies(category: Category, term: Term | None) -> bool:
    """Whether the shortest length binds: not where custody credit leaves less than it.

    Without the term's days the floor is taken to bind, which is the rule. POR 6(2).
    """
    if category is not Category.PUBLIC_SURVEILLANCE or term is None:
        return True
    if not term.custody_credit_days:
        return True
    return term.last_day >= last_day(term.first_day, FLOORS[category])


def prohibition_order_is_lawful(
    category: Category, length: Length, *, whole: Length | None = None, term: Term | None = None
) -> Answer:
    """Whether an order of that length may go with the term: floor and ceiling, all reasons.

    `whole` is the sentence of surveillance or the test period as pronounced; `term` its reckoned
    days. Give at least one where it is known: the ceiling is judged by what is there.
    """
    cited = articles("POR 6(1)", "POR 6(2)")
    floor = FLOORS.get(category)
    if floor is None:
        return Answer((_category_has_none(category),), articles("PC 38(2)", "PC 72(2)"))
    reasons: list[Reason] = []
    against_floor = compare(length, floor)
    if against_floor is None:
        reasons.append(_unclear(length, floor))
    elif against_floor < 0 and floor_applies(category, term):
        reasons.append(
            Reason(
                ProhibitionDefect.BELOW_FLOOR,
                f"{category.zh}的禁止令不得少于{floor.zh()}，现为{length.zh()}，请核对裁判文书",
                f"with {category.en} an order lasts at least {floor.en()}; this says "
                f"{length.en()}: check the judgment",
                articles("POR 6(1)"),
            )
        )
    if term is not None:
        if not term.is_spent and last_day(term.first_day, length) > term.last_day:
            reasons.append(_beyond(length.zh(), str(term.last_day), length.en()))
    elif whole is not None:
        against_whole = compare(length, whole)
        if against_whole is None:
            reasons.append(_unclear(length, whole))
        elif against_whole > 0:
            reasons.append(_beyond(length.zh(), whole.zh(), length.en(), whole.en()))
    return Answer(tuple(reasons), cited)


def prohibition_days_are_lawful(
    category: Category, first_day: date, last: date, *, term: Term
) -> Answer:
    """The same for an order entered by its days: inside the term, and not below the floor."""
    cited = articles("POR 6(1)", "POR 6(2)", "POR 6(3)")
    if last < first_day:
        raise ValueError(f"the order ends on {last}, before it starts on {first_day}")
    floor = FLOORS.get(category)
    if floor is None:
        return Answer((_category_has_none(category),), articles("PC 38(2)", "PC 72(2)"))
    reasons: list[Reason] = []
    if first_day < term.first_day:
        reasons.append(
            Reason(
                ProhibitionDefect.BEFORE_TERM,
                f"禁止令从{term.first_day}执行之日起算，不能从{first_day}起",
                f"the order runs from the start of execution on {term.first_day}, "
                f"not from {first_day}",
                articles("POR 6(3)"),
            )
        )
    if last > term.last_day:
        reasons.append(_beyond(str(last), str(term.last_day), str(last)))
    if floor_applies(category, term) and last < last_day(first_day, floor):
        reasons.append(
            Reason(
                ProhibitionDefect.BELOW_FLOOR,
                f"{category.zh}的禁止令不得少于{floor.zh()}，自{first_day}应至少到"
                f"{last_day(first_day, floor)}，现到{last}",
                f"with {category.en} an order lasts at least {floor.en()}: from {first_day} to "
                f"{last_day(first_day, floor)}, not {last}",
                articles("POR 6(1)"),
            )
        )
    return Answer(tuple(reasons), cited)


def ended_on(last: date, day: date) -> bool:
    """Whether an order with that last day is over on `day` (the last day still binds)."""
    return day >= last + ONE_DAY


def _category_has_none(category: Category) -> Reason:
    return Reason(
        ProhibitionDefect.CATEGORY_HAS_NONE,
        f"禁止令只适用于管制和缓刑，{category.zh}没有禁止令",
        f"a prohibition order goes with public surveillance or probation, not with {category.en}",
        articles("PC 38(2)", "PC 72(2)"),
    )


def _beyond(got_zh: str, limit_zh: str, got_en: str, limit_en: str | None = None) -> Reason:
    return Reason(
        ProhibitionDefect.BEYOND_TERM,
        f"禁止令不得超过管制或考验期（{limit_zh}），现为{got_zh}",
        f"an order may not outlast its term ({limit_en or limit_zh}); this says {got_en}",
        articles("POR 6(1)"),
    )


def _unclear(length: Length, other: Length) -> Reason:
    return Reason(
        ProhibitionDefect.LENGTH_UNCLEAR,
        f"{length.zh()}与{other.zh()}的长短取决于起算日，请按裁判文书用月填写",
        f"whether {length.en()} or {other.en()} is longer depends on the start: write months",
        articles("SPC 202(2)"),
    )
