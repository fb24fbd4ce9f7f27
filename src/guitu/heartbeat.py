"""How a process says that it is well, and how others read it.

Each part writes ``<home>/run/<part>.json`` about once a second; `guitu up`, `guitu status`, the
health address and the metrics read those files. A file, because it must be readable when the
database and the stream are not. A part writes from its own loop, never from a helper thread, so
that a stuck loop shows.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

from guitu.config import read_running, settings

State = Literal["ok", "starting", "down"]

#: A heartbeat older than this, in seconds, means that the part hangs or has died.
STALE_AFTER_S = 10.0


@dataclass(frozen=True, slots=True)
class PartState:
    """One part as others see it. ``lag_s`` is how far it is behind its work, None if unknown."""

    name: str
    state: State
    lag_s: float | None
    detail: str
    at: datetime | None = None
    pid: int | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The four keys that ``guitu status --json`` promises for each part."""
        return {
            "name": self.name,
            "state": self.state,
            "lag_s": self.lag_s,
            "detail": self.shown,
        }

    @property
    def shown(self) -> str:
        """The detail for people, with the number of the process."""
        return ", ".join(word for word in (self.pid and f"pid {self.pid}", self.detail) if word)


class Beat:
    """The heartbeat of this process. Call :meth:`ok` as often as you like: it writes once a second.

    ``metrics`` are counters (names ending in ``_total``) and gauges that the metrics address
    publishes as ``guitu_<part>_<name>``.
    """

    def __init__(self, name: str = "", *, run: Path | None = None, every_s: float = 1.0) -> None:
        self.name = name or settings.part
        if not self.name:
            raise ValueError("A heartbeat needs the name of its part.")
        self._folder = run or settings.run
        self._every_s = every_s
        #: Whose heartbeat it is: a supervisor that speaks for PostgreSQL sets PostgreSQL's.
        self.pid = os.getpid()
        self._written_s = 0.0
        self._last: tuple[State, str] | None = None

    def starting(self, detail: str = "") -> None:
        """Say that the part is not ready yet. Long starts must repeat it to stay fresh."""
        self._write("starting", lag_s=None, detail=detail, metrics={})

    def ok(
        self,
        *,
        lag_s: float | None = None,
        detail: str = "",
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        """Say that the part does its work, ``lag_s`` seconds behind."""
        self._write("ok", lag_s=lag_s, detail=detail, metrics=metrics or {})

    def down(
        self, detail: str, *, lag_s: float | None = None, metrics: Mapping[str, float] | None = None
    ) -> None:
        """Say that the part lives but cannot do its work (its database is away, say)."""
        self._write("down", lag_s=lag_s, detail=detail, metrics=metrics or {})

    def _write(
        self, state: State, *, lag_s: float | None, detail: str, metrics: Mapping[str, float]
    ) -> None:
        now_s = time.monotonic()
        # A change of state is told at once; the same state once a second.
        if self._last == (state, detail) and now_s - self._written_s < self._every_s:
            return
        if self._last and self._last[0] == state and now_s - self._written_s < self._every_s / 4:
            return
        self._written_s, self._last = now_s, (state, detail)
        text = json.dumps(
            {
                "state": state,
                "lag_s": None if lag_s is None else round(lag_s, 3),
                "detail": detail,
                "at": datetime.now(UTC).isoformat(),
                "pid": self.pid,
                "metrics": dict(metrics),
            },
            ensure_ascii=False,
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f".{self.name}.{os.getpid()}"
        draft.write_text(text, "utf-8")
        draft.replace(self._folder / f"{self.name}.json")


def read(name: str, *, run: Path, now: datetime) -> PartState:
    """The state of part ``name``: a missing or stale heartbeat is ``down`` and says so."""
    try:
        note = json.loads((run / f"{name}.json").read_text("utf-8"))
        at = datetime.fromisoformat(note["at"])
        state = cast(State, note["state"])
        part = PartState(
            name=name,
            state=state,
            lag_s=note["lag_s"],
            detail=note["detail"],
            at=at,
            pid=note.get("pid"),
            metrics=note.get("metrics", {}),
        )
    except FileNotFoundError:
        return PartState(name, "starting", None, "no heartbeat yet")
    except (OSError, ValueError, KeyError) as error:
        return PartState(name, "down", None, f"its heartbeat cannot be read: {error}")
    age_s = (now - at).total_seconds()
    if age_s > STALE_AFTER_S:
        return PartState(name, "down", None, f"silent for {age_s:.0f} s", at, part.pid)
    return part


def parts(home: Path | None = None, *, now: datetime | None = None) -> list[PartState]:
    """Every part that the running ``guitu up`` of ``home`` looks after; empty when none runs."""
    home = home or settings.home
    note = read_running(home)
    if note is None:
        return []
    now = now or datetime.now(UTC)
    return [read(name, run=home / "run", now=now) for name in note.get("parts", [])]


def exposition(parts: list[PartState], *, now: datetime | None = None) -> str:
    """The parts' figures in Prometheus's text format, for the metrics address to append.

    ``guitu_part_up`` and ``guitu_part_lag_seconds`` carry the part as a label; what a part counts
    itself appears as ``guitu_<part>_<name>``, a name ending in ``_total`` being a counter.
    """
    now = now or datetime.now(UTC)
    lines = [
        "# HELP guitu_part_up Whether the part says that it is well.",
        "# TYPE guitu_part_up gauge",
    ]
    lines += [f'guitu_part_up{{part="{part.name}"}} {int(part.state == "ok")}' for part in parts]
    lines += [
        "# HELP guitu_part_lag_seconds How far the part is behind its work.",
        "# TYPE guitu_part_lag_seconds gauge",
    ]
    lines += [
        f'guitu_part_lag_seconds{{part="{part.name}"}} {part.lag_s}'
        for part in parts
        if part.lag_s is not None
    ]
    lines += [
        "# HELP guitu_part_heartbeat_age_seconds Age of the part's last heartbeat.",
        "# TYPE guitu_part_heartbeat_age_seconds gauge",
    ]
    lines += [
        f'guitu_part_heartbeat_age_seconds{{part="{part.name}"}} {(now - part.at).total_seconds():.1f}'
        for part in parts
        if part.at is not None
    ]
    told: dict[str, list[str]] = {}
    for part in parts:
        room = part.name.partition("-")[0]
        for name, value in part.metrics.items():
            full = f"guitu_{room}_{name}"
            told.setdefault(full, []).append(f'{full}{{part="{part.name}"}} {value}')
    for full, samples in sorted(told.items()):
        kind = "counter" if full.endswith("_total") else "gauge"
        lines += [f"# TYPE {full} {kind}", *samples]
    return "\n".join(lines) + "\n"
