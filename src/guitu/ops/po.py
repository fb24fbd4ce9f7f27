"""Reads ``.po`` files and writes ``.mo`` files, in Python alone.

What GNU gettext does for us elsewhere, so that nobody needs it installed. Formats: the GNU gettext
manual, chapters "The Format of PO Files" and "The Format of GNU MO Files".
"""

from __future__ import annotations

import ast
import struct
from dataclasses import dataclass, field
from pathlib import Path

_CONTEXT_END = "\x04"


class PoError(ValueError):
    """A line of a ``.po`` file that cannot be read; the message names file and line."""


@dataclass(slots=True)
class Entry:
    """One message. ``forms`` are its translations: one, or one a plural form."""

    line: int
    context: str | None = None
    msgid: str = ""
    plural: str | None = None
    forms: dict[int, str] = field(default_factory=dict)
    fuzzy: bool = False

    @property
    def key(self) -> str:
        """The identity under which gettext looks it up."""
        return self.msgid if self.context is None else f"{self.context}{_CONTEXT_END}{self.msgid}"

    @property
    def translated(self) -> bool:
        """Whether every form is there and not marked as a guess."""
        return bool(self.forms) and all(self.forms.values()) and not self.fuzzy


def read(path: Path) -> list[Entry]:
    """The entries of a ``.po`` file, its header (with an empty msgid) among them."""
    entries: list[Entry] = []
    entry: Entry | None = None
    fuzzy = False
    place: tuple[str, int] | None = None
    for number, raw in enumerate(path.read_text("utf-8").splitlines(), start=1):
        line = raw.strip()
        if line.startswith("#"):
            fuzzy = fuzzy or (line.startswith("#,") and "fuzzy" in line)
            place = None
            continue
        if not line:
            place = None
            continue
        if line.startswith('"'):
            if entry is None or place is None:
                raise PoError(f"{path}:{number}: a string that belongs to nothing")
            _add(entry, place, _text(line, path, number))
            continue
        word, _, rest = line.partition(" ")
        if word == "msgctxt" or (word == "msgid" and (place is None or place[0] != "msgctxt")):
            entry = Entry(number, fuzzy=fuzzy)
            fuzzy = False
            entries.append(entry)
        if entry is None:
            raise PoError(f"{path}:{number}: {word!r} comes before any msgid")
        if word in ("msgctxt", "msgid", "msgid_plural", "msgstr"):
            place = (word, 0)
        elif word.startswith("msgstr[") and word.endswith("]") and word[7:-1].isdigit():
            place = ("msgstr", int(word[7:-1]))
        else:
            raise PoError(f"{path}:{number}: {word!r} is no keyword of a .po file")
        _add(entry, place, _text(rest.strip(), path, number))
    return entries


def _text(quoted: str, path: Path, number: int) -> str:
    try:
        value = ast.literal_eval(quoted)
    except (ValueError, SyntaxError) as error:
        raise PoError(f"{path}:{number}: {quoted!r} is no quoted string") from error
    if not isinstance(value, str):
        raise PoError(f"{path}:{number}: {quoted!r} is no quoted string")
    return value


def _add(entry: Entry, place: tuple[str, int], text: str) -> None:
    word, form = place
    if word == "msgctxt":
        entry.context = (entry.context or "") + text
    elif word == "msgid":
        entry.msgid += text
    elif word == "msgid_plural":
        entry.plural = (entry.plural or "") + text
    else:
        entry.forms[form] = entry.forms.get(form, "") + text


def compile_mo(entries: list[Entry]) -> bytes:
    """The ``.mo`` file of the translated entries and the header."""
    pairs = []
    for entry in entries:
        if not entry.translated and entry.msgid:
            continue
        key = entry.key if entry.plural is None else f"{entry.key}\0{entry.plural}"
        value = "\0".join(entry.forms[form] for form in sorted(entry.forms))
        pairs.append((key.encode(), value.encode()))
    pairs.sort()
    count = len(pairs)
    keys_at = 28
    values_at = keys_at + 8 * count
    text_at = values_at + 8 * count
    tables: list[bytes] = []
    blob = bytearray()
    for side in (0, 1):
        for pair in pairs:
            text = pair[side]
            tables.append(struct.pack("<II", len(text), text_at + len(blob)))
            blob += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, count, keys_at, values_at, 0, text_at)
    return head + b"".join(tables) + bytes(blob)
