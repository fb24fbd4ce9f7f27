"""The tokens by name, for the living page; the values themselves stand in ``tokens.css`` alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_SHEET = Path(__file__).resolve().parent / "static" / "ui" / "css" / "tokens.css"


@dataclass(frozen=True, slots=True)
class Token:
    """A colour: its custom property without ``--``, its word, what it is for."""

    name: str
    word: str | Promise
    use: str | Promise


TOKENS: tuple[Token, ...] = (
    Token("paper", _("纸"), _("底色")),
    Token("surface", _("面"), _("输入框、文书")),
    Token("wash", _("浅底"), _("选中行、行内按钮")),
    Token("line", _("线"), _("分节")),
    Token("control", _("框线"), _("输入框")),
    Token("ink", _("墨"), _("正文")),
    Token("ink-2", _("次"), _("说明")),
    Token("ink-3", _("弱"), _("标签")),
    Token("past", _("过去"), _("只画线")),
    Token("pine", _("松绿"), _("行动、归途")),
    Token("indigo", _("靛"), _("信息、围栏")),
    Token("amber", _("琥珀"), _("只画图标和线")),
    Token("amber-text", _("琥珀字"), _("将到期的字")),
    Token("cinnabar", _("朱砂"), _("图标、告警线")),
    Token("cinnabar-text", _("朱砂字"), _("逾期、越界的字")),
    Token("pine-wash", _("松绿浅底"), _("选中的选项")),
    Token("cinnabar-wash", _("朱砂浅底"), _("告警行")),
    Token("map-land", _("图上的地"), _("辖区以内")),
    Token("map-outside", _("图上的外"), _("辖区以外")),
    Token("map-district", _("区界"), _("图上的线")),
)


@dataclass(frozen=True, slots=True)
class Shade:
    """A token in one theme: its value, and its contrast on paper (WCAG 2, to one decimal)."""

    token: Token
    value: str
    contrast: float


@lru_cache(maxsize=2)
def values(theme: str) -> dict[str, str]:
    """The custom properties of ``[data-theme="light"]`` or ``"dark"`` as the sheet has them."""
    sheet = _SHEET.read_text(encoding="utf-8")
    block = re.search(rf'\[data-theme="{theme}"\] \{{(.*?)\}}', sheet, re.DOTALL)
    if block is None:
        raise ValueError(f"tokens.css has no theme {theme!r}: use light or dark")
    return {name: value.strip() for name, value in re.findall(r"--([\w-]+):([^;]+);", block[1])}


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast of two ``#rrggbb`` colours, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def shades(theme: str) -> list[Shade]:
    """Every token with its value and contrast in that theme."""
    known = values(theme)
    return [
        Shade(token, known[token.name], contrast(known[token.name], known["paper"]))
        for token in TOKENS
    ]
