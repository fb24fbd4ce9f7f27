"""Every article that an answer of `law` may cite, looked up by a short key such as "CCL 29(2)".

A statement here is our own summary, for the officer who wonders why; it is not the text of the
article. `sure` is False where the text itself was not read, or where a rule is carried over by
analogy: pages then show 待核 beside the citation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Law:
    """A statute, interpretation or measure: key, titles, and its days in force (inclusive)."""

    key: str
    zh: str
    en: str
    in_force_from: date
    in_force_to: date | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One article, paragraph (款) or item (项) of a law, with a summary in our own words."""

    law: Law
    number: int
    paragraph: int | None
    item: int | None
    zh: str
    en: str
    in_force_from: date
    in_force_to: date | None
    sure: bool

    @property
    def key(self) -> str:
        """The key it is looked up by, for instance "CCL 29(1)(2)" or "PSL25 72[4]"."""
        paragraph = f"({self.paragraph})" if self.paragraph else ""
        item = f"[{self.item}]" if self.item else ""
        return f"{self.law.key} {self.number}{paragraph}{item}"

    def cite_zh(self) -> str:
        """For a paper: 《社区矫正法》第二十九条第一款第二项."""
        text = f"《{self.law.zh}》第{chinese_number(self.number)}条"
        if self.paragraph:
            text += f"第{chinese_number(self.paragraph)}款"
        if self.item:
            text += f"第{chinese_number(self.item)}项"
        return text

    def cite_en(self) -> str:
        """For the English page: Community Corrections Law, art. 29(1) item 2."""
        text = f"{self.law.en}, art. {self.number}"
        if self.paragraph:
            text += f"({self.paragraph})"
        if self.item:
            text += f" item {self.item}"
        return text

    def in_force(self, day: date) -> bool:
        """Whether the article was in force on that civil day."""
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)


class UnknownArticle(LookupError):
    """A key that is not in the register: the article has to be entered before it is cited."""


def article(key: str) -> Article:
    """The article of that key; raises UnknownArticle with the remedy."""
    from guitu.law.articles_table import ARTICLES  # the table needs Article, so it comes second

    try:
        return ARTICLES[key]
    except KeyError:
        raise UnknownArticle(
            f"article {key!r} is not in the register: add it to guitu/law/articles_table.py"
        ) from None


def articles(*keys: str) -> tuple[Article, ...]:
    """Several articles in the order given."""
    return tuple(article(key) for key in keys)


def all_articles() -> tuple[Article, ...]:
    """The whole register, in the order of the table."""
    from guitu.law.articles_table import ARTICLES

    return tuple(ARTICLES.values())


_NUMERALS = "零一二三四五六七八九"


def chinese_number(number: int) -> str:
    """1 to 999 as statutes number their articles: 二十九, 一百零五, 二百零二."""
    if not 1 <= number <= 999:
        raise ValueError(f"{number} is no article number between 1 and 999")
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_NUMERALS[hundreds]}百" if hundreds else ""
    if tens:
        text += "十" if tens == 1 and not hundreds else f"{_NUMERALS[tens]}十"
    elif hundreds and ones:
        text += "零"
    return text + (_NUMERALS[ones] if ones else "")
