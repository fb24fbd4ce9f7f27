"""The log files of the supervised parts: one JSON object a line, a few files of limited size."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 10 * 2**20
KEPT = 5
#: A part that writes a longer line without an end has it cut here.
MAX_LINE_BYTES = 64 * 2**10


class LogFile:
    """Turns what a process writes into ``<home>/log/<part>.log``."""

    def __init__(self, folder: Path, part: str, *, max_bytes: int = MAX_BYTES) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / f"{part}.log"
        self._part = part
        self._max_bytes = max_bytes
        self._rest = b""
        self._file: BinaryIO = self.path.open("ab", buffering=0)

    def feed(self, data: bytes) -> None:
        """Take raw output; whole lines are written at once."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE_BYTES:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            if line.strip():
                self._write(line)

    def say(self, message: str, *, level: str = "info") -> None:
        """A line of the supervisor's own about this part."""
        self._write_object({"level": level, "event": message, "by": "supervisor"})

    def close(self) -> None:
        """Write what has no line end yet, and close."""
        if self._rest.strip():
            self._write(self._rest)
            self._rest = b""
        self._file.close()

    def _write(self, line: bytes) -> None:
        text = line.decode("utf-8", errors="replace").rstrip()
        if text.startswith("{"):
            try:
                known = json.loads(text)
            except ValueError:
                known = None
            if isinstance(known, dict):
                known.setdefault("part", self._part)
                self._append(json.dumps(known, ensure_ascii=False))
                return
        self._write_object({"level": "info", "event": text})

    def _write_object(self, fields: dict[str, str]) -> None:
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "part": self._part}
        self._append(json.dumps(line | fields, ensure_ascii=False))

    def _append(self, line: str) -> None:
        self._file.write(line.encode() + b"\n")
        if self._file.tell() >= self._max_bytes:
            self._rotate()

    def _rotate(self) -> None:
        self._file.close()
        for number in range(KEPT - 1, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            if older.exists():
                older.replace(self.path.with_name(f"{self.path.name}.{number + 1}"))
        self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        self._file = self.path.open("ab", buffering=0)


def tail(path: Path, *, lines: int) -> list[str]:
    """The messages of the last ``lines`` lines of a log, for a person to read."""
    try:
        raw = path.read_bytes()[-64 * 2**10 :].decode("utf-8", errors="replace").splitlines()
    except OSError:
        return []
    shown = []
    for line in raw[-lines:]:
        try:
            fields = json.loads(line)
            shown.append(str(fields.get("event") or line))
        except (ValueError, AttributeError):
            shown.append(line)
    return shown
