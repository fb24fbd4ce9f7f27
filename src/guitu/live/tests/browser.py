"""A hub and its server in a test, and a page that listens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import Any

import uvloop
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from guitu.base.models import Account
from guitu.live.hub import Hub
from guitu.live.server import Server
from guitu.tracking import live_ticket
from guitu.tracking.tests.world import database_url

ORIGIN = "http://127.0.0.1:8000"


def session_of(user: Account) -> SessionStore:
    """A session as signing in makes it."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "guitu.base.backends.AccountBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store["seen_at"] = time.time()
    store.save()
    return store


def ticket_of(user: Account, store: SessionStore, *, ago_s: float = 0.0) -> str:
    """A ticket made some seconds ago."""
    assert store.session_key
    holder = live_ticket.Holder(user.pk, store.session_key)
    return live_ticket.seal(holder, now_s=time.time() - ago_s)


@dataclass(slots=True)
class Told:
    """One server-sent event."""

    kind: str
    position: str
    data: Any


class Listener:
    """A page's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.status = 0
        self.head = ""

    @classmethod
    async def open(
        cls, port: int, ticket: str, *, last: str = "", origin: str = ORIGIN
    ) -> Listener:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        extra = f"Last-Event-ID: {last}\r\n" if last else ""
        writer.write(
            f"GET /events?ticket={ticket} HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\n{extra}\r\n".encode()
        )
        made = cls(reader, writer)
        made.head = (await reader.readuntil(b"\r\n\r\n")).decode()
        made.status = int(made.head.split(" ")[1])
        return made

    async def hear(self, timeout_s: float = 5.0) -> Told:
        """The next event; EOFError when the server has ended it."""
        async with asyncio.timeout(timeout_s):
            while True:
                fields: dict[str, str] = {}
                while True:
                    line = (await self.reader.readline()).decode()
                    if not line:
                        raise EOFError
                    if line == "\n":
                        break
                    name, _, value = line.rstrip("\n").partition(": ")
                    fields[name] = value
                if "data" in fields:
                    return Told(fields["event"], fields["id"], json.loads(fields["data"]))

    def close(self) -> None:
        self.writer.close()


@contextlib.asynccontextmanager
async def live() -> AsyncIterator[tuple[Hub, int]]:
    """A running hub and the port of its server."""
    stop = asyncio.Event()
    hub = Hub(database_url())
    server = Server(hub, origins=frozenset({ORIGIN}))
    port = await server.start("127.0.0.1", 0)
    running = asyncio.create_task(hub.run(stop))
    while hub.problem:
        await asyncio.sleep(0.01)
    try:
        yield hub, port
    finally:
        stop.set()
        await server.stop()
        await asyncio.wait_for(running, 10)


def run(work: Coroutine[Any, Any, None], timeout_s: float = 30.0) -> None:
    """Run one test's coroutine within a bound."""

    async def bounded() -> None:
        async with asyncio.timeout(timeout_s):
            await work

    uvloop.run(bounded())


async def in_thread(call: Any) -> Any:
    """Something with the ORM, away from the loop, its connection given back."""

    def inner() -> Any:
        try:
            return call()
        finally:
            connection.close()

    return await asyncio.to_thread(inner)
