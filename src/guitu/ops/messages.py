"""``make messages``: compiles the translations and checks that none is missing.

The source language is Simplified Chinese; each app has its English in
``locale/en/LC_MESSAGES/django.po``. Every message that a template or a module marks must have a
translation in one of them, with the same placeholders.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from guitu.ops import po

PACKAGE = Path(__file__).resolve().parents[1]

#: Functions that mark a message → the places of its context, singular and plural among arguments.
_MARKERS: dict[str, tuple[int | None, int]] = {
    "_": (None, 0),
    "gettext": (None, 0),
    "gettext_lazy": (None, 0),
    "gettext_noop": (None, 0),
    "ngettext": (None, 0),
    "ngettext_lazy": (None, 0),
    "pgettext": (0, 1),
    "pgettext_lazy": (0, 1),
    "npgettext": (0, 1),
    "npgettext_lazy": (0, 1),
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")
_TRANSLATE = re.compile(
    r"""\{%-?\s*(?:translate|trans)\s+(?P<q>["'])(?P<text>.*?)(?<!\\)(?P=q)"""
    r"""(?P<rest>[^%]*)%\}""",
    re.S,
)
_UNDERSCORE = re.compile(r"""[\s:=|,(]_\((?P<q>["'])(?P<text>.*?)(?<!\\)(?P=q)\)""")
_BLOCK = re.compile(
    r"\{%\s*(?:blocktranslate|blocktrans)\b(?P<options>[^%]*)%\}(?P<body>.*?)"
    r"\{%\s*end(?:blocktranslate|blocktrans)\s*%\}",
    re.S,
)
_PLURAL = re.compile(r"\{%\s*plural\s*%\}")
_CONTEXT = re.compile(r"""\bcontext\s+["'](?P<text>[^"']*)["']""")
_VARIABLE = re.compile(r"\{\{\s*([\w.]+)[^}]*\}\}")


@dataclass(frozen=True, slots=True)
class Use:
    """A marked message where it stands."""

    path: Path
    line: int
    context: str | None
    msgid: str

    @property
    def place(self) -> str:
        """File and line, as editors understand them."""
        return f"{self.path}:{self.line}"


def uses_in_template(path: Path, text: str) -> Iterator[Use]:
    """The messages that a Django template marks, spelled as Django looks them up."""

    def at(position: int) -> int:
        return text.count("\n", 0, position) + 1

    for found in _TRANSLATE.finditer(text):
        context = _CONTEXT.search(found["rest"])
        # Django doubles percent signs before it looks a message up.
        msgid = found["text"].replace("\\" + found["q"], found["q"]).replace("%", "%%")
        yield Use(path, at(found.start()), context["text"] if context else None, msgid)
    for found in _UNDERSCORE.finditer(text):
        yield Use(path, at(found.start()), None, found["text"].replace("%", "%%"))
    for found in _BLOCK.finditer(text):
        context = _CONTEXT.search(found["options"])
        body = _PLURAL.split(found["body"])[0]
        parts = _VARIABLE.split(body)
        msgid = "".join(
            f"%({part.split('.')[-1]})s" if number % 2 else part.replace("%", "%%")
            for number, part in enumerate(parts)
        )
        if re.search(r"\btrimmed\b", found["options"]):
            msgid = " ".join(line.strip() for line in msgid.strip().splitlines() if line.strip())
        yield Use(path, at(found.start()), context["text"] if context else None, msgid)


def uses_in_module(path: Path, text: str) -> Iterator[Use | str]:
    """The messages that a Python module marks; a string instead says what is wrong with one."""
    for node in ast.walk(ast.parse(text, str(path))):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = getattr(function, "id", None) or getattr(function, "attr", None)
        if name not in _MARKERS:
            continue
        context_at, text_at = _MARKERS[name]
        if len(node.args) <= text_at:
            continue
        marked = node.args[text_at]
        if isinstance(marked, ast.JoinedStr):
            yield (
                f"{path}:{node.lineno}: an f-string cannot be translated; "
                "mark the text and fill it in afterwards with % or format"
            )
        elif isinstance(marked, ast.Constant) and isinstance(marked.value, str):
            context = node.args[context_at] if context_at is not None else None
            yield Use(
                path,
                node.lineno,
                str(context.value) if isinstance(context, ast.Constant) else None,
                marked.value,
            )


def uses(package: Path) -> Iterator[Use | str]:
    """Every marked message of the package; tests and migrations are left out."""
    for path in sorted(package.rglob("*")):
        if {"tests", "migrations", "node_modules"} & set(path.relative_to(package).parts):
            continue
        if path.suffix == ".py":
            text = path.read_text("utf-8")
            if "gettext" in text:
                yield from uses_in_module(path, text)
        elif path.suffix in (".html", ".txt", ".svg") and "templates" in path.parts:
            yield from uses_in_template(path, path.read_text("utf-8"))


def catalogues(package: Path, language: str = "en") -> list[Path]:
    """The ``.po`` files of ``language`` in all apps."""
    return sorted(package.glob(f"*/locale/{language}/LC_MESSAGES/django.po"))


def problems(package: Path) -> list[str]:
    """What is missing or does not fit, a line each, with file and line number."""
    known: dict[str, tuple[po.Entry, Path]] = {}
    # Django's own catalogue answers for what it has (the names of months, "required" …): it is
    # never asked here, because our words must not depend on its spelling.
    found: list[str] = []
    for path in catalogues(package):
        try:
            entries = po.read(path)
        except po.PoError as error:
            found.append(str(error))
            continue
        for entry in entries:
            if not entry.msgid:
                continue
            known[entry.key] = (entry, path)
            found += [
                f"{path}:{entry.line}: {entry.msgid!r} and its translation {form!r} "
                "have different placeholders"
                for form in entry.forms.values()
                if form and _placeholders(form) != _placeholders(entry.msgid)
            ]
    for use in uses(package):
        if isinstance(use, str):
            found.append(use)
            continue
        key = use.msgid if use.context is None else f"{use.context}\x04{use.msgid}"
        if not use.msgid.strip() or (key in known and known[key][0].translated):
            continue
        found.append(f"{use.place}: no English for {use.msgid!r}")
    return found


def _placeholders(text: str) -> set[str]:
    return {found[0].rstrip("sd") for found in _PLACEHOLDER.finditer(text.replace("%%", ""))}


def compile_all(package: Path) -> int:
    """Write a ``.mo`` beside every ``.po``; returns how many."""
    count = 0
    for path in sorted(package.glob("*/locale/*/LC_MESSAGES/*.po")):
        target = path.with_suffix(".mo")
        data = po.compile_mo(po.read(path))
        if not target.exists() or target.read_bytes() != data:
            target.write_bytes(data)
        count += 1
    return count


def main() -> int:
    """Compile; unless ``--compile`` is given, check too. 1 when anything is missing."""
    count = compile_all(PACKAGE)
    if "--compile" in sys.argv[1:]:
        return 0
    wrong = problems(PACKAGE)
    for line in wrong:
        print(line)
    print(f"{count} catalogues compiled, {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
