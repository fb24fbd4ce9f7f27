"""``python -m guitu.sim``: the demo city's terminals, supervised by ``guitu up --demo``."""

from __future__ import annotations

import asyncio
import signal
import time

import structlog
import uvloop

from guitu.config import settings
from guitu.heartbeat import Beat
from guitu.ops.logs import configure
from guitu.sim.demo_file import read_city
from guitu.sim.living import Figures, LivingCity
from guitu.sim.opening import may_play

#: Fewer than this share of the terminals online for so long: something is wrong.
_ENOUGH = 0.5
_PATIENCE_S = 45.0


async def main() -> None:
    """Live until SIGTERM."""
    beat = Beat("sim")
    beat.starting()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sig in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sig, stop.set)
    city = read_city(settings.home)
    if city is None or not city.lives:
        while not stop.is_set():
            beat.ok(detail="no demo city in this home: `guitu demo` makes one")
            await _pause(stop)
        return
    host = "127.0.0.1" if settings.gateway_host in ("0.0.0.0", "::") else settings.gateway_host  # noqa: S104
    living = LivingCity(
        city.lives, host=host, port=settings.gateway_port, run=settings.run,
        opening=may_play(settings.run, now_s=time.time()),
    )  # fmt: skip
    task = asyncio.create_task(living.run(stop))
    health = _Health(beat)
    while not stop.is_set() and not task.done():
        health.tell(living.figures(), now_s=loop.time())
        await _pause(stop)
    await task


class _Health:
    def __init__(self, beat: Beat) -> None:
        self._beat = beat
        self._ready = False
        self._well_s = 0.0

    def tell(self, figures: Figures, *, now_s: float) -> None:
        wanted = figures.terminals - figures.away
        detail = f"{figures.online} of {figures.terminals} terminals online"
        if figures.problem and figures.online < wanted:
            detail += f"; {figures.problem}"
        metrics = {
            "terminals_online": float(figures.online),
            "fixes_sent_total": float(figures.sent),
            "fixes_acknowledged_total": float(figures.acknowledged),
        }
        enough = figures.online >= _ENOUGH * wanted
        if enough:
            self._ready, self._well_s = True, now_s
        if enough or (self._ready and now_s - self._well_s < _PATIENCE_S):
            self._beat.ok(detail=detail, metrics=metrics)
        elif not self._ready:
            self._beat.starting(detail)
        else:
            self._beat.down(detail, metrics=metrics)


async def _pause(stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), 1.0)
    except TimeoutError:
        return


if __name__ == "__main__":
    configure(settings.log)
    structlog.get_logger("sim").info("starting", home=str(settings.home))
    uvloop.run(main())
