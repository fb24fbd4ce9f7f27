"""``python -m guitu.worker``: one worker process, settings from the environment.

``--accept-stream`` puts the present stream in the place of the one on record (after a restored
backup, or when the old one is lost for good) and ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from datetime import UTC, datetime

import nats.errors
import structlog
import uvloop
from nats.aio.client import Client

from guitu.config import settings
from guitu.heartbeat import Beat
from guitu.ops.logs import configure

log = structlog.get_logger("worker")


def part_number(part: str) -> int:
    """``worker-3`` is number 2 of the workers, ``worker`` number 0."""
    tail = part.rpartition("-")[2]
    return int(tail) - 1 if tail.isdigit() else 0


async def connect(client: Client, *, stop: asyncio.Event, beat: Beat) -> None:
    """Connect to NATS, however long it takes."""

    async def wrong(error: Exception) -> None:
        log.debug("NATS", error=str(error) or type(error).__name__)

    while not stop.is_set():
        beat.starting("waits for NATS")
        try:
            await client.connect(
                settings.nats_url,
                name="guitu worker",
                connect_timeout=2,
                reconnect_time_wait=1,
                max_reconnect_attempts=-1,
                ping_interval=5,
                error_cb=wrong,
            )
            return
        except (nats.errors.Error, OSError, TimeoutError) as error:
            log.warning("NATS cannot be reached", error=str(error) or type(error).__name__)
            await asyncio.sleep(1.0)


async def serve(*, accept: bool) -> int:
    """Run until a signal to stop; returns the exit code."""
    # Models can be read only after django.setup().
    from guitu.gateway import streams
    from guitu.worker.errands import Errands
    from guitu.worker.loop import Worker, share_of

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    beat = Beat(settings.part or "worker")
    client = Client()
    await connect(client, stop=stop, beat=beat)
    js = client.jetstream(timeout=5)
    while not stop.is_set():
        beat.starting("waits for the streams")
        try:
            await streams.ensure(js, max_bytes=settings.stream_max_mb * 1024 * 1024)
            break
        except streams.StreamWrong as error:
            print(error, file=sys.stderr)
            beat.down(str(error))
            await client.close()
            return 1
        except (nats.errors.Error, OSError, TimeoutError) as error:
            log.warning("the streams cannot be made", error=str(error) or type(error).__name__)
            await asyncio.sleep(1.0)
    if accept:
        info = await js.stream_info("REPORTS")
        await client.close()
        begin = max(info.state.first_seq - 1, 0)
        shards = await asyncio.to_thread(_accept, streams.creation_id(info), begin)
        print(f"{shards} shards now read the present stream from its beginning.")
        return 0
    worker = Worker(
        client,
        js,
        share=share_of(
            shards=settings.shards, workers=settings.workers, number=part_number(settings.part)
        ),
    )
    if not stop.is_set():
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.run(stop=stop, beat=beat))
            group.create_task(Errands(js).run(stop=stop))
    # With NATS away the client cannot say good-bye, and says so in several ways.
    with contextlib.suppress(nats.errors.Error, OSError, RuntimeError):
        await client.close()
    log.info("stopped")
    return 0


def _accept(creation_id: str, begin: int) -> int:
    from django.db import connection, transaction

    from guitu.base import audit
    from guitu.tracking import offsets

    source = audit.Source(via="host", actor_id=None, actor=os.environ.get("USER", "host"))
    with transaction.atomic(), audit.acting(source):
        connection.ensure_connection()
        shards = offsets.accept_stream(
            connection.connection, creation_id=creation_id, begin=begin, at=datetime.now(UTC)
        )
        audit.record("stream.accept", creation_id=creation_id, shards=shards)
    return shards


def main() -> int:
    """Entry of the process."""
    arguments = sys.argv[1:]
    if arguments not in ([], ["--accept-stream"]):
        print("usage: python -m guitu.worker [--accept-stream]", file=sys.stderr)
        return 2
    if not settings.nats_url or not settings.database_url:
        print(
            "The worker needs a stream and a database: start them with `guitu up`, or set NATS_URL "
            "and DATABASE_URL.",
            file=sys.stderr,
        )
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guitu.web.settings")
    configure(settings.log)
    import django

    django.setup()
    return uvloop.run(serve(accept=bool(arguments)))


if __name__ == "__main__":
    sys.exit(main())
