"""A stream server that a test may kill, a gateway on it, and terminals that speak JT/T 808."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nats
import uvloop
from nats.aio.client import Client
from nats.js import JetStreamContext

from guitu.config import load
from guitu.gateway import streams
from guitu.gateway.limits import Limits
from guitu.gateway.server import Gateway
from guitu.ops.nats import Nats
from guitu.wire import envelope as e
from guitu.wire import jt808
from guitu.wire import messages as m

T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
QUICK = Limits(
    tick_grace_s=0.0,
    tick_s=0.2,
    notice_s=0.05,
    notice_again_s=0.1,
    publish_s=1.0,
    retry_s=0.05,
    retry_most_s=0.2,
    register_check_s=0.5,
    command_answer_s=0.5,
)


class Node:
    """One NATS server of a test."""

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
        process = self.nats.process
        assert process
        process.send_signal(signal.SIGKILL)
        process.wait()

    def freeze(self) -> None:
        """Stopped, not dead: connections stay open and nothing answers."""
        assert self.nats.process
        self.nats.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.nats.process
        self.nats.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.nats.stop()


class City:
    """A running gateway with what stands around it."""

    def __init__(self, gateway: Gateway, port: int, js: JetStreamContext) -> None:
        self.gateway = gateway
        self.port = port
        self.js = js
        self.version = 100

    async def admit(self, terminal: str, device: int, **more: Any) -> e.DeviceEntry:
        """Put a device into the register and wait until the gateway knows it."""
        self.version += 1
        number = e.canonical(terminal)
        values: dict[str, Any] = {"auth": f"code-{number}", "state": e.DeviceState.ADMITTED} | more
        entry = e.DeviceEntry(device=device, terminal=number, version=self.version, **values)
        bucket = await self.js.key_value(e.BUCKET_REGISTRY)
        await bucket.put(e.registry_key(terminal), e.encode(entry))
        await until(lambda: self.gateway.register.get(number) == entry)
        return entry

    async def batches(self) -> list[e.Batch]:
        """Everything in REPORTS."""
        return [e.decode_batch(data) for data in await read(self.js, e.STREAM_REPORTS)]

    async def reports(self) -> list[e.Report]:
        return [report for batch in await self.batches() for report in batch.reports]

    async def notices(self, kind: type) -> list[Any]:
        found = [e.decode_notices(data) for data in await read(self.js, e.STREAM_NOTICES)]
        return [notice for batch in found for notice in batch.notices if isinstance(notice, kind)]

    async def terminal(self, number: str, *, version: int = 0, host: str = "127.0.0.1") -> Terminal:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(host, 0))
        return Terminal(number, reader, writer, version=version)


async def read(js: JetStreamContext, stream: str) -> list[bytes]:
    """All messages of a stream."""
    state = (await js.stream_info(stream)).state
    if not state.messages:
        return []
    found = []
    subscription = await js.subscribe(
        ">"
        if stream == "ALL"
        else {"REPORTS": "reports.*", "COMMANDS": "commands.*"}.get(stream, stream.lower()),
        stream=stream,
        ordered_consumer=True,
    )
    while True:
        message = await subscription.next_msg(timeout=5)
        found.append(message.data)
        if message.metadata.sequence.stream >= state.last_seq:
            break
    await subscription.unsubscribe()
    return found


class Terminal:
    """A wristband's side of the connection."""

    def __init__(
        self,
        number: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        version: int = 0,
    ) -> None:
        self.number = number.rjust(20 if version else 12, "0")
        self.version = version
        self.serial = 0
        self.reader = reader
        self.writer = writer
        self._stream = jt808.Stream()
        self._heard: list[m.Message] = []

    def header(self, msg_id: int = 0) -> m.Header:
        header = m.Header(self.number, self.serial, msg_id, self.version)
        self.serial = (self.serial + 1) & 0xFFFF
        return header

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def hear(self, timeout_s: float = 5.0) -> m.Message:
        """The next message of the platform; EOFError when the connection has ended."""
        async with asyncio.timeout(timeout_s):
            while not self._heard:
                data = await self.reader.read(65536)
                if not data:
                    raise EOFError
                for frame in self._stream.feed(data):
                    assert isinstance(frame, jt808.Frame)
                    self._heard += jt808.decode(frame)
        return self._heard.pop(0)

    async def answer_to(self, serial: int, timeout_s: float = 5.0) -> int:
        """The result of the general answer to a message of ours, others in between left aside."""
        while True:
            message = await self.hear(timeout_s)
            if isinstance(message, m.GeneralAnswer) and message.answers_serial == serial:
                return message.result

    async def silent(self, for_s: float) -> bool:
        try:
            await self.hear(for_s)
        except TimeoutError:
            return True
        return False

    async def ended(self, timeout_s: float = 5.0) -> bool:
        try:
            while True:
                await self.hear(timeout_s)
        except (EOFError, ConnectionError):
            return True
        except TimeoutError:
            return False

    async def register(
        self, *, maker: str = "GT", hardware: str = "B000001"
    ) -> m.RegistrationAnswer:
        header = self.header()
        self.send(jt808.encode(m.Registration(header, 44, 100, maker, "W1", hardware, 0, "")))
        answer = await self.hear()
        assert isinstance(answer, m.RegistrationAnswer)
        return answer

    async def authenticate(self, code: str, *, imei: str = "") -> int:
        header = self.header()
        self.send(
            jt808.encode(m.Authentication(header, code, imei or None, "1.0" if imei else None))
        )
        return await self.answer_to(header.serial)

    async def log_in(self) -> None:
        answer = await self.register()
        assert answer.result == 0
        assert await self.authenticate(answer.code) == 0

    def report(self, n: int = 0) -> int:
        """Send position number ``n``; returns its serial."""
        header = self.header()
        self.send(jt808.position_report(header, position(n)))
        return header.serial

    def close(self) -> None:
        self.writer.close()


def position(n: int) -> m.Position:
    return m.Position(T0 + timedelta(seconds=n), 23.1 + n / 1e5, 113.3, True)


@contextlib.asynccontextmanager
async def city(
    url: str, *, limits: Limits = QUICK, head: bool = True, max_mb: int = 64
) -> AsyncIterator[City]:
    """A gateway in this process, with a published register."""
    gateway: Gateway | None = None

    async def back() -> None:
        if gateway is not None:
            gateway.reconnected()

    client: Client = await nats.connect(
        url, max_reconnect_attempts=-1, reconnect_time_wait=0.1, reconnected_cb=back, error_cb=quiet
    )
    other: Client = await nats.connect(
        url, max_reconnect_attempts=-1, reconnect_time_wait=0.1, error_cb=quiet
    )
    js = client.jetstream(timeout=2)
    bucket = await streams.ensure(js, max_bytes=max_mb * 2**20)
    if head:
        await bucket.put(e.KEY_HEAD, e.encode(e.RegistryHead(e.VERSION, 0, 0, 0)))
    gateway = Gateway(client, js, name="test", shards=4, limits=limits)
    stop = asyncio.Event()
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(gateway.run("127.0.0.1", 0, stop=stop, listening=port.set_result))
    try:
        if head:
            await asyncio.wait({running, port}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
        yield City(gateway, port.result() if head else 0, other.jetstream(timeout=5))
    finally:
        stop.set()
        await running
        await client.close()
        await other.close()


async def quiet(_: Exception) -> None:
    """Errors of the connection are what these tests make."""


async def until(true: Callable[[], object], timeout_s: float = 10.0) -> None:
    """Wait until something has become true."""
    async with asyncio.timeout(timeout_s):
        while not true():
            await asyncio.sleep(0.01)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one test's coroutine, no longer than a minute."""

    async def bounded() -> None:
        async with asyncio.timeout(60):
            await work

    uvloop.run(bounded())
