"""``guitu up``: everything, on this machine, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from guitu import config
from guitu.config import Settings, SettingsError
from guitu.ops.logs import configure
from guitu.ops.nats import Nats, NatsError, ensure_streams
from guitu.ops.places import PostgresError
from guitu.ops.postgres import APP, OWNER, Postgres
from guitu.ops.probes import DatabaseProbe, StreamProbe, WebProbe
from guitu.ops.processes import free_port, port_is_taken
from guitu.ops.reach import HomeBusy, alone
from guitu.ops.supervisor import Part, PartFailed, Supervisor

#: The longest that the parts between database and pages may take to become healthy, in seconds.
PATIENCE_S = 300.0


@click.command(name="up")
@click.option("--demo", is_flag=True, help="A fictional city with known passwords.")
def command(demo: bool) -> None:
    """Start every part, look after them, and stop them all on Ctrl-C.

    The page answers only when every part is healthy. With --demo the first start fills the
    database with a fictional city; a home with real data refuses that.
    """
    try:
        settings = _choose_mode(demo=demo)
        with alone(settings):
            _refuse_taken_port(settings)
            code = asyncio.run(_Up(settings).run())
    except (PostgresError, NatsError, PartFailed, HomeBusy, _Refused) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    sys.exit(code)


class _Refused(RuntimeError):
    """Something outside must be changed first; the message says what."""


def _choose_mode(*, demo: bool) -> Settings:
    """Settle demo or production for this home, for good, and load the settings."""
    if demo:
        os.environ.setdefault("GUITU_MODE", "demo")
    settings = config.load()
    if demo and not settings.demo:
        raise SettingsError(["`--demo` and GUITU_MODE=production contradict each other: drop one."])
    home = settings.home
    note = home / "settings.env"
    written = note.read_text("utf-8") if note.exists() else ""
    if settings.demo and "GUITU_MODE=production" in written:
        raise _Refused(
            f"{home} holds a production copy; a demo city does not go there. "
            "Name another folder with GUITU_HOME."
        )
    home.mkdir(parents=True, exist_ok=True)
    for name, mode in (("run", 0o700), ("log", 0o700), ("files", 0o700)):
        (home / name).mkdir(mode=mode, exist_ok=True)
    if "GUITU_MODE=" not in written:
        # Commands started later, with nothing but GUITU_HOME, must agree on the mode.
        with note.open("a", encoding="utf-8") as out:
            out.write(f"GUITU_MODE={settings.mode}\n")
    return settings


def _refuse_taken_port(settings: Settings) -> None:
    if port_is_taken(settings.host, settings.port):
        raise _Refused(
            f"Port {settings.port} of {settings.host} is taken by another program. "
            "Choose another, for example: GUITU_PORT=8010."
        )


class _Up:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.began_s = time.monotonic()
        self.found: dict[str, str] = {}
        self.supervisor = Supervisor(settings, say=self.say)
        self.probes: list[DatabaseProbe | StreamProbe] = []
        self.asked_to_stop = asyncio.Event()

    def say(self, text: str) -> None:
        click.echo(f"[{time.monotonic() - self.began_s:6.1f} s] {text}")

    async def run(self) -> int:
        configure("warning")
        loop = asyncio.get_running_loop()
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(sig, self.asked_to_stop.set)
        for old in self.settings.run.glob("*.json"):
            old.unlink()
        starting = asyncio.create_task(self._start())
        stopping = asyncio.create_task(self.asked_to_stop.wait())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stopping
            else:
                starting.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await starting
        finally:
            self.say("stopping")
            for probe in self.probes:
                await probe.close()
            await self.supervisor.stop()
            (self.settings.run / "ports.json").unlink(missing_ok=True)
            self.say("stopped")
        return 0

    # --- the start, in order -----------------------------------------------------------------
    async def _start(self) -> None:
        settings = self.settings
        self.found = {
            value.spec.name: ",".join(value.value)
            if isinstance(value.value, tuple)
            else str(value.value)
            for value in settings.values
            if value.source != "default" and value.spec.name not in ("GUITU_HOME", "GUITU_PART")
        }
        self.found["GUITU_MODE"] = settings.mode
        self.found["GUITU_LIVE_PORT"] = str(settings.live_port or free_port(avoid=settings.port))
        self.found["GUITU_GATEWAY_PORT"] = str(
            settings.gateway_port or free_port(avoid=settings.port)
        )
        postgres = await self._database()
        await self._stream()
        await self._migrate()
        self.say("tables are up to date")
        await self._city()
        middle = self._middle()
        parts = [self.supervisor.add(part) for part in middle]
        self._write_note([*self._names(), "web"])
        await self.supervisor.healthy(parts, within_s=PATIENCE_S)
        self.say(f"healthy: {', '.join(part.name for part in parts)}")
        web = self.supervisor.add(self._web())
        await self.supervisor.healthy([web], within_s=60)
        self._welcome(postgres)

    async def _database(self) -> Postgres | None:
        settings = self.settings
        if settings.database_url:
            probe = DatabaseProbe(settings.database_url)
            self.probes.append(probe)
            self.found.setdefault("DATABASE_OWNER_URL", settings.database_url)
            good, detail = await probe()
            if not good:
                raise _Refused(f"The database that DATABASE_URL names {detail}.")
            self.supervisor.add(self.supervisor.elsewhere("postgres", probe))
            self.say("database: the one that DATABASE_URL names")
            return None
        server = Postgres(settings, say=self.say)
        # The cluster must exist before the part is tended: its making is done once, not restarted.
        await asyncio.to_thread(server.prepare)
        self.found["DATABASE_URL"] = server.url(APP)
        self.found["DATABASE_OWNER_URL"] = server.url(OWNER)
        part = Part(
            "postgres",
            server.spawn,
            stop_signal=signal.SIGINT,
            stop_s=60.0,
            before=server.clear_stale,
        )
        ready = asyncio.Event()

        probe = DatabaseProbe(server.url(APP))

        async def ask() -> tuple[bool, str]:
            if not ready.is_set():
                # The roles come with the first start; until then only the server can be asked.
                return await asyncio.to_thread(server.answers), "starting"
            return await probe()

        part.probe = ask
        self.probes.append(probe)
        self.supervisor.add(part)
        self._write_note(self._names())
        await self.supervisor.healthy([part], within_s=900)
        await asyncio.to_thread(server.ensure_roles)
        ready.set()
        self.say(f"PostgreSQL answers on port {server.port}")
        return server

    async def _stream(self) -> None:
        settings = self.settings
        if settings.nats_url:
            probe = StreamProbe(settings.nats_url)
            self.probes.append(probe)
            self.supervisor.add(self.supervisor.elsewhere("nats", probe))
            self.say("stream: the one that NATS_URL names")
        else:
            server = Nats(settings)
            self.found["NATS_URL"] = server.url
            self.found["GUITU_NATS_MONITOR_PORT"] = str(server.monitor_port)
            probe = StreamProbe(server.url)
            self.probes.append(probe)
            part = self.supervisor.add(
                Part("nats", server.spawn, stop_s=20.0, before=server.clear_stale, probe=probe)
            )
            self._write_note(self._names())
            await self.supervisor.healthy([part], within_s=300)
            self.say(f"NATS answers on port {server.port}")
        try:
            await ensure_streams(self.found["NATS_URL"], max_bytes=settings.stream_max_mb * 2**20)
        except Exception as error:
            raise _Refused(f"The streams could not be made on NATS: {error}") from error

    async def _migrate(self) -> None:
        await self._ours("migrate", "--quiet", quiet=True)

    async def _city(self) -> None:
        done = self.settings.home / "demo.json"
        if not self.settings.demo or done.exists():
            return
        self.say("making the demo city")
        await self._ours("demo", quiet=False)

    async def _ours(self, *arguments: str, quiet: bool) -> None:
        """Run one of our own commands to its end."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "guitu.ops.cli",
            *arguments,
            env=self._environ(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if quiet else None,
            stderr=asyncio.subprocess.STDOUT if quiet else None,
        )
        try:
            output, _ = await process.communicate()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        if process.returncode:
            last = (output or b"").decode(errors="replace").strip()[-4000:]
            raise _Refused(f"`guitu {' '.join(arguments)}` failed. {last}")

    def _middle(self) -> list[Part]:
        settings = self.settings
        names = ["gateway"]
        names += (
            ["worker"]
            if settings.workers == 1
            else [f"worker-{number}" for number in range(1, settings.workers + 1)]
        )
        names += ["live", "keeper"]
        if settings.demo:
            names.append("sim")
        parts = []
        for name in names:
            room = name.partition("-")[0]
            module = "guitu.ops.keeper" if room == "keeper" else f"guitu.{room}"
            parts.append(
                self.supervisor.program(
                    name, [sys.executable, "-m", module], environ=self._environ()
                )
            )
        return parts

    def _web(self) -> Part:
        settings = self.settings
        part = self.supervisor.program(
            "web",
            [
                *(sys.executable, "-m", "granian"),
                *("--interface", "wsgi", "--no-ws"),
                *("--host", settings.host, "--port", str(settings.port)),
                *("--workers", str(settings.web_workers)),
                *("--blocking-threads", str(settings.web_threads)),
                *("--respawn-failed-workers", "--log-level", "warning"),
                "guitu.web.wsgi:application",
            ],
            environ=self._environ(),
        )
        part.probe = WebProbe(settings.host, settings.port)
        part.deaf_s = 60.0
        return part

    # --- what others read ----------------------------------------------------------------------
    def _environ(self) -> dict[str, str]:
        ours = {spec.name for spec in config.SPECS}
        kept = {name: text for name, text in os.environ.items() if name not in ours}
        return kept | self.found | {"GUITU_HOME": str(self.settings.home)}

    def _names(self) -> list[str]:
        return [part.name for part in self.supervisor.parts]

    def _write_note(self, names: list[str]) -> None:
        note = {
            "pid": os.getpid(),
            "mark": config.process_mark(os.getpid()),
            "started": datetime.now(UTC).isoformat(),
            "parts": names,
            "settings": self.found,
        }
        path = self.settings.run / "ports.json"
        draft = path.with_suffix(".draft")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(note, out)
        draft.replace(path)

    def _welcome(self, postgres: Postgres | None) -> None:
        settings = self.settings
        self.say("ready")
        click.echo(f"\n  Guitu 归途  {settings.origin}\n")
        for line in _accounts(settings.home) if settings.demo else ():
            click.echo(f"  {line}")
        click.echo(f"\n  JT/T 808  {settings.gateway_host}:{self.found['GUITU_GATEWAY_PORT']}")
        where = postgres.data if postgres else "DATABASE_URL"
        click.echo(f"  data      {settings.home} (database: {where})")
        click.echo("  stop      Ctrl-C or `guitu stop`\n")
        sys.stdout.flush()


def _accounts(home: Path) -> list[str]:
    """The demo accounts that `guitu demo` noted in ``demo.json``, as lines for people."""
    try:
        accounts = json.loads((home / "demo.json").read_text("utf-8"))["accounts"]
        return [
            f"{account['username']:<16} {account['password']:<20} {account['role']}"
            for account in accounts
        ]
    except FileNotFoundError:
        return []
