"""What every test may ask for: a home of its own, a real PostgreSQL, a real NATS.

Addresses are settled before Django reads its settings; the servers start when the first test asks
for them, so the tests of the pure rooms pay for nothing. Set ``GUITU_TEST_DATABASE_URL`` (a role
that may create databases) to run the suite on another PostgreSQL.

pytest-django would read Django's settings before this file is seen if they were named in
pyproject.toml; therefore they are named here.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import psycopg
import pytest

ROOT = Path(__file__).resolve().parent
HOME = Path(tempfile.mkdtemp(prefix="guitu-test-"))
# PostgreSQL runs as a system user when we are root, and must be able to pass through.
HOME.chmod(0o711)
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith("GUITU_")]:
    if _name not in ("GUITU_TEST_DATABASE_URL", "GUITU_SHARED", "GUITU_SHOTS", "GUITU_CHROMIUM"):
        del os.environ[_name]
os.environ |= {"GUITU_HOME": str(HOME), "GUITU_MODE": "demo"}
for _name in ("DATABASE_URL", "DATABASE_OWNER_URL", "NATS_URL"):
    os.environ.pop(_name, None)

from guitu.config import load  # noqa: E402
from guitu.ops.nats import Nats, ensure_streams_now  # noqa: E402
from guitu.ops.postgres import ADMIN, APP, OWNER, Postgres, grant_app  # noqa: E402


class Servers:
    """The embedded parts of this test run; each starts once, when first asked for."""

    def __init__(self) -> None:
        self.settings = load()
        self.postgres = Postgres(self.settings, durable=False)
        self.nats = Nats(self.settings, durable=False)
        self.external = os.environ.get("GUITU_TEST_DATABASE_URL", "")

    @property
    def database_url(self) -> str:
        return self.external or self.postgres.url(OWNER)

    def start_database(self) -> None:
        if self.external or self.postgres.process:
            return
        self.postgres.prepare()
        with (HOME / "postgres.log").open("ab") as log:
            self.postgres.start(log=log)
        atexit.register(self.postgres.stop)
        self.postgres.ensure_roles()
        with psycopg.connect(self.postgres.url(ADMIN, database="template1"), autocommit=True) as db:
            db.execute(f"ALTER ROLE {OWNER} CREATEDB")
            # Test databases are copies of template1: the app role's rights come with them.
            grant_app(db, database="template1")
            db.execute(f"GRANT CONNECT ON DATABASE template1 TO {OWNER}")

    def start_nats(self) -> None:
        if self.nats.process:
            return
        with (HOME / "nats.log").open("ab") as log:
            self.nats.start(log=log)
        atexit.register(self.nats.stop)
        ensure_streams_now(self.nats.url, max_bytes=256 * 2**20)


SERVERS = Servers()
os.environ |= {
    "DATABASE_URL": SERVERS.database_url,
    "DATABASE_OWNER_URL": SERVERS.database_url,
    "NATS_URL": SERVERS.nats.url,
}


os.environ["DJANGO_SETTINGS_MODULE"] = "guitu.web.settings"
# Before test modules and their conftests import models.
django.setup()


@pytest.fixture(scope="session")
def home() -> Path:
    """The GUITU_HOME of this test run."""
    return HOME


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Start PostgreSQL just before pytest-django makes its database there."""
    SERVERS.start_database()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> None:
    """The migrated database, with the append-only tables taken from the app role as in real life."""
    from django.db import connection

    from guitu.base import grants

    _let_the_runner_empty_the_audit()
    if not SERVERS.external:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            grants.apply(cursor, role=APP)


def _let_the_runner_empty_the_audit() -> None:
    """Tests with real transactions end by emptying all tables; the audit's refuse that to everybody.

    The owner takes its triggers off for that one transaction, as somebody with full rights could in
    real life (which is why the audit is sealed). Its seals go, so their published heads go too.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations

    from guitu.base import sealer
    from guitu.base.grants import AUDIT_TABLES

    plain = DatabaseOperations.sql_flush

    def sql_flush(self, style, tables, **options) -> list[str]:
        found = plain(self, style, tables, **options)
        if not found or not set(AUDIT_TABLES) <= set(tables):
            return found
        sealer.heads_path().unlink(missing_ok=True)
        off = [f"ALTER TABLE {name} DISABLE TRIGGER append_only" for name in AUDIT_TABLES]
        on = [f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER append_only" for name in AUDIT_TABLES]
        return [*off, *found, *on]

    DatabaseOperations.sql_flush = sql_flush


@pytest.fixture(scope="session")
def nats_url() -> str:
    """The address of a JetStream node on which the streams of Guitu exist."""
    SERVERS.start_nats()
    return SERVERS.nats.url


@pytest.fixture
def app_role(transactional_db: None) -> Iterator[psycopg.Connection]:
    """A connection to the test database with the rights of the running application, no more."""
    from django.db import connection

    if SERVERS.external:
        pytest.skip("the external database has no app role of ours")
    url = SERVERS.postgres.url(APP, database=connection.settings_dict["NAME"])
    with psycopg.connect(url) as db:
        yield db
        db.rollback()
