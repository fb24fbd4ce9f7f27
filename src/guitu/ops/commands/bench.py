"""``guitu bench``: measure this machine, as JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from guitu.sim.load import Player
    from guitu.sim.measure import Session

#: Accounts whose pages are measured: the city sees everybody, the officer an office.
_SEERS = ("city", "officer")
_RATES = (1000.0, 2000.0, 4000.0, 6000.0, 8000.0, 12000.0)


@click.command(name="bench")
@click.option("--quick", is_flag=True, help="A minute or two instead of ten: fewer of everything.")
@click.option("--persons", type=click.IntRange(100, 1_000_000), help="Default 100000; quick 2000.")
@click.option("--terminals", type=click.IntRange(10, 15_000), help="Default 2000; quick 500.")
@click.option("--seconds", type=click.IntRange(2, 600), help="Of each rate. Default 20; quick 6.")
@click.option("--here", is_flag=True, help="Measure the running copy: pages, memory, engine.")
@click.option("--load", "with_load", is_flag=True, hidden=True)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it there too."
)
def command(
    quick: bool, persons: int | None, terminals: int | None, seconds: int | None, here: bool,
    with_load: bool, output: Path | None,
) -> None:  # fmt: skip
    """Measure socket → committed row → alarm, the engine, memory and pages; one JSON object.

    Without --here a private copy with a fictional city is made and taken down again. Progress
    goes to standard error. Exit code 0 when all of it could be measured, 1 when not.
    """
    say = _Teller().say
    if here:
        found = _measure(quick=quick, seconds=seconds, with_load=with_load, say=say)
    else:
        found = _in_private(
            quick=quick, say=say, seconds=seconds,
            persons=persons or (2_000 if quick else 100_000),
            terminals=terminals or (500 if quick else 2_000),
        )  # fmt: skip
    text = json.dumps(found, ensure_ascii=False, indent=2)
    click.echo(text)
    if output is not None:
        output.write_text(text + "\n", "utf-8")
    sys.exit(0 if found["complete"] else 1)


class _Teller:
    def __init__(self) -> None:
        self._began_s = time.monotonic()

    def say(self, text: str) -> None:
        click.echo(f"[{time.monotonic() - self._began_s:6.1f} s] {text}", err=True)


def _in_private(
    *, quick: bool, persons: int, terminals: int, seconds: int | None, say: Callable[[str], None]
) -> dict[str, Any]:
    from guitu.sim.private import PrivateCopyFailed, private_copy

    if terminals > persons * 0.35:
        raise click.UsageError(
            f"{terminals} wristbands need at least {round(terminals / 0.35)} persons: "
            "raise --persons or lower --terminals."
        )
    began_s = time.monotonic()
    try:
        with private_copy(say) as copy:
            up_s = time.monotonic() - began_s
            copy.guitu(
                "demo", "--persons", str(persons), "--wristbands", str(terminals),
                "--trail-days", "0",
            )  # fmt: skip
            demo_s = time.monotonic() - began_s - up_s
            arguments = ["bench", "--here", "--load"]
            arguments += ["--quick"] if quick else []
            arguments += ["--seconds", str(seconds)] if seconds else []
            found: dict[str, Any] = json.loads(copy.guitu(*arguments, capture=True, worst=1))
    except PrivateCopyFailed as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    return {
        "persons": persons,
        "start_s": round(up_s, 1),
        "demo_s": round(demo_s, 1),
        **found,
    }


def _measure(
    *, quick: bool, seconds: int | None, with_load: bool, say: Callable[[str], None]
) -> dict[str, Any]:
    from guitu.config import read_running, settings

    if read_running(settings.home) is None:
        raise click.UsageError(
            "No copy runs on this home: start `guitu up`, or leave --here out for a private one."
        )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guitu.web.settings")
    import django

    django.setup()
    from guitu.engine import bench as engine
    from guitu.sim import measure

    faults: list[str] = []
    out: dict[str, Any] = {"machine": measure.machine()}
    out["memory_idle"] = measure.memory(settings.run)
    say("pages")
    out["pages"] = {}
    for username in _SEERS:
        session = _session(username)
        if session is None:
            faults.append(f"there is no account {username}: its pages were not measured")
            continue
        try:
            pages = measure.pages(
                session, requests=10 if quick else 40, seconds=20 if quick else 90
            )
        except OSError as error:
            faults.append(f"the pages of {username} could not be measured: {error}")
            continue
        faults += [f"{page.path} answers {page.status}" for page in pages if page.status != 200]
        out["pages"][username] = measure.as_json(pages)
    out["pages_p95_ms"] = max(
        (page["p95_ms"] for pages in out["pages"].values() for page in pages), default=None
    )
    say("engine")
    out["engine"] = measure.as_json(engine.run(2.0 if quick else 6.0))
    if with_load:
        steps = measure.thread(
            _players(), host="127.0.0.1", port=settings.gateway_port,
            database_url=settings.database_url, run=settings.run,
            rates=[1000.0, 4000.0] if quick else list(_RATES),
            seconds=float(seconds or (6 if quick else 20)), say=say,
        )  # fmt: skip
        good = [step for step in steps if step.sustained]
        out["thread"] = {
            "sustained_fixes_per_s": round(good[-1].committed_per_s) if good else 0,
            "alarm_p99_ms": measure.as_json(good[-1].alarm_p99_ms) if good else None,
            "steps": measure.as_json(steps),
        }
        out["memory_after_load"] = measure.memory(settings.run)
    out["faults"] = faults
    out["complete"] = not faults
    return out


def _players() -> list[Player]:
    """All wearers of the demo city in this home."""
    from guitu.config import settings
    from guitu.sim.demo_file import read_city
    from guitu.sim.load import Player

    city = read_city(settings.home)
    if city is None:
        raise click.UsageError("This home has no demo city: `guitu demo` makes one.")
    return [Player(life.terminal, life.home) for life in city.lives]


def _session(username: str) -> Session | None:
    """A signed-in session of a demo account, made on the host, and the pages of its rail."""
    from django.conf import settings as django_settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from guitu.base.models import Account
    from guitu.config import settings
    from guitu.sim.measure import Session

    account = Account.objects.filter(username=username, demo=True).first()
    if account is None:
        return None
    store = SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = django_settings.AUTHENTICATION_BACKENDS[-1]
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.save()
    cookie = f"{django_settings.SESSION_COOKIE_NAME}={store.session_key}"
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    return Session(host, settings.port, cookie, _paths(account))


def _paths(account: Any) -> list[str]:
    """The pages of the account's rail, a search, a person and a trail."""
    from django.urls import NoReverseMatch, reverse

    from guitu.base.scope import permissions_of
    from guitu.people.models import Person
    from guitu.web.navigation import GROUPS

    held = permissions_of(account)
    paths = []
    for group in GROUPS:
        for entry in group:
            if not entry.needs or entry.needs & held:
                try:
                    paths.append(entry.url)
                except NoReverseMatch:
                    continue  # a page that is not built yet
    persons: Any = Person.objects
    seen = persons.visible_to(account, "person.read")
    mine = seen.filter(monitoring_orders__isnull=False).order_by("pk").first() or seen.first()
    paths.append(reverse("people:list") + "?q=%E7%8E%8B")
    if mine is not None:
        paths.append(reverse("people:person", args=[mine.pk]))
        try:
            paths.append(reverse("tracking:trail", args=[mine.pk]))
        except NoReverseMatch:
            return paths
    return paths
