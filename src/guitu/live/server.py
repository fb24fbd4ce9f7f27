"""The smallest HTTP that server-sent events need: one GET, a ticket, then an endless answer."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import structlog
from django.db import DatabaseError

from guitu.config import Settings
from guitu.live.feed import Position
from guitu.live.hub import Hub, Page
from guitu.tracking.live_ticket import BadTicket, verify

log = structlog.get_logger("live")

HEAD_BYTES = 16_384
HEAD_S = 5.0
PATH = "/events"


@dataclass(frozen=True, slots=True)
class Request:
    """The head of a request; header names in lower case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


class Refused(Exception):
    """The request is answered with ``status`` and a sentence."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


def origins(settings: Settings) -> frozenset[str]:
    """The pages that may listen: those of the front door, under each of its names."""
    names = {settings.host, *settings.allowed_hosts, "127.0.0.1", "localhost"}
    return frozenset({settings.origin, *(f"http://{name}:{settings.port}" for name in names)})


class Server:
    """Speaks HTTP/1.1 on a socket; every page is handed to the hub."""

    def __init__(self, hub: Hub, *, origins: frozenset[str]) -> None:
        self._hub = hub
        self._origins = origins
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port."""
        self._server = await asyncio.start_server(
            self._serve, host, port, backlog=1024, limit=HEAD_BYTES
        )
        bound: int = self._server.sockets[0].getsockname()[1]
        log.info("listening", host=host, port=bound)
        return bound

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            log.debug("a page is gone")
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, TimeoutError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        allow = ""
        try:
            request = await _read(reader)
            if request.path == "/health":
                problem = self._hub.problem
                _plain(writer, "503 Service Unavailable" if problem else "200 OK", problem or "ok")
                return
            allow = self._allowed(request)
            page = await self._open(request, writer)
        except Refused as refusal:
            _plain(writer, refusal.status, str(refusal), allow=allow)
            return
        try:
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
                b"X-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n"
                + _cors(allow)
                + b"\r\nretry: 1000\n\n"
            )
            if await self._hub.join(page, _after(request)):
                # Nothing more is expected of the page; it is read only to see it go.
                while await reader.read(1024):
                    pass
        finally:
            self._hub.leave(page)

    def _allowed(self, request: Request) -> str:
        origin = request.headers.get("origin", "")
        if origin and origin not in self._origins:
            raise Refused("403 Forbidden", "Pages of this origin may not listen.")
        return origin

    async def _open(self, request: Request, writer: asyncio.StreamWriter) -> Page:
        if request.method != "GET" or request.path != PATH:
            raise Refused("404 Not Found", f"There is only GET {PATH}.")
        if self._hub.full:
            raise Refused("503 Service Unavailable", "Too many pages listen; try again soon.")
        if self._hub.problem:
            raise Refused("503 Service Unavailable", "The database is away; try again soon.")
        try:
            holder = verify((request.query.get("ticket") or [""])[0], now_s=time.time())
            _after(request)
        except BadTicket as error:
            raise Refused("401 Unauthorized", str(error)) from error
        except ValueError as error:
            raise Refused("400 Bad Request", str(error)) from error
        try:
            access = await self._hub.admit(holder)
        except DatabaseError as error:
            raise Refused(
                "503 Service Unavailable", "The database is away; try again soon."
            ) from error
        if access is None:
            raise Refused("401 Unauthorized", "The session has ended, or sees nothing here.")
        return Page(holder, writer, access)


def _after(request: Request) -> Position | None:
    """What the page has read: the browser's own header, or ``last`` when a new ticket was needed."""
    text = request.headers.get("last-event-id") or (request.query.get("last") or [""])[0]
    return Position.read(text) if text else None


async def _read(reader: asyncio.StreamReader) -> Request:
    try:
        async with asyncio.timeout(HEAD_S):
            head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise Refused("431 Request Header Fields Too Large", "The head is too long.") from error
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3:
        raise Refused("400 Bad Request", "This is no HTTP request.")
    target = urlsplit(words[1])
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return Request(words[0], target.path, parse_qs(target.query, max_num_fields=10), headers)


def _cors(origin: str) -> bytes:
    if not origin:
        return b""
    return f"Access-Control-Allow-Origin: {origin}\r\nVary: Origin\r\n".encode("latin-1")


def _plain(writer: asyncio.StreamWriter, status: str, text: str, *, allow: str = "") -> None:
    body = text.encode()
    writer.write(
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n".encode()
        + _cors(allow)
        + b"\r\n"
        + body
    )
