"""How the supervisor asks the parts that write no heartbeat of their own."""

from __future__ import annotations

import asyncio
import contextlib

import nats
import psycopg
from nats.aio.client import Client
from nats.errors import Error as NatsClientError

from guitu.wire.envelope import STREAM_REPORTS


class DatabaseProbe:
    """Asks PostgreSQL over one connection that is kept."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._link: psycopg.AsyncConnection[tuple[object, ...]] | None = None

    async def __call__(self) -> tuple[bool, str]:
        try:
            async with asyncio.timeout(5):
                if self._link is None or self._link.closed:
                    self._link = await psycopg.AsyncConnection.connect(
                        self._url, autocommit=True, application_name="guitu up"
                    )
                cursor = await self._link.execute(
                    "SELECT current_setting('server_version'), "
                    "(SELECT sum(numbackends) FROM pg_stat_database), "
                    "pg_database_size(current_database()) / 1048576"
                )
                row = await cursor.fetchone()
        except (psycopg.Error, TimeoutError, OSError) as error:
            await self.close()
            return False, f"does not answer: {str(error).splitlines()[0] if str(error) else 'slow'}"
        assert row
        return True, f"PostgreSQL {str(row[0]).split()[0]}, {row[1]} sessions, {row[2]} MB"

    async def close(self) -> None:
        """Let the connection go."""
        if self._link is not None:
            with contextlib.suppress(psycopg.Error):
                await self._link.close()
            self._link = None


class StreamProbe:
    """Asks NATS and its JetStream over one connection that is kept."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Client | None = None

    async def __call__(self) -> tuple[bool, str]:
        try:
            async with asyncio.timeout(5):
                if self._client is None:
                    self._client = await nats.connect(
                        self._url,
                        allow_reconnect=False,
                        max_reconnect_attempts=0,
                        reconnect_time_wait=0.1,
                        connect_timeout=3,
                        error_cb=_quiet,
                        name="guitu up",
                    )
                stream = self._client.jetstream(timeout=3)
                account = await stream.account_info()
                if account.streams == 0:
                    return True, "no stream yet"
                state = (await stream.stream_info(STREAM_REPORTS)).state
        except (NatsClientError, TimeoutError, OSError) as error:
            await self.close()
            return False, f"does not answer: {error or 'slow'}"
        return True, f"{state.messages} messages, {state.bytes / 2**20:.1f} MB kept"

    async def close(self) -> None:
        """Let the connection go."""
        if self._client is not None:
            with contextlib.suppress(NatsClientError, OSError, TimeoutError):
                await self._client.close()
            self._client = None


async def _quiet(_: Exception) -> None:
    """The probe's own answer tells what was wrong."""


class WebProbe:
    """Asks the pages for their health address."""

    def __init__(self, host: str, port: int) -> None:
        self._host = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  # compared
        self._port = port

    async def __call__(self) -> tuple[bool, str]:
        try:
            async with asyncio.timeout(10):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                try:
                    writer.write(
                        f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
                        "Connection: close\r\n\r\n".encode()
                    )
                    await writer.drain()
                    line = (await reader.readline()).decode("latin-1")
                finally:
                    writer.close()
        except (OSError, TimeoutError) as error:
            return False, f"does not answer: {error or 'slow'}"
        words = line.split()
        # Any answer of the application will do: /healthz is 503 while another part is unwell, which
        # is that part's news and no reason to call the pages dead.
        if len(words) > 1 and words[1].isdigit() and (int(words[1]) < 500 or words[1] == "503"):
            return True, f"http://{self._host}:{self._port}"
        return False, f"answers {line.strip() or 'nothing'}"
