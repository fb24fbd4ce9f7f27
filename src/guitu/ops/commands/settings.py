"""``guitu settings``: every setting, its type, value and source."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.table import Table

from guitu import config


@click.command(name="settings")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def command(as_json: bool) -> None:
    """Show every setting, its type, value and source. Passwords are hidden.

    Wrong values are refused here as they are at start: each with a sentence; exit code 2.
    """
    values = config.settings.values
    if as_json:
        rows = [
            {
                "name": value.spec.name,
                "type": value.spec.kind,
                "value": value.shown(),
                "source": value.source,
                "default": value.spec.default,
                "doc": value.spec.doc,
            }
            for value in values
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for title in ("setting", "type", "value", "source", "meaning"):
        table.add_column(title, overflow="fold")
    for value in values:
        table.add_row(value.spec.name, value.spec.kind, value.shown(), value.source, value.spec.doc)
    Console().print(table)
