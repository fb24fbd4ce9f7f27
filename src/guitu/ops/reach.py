"""The database and the stream of a home for a command that needs them, running or not."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from dataclasses import dataclass

from guitu.config import Settings, read_running
from guitu.ops.nats import Nats
from guitu.ops.postgres import APP, OWNER, Postgres


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the database (as its owner, and as the app role) and the stream answer."""

    owner_url: str
    app_url: str
    nats_url: str


class HomeBusy(RuntimeError):
    """Another copy works on the home."""


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the home's lock: no two copies share one data folder. Raises :class:`HomeBusy`."""
    settings.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.run / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            running = read_running(settings.home) or {}
            raise HomeBusy(
                f"Guitu already runs on {settings.home} (process {running.get('pid', 'unknown')}). "
                "Stop it with `guitu stop`, or name another folder with GUITU_HOME."
            ) from error
        yield


@contextlib.contextmanager
def reach(settings: Settings) -> Iterator[Addresses]:
    """The addresses of the running copy; when none runs, its embedded servers run meanwhile."""
    if read_running(settings.home) is not None:
        owner = settings.database_owner_url or settings.database_url
        yield Addresses(owner, settings.database_url, settings.nats_url)
        return
    with alone(settings), contextlib.ExitStack() as stack:
        (settings.home / "log").mkdir(mode=0o700, exist_ok=True)
        owner_url = settings.database_owner_url or settings.database_url
        app_url = settings.database_url
        nats_url = settings.nats_url
        if not app_url:
            postgres = Postgres(settings)
            postgres.prepare()
            log = stack.enter_context((settings.home / "log" / "postgres.out").open("ab"))
            postgres.start(log=log)
            stack.callback(postgres.stop)
            postgres.ensure_roles()
            owner_url, app_url = postgres.url(OWNER), postgres.url(APP)
        if not nats_url:
            server = Nats(settings)
            log = stack.enter_context((settings.home / "log" / "nats.out").open("ab"))
            server.start(log=log)
            stack.callback(server.stop)
            nats_url = server.url
        yield Addresses(owner_url, app_url, nats_url)
