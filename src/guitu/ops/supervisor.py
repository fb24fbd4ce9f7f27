"""Keeps the parts of Guitu running: starts, watches, restarts with patience, stops in reverse.

A part is a process in a session of its own. It is healthy when its heartbeat says so and is fresh;
one that ends, or is silent for a minute, is started again after a pause that grows from half a
second to fifteen. The kernel ends the parts if the supervisor itself is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from guitu import heartbeat
from guitu.config import Settings
from guitu.heartbeat import Beat, PartState
from guitu.ops.logfile import LogFile, tail
from guitu.ops.processes import die_with_parent, end_group

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
#: After so long without an end, the next pause is short again.
SETTLED_S = 60.0
SILENT_S = 60.0

Launch = Callable[[int], subprocess.Popen[bytes]]
Probe = Callable[[], Awaitable[tuple[bool, str]]]


@dataclass(slots=True)
class Part:
    """One supervised process.

    ``launch`` starts it with its output going to the given descriptor. ``before`` runs in a thread
    ahead of each start. ``probe`` asks parts that write no heartbeat of their own. A part without
    ``launch`` runs elsewhere and is only asked. One that was well and then does not answer for
    ``deaf_s`` seconds is killed; PostgreSQL has none, as recovering may take it minutes.
    """

    name: str
    launch: Launch | None
    stop_signal: int = signal.SIGTERM
    stop_s: float = 10.0
    before: Callable[[], None] | None = None
    probe: Probe | None = None
    deaf_s: float | None = None
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    task: asyncio.Task[None] | None = field(default=None, repr=False)
    stopping: bool = False


class PartFailed(RuntimeError):
    """A part did not become healthy in time; the message carries the end of its log."""


class Supervisor:
    """The parts of one home. ``say`` tells the person at the terminal."""

    def __init__(self, settings: Settings, *, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say
        self.parts: list[Part] = []

    def program(self, name: str, command: list[str], *, environ: dict[str, str]) -> Part:
        """A part that is one of our own programs, told its name by GUITU_PART."""
        environ = environ | {"GUITU_PART": name, "PYTHONUNBUFFERED": "1"}

        def launch(log: int) -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environ,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

        return Part(name, launch)

    def elsewhere(self, name: str, probe: Probe) -> Part:
        """A server that is not ours: it is asked and shown, never started or stopped."""
        return Part(name, None, probe=probe)

    def add(self, part: Part) -> Part:
        """Start ``part`` and look after it from now on."""
        self.parts.append(part)
        part.task = asyncio.create_task(self._tend(part), name=f"tend {part.name}")
        return part

    def state(self, part: Part) -> PartState:
        """How ``part`` is, by its heartbeat."""
        return heartbeat.read(part.name, run=self._settings.run, now=datetime.now(UTC))

    async def healthy(self, parts: list[Part], *, within_s: float) -> None:
        """Wait until all ``parts`` are; raises :class:`PartFailed` naming the first that is not."""
        deadline_s = time.monotonic() + within_s
        waiting = list(parts)
        while waiting:
            for part in list(waiting):
                if part.task and part.task.done():
                    part.task.result()
                if self.state(part).state == "ok":
                    waiting.remove(part)
            if waiting and time.monotonic() > deadline_s:
                part = waiting[0]
                last = "\n  ".join(tail(self._log_path(part.name), lines=12))
                raise PartFailed(
                    f"{part.name} was not healthy within {within_s:.0f} s "
                    f"({self.state(part).detail or 'no detail'}). The end of "
                    f"{self._log_path(part.name)}:\n  {last}"
                )
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Stop every part, the last started first; each gets its time, then it is killed."""
        for part in reversed(self.parts):
            part.stopping = True
            process = part.process
            if process and process.poll() is None:
                process.send_signal(part.stop_signal)
                deadline_s = time.monotonic() + part.stop_s
                while process.poll() is None and time.monotonic() < deadline_s:
                    await asyncio.sleep(0.05)
                if process.poll() is None:
                    self._say(f"{part.name} did not stop within {part.stop_s:.0f} s and is killed")
                    process.kill()
                    process.wait(10)
                end_group(process.pid)
            if part.task:
                part.task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await part.task
            (self._settings.run / f"{part.name}.json").unlink(missing_ok=True)

    # --- one part ----------------------------------------------------------------------------
    def _log_path(self, name: str) -> Path:
        return self._settings.home / "log" / f"{name}.log"

    async def _tend(self, part: Part) -> None:
        log = LogFile(self._settings.home / "log", part.name)
        beat = Beat(part.name, run=self._settings.run)
        pause_s = FIRST_PAUSE_S
        try:
            if part.launch is None:
                await self._ask_for_ever(part, beat=beat)
            while not part.stopping:
                began_s = time.monotonic()
                try:
                    why = await self._run_once(part, log=log, beat=beat)
                except Exception as error:
                    # Whatever went wrong with one part, the others are looked after; it is told below.
                    why = f"could not be started: {type(error).__name__}: {error}"
                if part.stopping:
                    return
                if time.monotonic() - began_s > SETTLED_S:
                    pause_s = FIRST_PAUSE_S
                part.restarts += 1
                log.say(f"{part.name} {why}; starting it again in {pause_s:g} s", level="error")
                self._say(f"{part.name} {why}; starting it again in {pause_s:g} s")
                beat.pid = 0
                beat.down(f"{why}; starts again")
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        finally:
            log.close()

    async def _ask_for_ever(self, part: Part, *, beat: Beat) -> None:
        assert part.probe
        beat.pid = 0
        while not part.stopping:
            well, detail = await part.probe()
            (beat.ok if well else beat.down)(detail=detail)
            await asyncio.sleep(2)

    async def _run_once(self, part: Part, *, log: LogFile, beat: Beat) -> str:
        """One life of the process; returns how it ended."""
        if part.before:
            await asyncio.to_thread(part.before)
        if part.stopping:
            return "stopped"
        (self._settings.run / f"{part.name}.json").unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        reader, writer = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(reader, False)

        def pump() -> None:
            with contextlib.suppress(BlockingIOError):
                while data := os.read(reader, 65536):
                    log.feed(data)

        loop.add_reader(reader, pump)
        try:
            try:
                assert part.launch
                part.process = process = part.launch(writer)
            finally:
                os.close(writer)
            beat.pid = process.pid
            log.say(f"started as process {process.pid}")
            try:
                return await self._watch(part, process, beat=beat)
            finally:
                if process.poll() is not None:
                    end_group(process.pid)
        finally:
            loop.remove_reader(reader)
            pump()
            os.close(reader)

    async def _watch(self, part: Part, process: subprocess.Popen[bytes], *, beat: Beat) -> str:
        began_s = heard_s = time.monotonic()
        heard: datetime | None = None
        probed_s = 0.0
        was_well = answered = False
        while process.poll() is None:
            now_s = time.monotonic()
            if part.probe and now_s - probed_s >= (2.0 if was_well else 0.3):
                probed_s = now_s
                was_well, detail = await part.probe()
                if was_well:
                    heard_s = now_s
                    answered = True
                    beat.ok(detail=detail)
                elif not answered and now_s - began_s < SILENT_S:
                    beat.starting(detail)
                else:
                    beat.down(detail)
                if answered and part.deaf_s is not None and now_s - heard_s > part.deaf_s:
                    process.kill()
                    await asyncio.to_thread(process.wait)
                    return f"did not answer for {part.deaf_s:.0f} s and was killed"
            elif not part.probe:
                at = self.state(part).at
                # Also one that says it cannot work lives: only a heart that stands still is dead.
                if at != heard:
                    heard, heard_s = at, now_s
                if now_s - heard_s > SILENT_S:
                    process.kill()
                    await asyncio.to_thread(process.wait)
                    return f"was silent for {SILENT_S:.0f} s and was killed"
            await asyncio.sleep(0.1)
        code = process.returncode
        return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
