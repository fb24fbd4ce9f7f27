"""The demo city made: organisations, staff, persons with two years behind them, bands, trails.

One transaction: a city that could not be finished is not there. The same seed on the same day makes
the same city. Nothing is written where real persons are (rows with ``demo`` false).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from django.db import connection, transaction

from guitu.base import audit
from guitu.base.models import Account, Organisation
from guitu.config import settings
from guitu.people import bulk
from guitu.people.models import Person
from guitu.sim import bands, handled, trails
from guitu.sim.bands import Ids
from guitu.sim.civil import SHANGHAI
from guitu.sim.demo_file import ACCOUNTS_FILE, CITY_FILE, CityFile
from guitu.sim.people import City
from guitu.sim.staff import DemoAccount, build

_WHY = "the demo looks whether real persons are here"


class RealPersonsHere(RuntimeError):
    """The database holds real data: a demo city must not be mixed into it."""


_LOCK = 0x6775_6976  # one city a database


@dataclass(frozen=True, slots=True)
class Made:
    """What a run made. ``there`` true: the city was there already, nothing was written."""

    there: bool
    persons: int = 0
    wristbands: int = 0
    offices: int = 0
    accounts: int = 0
    fixes: int = 0
    alarms: int = 0
    documented: tuple[DemoAccount, ...] = ()


#: Called with the name of a step, what is done of it and of how much (0: unknown).
Progress = Callable[[str, int, int], None]


def make(
    *,
    persons: int,
    wristbands: int,
    seed: int,
    now: datetime,
    home: Path,
    trail_days: int = trails.DAYS,
    progress: Progress = lambda step, done, total: None,
) -> Made:
    """Make the city in an empty database and write ``demo.json`` and ``city.json`` into ``home``.

    Raises :class:`RealPersonsHere` when the database holds real persons or accounts.
    """
    today = now.astimezone(SHANGHAI).date()
    with (
        transaction.atomic(),
        audit.acting(audit.Source(via="host", actor_id=None, actor="guitu demo")),
    ):
        # Two runs at once: the second waits here and then finds the first one's city.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if _is_there():
            return Made(there=True)
        progress("staff", 0, 0)
        staff = build(seed=seed, today=today, persons=persons)
        city = City(seed=seed, today=today, persons=persons, wristbands=wristbands, staff=staff)
        ids: dict[str, Ids] = {}
        done = 0
        for county in staff.counties:

            def told(count: int, before: int = done) -> None:
                progress("persons", before + count, persons)

            loaded = bulk.load(
                city.rows(county), by=county.body_officer, at=now, demo=True, progress=told
            )
            done += len(loaded)
            for person in loaded:
                for case in person.cases:
                    if case.orders:
                        ids[case.number] = Ids(person.person_id, case.case_id, case.orders)
        with connection.cursor() as cursor:
            # Plans of foreign-key checks were made while the tables were empty: they may read a
            # hundred thousand rows for each row written from here on.
            cursor.execute("DISCARD PLANS")
        progress("wristbands", 0, 0)
        worn = bands.put_on(
            [*city.watched, *city.past], ids, staff=staff, seed=seed, today=today, now=now,
            # Bands that were never heard would all count as silent at once.
            silence_s=bands.SILENCE_S if trail_days else 400 * 86_400,
        )  # fmt: skip
        written = trails.write(
            worn,
            now=now,
            days=trail_days,
            progress=lambda some, total: progress("trails", some, total),
        )
        progress("alarms", 0, 0)
        handled.settle(staff=staff, seed=seed, now=now)
        audit.record(
            "demo.make", persons=done, wristbands=len(city.watched), seed=seed, fixes=written.fixes
        )
    _count()
    _write_files(
        home,
        CityFile(seed=seed, made=now.isoformat(), lives=[w.life for w in worn if w.until is None]),
        staff.documented,
    )
    return Made(
        there=False,
        persons=done,
        wristbands=len(city.watched),
        offices=sum(len(county.offices) for county in staff.counties),
        accounts=staff.accounts,
        fixes=written.fixes,
        alarms=written.alarms,
        documented=staff.documented,
    )


def _count() -> None:
    """Let PostgreSQL count what was loaded: until it has, it sorts 100,000 persons for one page."""
    with psycopg.connect(
        settings.database_owner_url or settings.database_url, autocommit=True
    ) as db:
        db.execute("ANALYZE")


def _is_there() -> bool:
    persons: Any = Person.objects
    real = persons.unscoped(_WHY).filter(demo=False).count()
    if real:
        raise RealPersonsHere(
            f"This database holds {real} real person(s); a demo city is never mixed with them. "
            "Name another home (GUITU_HOME) or another database (DATABASE_URL)."
        )
    own = Account.objects.filter(demo=False).count()
    if own and not Account.objects.filter(demo=True).exists():
        raise RealPersonsHere(
            f"This database has {own} account(s) of its own; a demo city goes into an empty one. "
            "Name another home (GUITU_HOME) or another database (DATABASE_URL)."
        )
    return Account.objects.filter(demo=True).exists() and Organisation.objects.exists()


def _write_files(home: Path, city: CityFile, documented: tuple[DemoAccount, ...]) -> None:
    accounts = {
        "accounts": [
            {"role": each.role, "username": each.username, "password": each.password}
            for each in documented
        ]
    }
    home.mkdir(parents=True, exist_ok=True)
    for name, content in ((CITY_FILE, city), (ACCOUNTS_FILE, accounts)):
        draft = home / f".{name}.draft"
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1))
        draft.replace(home / name)
