"""``python -m guitu.gateway``: one gateway process, settings from the environment."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

import nats.errors
import structlog
import uvloop
from nats.aio.client import Client
from nats.js import JetStreamContext

from guitu.config import settings
from guitu.gateway import streams
from guitu.gateway.limits import Limits
from guitu.gateway.server import Gateway
from guitu.gateway.tasks import end
from guitu.heartbeat import Beat
from guitu.ops.logs import configure

log = structlog.get_logger("gateway")

Callback = Callable[[], Awaitable[None]]

#: Descriptors that are not terminals: the stream, logs, the listener, the interpreter's own.
SPARE_DESCRIPTORS = 256


def limits_of_this_process() -> Limits:
    """The default limits, with no more connections than the system gives descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    limits = Limits()
    room = hard - SPARE_DESCRIPTORS
    if hard == resource.RLIM_INFINITY or room >= limits.connections:
        return limits
    log.info("fewer connections: the limit of descriptors is low", descriptors=hard)
    return replace(limits, connections=max(1, room))


async def serve() -> int:
    """Run until a signal to stop; returns the exit code: 0 good, 1 failed, 2 no stream named."""
    if not settings.nats_url:
        print("No stream is known: start one with `guitu up`, or set NATS_URL.", file=sys.stderr)
        return 2
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    beat = Beat(settings.part or "gateway")
    client = Client()
    js = client.jetstream(timeout=5)
    gateway: Gateway | None = None

    async def lost() -> None:
        if not stop.is_set():
            log.warning("the connection to NATS is lost")

    async def came_back() -> None:
        log.info("the connection to NATS is back")
        if gateway is not None:
            gateway.reconnected()

    try:
        connecting = _connect(client, lost=lost, came_back=came_back)
        if not await _starting(connecting, "waits for NATS", beat=beat, stop=stop):
            return 0
        if not await _starting(_streams(js), "waits for the streams", beat=beat, stop=stop):
            return 0
        gateway = Gateway(
            client,
            js,
            name=f"{socket.gethostname()}:{settings.gateway_port}",
            shards=settings.shards,
            limits=limits_of_this_process(),
        )
        await gateway.run(settings.gateway_host, settings.gateway_port, stop=stop, beat=beat)
    except streams.StreamWrong as error:
        log.error("the stream cannot be used", error=str(error))
        beat.down(str(error))
        return 1
    finally:
        stop.set()
        await client.close()
    log.info("stopped")
    return 0


async def _starting(
    work: Coroutine[Any, Any, None], detail: str, *, beat: Beat, stop: asyncio.Event
) -> bool:
    """Do a part of the start with the heart beating; False when told to stop before it is done."""
    doing = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        while not doing.done() and not stop.is_set():
            beat.starting(detail)
            await asyncio.wait((doing, stopping), timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            doing.result()
        return not stop.is_set()
    finally:
        await end([doing, stopping])


async def _connect(client: Client, *, lost: Callback, came_back: Callback) -> None:
    """Connect to NATS, for as long as it takes."""
    said = ""

    async def wrong(error: Exception) -> None:
        nonlocal said
        text = str(error) or type(error).__name__
        if text != said:
            log.warning("NATS", error=text)
        said = text

    await client.connect(
        settings.nats_url,
        name="guitu gateway",
        reconnect_time_wait=1,
        max_reconnect_attempts=-1,
        ping_interval=5,
        disconnected_cb=lost,
        reconnected_cb=came_back,
        error_cb=wrong,
    )


async def _streams(js: JetStreamContext) -> None:
    """Make sure of the streams, for as long as JetStream takes to recover its files."""
    while True:
        try:
            await streams.ensure(js, max_bytes=settings.stream_max_mb * 1024 * 1024)
            return
        except (nats.errors.Error, OSError, TimeoutError) as error:
            log.warning("the streams are not there yet", error=str(error) or type(error).__name__)
            await asyncio.sleep(1.0)


def main() -> int:
    """Entry of the process."""
    configure(settings.log)
    return uvloop.run(serve())


if __name__ == "__main__":
    sys.exit(main())
