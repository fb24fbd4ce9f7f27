"""``guitu status``: how every part is, for people and for machines."""

from __future__ import annotations

import json
import sys

import click

from guitu import heartbeat
from guitu.config import read_running, settings
from guitu.heartbeat import PartState

#: What a running copy consists of, told when none runs.
USUAL_PARTS = ("postgres", "nats", "gateway", "worker", "live", "keeper", "web")


def report() -> tuple[bool, list[PartState]]:
    """Whether all is well, and each part. A copy that does not run has all its parts down."""
    if read_running(settings.home) is None:
        return False, [
            PartState(name, "down", None, "not running: start it with `guitu up`")
            for name in USUAL_PARTS
        ]
    parts = heartbeat.parts()
    return bool(parts) and all(part.state == "ok" for part in parts), parts


@click.command(name="status")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def command(as_json: bool) -> None:
    """Show how every part is. Exit code 0 when all are well, 1 when one is not."""
    good, parts = report()
    if as_json:
        note = {"ok": good, "parts": [part.to_json() for part in parts]}
        click.echo(json.dumps(note, ensure_ascii=False))
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, pad_edge=False)
        for title in ("part", "state", "lag", "detail"):
            table.add_column(title, overflow="fold")
        colours = {"ok": "green", "starting": "yellow", "down": "red"}
        for part in parts:
            lag = "" if part.lag_s is None else f"{part.lag_s:.1f} s"
            state = f"[{colours[part.state]}]{part.state}[/]"
            table.add_row(part.name, state, lag, part.shown)
        Console().print(table)
        if good:
            click.echo(f"All is well: {settings.origin}")
    sys.exit(0 if good else 1)
