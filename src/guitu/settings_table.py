"""The table of settings: names, types, defaults, meanings, and how each text is read.

A reader takes the text and returns the value, or raises ``ValueError`` whose message is the remedy.
:mod:`guitu.config` finds the texts and puts the values together.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: Where the project lies when it runs from a checkout.
PROJECT_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Spec:
    """One setting: ``name`` in the environment, ``attribute`` on :class:`Settings`."""

    name: str
    attribute: str
    kind: str
    default: str
    doc: str
    read: Callable[[str], Any]
    secret: bool = False


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= 65535:
        raise ValueError("give a port number from 1 to 65535, or 0 to have a free one found")
    return int(text)


def _web_port(text: str) -> int:
    port = _port(text)
    if port == 0:
        raise ValueError("give a port number from 1 to 65535: people must know where to look")
    return port


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"give a whole number from {low} to {high}")
        return int(text)

    return read


def _choice(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"give one of {', '.join(words)}")
        return text

    return read


def _address(*schemes: str) -> Callable[[str], str]:
    """An optional address; empty means "the embedded part" or "none"."""

    def read(text: str) -> str:
        if not text:
            return ""
        remedy = f"give an address like {schemes[0]}://host:port, or leave it empty"
        try:
            parts = urlsplit(text)
            good = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            good = False
        if not good:
            raise ValueError(remedy)
        return text

    return read


def _database(text: str) -> str:
    _address("postgresql", "postgres")(text)
    if text and not urlsplit(text).path.strip("/"):
        raise ValueError("name the database too: postgresql://user:password@host:5432/guitu")
    return text


def _origin(text: str) -> str:
    _address("https", "http")(text)
    if text and urlsplit(text).path not in ("", "/"):
        raise ValueError("give scheme and host alone, like https://guitu.example.cn, no path")
    return text.rstrip("/")


def _host(text: str) -> str:
    if not text or any(mark in text for mark in " /@"):
        raise ValueError("give an address to listen on, like 127.0.0.1 or 0.0.0.0")
    return text


def folder(text: str) -> Path:
    if not text.strip():
        raise ValueError("give the path of a folder")
    return Path(text).expanduser().absolute()


def _hosts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def default_home() -> Path:
    """The data folder when none is named: ``.guitu`` in the checkout, else the user's data folder."""
    if (PROJECT_ROOT / "pyproject.toml").exists():
        return PROJECT_ROOT / ".guitu"
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "guitu"


SPECS: tuple[Spec, ...] = (
    Spec("GUITU_HOME", "home", "path", "", "Data folder: keys, database, stream, logs.", folder),
    Spec(
        "GUITU_MODE",
        "mode",
        "demo|production",
        "production",
        "demo: fictional city and known passwords; production: neither.",
        _choice("demo", "production"),
    ),
    Spec("GUITU_HOST", "host", "address", "127.0.0.1", "Where the pages listen.", _host),
    Spec("GUITU_PORT", "port", "port", "8000", "Port of the pages.", _web_port),
    Spec(
        "GUITU_PUBLIC_ORIGIN",
        "public_origin",
        "origin",
        "",
        "What the browser's address bar shows when a proxy stands in front; https sets secure cookies.",
        _origin,
    ),
    Spec(
        "GUITU_ALLOWED_HOSTS",
        "allowed_hosts",
        "list",
        "localhost,127.0.0.1,[::1]",
        "Host names the pages answer to, besides the public origin's.",
        _hosts,
    ),
    Spec(
        "DATABASE_URL",
        "database_url",
        "address",
        "",
        "PostgreSQL 15 to 18 as the app role; empty starts the embedded one.",
        _database,
        secret=True,
    ),
    Spec(
        "DATABASE_OWNER_URL",
        "database_owner_url",
        "address",
        "",
        "The same database as its owner, for migrations only.",
        _database,
        secret=True,
    ),
    Spec(
        "NATS_URL",
        "nats_url",
        "address",
        "",
        "NATS 2.10+ with JetStream; empty starts the embedded one.",
        _address("nats", "tls"),
        secret=True,
    ),
    Spec("GUITU_NATS_MONITOR_PORT", "nats_monitor_port", "port", "0", "NATS figures.", _port),
    Spec("GUITU_LIVE_HOST", "live_host", "address", "127.0.0.1", "Where live listens.", _host),
    Spec("GUITU_LIVE_PORT", "live_port", "port", "0", "Port of live events.", _port),
    Spec(
        "GUITU_LIVE_ORIGIN",
        "live_origin",
        "origin",
        "",
        "Origin of live events as the browser sees it; empty: the page's host at the live port.",
        _origin,
    ),
    Spec(
        "GUITU_GATEWAY_HOST",
        "gateway_host",
        "address",
        "127.0.0.1",
        "Where terminals are heard; 0.0.0.0 for real ones.",
        _host,
    ),
    Spec("GUITU_GATEWAY_PORT", "gateway_port", "port", "0", "JT/T 808 over TCP.", _port),
    Spec(
        "GUITU_SHARDS",
        "shards",
        "whole number",
        "8",
        "Shards of the stream; never change it on a home that has data.",
        _whole(1, 256),
    ),
    Spec("GUITU_WORKERS", "workers", "whole number", "1", "Worker processes.", _whole(1, 64)),
    Spec("GUITU_WEB_WORKERS", "web_workers", "whole number", "1", "Page processes.", _whole(1, 64)),
    Spec(
        "GUITU_WEB_THREADS", "web_threads", "whole number", "4", "Threads in each.", _whole(1, 64)
    ),
    Spec(
        "GUITU_STREAM_MAX_MB",
        "stream_max_mb",
        "whole number",
        "1024",
        "Megabytes of unconsumed reports; beyond it devices are not acknowledged.",
        _whole(64, 10_000_000),
    ),
    Spec(
        "GUITU_TRAIL_DAYS",
        "trail_days",
        "whole number",
        "730",
        "Days a trail and its raw frames are kept before retention deletes them.",
        _whole(30, 36_500),
    ),
    Spec(
        "GUITU_IDLE_MINUTES",
        "idle_minutes",
        "whole number",
        "30",
        "Minutes without a click after which a session ends.",
        _whole(5, 720),
    ),
    Spec(
        "GUITU_TILES_URL",
        "tiles_url",
        "address",
        "",
        "XYZ tiles in WGS-84 or Web Mercator, {z}/{x}/{y}; empty: district boundaries only.",
        _address("https", "http"),
    ),
    Spec(
        "GUITU_TILES_DATUM",
        "tiles_datum",
        "wgs84|gcj02",
        "wgs84",
        "Datum of those tiles; gcj02 shifts what is drawn on them.",
        _choice("wgs84", "gcj02"),
    ),
    Spec(
        "GUITU_LOG",
        "log",
        "level",
        "info",
        "Least severe line kept in the logs.",
        _choice("debug", "info", "warning", "error"),
    ),
    Spec(
        "GUITU_PART",
        "part",
        "name",
        "",
        "Set by guitu up: which supervised process this is.",
        str,
    ),
)
