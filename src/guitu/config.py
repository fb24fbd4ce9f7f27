"""Every setting of Guitu: its name, type, default, meaning and where its value came from.

Read once, on first use: ``from guitu.config import settings``. A value is looked for in the
environment, then in what a running ``guitu up`` of the same home found for itself
(``<home>/run/ports.json``), then in ``<home>/settings.env``, then in the default. All wrong values are refused
together, each with a sentence that names the value and the remedy.

No Django here: the gateway, the tools and the tests read the same object.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

#: Where the project lies when it runs from a checkout.
PROJECT_ROOT = Path(__file__).resolve().parents[2]


class SettingsError(ValueError):
    """One or more settings are wrong; ``problems`` holds a sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class KeyMissing(RuntimeError):
    """A key that this home once had is no longer there: making a new one would lose data."""


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


@dataclass(frozen=True, slots=True)
class Value:
    """A setting as it stands: ``source`` is environment, file, running or default."""

    spec: Spec
    value: Any
    source: str

    def shown(self) -> str:
        """The value for people: passwords inside addresses are replaced by stars."""
        text = "" if self.value is None else str(self.value)
        if self.spec.secret and "@" in text:
            parts = urlsplit(text)
            where = parts.netloc.rpartition("@")[2]
            user = unquote(parts.username or "")
            return parts._replace(netloc=f"{user}:***@{where}").geturl()
        if isinstance(self.value, tuple):
            return ",".join(self.value)
        return text


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


def _folder(text: str) -> Path:
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
    Spec("GUITU_HOME", "home", "path", "", "Data folder: keys, database, stream, logs.", _folder),
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

_BY_NAME = {spec.name: spec for spec in SPECS}


@dataclass(frozen=True)
class Settings:
    """The settings of this process. ``values`` tells where each came from."""

    home: Path
    mode: str
    host: str
    port: int
    public_origin: str
    allowed_hosts: tuple[str, ...]
    database_url: str
    database_owner_url: str
    nats_url: str
    nats_monitor_port: int
    live_host: str
    live_port: int
    live_origin: str
    gateway_host: str
    gateway_port: int
    shards: int
    workers: int
    web_workers: int
    web_threads: int
    stream_max_mb: int
    trail_days: int
    idle_minutes: int
    tiles_url: str
    tiles_datum: str
    log: str
    part: str
    values: tuple[Value, ...] = field(repr=False, compare=False, default=())

    @property
    def demo(self) -> bool:
        """Whether fictional data and known passwords are allowed here."""
        return self.mode == "demo"

    @property
    def idle_s(self) -> int:
        """Seconds without a click after which a session ends."""
        return self.idle_minutes * 60

    @property
    def log_level(self) -> str:
        """The least severe level kept, as :mod:`logging` spells it."""
        return self.log.upper()

    @property
    def run(self) -> Path:
        """Heartbeats, sockets and ports of the running copy; empty when nothing runs."""
        return self.home / "run"

    @property
    def files(self) -> Path:
        """Attachments and other kept files; part of every backup."""
        return self.home / "files"

    @property
    def origin(self) -> str:
        """Scheme, host and port at which people reach the pages."""
        return self.public_origin or f"http://127.0.0.1:{self.port}"

    def secret(self, name: str) -> bytes:
        """The 32 bytes of key ``name`` (file ``<home>/keys/<name>``, mode 0600), made on first use.

        The names ever made stand in ``<home>/keys.names``, which backups hold. A key on that list
        whose file is gone raises :class:`KeyMissing` instead of being made anew: what was
        enciphered with it would be unreadable for ever.
        """
        return _secret(self.home, name)


@lru_cache(maxsize=64)
def _secret(home: Path, name: str) -> bytes:
    if not name or not name.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"{name!r} is no name of a key: use letters, digits, - and _")
    path = home / "keys" / name
    ledger = home / "keys.names"
    made = ledger.read_text("ascii").split() if ledger.exists() else []
    if not path.exists():
        if name in made:
            raise KeyMissing(
                f"The key {name} of {home} is gone: {path} does not exist. "
                "Bring it back with `guitu restore --keys FILE`; a new key cannot read old data."
            )
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{name}.{secrets.token_hex(6)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, secrets.token_bytes(32))
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            # A hard link fails when another process was first: both then read the same key.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    if name not in made:
        with ledger.open("a", encoding="ascii") as out:
            out.write(f"{name}\n")
    key = path.read_bytes()
    if len(key) != 32:
        raise KeyMissing(
            f"The key file {path} holds {len(key)} bytes instead of 32. "
            "Bring it back with `guitu restore --keys FILE`."
        )
    return key


def process_mark(pid: int) -> str | None:
    """The start tick of process ``pid``, which tells it from a later one of that number; None: gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return None
    after = text.rpartition(")")[2].split()
    # A zombie has ended: its parent only has not asked for the result yet.
    return None if after[0] in "ZX" else after[19]


def read_running(home: Path) -> dict[str, Any] | None:
    """What the ``guitu up`` that runs on ``home`` wrote about itself, or None when none runs.

    Keys: ``pid``, ``mark``, ``started`` (ISO time), ``parts`` (names), ``settings`` (environment
    names to values that it found or chose).
    """
    try:
        note = json.loads((home / "run" / "ports.json").read_text("utf-8"))
        alive = process_mark(int(note["pid"])) == note["mark"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return note if alive else None


def _read_env_file(path: Path, problems: list[str]) -> dict[str, str]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path} cannot be read ({error}); mend its rights or its encoding.")
        return {}
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, text = line.partition("=")
        name = name.strip()
        if not equals or name not in _BY_NAME:
            problems.append(
                f"{path} line {number}: {line!r} sets nothing that Guitu knows; "
                "write NAME=value with a name that `guitu settings` lists."
            )
        elif name == "GUITU_HOME":
            problems.append(f"{path} line {number}: GUITU_HOME can only come from the environment.")
        else:
            found[name] = text.strip().strip("\"'")
    return found


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``environ`` (default: the process's). Raises :class:`SettingsError`."""
    environ = os.environ if environ is None else environ
    problems: list[str] = []
    problems += [
        f"{name} is no setting of Guitu; remove it, or see `guitu settings` for the names."
        for name in environ
        if name.startswith("GUITU_") and name not in _BY_NAME and name not in _OTHER_NAMES
    ]
    home_text = environ.get("GUITU_HOME", "")
    try:
        home = _folder(home_text) if home_text else default_home()
    except (ValueError, RuntimeError) as error:
        problems.append(f"GUITU_HOME={home_text!r} is wrong: {error}.")
        home = default_home()
    from_file = _read_env_file(home / "settings.env", problems)
    running = (read_running(home) or {}).get("settings", {})

    values: list[Value] = []
    for spec in SPECS:
        if spec.name == "GUITU_HOME":
            values.append(Value(spec, home, "environment" if home_text else "default"))
            continue
        text, source = spec.default, "default"
        for candidate, origin in (
            (from_file, f"file {home / 'settings.env'}"),
            (running, "running"),
            (environ, "environment"),
        ):
            # An empty value in the environment means "not set", as compose files and CI write it.
            if candidate.get(spec.name, "") != "":
                text, source = candidate[spec.name], origin
        try:
            values.append(Value(spec, spec.read(text), source))
        except ValueError as error:
            shown = "(hidden)" if spec.secret else repr(text)
            problems.append(f"{spec.name}={shown} from the {source} is wrong: {error}.")
    by_attribute = {value.spec.attribute: value.value for value in values}
    if not problems:
        problems += _together(by_attribute)
    if problems:
        raise SettingsError(problems)
    return Settings(**by_attribute, values=tuple(values))


#: Names with our prefix that are read elsewhere: by the Makefile and by tests.
_OTHER_NAMES = frozenset(
    {"GUITU_PYTHON", "GUITU_SHARED", "GUITU_TEST_DATABASE_URL", "GUITU_SHOTS", "GUITU_CHROMIUM"}
)


def _together(values: Mapping[str, Any]) -> list[str]:
    """What is wrong only in combination."""
    problems = []
    if values["database_owner_url"] and not values["database_url"]:
        problems.append(
            "DATABASE_OWNER_URL is set but DATABASE_URL is not: set both, or neither for the "
            "embedded database."
        )
    ports = [values[name] for name in ("port", "live_port", "gateway_port", "nats_monitor_port")]
    chosen = [port for port in ports if port]
    if len(set(chosen)) != len(chosen):
        problems.append(
            "GUITU_PORT, GUITU_LIVE_PORT, GUITU_GATEWAY_PORT and GUITU_NATS_MONITOR_PORT must "
            f"differ, but are {', '.join(map(str, ports))}."
        )
    return problems


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """A PostgreSQL address taken apart; ``options`` are libpq parameters such as sslmode."""

    host: str
    port: int
    user: str
    password: str
    name: str
    options: Mapping[str, str]


def database_address(url: str) -> DatabaseAddress:
    """Take ``postgresql://user:password@host:port/name?sslmode=…`` apart."""
    parts = urlsplit(url)
    if not url or not parts.hostname:
        raise SettingsError(
            ["No database is known: start one with `guitu up`, or set DATABASE_URL."]
        )
    pairs = (pair.partition("=") for pair in parts.query.split("&") if pair)
    return DatabaseAddress(
        host=parts.hostname,
        port=parts.port or 5432,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        name=unquote(parts.path.lstrip("/")),
        options={key: unquote(text) for key, _, text in pairs},
    )


settings: Settings


def __getattr__(name: str) -> Any:
    # Read on first use, so that a tool can set the environment (or refuse it) before.
    if name == "settings":
        globals()["settings"] = load()
        return globals()["settings"]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
