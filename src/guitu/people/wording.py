"""Words of law on a page: an obligation's title, basis and citation in the page's language, short."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from guitu.law.articles import Article, article
from guitu.law.length import Length
from guitu.law.obligations import Obligation

#: Laws as officers call them in a list.
_SHORT_ZH = {
    "CCL": "社矫法", "PC": "刑法", "CPL": "刑诉法", "SPC": "刑诉法解释", "POR": "禁止令规定",
    "IM": "实施办法", "M2012": "2012年办法", "PSL25": "治安处罚法", "SPP": "检察规则",
    "AGE": "未成年人解释",
}  # fmt: skip
_SHORT_EN = {
    "CCL": "CCL", "PC": "Criminal Law", "CPL": "CPL", "SPC": "SPC Interpretation",
    "POR": "Prohibition Provisions", "IM": "Measures", "M2012": "Measures 2012", "PSL25": "PSL",
    "SPP": "Procuratorates' Rules", "AGE": "SPC Minors",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation for a page: short, long, what the article says, and whether it is to be verified."""

    short: str
    long: str
    says: str
    unverified: bool


def english() -> bool:
    """Whether the page is in English."""
    return (get_language() or "").startswith("en")


def cite(one: Article) -> Cited:
    """社矫法第29条 / 《社区矫正法》第二十九条第二款 with the summary of the register."""
    if english():
        paragraph = f"({one.paragraph})" if one.paragraph else ""
        return Cited(
            f"{_SHORT_EN[one.law.key]} {one.number}{paragraph}", one.cite_en(), one.en, not one.sure
        )
    return Cited(f"{_SHORT_ZH[one.law.key]}第{one.number}条", one.cite_zh(), one.zh, not one.sure)


def cite_key(key: str) -> Cited | None:
    """The same by key; None for an empty one."""
    return cite(article(key)) if key else None


def length_said(text: str) -> str:
    """A length of the register (1年6个月) in the page's language; empty stays empty."""
    if not text or not english():
        return text
    return Length.parse(text).en()


def title_of(one: Obligation) -> str:
    """What is due."""
    return one.title_en[:1].upper() + one.title_en[1:] if english() else one.title_zh


def basis_of(one: Obligation) -> str:
    """How the day came about."""
    return one.basis_en if english() else one.basis_zh


def no_day_set() -> str:
    """For an obligation without a deadline."""
    return _("没有定日，尽快办")
