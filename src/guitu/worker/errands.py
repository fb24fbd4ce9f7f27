"""What one worker does beside its shards: the register out, notices and answers in, commands out.

Whoever holds an advisory lock runs the errands; the other workers wait for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import nats.errors
import structlog
from django.db import DataError, connection
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig
from nats.js.errors import APIError

from guitu.tracking import commands, notices, registry
from guitu.wire import envelope
from guitu.worker.loop import STREAM_AWAY, told
from guitu.worker.session import give_up
from guitu.worker.turn import DATABASE_AWAY

log = structlog.get_logger("worker.errands")

LOCK = (0x6774_7368, 1_000_000)
EACH_S = 0.5
MIRROR_S = 300.0
T = TypeVar("T")


class Errands:
    """Runs until ``stop``; trouble is told once and waited out."""

    def __init__(self, js: JetStreamContext) -> None:
        self._js = js
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="errands-db")

    async def run(self, *, stop: asyncio.Event) -> None:
        """Take the lock when it is free, then do the rounds."""
        said = ""
        try:
            while not stop.is_set():
                try:
                    # Without the lock another worker runs the errands; ask again in a moment.
                    if await self._in_thread(_take):
                        said = ""
                        await self._rounds(stop)
                    await _sleep(stop, 1.0)
                except (*DATABASE_AWAY, *STREAM_AWAY, APIError) as error:
                    if type(error).__name__ != said:
                        said = type(error).__name__
                        log.warning("the errands wait", error=str(error) or said)
                    await self._in_thread(give_up)
                    await _sleep(stop, 1.0)
                except Exception as error:
                    log.error("the errands fail and are tried again", **told(error))
                    await self._in_thread(give_up)
                    await _sleep(stop, 5.0)
        finally:
            await self._in_thread(give_up)
            self._thread.shutdown()

    async def _rounds(self, stop: asyncio.Event) -> None:
        bucket = await self._js.key_value(envelope.BUCKET_REGISTRY)
        publisher = registry.Publisher(bucket)
        version, mirrored_s = -1, time.monotonic()
        heard = asyncio.create_task(self._follow(stop, envelope.STREAM_NOTICES, _notices))
        answers = asyncio.create_task(self._follow(stop, envelope.STREAM_ANSWERS, _answers))
        try:
            while not stop.is_set():
                for task in (heard, answers):
                    if task.done():
                        task.result()
                if time.monotonic() - mirrored_s > MIRROR_S:
                    publisher.forget()
                    version, mirrored_s = -1, time.monotonic()
                if await self._in_thread(registry.change_version) != version:
                    want = await self._in_thread(registry.wanted)
                    done = await publisher.publish(want, now_ms=time.time_ns() // 1_000_000)
                    version = want.version
                    if done:
                        log.info("the register is published", plan=str(done))
                await self._send_commands()
                await _sleep(stop, EACH_S)
        finally:
            for task in (heard, answers):
                task.cancel()
            await asyncio.gather(heard, answers, return_exceptions=True)

    async def _send_commands(self) -> None:
        for command in await self._in_thread(commands.waiting):
            done = await self._js.publish(
                envelope.commands_subject(command.terminal),
                envelope.encode(command),
                headers={"Nats-Msg-Id": command.id},
            )
            await self._in_thread(partial(commands.sent, command.id, sequence=done.seq))

    async def _follow(
        self, stop: asyncio.Event, stream: str, apply: Callable[[list[bytes]], None]
    ) -> None:
        subject = stream.lower()
        subscription = await self._js.pull_subscribe(
            subject, durable="tracking", stream=stream, config=ConsumerConfig(ack_wait=30)
        )
        while not stop.is_set():
            try:
                messages = await subscription.fetch(100, timeout=2)
            except (TimeoutError, nats.errors.TimeoutError):
                continue
            await self._in_thread(partial(apply, [message.data for message in messages]))
            for message in messages:
                await message.ack()

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _take() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", LOCK)
        return bool(cursor.fetchone()[0])


def _notices(found: list[bytes]) -> None:
    for data in found:
        try:
            batch = envelope.decode_notices(data)
            notices.apply(batch.notices)
        except (envelope.EnvelopeError, AssertionError, ValueError, DataError) as error:
            # One that cannot be understood must not keep the others away for ever.
            log.error("a notice is passed over", **told(error))


def _answers(found: list[bytes]) -> None:
    answers = []
    for data in found:
        try:
            answers.append(envelope.decode_answer(data))
        except envelope.EnvelopeError as error:
            log.error("an answer cannot be read and is passed over", error=str(error))
    commands.answered(answers, received=datetime.now(UTC))


async def _sleep(stop: asyncio.Event, for_s: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), for_s)
    except TimeoutError:
        return
