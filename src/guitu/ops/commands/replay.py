"""``guitu replay``: a recorded trace, walked through a real socket."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from guitu.sim.replay import Plan, Walked
    from guitu.sim.traces import TracePoint
    from guitu.sim.wearer import Wearer

_LOCAL = ZoneInfo("Asia/Shanghai")


@click.command(name="replay")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--device", "device", required=True, metavar="ID", help="Terminal number (or asset number)."
)
@click.option(
    "--speed",
    default=1.0,
    type=click.FloatRange(min=0, min_open=True),
    show_default=True,
    help="Shorten the waiting by this factor; the times stay.",
)
@click.option(
    "--times",
    type=click.Choice(["shifted", "original"]),
    default="shifted",
    show_default=True,
    help="shifted: the last fix falls at its sending; original: as recorded.",
)
@click.option("--gateway", metavar="HOST:PORT", default="", help="Default: the running copy's.")
@click.option("--quiet", is_flag=True, help="No progress, only the result.")
def command(file: Path, device: str, speed: float, times: str, gateway: str, quiet: bool) -> None:
    """Walk the trace in FILE (.plt, .gpx, .csv) as the wristband ID.

    Every fix is sent once, in order, through a real socket, and must be acknowledged. Intervals
    are kept; JT/T 808 has whole seconds, so fixes within one second bear equal time stamps. Exit
    code 0 when every fix was acknowledged, 1 when not, 2 on misuse.
    """
    from guitu.sim.terminal import TerminalRefused
    from guitu.sim.traces import TraceError, read_trace

    host, port = _where(gateway)
    try:
        points = read_trace(file)
    except TraceError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    number, wearer = _who(device, lookup=not gateway)
    try:
        walked = asyncio.run(
            _walk(points, number, wearer, host=host, port=port, speed=speed,
                  keep_times=times == "original", quiet=quiet)
        )  # fmt: skip
    except (TerminalRefused, TimeoutError) as error:
        click.echo(f"{error}.{_remedy(error, number)}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("Stopped before the end.", err=True)
        sys.exit(1)
    counts = walked.counts
    click.echo(
        f"{file.name}: {walked.fixes} fixes, {counts.acknowledged} acknowledged, "
        f"{counts.refused} refused, {counts.resent} sent again, {counts.connections} connection(s)"
    )
    if not walked.complete:
        click.echo(
            f"Not every fix was acknowledged{': ' + walked.problem if walked.problem else ''}. "
            "See `guitu status`.",
            err=True,
        )
    sys.exit(0 if walked.complete else 1)


def _where(gateway: str) -> tuple[str, int]:
    from guitu.config import settings

    if gateway:
        host, colon, port = gateway.rpartition(":")
        if not colon or not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise click.BadParameter(f"{gateway!r} is no HOST:PORT", param_hint="--gateway")
        return host.strip("[]"), int(port)
    if not settings.gateway_port:
        raise click.UsageError(
            "No running copy is found in GUITU_HOME: start `guitu up`, or name --gateway HOST:PORT."
        )
    host = settings.gateway_host
    return ("127.0.0.1" if host in ("0.0.0.0", "::") else host), settings.gateway_port  # noqa: S104


def _who(device: str, *, lookup: bool) -> tuple[str, Wearer | None]:
    from guitu.config import settings

    found = None
    if lookup and settings.database_url:
        from guitu.sim.wearer import wearer_of

        found = wearer_of(device)
    number = found.terminal if found else device
    if not (number.isascii() and number.isdigit() and len(number) <= 20):
        raise click.BadParameter(
            f"{device!r} is neither a known asset number nor a terminal number (up to 20 digits)",
            param_hint="--device",
        )
    return number, found


async def _walk(
    points: list[TracePoint], number: str, wearer: Wearer | None, *, host: str, port: int,
    speed: float, keep_times: bool, quiet: bool,
) -> Walked:  # fmt: skip
    from guitu.config import settings
    from guitu.sim.borrowed import LOOKS_EVERY_S, borrowed
    from guitu.sim.identity import identity_of
    from guitu.sim.replay import walk
    from guitu.sim.terminal import Terminal

    terminal = Terminal(
        number, host=host, port=port, window=128, most_waiting=len(points) + 1,
        # A second replay must not look like a resend of the first.
        serial=secrets.randbelow(0x10000),
        identity=wearer.identity if wearer else identity_of(number),
    )  # fmt: skip
    shown = _Progress(len(points), quiet=quiet)

    def planned(plan: Plan, start: datetime) -> None:
        first, last = points[0].time + plan.shift, points[-1].time + plan.shift
        if not quiet:
            click.echo(
                f"{len(points)} fixes as {number} to {host}:{port}, times {_local(first)} to "
                f"{_local(last)}, sent within {timedelta(seconds=round(plan.lasts_s))}",
                err=True,
            )
        if wearer is not None:
            for sentence in wearer.doubts(min(first, last), max(first, last), now=start):
                click.echo(sentence, err=True)

    with borrowed(number, run=settings.run):
        if (settings.run / "sim.json").exists():
            # The living city may be playing this number: let it leave the line first.
            await asyncio.sleep(LOOKS_EVERY_S * 1.5)
        walked = await walk(
            points, terminal, speed=speed, keep_times=keep_times, planned=planned,
            progress=shown.show,
        )  # fmt: skip
    shown.end()
    return walked


class _Progress:
    """One line that moves on a terminal; a line every ten seconds in a log."""

    def __init__(self, total: int, *, quiet: bool) -> None:
        self.total, self.quiet = total, quiet
        self._moving = sys.stderr.isatty()
        self._told_s = time.monotonic()
        self._shown = False

    def show(self, sent: int, acknowledged: int) -> None:
        now_s = time.monotonic()
        if self.quiet or now_s - self._told_s < (0.2 if self._moving else 10.0):
            return
        self._told_s, self._shown = now_s, True
        text = f"sent {sent}/{self.total}, acknowledged {acknowledged}"
        click.echo(f"\r{text}   " if self._moving else text, err=True, nl=not self._moving)

    def end(self) -> None:
        if self._shown and self._moving:
            click.echo("", err=True)


def _local(time_: datetime) -> str:
    return f"{time_.astimezone(_LOCAL):%Y-%m-%d %H:%M:%S}"


def _remedy(error: BaseException, number: str) -> str:
    if "not in the register" in str(error):
        return (
            f" Admit {number} on the devices page (it waits in quarantine now), put it on, and "
            "replay again."
        )
    return ""
