"""The worker's life: take shards, pull, turn, purge; begin again after every kind of trouble."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import nats.errors
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext

from guitu.gateway.streams import creation_id
from guitu.heartbeat import Beat
from guitu.tracking.offsets import LostShard, OtherStream, lowest
from guitu.wire.envelope import STREAM_REPORTS
from guitu.worker.decode import Decoded, Incoming
from guitu.worker.pull import Gap, Pull, turns
from guitu.worker.session import session
from guitu.worker.turn import DATABASE_AWAY, Desk

T = TypeVar("T")
log = structlog.get_logger("worker")

PURGE_S = 2.0
RETRY_S = 1.0
IDLE_S = 1.0
#: After so long shards that others held are asked for again.
MISSING_S = 10.0

STREAM_AWAY = (nats.errors.Error, OSError, TimeoutError)


class StreamGap(RuntimeError):
    """The stream no longer holds messages that were never committed."""


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of the work is ours: shards in the order of preference, and how many at most."""

    shards: int
    wanted: tuple[int, ...]


def share_of(*, shards: int, workers: int, number: int) -> Share:
    """Worker ``number`` (from 0) of ``workers`` takes every ``workers``-th shard."""
    return Share(shards, tuple(range(number % workers, shards, workers)))


class Worker:
    """One worker process. ``run`` returns when ``stop`` is set."""

    def __init__(
        self,
        client: Client,
        js: JetStreamContext,
        *,
        share: Share,
        snapshot_s: float = 60.0,
        after_turn: Callable[[Decoded], None] | None = None,
    ) -> None:
        self._client = client
        self._js = js
        self._share = share
        self._snapshot_s = snapshot_s
        self._after_turn = after_turn
        # One thread, because the database's connection and the engines belong to it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="worker-db")
        self.desk: Desk | None = None
        self.problem: str | None = None
        self.lag_s = 0.0
        self._purged = 0

    async def run(self, *, stop: asyncio.Event, beat: Beat | None = None) -> None:
        """Work until ``stop``. Trouble with database or stream is told, waited out and begun anew."""
        try:
            while not stop.is_set():
                try:
                    await self._session(stop, beat)
                except OtherStream as error:
                    self.problem = str(error)
                    log.error("another stream", error=str(error))
                    await self._pause(stop, beat, 5.0)
                except StreamGap as error:
                    self.problem = str(error)
                    log.error("a gap in the stream", error=str(error))
                    await self._pause(stop, beat, 5.0)
                except LostShard as error:
                    log.warning("a shard was lost", error=str(error))
                    await self._pause(stop, beat, RETRY_S)
                except DATABASE_AWAY as error:
                    self.problem = f"the database is away: {_first_line(error)}"
                    log.warning("the database is away", error=_first_line(error))
                    await self._pause(stop, beat, RETRY_S)
                except Gap as error:
                    log.warning("the consumer is made anew", reason=str(error))
                except STREAM_AWAY as error:
                    self.problem = f"NATS is away: {_first_line(error)}"
                    log.warning("NATS is away", error=_first_line(error))
                    await self._pause(stop, beat, RETRY_S)
                except Exception as error:
                    # Whatever it is, the next try may go well, and nothing is lost meanwhile.
                    self.problem = f"turns fail: {type(error).__name__}: {_first_line(error)}"
                    log.error("turns fail; nothing is dropped, it is tried again", **told(error))
                    await self._pause(stop, beat, 3.0)
                finally:
                    await self._close()
        finally:
            self._thread.shutdown()

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def _close(self) -> None:
        if self.desk is not None:
            await self._in_thread(self.desk.close)

    async def _session(self, stop: asyncio.Event, beat: Beat | None) -> None:
        info = await self._js.stream_info(STREAM_REPORTS)
        if self.desk is None or self.desk.creation_id != creation_id(info):
            self.desk = Desk(
                creation_id(info), self._share.shards, self._share.wanted, self._snapshot_s
            )
        desk = self.desk
        desk.begin = max(info.state.first_seq - 1, 0)
        await self._in_thread(desk.open)
        if not desk.offsets:
            self.problem = None
            self._tell(beat, "stands by: other workers hold its shards")
            await self._pause(stop, None, 2.0)
            return
        _check_gap(desk.position, first=info.state.first_seq)
        pull = Pull(self._js, shards=[o.shard for o in desk.offsets], after=desk.position)
        await pull.start()
        self.problem = None
        ahead = asyncio.create_task(pull.next(IDLE_S))
        began_s = heard_s = time.monotonic()
        purge_s = 0.0
        try:
            while not stop.is_set():
                messages = await ahead
                ahead = asyncio.create_task(pull.next(IDLE_S))
                for piece in turns([m for m in messages if not desk.skip(m.shard, m.sequence)]):
                    await self._turn(desk, piece)
                now_s = time.monotonic()
                if messages:
                    heard_s = now_s
                elif now_s - heard_s > 30.0:
                    # Ticks come each ten seconds: so long a silence means a lost consumer, or that
                    # nothing is published.
                    heard_s = now_s
                    self.lag_s = 0.0
                    if not await pull.alive():
                        raise Gap("the server forgot the consumer")
                if len(desk.offsets) < len(self._share.wanted) and now_s - began_s > MISSING_S:
                    # Somebody held a shard of ours when we came, perhaps our own dead self.
                    return
                if now_s - purge_s > PURGE_S:
                    purge_s = now_s
                    await self._purge(desk)
                self._tell(beat, f"shards {_span([o.shard for o in desk.offsets])}")
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)
            await pull.stop()

    async def _turn(self, desk: Desk, messages: Sequence[Incoming]) -> None:
        upto = messages[-1].sequence
        try:
            decoded = await self._in_thread(lambda: desk.turn(messages, upto=upto))
        except (*DATABASE_AWAY, LostShard):
            raise
        except Exception as error:
            # Not the database and not the stream: something in these messages. Never drop them.
            log.warning("a turn failed and is done again with care", upto=upto, **told(error))
            await self._in_thread(lambda: desk.careful(messages, upto=upto))
        else:
            if decoded.oldest_ms is not None:
                self.lag_s = max(0.0, time.time() - decoded.oldest_ms / 1000)
            if self._after_turn is not None:
                self._after_turn(decoded)

    async def _purge(self, desk: Desk) -> None:
        """What every shard has committed leaves the stream, refused reports with it."""
        below = await self._in_thread(lambda: lowest(session(), shards=desk.shards))
        if below and below > self._purged:
            await self._js.purge_stream(STREAM_REPORTS, seq=below + 1)
            self._purged = below

    def _tell(self, beat: Beat | None, detail: str) -> None:
        if beat is None or self.desk is None:
            return
        counts = self.desk.counts
        metrics = {
            "reports_total": float(counts.reports),
            "fixes_total": float(counts.fixes),
            "resends_total": float(counts.resends),
            "refused_total": float(counts.refused),
            "dead_letters_total": float(counts.dead),
            "alarms_total": float(counts.alarms),
            "turns_total": float(counts.turns),
            "turn_seconds_total": counts.seconds,
        }
        if self.desk.unreadable:
            detail += f", fences {self.desk.unreadable} cannot be read"
        if counts.dead:
            detail += f", {counts.dead} dead letters"
        beat.ok(lag_s=self.lag_s, detail=detail, metrics=metrics)

    async def _pause(self, stop: asyncio.Event, beat: Beat | None, for_s: float) -> None:
        until_s = time.monotonic() + for_s
        while not stop.is_set() and time.monotonic() < until_s:
            if beat is not None and self.problem:
                beat.down(self.problem)
            await asyncio.sleep(0.25)


def _check_gap(position: int, *, first: int) -> None:
    if first > position + 1:
        raise StreamGap(
            f"The stream begins at message {first}, but messages from {position + 1} on were never "
            "committed: somebody removed them. Look into it; then `python -m guitu.worker --accept-stream` "
            "goes on with what is there."
        )


def told(error: BaseException) -> dict[str, str]:
    """An error for the log, without the values that a database quotes: they may be places."""
    return {
        "error": type(error).__name__,
        "says": _first_line(error),
        "where": "".join(traceback.format_tb(error.__traceback__)[-6:]),
    }


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _span(numbers: list[int]) -> str:
    return ",".join(str(number) for number in numbers)
