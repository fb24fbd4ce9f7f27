"""How an account likes its pages: language and theme. A preference, so no act of the audit."""

from __future__ import annotations

from guitu.base.models import Account

LANGUAGES = frozenset({"zh-hans", "en", ""})
THEMES = frozenset({"light", "dark", ""})


def choose_looks(
    account: Account, *, language: str | None = None, theme: str | None = None
) -> None:
    """Keep the language (zh-hans, en) and theme (light, dark) given; empty is the house's own.

    Raises ``ValueError`` for another word. What is ``None`` stays as it is.
    """
    changed = []
    if language is not None:
        if language not in LANGUAGES:
            raise ValueError(f"No language {language!r}: choose one of {sorted(LANGUAGES)}.")
        account.language = language
        changed.append("language")
    if theme is not None:
        if theme not in THEMES:
            raise ValueError(f"No theme {theme!r}: choose one of {sorted(THEMES)}.")
        account.theme = theme
        changed.append("theme")
    if changed:
        account.save(update_fields=changed)
