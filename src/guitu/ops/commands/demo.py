"""``guitu demo``: a fictional city in an empty database."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime

import click

_STEPS = {
    "staff": "offices and staff",
    "persons": "persons",
    "wristbands": "wristbands and fences",
    "trails": "positions of the last week",
    "alarms": "alarms and their handling",
}


@click.command(name="demo")
@click.option("--persons", type=click.IntRange(1, 1_000_000), default=5_000, show_default=True)
@click.option("--wristbands", type=click.IntRange(0, 20_000), default=300, show_default=True)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same seed, the same city."
)
@click.option("--trail-days", type=click.IntRange(0, 30), default=7, show_default=True)
def command(persons: int, wristbands: int, seed: int, trail_days: int) -> None:
    """Fill an empty database with a fictional city; a second run changes nothing.

    Eleven districts with their offices, courts and procuratorates, staff in every role, persons
    with two years behind them, wristbands with the trails of a week. Everybody is fictional by
    construction. Refused where real persons are (exit code 1).
    """
    from guitu.config import SettingsError, settings

    if not settings.demo:
        raise click.UsageError(
            "This home is in production mode; a demo city needs GUITU_MODE=demo and a home of its own."
        )
    if not settings.database_url:
        raise SettingsError(
            ["No database is known: start one with `guitu up --demo`, or set DATABASE_URL."]
        )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guitu.web.settings")
    import django

    django.setup()
    from guitu.sim.demo import RealPersonsHere, make

    began_s = time.monotonic()
    try:
        made = make(
            persons=persons, wristbands=wristbands, seed=seed, now=datetime.now(UTC),
            home=settings.home, trail_days=trail_days, progress=_Teller(began_s).tell,
        )  # fmt: skip
    except RealPersonsHere as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    if made.there:
        click.echo("The demo city is there already; nothing was changed.")
        return
    click.echo(
        f"{made.persons} persons, {made.offices} justice offices, {made.accounts} accounts, "
        f"{made.wristbands} wristbands, {made.fixes} positions, {made.alarms} alarms "
        f"in {time.monotonic() - began_s:.0f} s"
    )


class _Teller:
    """One line a step, and one each few seconds within a long one."""

    def __init__(self, began_s: float) -> None:
        self.began_s = began_s
        self._step = ""
        self._told_s = 0.0

    def tell(self, step: str, done: int, total: int) -> None:
        now_s = time.monotonic()
        if step == self._step and now_s - self._told_s < 5.0 and done != total:
            return
        self._step, self._told_s = step, now_s
        share = f" {done}/{total}" if total else ""
        click.echo(f"[{now_s - self.began_s:6.1f} s] {_STEPS[step]}{share}", err=True)
