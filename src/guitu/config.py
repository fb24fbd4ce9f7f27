"""Every setting of Guitu: its name, type, default, meaning and where its value came from.

Read once, on first use: ``from guitu.config import settings``. A value is looked for in the
environment, then in what a running ``guitu up`` of the same home found for itself
(``<home>/run/ports.json``), then in ``<home>/settings.env``, then in the default. All wrong values
are refused together, each with a sentence that names the value and the remedy.

No Django here: the gateway, the tools and the tests read the same object.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from guitu.settings_table import SPECS as SPECS
from guitu.settings_table import Spec, default_home, folder


class SettingsError(ValueError):
    """One or more settings are wrong; ``problems`` holds a sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class KeyMissing(RuntimeError):
    """A key that this home once had is no longer there: making a new one would lose data."""


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
        home = folder(home_text) if home_text else default_home()
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
