"""An example of every address of this room, for the test that walks the URL table."""

from __future__ import annotations

from typing import Any


def examples(cast: Any, *, foreign: bool = False) -> dict[str, dict[str, Any]]:
    """View name → its arguments. Nothing here belongs to a person, so nothing has a foreign twin."""
    if foreign:
        return {}
    return {
        "base:organisation": {"pk": cast.office.pk},
        "base:account": {"pk": cast.officer.pk},
        "base:account_act": {"pk": cast.officer.pk},
    }
