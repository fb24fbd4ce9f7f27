"""Load on a gateway: thousands of terminals on real sockets, as many fixes a second as asked for.

Leaner than :class:`guitu.sim.terminal.Terminal` (no resends, no commands), so that on one machine
the load costs little beside what is measured. Each terminal's answers come in its own order, which
tells how long every report took from the socket to durable in the stream.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import numpy as np

from guitu.sim.identity import identity_of
from guitu.wire import jt808
from guitu.wire import messages as m
from guitu.wire.jt808 import Frame
from guitu.wire.messages import Flag, Position, Source

_DELIMITER = 0x7E
_CONNECT_AT_ONCE = 64
_SLICE_S = 0.005
_WANDER_DEG = 1e-5


class LoadError(RuntimeError):
    """The load could not be put on; the message says why."""


@dataclass(frozen=True, slots=True)
class Player:
    """A terminal to play: its number, and the place (lon, lat) around which it wanders."""

    terminal: str
    place: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run of load saw. Times from the write into the socket to the acknowledgement."""

    terminals: int
    wanted_per_s: float
    seconds: float
    sent: int
    acknowledged: int
    sent_per_s: float
    ack_p50_ms: float
    ack_p99_ms: float


@dataclass(slots=True)
class Load:
    """All terminals of a load; connect once, run as often as you like."""

    host: str
    port: int
    players: Sequence[Player]
    tampered: dict[str, float] = field(default_factory=dict)
    """Terminal → wall-clock second at which its tampered fix was written into the socket."""
    _links: list[_Link] = field(default_factory=list)
    _ahead: int = 0

    async def connect(self, *, patience_s: float = 60.0) -> None:
        """Connect and authenticate all. Raises :class:`LoadError` naming a refused terminal.

        A register that was just filled reaches the gateway within some seconds: a refusal counts
        only when it stands for ``patience_s``.
        """
        gate = asyncio.Semaphore(_CONNECT_AT_ONCE)
        until_s = time.monotonic() + patience_s

        async def one(player: Player) -> _Link:
            while True:
                async with gate:
                    try:
                        return await _Link.open(player, host=self.host, port=self.port)
                    except LoadError:
                        if time.monotonic() > until_s:
                            raise
                await asyncio.sleep(1.0)

        self._links = list(await asyncio.gather(*(one(player) for player in self.players)))

    async def run(
        self, *, per_s: float, seconds: float, tampers_per_s: float = 0.0, settle_s: float = 10.0
    ) -> Figures:
        """Send ``per_s`` fixes a second for ``seconds``; some terminals in turn report a tamper."""
        if not self._links:
            raise LoadError("connect() first")
        for link in self._links:
            link.took_s.clear()
        acknowledged = sum(link.acknowledged for link in self._links)
        began_s = time.perf_counter()
        sent = tampered = 0
        while (now_s := time.perf_counter() - began_s) < seconds:
            due = int(now_s * per_s) - sent
            for _ in range(due):
                link = self._links[self._ahead % len(self._links)]
                self._ahead += 1
                flags = Flag(0)
                fresh = link.player.terminal not in self.tampered
                if fresh and tampered < now_s * tampers_per_s:
                    flags = Flag.TAMPER
                    tampered += 1
                    self.tampered[link.player.terminal] = time.time()
                link.report(flags)
            sent += due
            await asyncio.sleep(_SLICE_S)
        took_s = time.perf_counter() - began_s
        until_s = time.perf_counter() + settle_s
        while any(link.waiting for link in self._links) and time.perf_counter() < until_s:
            await asyncio.sleep(0.02)
        times = np.concatenate([np.array(link.took_s) for link in self._links]) * 1000
        p50, p99 = np.percentile(times, (50, 99)) if len(times) else (float("nan"),) * 2
        return Figures(
            terminals=len(self._links),
            wanted_per_s=per_s,
            seconds=took_s,
            sent=sent,
            acknowledged=sum(link.acknowledged for link in self._links) - acknowledged,
            sent_per_s=sent / took_s,
            ack_p50_ms=float(p50),
            ack_p99_ms=float(p99),
        )

    def close(self) -> None:
        """Hang up all."""
        for link in self._links:
            link.close()


class _Link(asyncio.Protocol):
    """One terminal's connection."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.waiting: deque[float] = deque()
        self.took_s: list[float] = []
        self.acknowledged = 0
        self._transport: asyncio.Transport | None = None
        self._stream: jt808.Stream | None = jt808.Stream()
        self._marks = 0
        self._steps = 0
        # Another start each time: a second run must not look like a resend of the first.
        self._serial = time.time_ns() & 0xFFFF
        self._heard: asyncio.Queue[m.Message] = asyncio.Queue()

    @classmethod
    async def open(cls, player: Player, *, host: str, port: int) -> _Link:
        loop = asyncio.get_running_loop()
        _, link = await loop.create_connection(lambda: cls(player), host, port)
        try:
            async with asyncio.timeout(30):
                await link._log_in()
        except LoadError:
            link.close()
            raise
        return link

    async def _log_in(self) -> None:
        who = identity_of(self.player.terminal)
        registration = m.Registration(
            self._header(), 32, 100, who.maker, who.model, who.hardware, 0, ""
        )
        self._write(jt808.encode(registration))
        answer = await self._heard.get()
        if not isinstance(answer, m.RegistrationAnswer) or answer.result != 0:
            raise LoadError(f"terminal {self.player.terminal} is not admitted: {answer!r}")
        self._write(jt808.encode(m.Authentication(self._header(), answer.code, who.imei, "1")))
        said = await self._heard.get()
        if not isinstance(said, m.GeneralAnswer) or said.result != jt808.DONE:
            raise LoadError(f"terminal {self.player.terminal} is not admitted: {said!r}")
        self._stream = None

    def report(self, flags: Flag) -> None:
        """Send one fix, a step further than the last."""
        self._steps += 1
        lon, lat = self.player.place
        around = self._steps % 40
        position = Position(
            time=datetime.now(UTC), lat=lat + around * _WANDER_DEG, lon=lon, valid=True,
            altitude_m=15, speed_kmh=4.0, course_deg=0, satellites=12, source=Source.SATELLITE,
            battery_pct=80, flags=flags,
        )  # fmt: skip
        self.waiting.append(time.perf_counter())
        self._write(jt808.position_report(self._header(), position))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        if self._stream is not None:
            for frame in self._stream.feed(data):
                if isinstance(frame, Frame):
                    for message in jt808.decode(frame):
                        self._heard.put_nowait(message)
            return
        # Under load only general answers come, one frame (two marks) each, in the order of sending.
        self._marks += data.count(_DELIMITER)
        answers, self._marks = divmod(self._marks, 2)
        now_s = time.perf_counter()
        for _ in range(min(answers, len(self.waiting))):
            self.took_s.append(now_s - self.waiting.popleft())
        self.acknowledged += answers

    def _header(self) -> m.Header:
        header = m.Header(self.player.terminal, self._serial, 0, 1)
        self._serial = (self._serial + 1) & 0xFFFF
        return header

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)
