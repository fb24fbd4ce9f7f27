"""Every part of the thread for real: terminals, gateway, stream, worker, database, live."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nats
import uvloop
from nats.js import JetStreamContext

from guitu.config import load
from guitu.gateway import streams
from guitu.gateway.limits import Limits
from guitu.gateway.server import Gateway
from guitu.ops.nats import Nats
from guitu.tracking.models import Device
from guitu.tracking.tests.world import database_url
from guitu.wire import jt808
from guitu.wire import messages as m

SHARDS = 4
QUICK = Limits(
    tick_grace_s=0.0,
    tick_s=0.5,
    notice_s=0.1,
    notice_again_s=0.2,
    publish_s=1.0,
    retry_s=0.1,
    retry_most_s=0.5,
    register_check_s=0.5,
    command_answer_s=1.0,
)


class Node:
    """One NATS server that a test may kill."""

    def __init__(self, home: Path) -> None:
        settings = replace(load(), home=home, nats_monitor_port=0)
        settings.run.mkdir(parents=True)
        self.nats = Nats(settings, durable=True)
        self.log = home / "nats.log"

    @property
    def url(self) -> str:
        return self.nats.url

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.nats.start(log=log)

    def kill(self) -> None:
        assert self.nats.process
        self.nats.process.send_signal(signal.SIGKILL)
        self.nats.process.wait()

    def stop(self) -> None:
        self.nats.stop()


class Proxy:
    """A way to the database that a test may cut."""

    def __init__(self) -> None:
        parts = urlsplit(database_url())
        self._target = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def url(self) -> str:
        parts = urlsplit(database_url())
        user = parts.netloc.rpartition("@")[0]
        return parts._replace(netloc=f"{user}@127.0.0.1:{self.port}").geturl()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self._server
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        self._open |= {writer, back}
        await asyncio.gather(_pump(reader, back), _pump(there, writer))
        self._open -= {writer, back}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


class WorkerProcess:
    """``python -m guitu.worker``, which a test may kill."""

    def __init__(
        self, home: Path, *, database: str, stream: str, part: str = "worker", workers: int = 1
    ) -> None:
        self._log = home / f"{part}.log"
        self._environ = os.environ | {
            "GUITU_HOME": str(home),
            "GUITU_SHARDS": str(SHARDS),
            "GUITU_WORKERS": str(workers),
            "GUITU_PART": part,
            "DATABASE_URL": database,
            "NATS_URL": stream,
            "GUITU_LOG": "info",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "guitu.worker"],
                env=self._environ,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(15)

    def said(self) -> str:
        return self._log.read_text("utf-8")


class Terminal:
    """A wristband's side of the connection."""

    def __init__(self, device: Device, port: int) -> None:
        self._device = device
        self._port = port
        self._serial = 0
        self._stream = jt808.Stream()
        self._heard: list[m.Message] = []
        self._code = ""

    def header(self, msg_id: int = 0) -> m.Header:
        self._serial = (self._serial + 1) & 0xFFFF
        return m.Header(self._device.terminal.rjust(12, "0"), self._serial, msg_id, 0)

    async def log_in(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._stream, self._heard = jt808.Stream(), []
        if not self._code:
            header = self.header()
            await self.send(
                jt808.encode(m.Registration(header, 44, 100, "GT", "W1", "B000001", 0, ""))
            )
            answer = await self.hear()
            assert isinstance(answer, m.RegistrationAnswer)
            assert answer.result == 0, answer
            self._code = answer.code
        header = self.header()
        await self.send(jt808.encode(m.Authentication(header, self._code, None, None)))
        assert await self.answer_to(header.serial) == 0

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def hear(self, timeout_s: float = 10.0) -> m.Message:
        async with asyncio.timeout(timeout_s):
            while not self._heard:
                data = await self._reader.read(65536)
                if not data:
                    raise EOFError
                for frame in self._stream.feed(data):
                    assert isinstance(frame, jt808.Frame)
                    self._heard += jt808.decode(frame)
        return self._heard.pop(0)

    async def answer_to(self, serial: int, timeout_s: float = 10.0) -> int:
        while True:
            message = await self.hear(timeout_s)
            if isinstance(message, m.GeneralAnswer) and message.answers_serial == serial:
                return message.result

    async def report(self, position: m.Position, *, wait: bool = True) -> bytes:
        """Send a position, by default until it is acknowledged; returns the frame."""
        header = self.header()
        frame = jt808.position_report(header, position)
        await self.send(frame)
        if wait:
            assert await self.answer_to(header.serial) == 0
        return frame

    def close(self) -> None:
        self._writer.close()


@contextlib.asynccontextmanager
async def gateway(url: str) -> AsyncIterator[tuple[Callable[[], int], JetStreamContext]]:
    """A gateway; the first value gives its port once it listens."""
    made: Gateway | None = None

    async def back() -> None:
        if made is not None:
            made.reconnected()

    async def quiet(_: Exception) -> None:
        """Errors of the connection are what these tests make."""

    client = await nats.connect(
        url, max_reconnect_attempts=-1, reconnect_time_wait=0.1, reconnected_cb=back, error_cb=quiet
    )
    js = client.jetstream(timeout=2)
    await streams.ensure(js, max_bytes=64 * 2**20)
    made = Gateway(client, js, name="test", shards=SHARDS, limits=QUICK)
    stop = asyncio.Event()
    ports: list[int] = []
    running = asyncio.create_task(made.run("127.0.0.1", 0, stop=stop, listening=ports.append))
    try:
        yield lambda: ports[0] if ports else 0, js
    finally:
        stop.set()
        await running
        await client.close()


async def until(true: Callable[[], object], timeout_s: float = 20.0, each_s: float = 0.05) -> None:
    """Wait until something asked of the database or a part has become true."""
    async with asyncio.timeout(timeout_s):
        while not await asyncio.to_thread(_asked, true):
            await asyncio.sleep(each_s)


def _asked(true: Callable[[], object]) -> object:
    from django.db import connection

    try:
        return true()
    finally:
        connection.close()


def run(work: Coroutine[Any, Any, None], timeout_s: float = 90.0) -> None:
    """Run one test's coroutine within a bound."""

    async def bounded() -> None:
        async with asyncio.timeout(timeout_s):
            await work

    uvloop.run(bounded())
