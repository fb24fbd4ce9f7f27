"""``python -m guitu.live``: server-sent events, settings from the environment."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys

import structlog
import uvloop

from guitu.config import settings
from guitu.heartbeat import Beat
from guitu.ops.logs import configure

log = structlog.get_logger("live")


async def serve() -> int:
    """Run until a signal to stop; returns the exit code."""
    # Models can be read only after django.setup().
    from guitu.live.hub import Hub
    from guitu.live.server import Server, origins

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    beat = Beat(settings.part or "live")
    beat.starting("connects")
    hub = Hub(settings.database_url)
    server = Server(hub, origins=origins(settings))
    await server.start(settings.live_host, settings.live_port)
    running = asyncio.create_task(hub.run(stop))
    while not stop.is_set():
        metrics = {
            "pages": float(len(hub)),
            "events_total": float(hub.sent),
            "cut_total": float(hub.cut),
        }
        if hub.problem:
            beat.down(hub.problem, metrics=metrics)
        else:
            beat.ok(detail=f"{len(hub)} pages", metrics=metrics)
        if running.done():
            running.result()
        try:
            await asyncio.wait_for(stop.wait(), 0.5)
        except TimeoutError:
            continue
    await server.stop()
    await running
    log.info("stopped")
    return 0


def main() -> int:
    """Entry of the process."""
    if not settings.database_url:
        print(
            "Live needs a database: start one with `guitu up`, or set DATABASE_URL.",
            file=sys.stderr,
        )
        return 2
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guitu.web.settings")
    configure(settings.log)
    import django

    django.setup()
    return uvloop.run(serve())


if __name__ == "__main__":
    sys.exit(main())
