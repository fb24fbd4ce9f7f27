"""The way into the stream: reports of all connections, gathered by shard, durable, then told.

One batch of a shard is under way at a time, so a shard's reports (and so a device's) stand in the
stream in the order received, also when a batch had to be sent again; the shards go side by side.
While a batch is under way the next one gathers: the slower the stream, the larger the batches.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol as TypingProtocol

import nats.errors
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import APIError, NoStreamResponseError

from guitu.gateway.limits import Limits
from guitu.gateway.tasks import together
from guitu.wire import envelope
from guitu.wire.envelope import Batch, Report
from guitu.wire.jt808 import Frame

log = structlog.get_logger("gateway.publisher")

#: A report in memory beside its bytes as sent: its frame with the body, structs, slots.
OVERHEAD_BYTES = 1_000

#: JetStream's error numbers for a stream at its bound and a server out of disk.
_FULL = {10023, 10047, 10077, 10122}


class Reporter(TypingProtocol):
    """Whoever offered a report and hears when it is durable."""

    def durable(self, done: list[tuple[tuple[Frame, ...], int]]) -> None:
        """``done``: for each report, in the order offered, the frames to answer and the bytes it
        counted for."""


@dataclass(slots=True)
class _Waiting:
    report: Report
    reporter: Reporter
    frames: tuple[Frame, ...]
    size: int
    since_s: float


@dataclass(slots=True)
class _Shard:
    number: int
    waiting: deque[_Waiting] = field(default_factory=deque)
    tick_ms: int | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    full: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0


@dataclass(slots=True)
class PublisherCounts:
    """What the publisher has done since its start."""

    reports: int = 0
    batches: int = 0
    retries: int = 0


class Publisher:
    """Takes reports, tells each reporter once they are durable, holds them while the stream is away.

    ``room_changed`` is called with False when the reports waiting exceed
    ``limits.total_pending_bytes`` and with True when half of it is free again.
    """

    def __init__(
        self,
        client: Client,
        js: JetStreamContext,
        *,
        gateway: str,
        shards: int,
        limits: Limits,
        room_changed: Callable[[bool], None],
    ) -> None:
        self._client = client
        self._js = js
        self._gateway = gateway
        self._limits = limits
        self._room_changed = room_changed
        self._shards = [_Shard(number) for number in range(shards)]
        # Names this run of the process, so that a batch sent again is known for the same one.
        self._run = f"{gateway}-{time.time_ns():x}"
        self._numbers = itertools.count()
        self._crowded = False
        self._no_ticks_before_s = time.monotonic() + limits.tick_grace_s
        self.pending_bytes = 0
        self.pending_reports = 0
        self.counts = PublisherCounts()
        self.problem: str | None = None
        """Why nothing becomes durable at the moment, for people; None when all is well."""

    @property
    def shards(self) -> int:
        """Number of shards."""
        return len(self._shards)

    def offer(
        self, shard: int, report: Report, reporter: Reporter, frames: tuple[Frame, ...]
    ) -> int:
        """Queue a report; returns the bytes it counts for until it is durable.

        ``frames`` are handed back to the reporter then.
        """
        size = len(report.frame) + OVERHEAD_BYTES
        queue = self._shards[shard]
        queue.waiting.append(_Waiting(report, reporter, frames, size, time.monotonic()))
        self.pending_bytes += size
        self.pending_reports += 1
        queue.wake.set()
        if len(queue.waiting) >= self._limits.batch_reports:
            queue.full.set()
        if not self._crowded and self.pending_bytes > self._limits.total_pending_bytes:
            self._crowded = True
            log.warning("too many reports wait for the stream", bytes=self.pending_bytes)
            self._room_changed(False)
        return size

    def tick(self, now_ms: int) -> None:
        """Queue a tick for every shard, behind what was offered before.

        One tick a shard waits at most: while the stream is away the last one counts. None is
        queued soon after a start or an outage, when silence is ours and not the terminals'.
        """
        if time.monotonic() < self._no_ticks_before_s or self.problem:
            return
        for shard in self._shards:
            shard.tick_ms = now_ms
            shard.wake.set()

    def oldest_s(self) -> float:
        """Age in seconds of the oldest report that is not yet durable."""
        now_s = time.monotonic()
        return max((now_s - s.waiting[0].since_s for s in self._shards if s.waiting), default=0.0)

    async def run(self) -> None:
        """Publish until cancelled."""
        await together(*(self._run_shard(shard) for shard in self._shards))

    async def flush(self, timeout_s: float) -> bool:
        """Wait until nothing is pending; False when the time is over first."""
        deadline_s = time.monotonic() + timeout_s
        while self.pending_reports and time.monotonic() < deadline_s:
            await asyncio.sleep(0.01)
        return not self.pending_reports

    async def _run_shard(self, shard: _Shard) -> None:
        limits = self._limits
        while True:
            await shard.wake.wait()
            if len(shard.waiting) < limits.batch_reports:
                shard.full.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(limits.batch_wait_s):
                        await shard.full.wait()
            taken = self._take(shard)
            # The tick goes with the last reports that came before it.
            tick_ms = None
            if len(taken) == len(shard.waiting):
                tick_ms, shard.tick_ms = shard.tick_ms, None
                shard.wake.clear()
                if not taken and tick_ms is None:
                    continue
            batch = Batch(
                envelope.VERSION,
                shard.number,
                self._gateway,
                [waiting.report for waiting in taken],
                tick_ms,
            )
            await self._until_durable(shard.number, envelope.encode(batch))
            # Only now off the queue: until then they count, and the oldest shows its age.
            for _ in taken:
                shard.waiting.popleft()
            self._tell(taken)

    def _take(self, shard: _Shard) -> list[_Waiting]:
        taken: list[_Waiting] = []
        size = 0
        for waiting in itertools.islice(shard.waiting, self._limits.batch_reports):
            size += waiting.size
            if taken and size > self._limits.batch_bytes:
                break
            taken.append(waiting)
        return taken

    async def _until_durable(self, shard: int, payload: bytes) -> None:
        """Send one batch until the stream has acknowledged it; the duplicate window makes it one."""
        headers = {"Nats-Msg-Id": f"{self._run}.{shard}.{next(self._numbers)}"}
        subject = envelope.reports_subject(shard)
        pause_s = self._limits.retry_s
        while True:
            try:
                if not self._client.is_connected:
                    # The client would keep it and send it at some later time: we do that here.
                    raise ConnectionError("the connection to NATS is down")
                await self._js.publish(
                    subject,
                    payload,
                    timeout=self._limits.publish_s,
                    stream=envelope.STREAM_REPORTS,
                    headers=headers,
                )
            except (nats.errors.Error, ConnectionError, TimeoutError, OSError) as error:
                self._failed(error)
            else:
                self._succeeded()
                return
            self.counts.retries += 1
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, self._limits.retry_most_s)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, APIError) and error.err_code in _FULL:
            problem = (
                "the stream is full: the worker must catch up, or GUITU_STREAM_MAX_MB (disk) grow"
            )
        elif isinstance(error, NoStreamResponseError):
            problem = "the stream server does not answer for REPORTS: is it there and recovered?"
        else:
            problem = f"the stream cannot be written: {str(error) or type(error).__name__}"
        if self.problem is None:
            log.warning("reports are not acknowledged", reason=problem)
        self.problem = problem

    def _succeeded(self) -> None:
        if self.problem is not None:
            self.problem = None
            self._no_ticks_before_s = time.monotonic() + self._limits.tick_grace_s
            log.info("the stream takes reports again", pending=self.pending_reports)

    def _tell(self, taken: Iterable[_Waiting]) -> None:
        done: dict[Reporter, list[tuple[tuple[Frame, ...], int]]] = {}
        for waiting in taken:
            self.pending_bytes -= waiting.size
            self.pending_reports -= 1
            self.counts.reports += 1
            done.setdefault(waiting.reporter, []).append((waiting.frames, waiting.size))
        self.counts.batches += 1
        for reporter, answers in done.items():
            reporter.durable(answers)
        if self._crowded and self.pending_bytes < self._limits.total_pending_bytes / 2:
            self._crowded = False
            self._room_changed(True)
