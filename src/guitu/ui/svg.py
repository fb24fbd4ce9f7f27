"""Building SVG text safely: every value is escaped, every number is rounded to a tenth."""

from __future__ import annotations

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe


def number(value: float) -> str:
    """A coordinate in drawing units, at most one decimal, no trailing zero."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def element(name: str, *children: str, **attributes: object) -> SafeString:
    """One SVG element; ``class_`` is class, underscores are hyphens, None leaves an attribute out.

    Children that are not safe strings are escaped.
    """
    parts = [name]
    for key, value in attributes.items():
        if value is None:
            continue
        if isinstance(value, float):
            value = number(value)
        key = "viewBox" if key == "view_box" else key.rstrip("_").replace("_", "-")
        parts.append(f'{key}="{conditional_escape(str(value))}"')
    body = "".join(conditional_escape(child) for child in children)
    opening = " ".join(parts)
    return mark_safe(f"<{opening}>{body}</{name}>" if body else f"<{opening}/>")  # noqa: S308


def join(parts: list[SafeString]) -> SafeString:
    """The elements after one another."""
    return mark_safe("".join(parts))  # noqa: S308


def path(points: list[tuple[float, float]], *, closed: bool = False) -> str:
    """The ``d`` of a polyline through the points."""
    text = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return text + "Z" if closed else text


def text_width(text: str, *, size: float = 12) -> float:
    """About how wide a text is drawn, in px: a Han character is one em, a digit 0.56, a letter 0.57."""
    ems = 0.0
    for character in text:
        if ord(character) >= 0x2E80:
            ems += 1.0
        elif character in " .,:;'|ilj":
            ems += 0.3
        elif character in "MWmw":
            ems += 0.85
        else:
            ems += 0.57
    return ems * size
