"""The gateway as a whole: the parts put together, the connections, the clean end."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from ipaddress import ip_address

import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext

from guitu.gateway.commands import Commander
from guitu.gateway.connection import Connection, Hold
from guitu.gateway.dialogue import Dialogue
from guitu.gateway.limits import Limits
from guitu.gateway.notices import NoticeBoard
from guitu.gateway.publisher import Publisher
from guitu.gateway.register import Register
from guitu.gateway.tasks import end, together
from guitu.heartbeat import Beat
from guitu.wire.envelope import DeviceEntry, Presence, Started

log = structlog.get_logger("gateway")


def clock_ms() -> int:
    """Now, in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


class Gateway:
    """All connections of one process and their way into the stream.

    ``client`` is a connected NATS client; who made it calls :meth:`reconnected` when it has come
    back after a loss. ``name`` tells this gateway from others in notices.
    """

    def __init__(
        self,
        client: Client,
        js: JetStreamContext,
        *,
        name: str,
        shards: int,
        limits: Limits | None = None,
        clock_ms: Callable[[], int] = clock_ms,
    ) -> None:
        self.name = name
        self.shards = shards
        self.limits = limits or Limits()
        self.clock_ms = clock_ms
        self.buffer = memoryview(bytearray(self.limits.read_bytes))
        self.crowded = False
        self.parts_bytes = 0
        self.bad_frames = 0
        self.throttled = 0
        self.encrypted = 0
        self.turned_away = 0
        self._client = client
        self._connections: set[Connection] = set()
        self._per_host: Counter[str] = Counter()
        self._by_number: dict[str, set[Dialogue]] = {}
        self._links: dict[str, Dialogue] = {}
        self._server: asyncio.Server | None = None
        self._last_sweep_s = time.monotonic()
        self.register = Register(
            js, check_s=self.limits.register_check_s, changed=self._entry_changed
        )
        self.notices = NoticeBoard(client, js, gateway=name, limits=self.limits)
        self.publisher = Publisher(
            client,
            js,
            gateway=name,
            shards=shards,
            limits=self.limits,
            room_changed=self._room_changed,
        )
        self.commands = Commander(
            client, js, limits=self.limits, link_of=self.link_of, clock_ms=clock_ms
        )

    # ── life ─────────────────────────────────────────────────────────────────────────────────

    async def run(
        self,
        host: str,
        port: int,
        *,
        stop: asyncio.Event,
        beat: Beat | None = None,
        listening: Callable[[int], None] | None = None,
    ) -> None:
        """Work until ``stop`` is set, then end cleanly: what was received is made durable and
        acknowledged first. ``listening`` is told the port once terminals are heard."""
        works = asyncio.create_task(
            together(
                self.register.run(),
                self.publisher.run(),
                self.notices.run(),
                self.commands.run(),
                self._each_second(beat),
                self._ticks(),
            )
        )
        stopped = asyncio.create_task(stop.wait())
        ready = asyncio.create_task(self.register.ready.wait())
        try:
            # Without the register nobody is known, and everybody's reports would be refused.
            await asyncio.wait((works, stopped, ready), return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                self._server = await asyncio.get_running_loop().create_server(
                    lambda: Connection(self), host, port, backlog=1024
                )
                self.notices.event(Started(self.name, self.clock_ms()))
                bound = self._server.sockets[0].getsockname()[1]
                log.info("listening", host=host, port=bound, devices=len(self.register))
                if listening is not None:
                    listening(bound)
            await asyncio.wait((works, stopped), return_when=asyncio.FIRST_COMPLETED)
            if works.done():
                works.result()
            await self._end()
        finally:
            await end([works, stopped, ready])

    async def _end(self) -> None:
        log.info("stopping", connections=len(self._connections))
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.hold(Hold.CROWDED)
        if not await self.publisher.flush(self.limits.flush_s):
            log.warning(
                "reports were not made durable and are not acknowledged: terminals keep them",
                reports=self.publisher.pending_reports,
            )
        for connection in list(self._connections):
            connection.close("the gateway stops", expected=True)
        deadline_s = time.monotonic() + 2.0
        while self._connections and time.monotonic() < deadline_s:
            await asyncio.sleep(0.01)
        await self.notices.flush(all_due=True)

    def reconnected(self) -> None:
        """The connection to NATS has come back."""
        self.register.start_again()
        self.commands.start_again()

    async def _each_second(self, beat: Beat | None) -> None:
        while True:
            now_s = time.monotonic()
            for connection in list(self._connections):
                connection.sweep(now_s)
            if beat is not None:
                self._beat(beat)
            await asyncio.sleep(min(1.0, self.limits.half_frame_s / 2))

    async def _ticks(self) -> None:
        while True:
            await asyncio.sleep(self.limits.tick_s)
            self.publisher.tick(self.clock_ms())

    # ── health ───────────────────────────────────────────────────────────────────────────────

    def metrics(self) -> dict[str, float]:
        """Counters (``…_total``) and gauges of this process."""
        publisher = self.publisher
        return {
            "connections": len(self._connections),
            "terminals": len(self._links),
            "devices": len(self.register),
            "quarantine": self.notices.strangers,
            "pending_reports": publisher.pending_reports,
            "pending_bytes": publisher.pending_bytes,
            "open_commands": self.commands.open,
            "reports_total": publisher.counts.reports,
            "batches_total": publisher.counts.batches,
            "publish_retries_total": publisher.counts.retries,
            "refused_total": self.notices.refused,
            "quarantined_messages_total": self.notices.quarantined_messages,
            "conflicts_total": self.notices.conflicts,
            "bad_frames_total": self.bad_frames,
            "encrypted_total": self.encrypted,
            "throttled_total": self.throttled,
            "turned_away_total": self.turned_away,
            "answered_commands_total": self.commands.answered,
        }

    def _beat(self, beat: Beat) -> None:
        if not self.register.ready.is_set():
            beat.starting(
                self.register.problem or "waits for the register: tracking has published none yet"
            )
            return
        problem = self.publisher.problem
        if problem is None and not self._client.is_connected:
            problem = "the connection to NATS is down"
        lag_s = self.publisher.oldest_s()
        if problem is not None:
            beat.down(
                f"{problem}; terminals are kept and not acknowledged",
                lag_s=lag_s,
                metrics=self.metrics(),
            )
            return
        detail = f"{len(self._links)} terminals, {self.notices.strangers} in quarantine"
        if self.register.problem:
            detail += f"; {self.register.problem}"
        beat.ok(lag_s=lag_s, detail=detail, metrics=self.metrics())

    # ── connections ──────────────────────────────────────────────────────────────────────────

    def joined(self, connection: Connection) -> str | None:
        """A socket was accepted; returns why it must go again, or None."""
        limits, host = self.limits, connection.host
        refusal = None
        if len(self._connections) >= limits.connections:
            refusal = "too many connections"
        elif self._per_host[host] >= limits.connections_per_address and not _is_loopback(host):
            refusal = "too many connections from this address"
        self._connections.add(connection)
        self._per_host[host] += 1
        if refusal:
            if not self.turned_away:
                log.warning("a connection is turned away", reason=refusal, address=host)
            self.turned_away += 1
        return refusal

    def left(self, connection: Connection, reason: str) -> None:
        """A socket is gone."""
        self._connections.discard(connection)
        host = connection.host
        self._per_host[host] -= 1
        if self._per_host[host] <= 0:
            del self._per_host[host]
        log.debug("connection ended", address=connection.address, reason=reason)

    def named(self, dialogue: Dialogue) -> None:
        """A connection has shown its terminal number."""
        assert dialogue.number is not None
        self._by_number.setdefault(dialogue.number, set()).add(dialogue)

    def unnamed(self, dialogue: Dialogue) -> None:
        """The connection of that number is gone."""
        assert dialogue.number is not None
        same = self._by_number.get(dialogue.number, set())
        same.discard(dialogue)
        if not same:
            self._by_number.pop(dialogue.number, None)

    def link_of(self, number: str) -> Dialogue | None:
        """The admitted connection of a terminal."""
        return self._links.get(number)

    def admitted(self, dialogue: Dialogue) -> None:
        """A terminal has shown that it is the one: it takes the place of its older connection."""
        number = dialogue.number
        assert number is not None
        older = self._links.get(number)
        self._links[number] = dialogue
        if older is not None and older is not dialogue:
            older.replaced()
        self._presence(dialogue, connected=True, reason="admitted")
        self.commands.connected(number)

    def dismissed(self, dialogue: Dialogue, reason: str) -> None:
        """An admitted terminal's connection ended; nothing when a newer one has its place."""
        number = dialogue.number
        if number is not None and self._links.get(number) is dialogue:
            del self._links[number]
            self._presence(dialogue, connected=False, reason=reason)

    def _presence(self, dialogue: Dialogue, *, connected: bool, reason: str) -> None:
        self.notices.event(
            Presence(
                dialogue.device,
                dialogue.number or "",
                connected,
                self.clock_ms(),
                dialogue.address,
                reason,
                self.name,
            )
        )

    def _entry_changed(self, number: str, old: DeviceEntry | None, new: DeviceEntry | None) -> None:
        if new is not None:
            self.notices.admitted(number)
        for dialogue in list(self._by_number.get(number, ())):
            dialogue.entry_changed(new)

    def _room_changed(self, room: bool) -> None:
        self.crowded = not room
        for connection in self._connections:
            if room:
                connection.release(Hold.CROWDED)
            else:
                connection.hold(Hold.CROWDED)


def _is_loopback(host: str) -> bool:
    try:
        # Only this one: the tests of the bound come from another address of the same network.
        return host == "127.0.0.1" or ip_address(host) == ip_address("::1")
    except ValueError:
        return False
