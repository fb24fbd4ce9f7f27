"""``guitu check``: everything that must always be true, looked at."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import click

#: What is looked at: its name, and the function that tells what is wrong (any object with a text).
LOOKS = (
    ("accounts, keys and audit", "guitu.base.check", "problems"),
    ("persons", "guitu.people.check", "problems"),
    ("trails and alarms", "guitu.tracking.check", "findings"),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where it was found, and the sentence that names it."""

    where: str
    what: str


def look() -> Iterator[Problem]:
    """Everything that is wrong, room by room. Django must be set up."""
    for where, module, name in LOOKS:
        try:
            found: Iterable[object] = getattr(importlib.import_module(module), name)()
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            continue  # a room without invariants of its own
        yield from (Problem(where, str(one)) for one in found)


@click.command(name="check")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a list.")
@click.option(
    "--limit", type=click.IntRange(0), default=200, show_default=True,
    help="How many problems are written out; 0 means all.",
)  # fmt: skip
def command(as_json: bool, limit: int) -> None:
    """Check the invariants of the data and the audit chain, while the system runs.

    Each problem is a sentence that names the row. Exit code 0 when all is well, 1 when something
    is wrong. With --json: {"ok", "count", "seconds", "problems": [{"where", "what"}]}.
    """
    from guitu.config import SettingsError, settings

    if not settings.database_url:
        raise SettingsError(
            ["No database is known: start one with `guitu up`, or set DATABASE_URL."]
        )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guitu.web.settings")
    import django

    django.setup()
    from django.db import DatabaseError, connection

    began_s = time.monotonic()
    shown: list[Problem] = []
    count = 0
    try:
        for problem in look():
            count += 1
            if limit and count > limit:
                continue
            shown.append(problem)
            if not as_json:
                click.echo(f"{problem.where}: {problem.what}")
    except DatabaseError as error:
        text = str(error).strip().splitlines()
        raise click.ClickException(
            f"The database could not be read to the end: {text[0] if text else error!r}"
        ) from error
    finally:
        connection.close()
    took_s = time.monotonic() - began_s
    if as_json:
        note = {
            "ok": count == 0,
            "count": count,
            "seconds": round(took_s, 1),
            "problems": [{"where": one.where, "what": one.what} for one in shown],
        }
        click.echo(json.dumps(note, ensure_ascii=False))
    elif count:
        more = f" ({len(shown)} of them above; --limit 0 writes all)" if count > len(shown) else ""
        click.echo(f"{count} problems found in {took_s:.1f} s{more}.", err=True)
    else:
        click.echo(f"All is well; looked at in {took_s:.1f} s.")
    sys.exit(1 if count else 0)
