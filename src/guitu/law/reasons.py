"""Typed reasons and the answer made of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from guitu.law.articles import Article


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why something may not be done: what is wrong, what mends it, which article.

    `code` is a member of the criterion's own enumeration, so that callers match on it and not
    on words. `zh` and `en` are whole sentences that name the value and the remedy.
    """

    code: StrEnum
    zh: str
    en: str
    articles: tuple[Article, ...]

    @property
    def sure(self) -> bool:
        """False as soon as one of its articles is still to be checked (待核)."""
        return all(article.sure for article in self.articles)


@dataclass(frozen=True, slots=True)
class Answer:
    """All reasons against, collected before answering; none means allowed.

    `articles` are those the question was judged by, also when the answer is yes.
    """

    reasons: tuple[Reason, ...]
    articles: tuple[Article, ...]

    @property
    def allowed(self) -> bool:
        return not self.reasons

    @property
    def sure(self) -> bool:
        """Whether everything the answer rests on was read in primary text."""
        judged = self.articles if self.allowed else ()
        return all(a.sure for a in judged) and all(r.sure for r in self.reasons)
