"""A real Chromium against a real granian and a real live process, on a city of the cast.

One city and one pair of servers serve the whole folder; a test that changes it makes its own rows.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from .harness import DATABASE, DESK, PASSWORD, ROOT

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = (os.environ.get("GUITU_CHROMIUM", ""), "/usr/bin/chromium", "/usr/bin/chromium-browser")
# Playwright's synchronous face runs a loop in this very thread, in which nothing of ours waits.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass(slots=True)
class Site:
    """The running site: its address, the world behind it, and one alarm that no test changes."""

    url: str
    live_url: str
    world: object
    pages: dict[str, tuple[str, str]]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def cast(self):
        return self.world.cast


def _seed():
    from datetime import timedelta

    from django.core.management import call_command
    from django.utils import timezone

    from guitu.tracking.models import DeviceStatus, Quarantine
    from guitu.tracking.tests import desk
    from guitu.tracking.tests.world import make_world

    call_command("migrate", verbosity=0)
    world = make_world()
    with desk.at_host():
        alarm = desk.breach(world)
        desk.alarm(
            world, kind="low_battery", severity=1, known_at=world.now - timedelta(minutes=25)
        )
        quiet = desk.alarm(world, kind="silence", known_at=world.now - timedelta(minutes=42))
        DeviceStatus.objects.create(
            device=world.device, last_seen_at=world.now, battery_pct=62, connected=True,
            connected_at=world.now, address="10.3.1.9:51200",
        )  # fmt: skip
        waiting = Quarantine.objects.create(
            terminal="13912345678", address="10.9.8.7:4001", messages=18, maker="ACME",
            first_seen_at=world.now - timedelta(hours=3), last_seen_at=world.now,
        )  # fmt: skip
    fence = alarm.fence
    for account in world.cast.accounts.values():
        account.set_password(PASSWORD)
        account.save()
    person = world.cast.person
    pages = {
        "workbench": ("officer", "/"),
        "alarms": ("officer", f"/alarms/{alarm.pk}/"),
        "alarm-list": ("officer", "/alarms/"),
        "alarm-silence": ("officer", f"/alarms/{quiet.pk}/"),
        "alarms-closed": ("officer", "/alarms/closed/"),
        "map": ("officer", "/map/"),
        "trail": (
            "office_head",
            f"/persons/{person.pk}/trail/?day={timezone.localdate(alarm.began_at)}",
        ),
        "trail-empty": ("officer", f"/persons/{person.pk}/trail/?day=2026-01-05"),
        "fences": ("officer", "/fences/"),
        "fence": ("officer", f"/fences/{fence.pk}/"),
        "fence-new": ("officer", f"/fences/new/?case={world.cast.case.pk}"),
        "fence-edit": ("officer", f"/fences/{fence.pk}/edit/"),
        "devices": ("body_officer", "/devices/"),
        "device": ("body_officer", f"/devices/{world.device.pk}/"),
        "device-new": ("body_officer", "/devices/new/"),
        "quarantine": ("body_officer", "/devices/quarantine/"),
        "wear": ("officer", f"/wearings/cases/{world.cast.case.pk}/"),
        "take-off": ("officer", f"/wearings/{world.wearing.pk}/off/"),
        "persons": ("officer", "/persons/"),
        "person": ("officer", f"/persons/{person.pk}/"),
        "orders": ("officer", "/persons/orders/"),
        "order": ("officer", f"/persons/orders/{world.order.pk}/"),
        "design": ("officer", "/design/"),
        "me": ("officer", "/sign-in/me/"),
    }
    assert waiting.pk
    return world, pages


@pytest.fixture(scope="session")
def city(django_db_modify_db_settings: None, django_db_blocker) -> Iterator[str]:
    """A database of this folder's own, which Django uses until the last test of the session.

    pytest-django's would be emptied by the tests that commit; here the site goes on working on it.
    """
    from django.db import connection

    url = urlsplit(os.environ["DATABASE_URL"])
    with django_db_blocker.unblock():
        connection.close()
        connection.close_pool()
        with psycopg.connect(url._replace(path="/template1").geturl(), autocommit=True) as db:
            db.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            db.execute(f"CREATE DATABASE {DATABASE}")
    yield url._replace(path=f"/{DATABASE}").geturl()


@contextlib.contextmanager
def _using_city(django_db_blocker) -> Iterator[None]:
    """Within this block Django's connection is to the city's database."""
    from django.db import connection

    with django_db_blocker.unblock():
        before = connection.settings_dict["NAME"]
        connection.close()
        connection.close_pool()
        connection.settings_dict["NAME"] = DATABASE
        try:
            yield
        finally:
            connection.close()
            connection.close_pool()
            connection.settings_dict["NAME"] = before


@pytest.fixture(scope="session")
def site(city: str, django_db_blocker, home: Path) -> Iterator[Site]:
    """Granian and live on the city's database, seeded once."""
    from guitu.ops.processes import free_port

    with _using_city(django_db_blocker):
        world, pages = _seed()
    base = city
    port, live_port = free_port(), free_port()
    environ = os.environ | {
        "DATABASE_URL": base, "DATABASE_OWNER_URL": base, "GUITU_PORT": str(port),
        "GUITU_LIVE_PORT": str(live_port), "PYTHONPATH": str(ROOT / "src"),
        "DJANGO_SETTINGS_MODULE": "guitu.web.settings",
    }  # fmt: skip
    started = Site(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{live_port}", world, pages)
    with (home / "browser.log").open("ab") as log:
        for command in (
            [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--host",
             "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4",
             "--log-level", "warning", "guitu.web.wsgi:application"],
            [sys.executable, "-m", "guitu.live"],
        ):  # fmt: skip
            started.processes.append(
                subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=ROOT)
            )
        try:
            _wait(f"{started.url}/sign-in/", home / "browser.log")
            _wait(f"{started.live_url}/health", home / "browser.log")
            yield started
        finally:
            for process in started.processes:
                process.terminate()
            for process in started.processes:
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()


def _wait(url: str, log: Path, timeout_s: float = 40.0) -> None:
    end = time.monotonic() + timeout_s
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError as error:
            if time.monotonic() > end:
                pytest.fail(f"{url} does not answer: {error}\n{log.read_text()[-3000:]}")
            time.sleep(0.2)


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """One browser for the folder."""
    path = next((one for one in CHROMIUM if one and Path(one).exists()), "")
    if not path:
        pytest.skip("there is no Chromium: apt-get install chromium, or set GUITU_CHROMIUM")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def django(site: Site, django_db_blocker) -> Iterator[None]:
    """The test may look into the database that the site works on."""
    with _using_city(django_db_blocker):
        yield


@pytest.fixture
def open_page(site: Site, chromium, django_db_blocker) -> Iterator[Callable[..., object]]:
    """``open_page("officer", "/alarms/")`` → a page of that account, every request watched."""
    contexts = []

    def open_(
        who: str, path: str, *, size: tuple[int, int] = DESK, language: str = "zh-hans",
        theme: str = "light", script: str = "",
    ) -> object:  # fmt: skip
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=theme,
            reduced_motion="reduce",
        )  # fmt: skip
        contexts.append(context)
        with _using_city(django_db_blocker):
            cookies = _cookies(getattr(site.cast, who), language)
        context.add_cookies([{"name": n, "value": v, "url": site.url} for n, v in cookies.items()])
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.elsewhere = []
        page.on("request", lambda request: _watch(page, request.url))
        page.wrong = []
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.goto(site.url + path, wait_until="load")
        return page

    yield open_
    for context in contexts:
        context.close()


def _watch(page, url: str) -> None:
    if urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname != "127.0.0.1":
        page.elsewhere.append(url)


def _cookies(account, language: str) -> dict[str, str]:
    """A signed-in session, made as sign-in makes it."""
    from django.conf import settings
    from django.contrib.auth import login
    from django.contrib.sessions.backends.db import SessionStore
    from django.http import HttpRequest

    from guitu.base import audit

    request = HttpRequest()
    request.session = SessionStore()
    request.META["REMOTE_ADDR"] = "127.0.0.1"
    account.language = language
    account.save(update_fields=["language"])
    with audit.acting(audit.Source(via="host", actor_id=None, actor="browser test")):
        login(request, account, backend="guitu.base.backends.AccountBackend")
    request.session.save()
    return {
        settings.SESSION_COOKIE_NAME: request.session.session_key,
        settings.LANGUAGE_COOKIE_NAME: language,
    }
