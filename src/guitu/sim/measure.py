"""The measurements of ``guitu bench``: thread, engine, memory, pages; each bounded in time."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import platform
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import psycopg
import uvloop

from guitu.sim.load import Figures, Load, Player

#: Sustained: this share of what was sent is committed within the time, and alarms in time.
_SUSTAINED = 0.97
_ALARM_BOUND_MS = 1000.0


@dataclass(frozen=True, slots=True)
class Step:
    """One rate of the thread's measurement. Alarm times: socket → a committed alarm row as another
    connection sees it."""

    load: Figures
    committed: int
    committed_per_s: float
    alarms_sent: int
    alarms_seen: int
    alarm_p50_ms: float | None
    alarm_p99_ms: float | None
    sustained: bool
    #: Share of a core each part took meanwhile.
    cpu: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Page:
    """Times of one address, in milliseconds; ``status`` of the last answer."""

    path: str
    requests: int
    status: int
    p50_ms: float
    p95_ms: float
    size_kb: float


def machine() -> dict[str, object]:
    """What the figures were taken on."""
    name = next(
        (
            line.partition(":")[2].strip()
            for line in _lines("/proc/cpuinfo")
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return {
        "cpu": name,
        "cores": os.cpu_count(),
        "memory_mb": round(psutil.virtual_memory().total / 2**20),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return []


# ── the thread: socket → stream → engine → row ───────────────────────────────────────────────────


class AlarmWatch:
    """A connection of its own that sees alarms as they are committed."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._stop = threading.Event()
        self.seen: dict[str, float] = {}
        self._thread = threading.Thread(target=self._watch, name="alarms", daemon=True)

    def __enter__(self) -> AlarmWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def _watch(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as db:
            row = db.execute("SELECT coalesce(max(id), 0) FROM tracking_alarmstep").fetchone()
            last = row[0] if row else 0
            while not self._stop.wait(0.01):
                found = db.execute(
                    # A merged alarm counts: the officer's page is told of it just the same.
                    "SELECT s.id, d.terminal FROM tracking_alarmstep s JOIN tracking_alarm a"
                    " ON a.id = s.alarm_id JOIN tracking_device d ON d.id = a.device_id"
                    " WHERE s.id > %s AND s.kind IN ('opened', 'merged') AND a.kind = 'tamper'",
                    [last],
                ).fetchall()
                now_s = time.time()
                for pk, terminal in found:
                    last = max(last, pk)
                    self.seen.setdefault(terminal, now_s)


def thread(
    players: list[Player],
    *,
    host: str,
    port: int,
    database_url: str,
    run: Path,
    rates: list[float],
    seconds: float,
    say: Callable[[str], None],
) -> list[Step]:
    """Load at each rate in turn, until one is no longer sustained."""
    return uvloop.run(
        _thread(
            players, host=host, port=port, database_url=database_url, run=run, rates=rates,
            seconds=seconds, say=say,
        )
    )  # fmt: skip


async def _thread(
    players: list[Player],
    *,
    host: str,
    port: int,
    database_url: str,
    run: Path,
    rates: list[float],
    seconds: float,
    say: Callable[[str], None],
) -> list[Step]:
    load = Load(host, port, players)
    await load.connect()
    say(f"{len(players)} terminals connected")
    steps: list[Step] = []
    try:
        with AlarmWatch(database_url) as watch:
            await load.run(
                per_s=min(500.0, rates[0]), seconds=4, tampers_per_s=4
            )  # what starts cold does so here
            for rate in rates:
                await _settled(database_url)
                share = max(1.0, len(players) / len(rates) / seconds * 0.9)
                step = await _step(
                    load, watch, rate=rate, seconds=seconds, tampers_per_s=min(10.0, share),
                    database_url=database_url, run=run,
                )  # fmt: skip
                steps.append(step)
                say(
                    f"{rate:.0f}/s wanted: {step.committed_per_s:.0f}/s committed, ack p99 "
                    f"{step.load.ack_p99_ms:.0f} ms, alarm p99 {step.alarm_p99_ms or 0:.0f} ms"
                )
                if not step.sustained:
                    break
    finally:
        load.close()
    return steps


async def _step(
    load: Load,
    watch: AlarmWatch,
    *,
    rate: float,
    seconds: float,
    tampers_per_s: float,
    database_url: str,
    run: Path,
) -> Step:
    before = set(load.tampered)
    counted = _count(database_url)
    usage = cpu_seconds(run)
    began_s = time.perf_counter()
    figures = await load.run(per_s=rate, seconds=seconds, tampers_per_s=tampers_per_s)
    took_s, in_time = time.perf_counter() - began_s, _count(database_url) - counted
    used = cpu_seconds(run)
    until_s = time.perf_counter() + 20
    committed = in_time
    while committed < figures.sent and time.perf_counter() < until_s:
        await asyncio.sleep(0.25)
        committed = _count(database_url) - counted
        took_s = time.perf_counter() - began_s
    await asyncio.sleep(0.5)
    sent = {name: at for name, at in load.tampered.items() if name not in before}
    times = [(watch.seen[name] - at) * 1000 for name, at in sent.items() if name in watch.seen]
    p50, p99 = np.percentile(times, (50, 99)) if times else (None, None)
    prompt = p99 is not None and p99 <= _ALARM_BOUND_MS and len(times) == len(sent)
    return Step(
        load=figures,
        committed=committed,
        committed_per_s=min(committed / took_s, committed / figures.seconds),
        alarms_sent=len(sent),
        alarms_seen=len(times),
        alarm_p50_ms=None if p50 is None else float(p50),
        alarm_p99_ms=None if p99 is None else float(p99),
        sustained=bool(prompt)
        and figures.sent_per_s >= _SUSTAINED * rate
        and in_time >= _SUSTAINED * figures.sent,
        cpu={name: round((used[name] - usage.get(name, 0.0)) / seconds, 2) for name in used},
    )


async def _settled(database_url: str) -> None:
    """Wait until nothing was committed for two seconds, half a minute at most."""
    before, quiet = -1, 0
    for _ in range(60):
        now = _count(database_url)
        quiet = quiet + 1 if now == before else 0
        before = now
        if quiet >= 4:
            return
        await asyncio.sleep(0.5)


def _count(database_url: str) -> int:
    """Fixes ever given an id: a sequence, so that counting costs nothing."""
    with psycopg.connect(database_url, autocommit=True) as db:
        row = db.execute("SELECT last_value FROM tracking_fix_id").fetchone()
    return int(row[0]) if row else 0


# ── processes ────────────────────────────────────────────────────────────────────────────────────


def _processes(run: Path) -> dict[str, list[psutil.Process]]:
    """Part → its process and all below it."""
    found: dict[str, list[psutil.Process]] = {}
    for note in sorted(run.glob("*.json")):
        try:
            pid = json.loads(note.read_text("utf-8")).get("pid")
            top = psutil.Process(int(pid))
            found[note.stem if note.stem != "ports" else "supervisor"] = [
                top,
                *(top.children(recursive=True) if note.stem != "ports" else []),
            ]
        except (OSError, ValueError, TypeError, psutil.Error):
            continue  # it has ended meanwhile
    return found


def memory(run: Path) -> dict[str, dict[str, float]]:
    """Per part: private (unique) and resident megabytes of it and its children, and how many."""
    out: dict[str, dict[str, float]] = {}
    for name, processes in _processes(run).items():
        unique = resident = 0.0
        for process in processes:
            try:
                info = process.memory_full_info()
            except psutil.Error:
                continue
            unique += info.uss / 2**20
            resident += info.rss / 2**20
        out[name] = {
            "processes": len(processes),
            "private_mb": round(unique, 1),
            "resident_mb": round(resident, 1),
        }
    return out


def cpu_seconds(run: Path) -> dict[str, float]:
    """Per part: processor seconds used so far."""
    out = {}
    for name, processes in _processes(run).items():
        total = 0.0
        for process in processes:
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            total += times.user + times.system
        out[name] = total
    return out


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser: where, and its cookie."""

    host: str
    port: int
    cookie: str
    paths: list[str] = field(default_factory=list)


def pages(session: Session, *, requests: int, seconds: float) -> list[Page]:
    """Each path so often, one after the other on one connection, within ``seconds`` in all."""
    out = []
    until_s = time.perf_counter() + seconds
    connection = http.client.HTTPConnection(session.host, session.port, timeout=30)
    for path in session.paths:
        times: list[float] = []
        status, size = 0, 0
        for n in range(requests + 2):
            began_s = time.perf_counter()
            connection.request("GET", path, headers={"Cookie": session.cookie})
            answer = connection.getresponse()
            size = len(answer.read())
            status = answer.status
            if n >= 2:  # the first ones load templates
                times.append((time.perf_counter() - began_s) * 1000)
            if time.perf_counter() > until_s and times:
                break
        p50, p95 = np.percentile(times, (50, 95))
        out.append(Page(path, len(times), status, float(p50), float(p95), round(size / 1024, 1)))
    connection.close()
    return out


def as_json(value: Any) -> Any:
    """Dataclasses to plain values with floats rounded to three figures behind the point."""
    if hasattr(value, "__dataclass_fields__"):
        value = asdict(value)
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    if isinstance(value, float):
        return None if value != value else round(value, 3)
    return value
