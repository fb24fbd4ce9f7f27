"""The simulated terminals of the demo city, alive: each on its own socket, each with its own day.

Where a wearer is follows from the seed and the clock (:mod:`guitu.sim.motion`); nothing is
remembered, so a restart carries on where the city would be. Reports are spread evenly; a terminal
without network keeps its fixes and sends them later in a batch. A terminal whose number somebody
else plays (:mod:`guitu.sim.borrowed`) stays away.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import structlog

from guitu.sim.borrowed import LOOKS_EVERY_S, borrowed_now
from guitu.sim.civil import SHANGHAI
from guitu.sim.incidents import Kind
from guitu.sim.motion import Life, day_of, silences, track
from guitu.sim.opening import Opening
from guitu.sim.terminal import Terminal, Timing
from guitu.wire.envelope import canonical
from guitu.wire.messages import Flag, Position, Source

log = structlog.get_logger("sim.living")

#: All terminals have connected and reported within so many seconds: before the first tick that
#: could find them silent.
ARRIVE_S = 12.0
_TIMING = Timing(heartbeat_s=180.0)


@dataclass(slots=True)
class Figures:
    """How the city is, for the heartbeat."""

    terminals: int
    online: int
    refused: int
    away: int
    sent: int
    acknowledged: int
    problem: str


@dataclass(slots=True)
class _Band:
    life: Life
    terminal: Terminal
    task: asyncio.Task[None] | None = None
    met: bool = False
    """Whether it has ever been admitted."""
    opening: Opening | None = None
    away: bool = False
    told_sos: date | None = None
    spans: tuple[date, list[tuple[float, float]]] = field(default=(date.min, []))


class LivingCity:
    """All terminals of the city in one event loop. ``clock`` gives aware UTC."""

    def __init__(
        self,
        lives: list[Life],
        *,
        host: str,
        port: int,
        run: Path,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        opening: bool = True,
    ) -> None:
        self._clock, self._run = clock, run
        self._bands = [_Band(life, self._terminal(life, host, port)) for life in lives]
        self._borrowed: frozenset[str] = frozenset()
        # Without a curfew by preference: at night the start of the scene alone would break it.
        stars = [b for b in self._bands if b.life.tour and b.life.zone]
        star = min(stars, key=lambda b: b.life.curfew, default=None)
        if opening and star is not None:
            star.opening = Opening.of(star.life, starts=clock())

    def _terminal(self, life: Life, host: str, port: int) -> Terminal:
        rng = random.Random(life.terminal)
        return Terminal(
            life.terminal, host=host, port=port, version=life.version,
            serial=rng.randrange(0x10000) ^ (int(time.time()) & 0xFFFF),
            most_waiting=2_000, timing=_TIMING, jitter=rng.random,
            where=lambda: self._position(next(b for b in self._bands if b.life is life)),
        )  # fmt: skip

    def figures(self) -> Figures:
        """Counts over all terminals."""
        terminals = [band.terminal for band in self._bands]
        refused = [t for t in terminals if t.problem and not t.online]
        return Figures(
            terminals=len(terminals),
            online=sum(t.online for t in terminals),
            refused=len(refused),
            away=sum(band.away for band in self._bands),
            sent=sum(t.counts.sent for t in terminals),
            acknowledged=sum(t.counts.acknowledged for t in terminals),
            problem=refused[0].problem if refused else "",
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Live until ``stop``."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        count = max(1, len(self._bands))
        due = [(began_s + ARRIVE_S * n / count, n) for n in range(len(self._bands))]
        heapq.heapify(due)
        borrowed_s = 0.0
        try:
            while not stop.is_set():
                now_s = loop.time()
                if now_s >= borrowed_s:
                    self._give_way(borrowed_now(run=self._run))
                    borrowed_s = now_s + LOOKS_EVERY_S
                while due and due[0][0] <= now_s:
                    at_s, n = heapq.heappop(due)
                    pause_s = self._turn(self._bands[n])
                    # From the planned moment, so that reports stay spread out.
                    heapq.heappush(due, (max(at_s + pause_s, now_s + 0.2), n))
                wait_s = min(1.0, max(0.01, due[0][0] - loop.time())) if due else 1.0
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), wait_s)
        finally:
            for band in self._bands:
                self._leave(band)
            tasks = [band.task for band in self._bands if band.task is not None]
            await asyncio.gather(*tasks, return_exceptions=True)

    def _give_way(self, borrowed: frozenset[str]) -> None:
        """Leave at once what somebody else plays from now on."""
        fresh = borrowed - self._borrowed
        self._borrowed = borrowed
        if fresh:
            for band in self._bands:
                if canonical(band.life.terminal) in fresh:
                    band.away = True
                    self._leave(band)

    # ── one terminal's turn ──────────────────────────────────────────────────────────────────

    def _turn(self, band: _Band) -> float:
        """Do what is due now; returns the seconds until the next turn."""
        terminal = band.terminal
        band.away = canonical(band.life.terminal) in self._borrowed
        if band.away:
            self._leave(band)
            return LOOKS_EVERY_S
        now = self._clock().astimezone(SHANGHAI)
        silent = self._silent(band, now)
        if silent is not None:
            self._leave(band)
            if silent is not Kind.FLAT and band.met:
                terminal.report(self._position(band))
            return float(band.life.interval_s)
        self._arrive(band)
        if not band.met:
            if not terminal.online:
                return 1.0
            band.met = True
        position = self._position(band)
        terminal.report(position)
        if band.opening is not None:
            if band.opening.over(self._clock()):
                band.opening = None
            else:
                return 10.0
        return float(terminal.interval_s or band.life.interval_s)

    def _silent(self, band: _Band, now: datetime) -> Kind | None:
        """FLAT or LOST while nothing comes; None while all is well."""
        if band.opening is not None:
            return None
        day, at_s = now.date(), _second(now)
        if band.spans[0] != day:
            band.spans = (day, silences(band.life, day))
        if not any(begin <= at_s < end for begin, end in band.spans[1]):
            return None
        incident = day_of(band.life, day).incident
        if incident is not None and incident.kind is Kind.FLAT and incident.during(at_s):
            return Kind.FLAT
        return Kind.LOST

    def _position(self, band: _Band) -> Position:
        now = self._clock()
        local = now.astimezone(SHANGHAI)
        day, at_s = local.date(), _second(local)
        said = track(band.life, day, np.array([at_s]))
        lon, lat = float(said.lon[0]), float(said.lat[0])
        speed_kmh, course_deg = float(said.speed_kmh[0]), float(said.course_deg[0])
        satellites = int(said.satellites[0])
        if band.opening is not None:
            lon, lat, speed_kmh, course_deg = band.opening.place(now)
            satellites = 13
        return Position(
            time=now.replace(microsecond=0),
            lat=lat,
            lon=lon,
            valid=True,
            altitude_m=15,
            speed_kmh=speed_kmh,
            course_deg=course_deg,
            satellites=satellites,
            source=Source.SATELLITE,
            battery_pct=int(said.battery_pct[0]),
            flags=self._flags(band, day, at_s),
        )

    def _flags(self, band: _Band, day: date, at_s: float) -> Flag:
        incident = day_of(band.life, day).incident
        if incident is None or at_s < incident.at_s:
            return Flag(0)
        if incident.kind is Kind.TAMPER and incident.during(at_s):
            return Flag.TAMPER
        if incident.kind is Kind.SOS and band.told_sos != day and at_s < incident.at_s + 600:
            band.told_sos = day
            return Flag.SOS
        return Flag(0)

    def _arrive(self, band: _Band) -> None:
        if band.task is None or band.task.done():
            band.task = asyncio.create_task(
                band.terminal.run(), name=f"terminal {band.life.terminal}"
            )

    def _leave(self, band: _Band) -> None:
        if band.task is not None and not band.task.done():
            band.task.cancel()


def _second(local: datetime) -> float:
    return local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
