"""``guitu stop``: end the copy that runs on this home, cleanly."""

from __future__ import annotations

import signal
import sys

import click

from guitu.config import read_running, settings
from guitu.ops.processes import signal_and_wait


@click.command(name="stop")
@click.option("--timeout", default=180, show_default=True, help="Seconds to wait for its end.")
def command(timeout: int) -> None:
    """Stop the copy that runs on this home, and wait until it has ended."""
    note = read_running(settings.home)
    if note is None:
        click.echo(f"Nothing runs on {settings.home}.")
        return
    if signal_and_wait([int(note["pid"])], signal.SIGTERM, timeout_s=timeout):
        click.echo(f"Process {note['pid']} has not ended within {timeout} s.", err=True)
        sys.exit(1)
    click.echo("Stopped.")
