"""The embedded PostgreSQL on this machine: first start, a killed server, a reused number."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from guitu.config import load
from guitu.ops.places import SYSTEM_FOLDER, PostgresError, data_folder, run_as
from guitu.ops.postgres import ADMIN, APP, OWNER, Postgres
from guitu.ops.processes import processes_in


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    home = tmp_path_factory.mktemp("pg")
    server = Postgres(load({"GUITU_HOME": str(home)}))
    server.prepare()
    with (home / "log").open("ab") as log:
        server.start(log=log)
    server.ensure_roles()
    yield server
    server.stop()
    _forget(server)


def _forget(server: Postgres) -> None:
    """Remove what lies outside the test's own folder, as it does when root runs the test."""
    if server.data.is_relative_to(SYSTEM_FOLDER):
        shutil.rmtree(server.data.parent)


def _start_again(server: Postgres) -> None:
    with (server._settings.home / "log").open("ab") as log:
        server.start(log=log)


def test_a_killed_server_comes_back_with_what_was_committed(server: Postgres) -> None:
    with psycopg.connect(server.url(OWNER), autocommit=True) as db:
        db.execute("CREATE TABLE kept (n int)")
        db.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
    idle = psycopg.connect(server.url(OWNER))
    assert server.process
    server.process.kill()
    server.process.wait(10)
    _start_again(server)
    with psycopg.connect(server.url(APP)) as db:
        assert db.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
    with pytest.raises(psycopg.OperationalError):
        idle.execute("SELECT 1")
    idle.close()


def test_a_stale_pid_file_whose_number_is_another_programs_does_not_stop_the_start(
    server: Postgres,
) -> None:
    server.stop()
    note = server.data / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{server.data}\n1700000000\n5432\n\n127.0.0.1\n")
    if server.user:
        os.chown(note, server.user.uid, server.user.gid)
    _start_again(server)
    assert server.answers()


def test_a_server_left_by_a_killed_supervisor_is_ended_before_the_next_start(
    server: Postgres,
) -> None:
    other = Postgres(server._settings, durable=False)
    assert len(processes_in(server.data)) > 1
    with (server._settings.home / "log").open("ab") as log:
        other.start(log=log)
    assert server.process
    assert server.process.wait(10) == 0
    other.stop()
    assert processes_in(server.data) == []


def test_the_app_role_owns_nothing_and_cannot_make_tables(server: Postgres) -> None:
    with psycopg.connect(server.url(APP)) as db:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("CREATE TABLE mine (n int)")
        db.rollback()
        row = db.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (False, False, False)
        assert db.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
            " WHERE r.rolname = current_user"
        ).fetchone() == (0,)


def test_a_wrong_password_is_refused(server: Postgres) -> None:
    wrong = server.url(APP).replace(server.password(APP), "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_chinese_trigrams_come_out_whatever_the_environment_says(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANG", "LC_ALL", "LC_CTYPE"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path_factory.mktemp("pg")
    server = Postgres(load({"GUITU_HOME": str(home)}), durable=False)
    server.prepare()
    with (home / "log").open("ab") as log:
        server.start(log=log)
    try:
        server.ensure_roles()
        with psycopg.connect(server.url(OWNER)) as db:
            db.execute("CREATE EXTENSION pg_trgm")
            row = db.execute("SELECT cardinality(show_trgm('张小明'))").fetchone()
            assert row and row[0] >= 3
    finally:
        server.stop()
        _forget(server)


def test_a_failing_statement_leaves_no_value_in_the_log(server: Postgres) -> None:
    with psycopg.connect(server.url(OWNER), autocommit=True) as db:
        db.execute("CREATE TABLE person (name text PRIMARY KEY)")
        db.execute("INSERT INTO person VALUES ('secret-name')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            db.execute("INSERT INTO person VALUES ('secret-name')")
    server.stop()
    assert "secret-name" not in (server._settings.home / "log").read_text()


def test_an_interrupted_initdb_leaves_no_half_made_cluster(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("pg")
    server = Postgres(load({"GUITU_HOME": str(home)}), durable=False)
    right = server.bin
    server.bin = home  # no initdb there
    with pytest.raises((PostgresError, OSError)):
        server.prepare()
    assert not (server.data / "PG_VERSION").exists()
    server.bin = right
    assert server.prepare() is True
    assert server.prepare() is False
    _forget(server)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_as_root_a_closed_home_is_left_closed_and_the_data_lie_outside(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    user = run_as()
    assert user
    folder = data_folder(closed, user)
    assert str(folder).startswith("/var/lib/guitu/")
    assert closed.stat().st_mode & 0o777 == 0o700
    # The folders above were not opened either.
    assert tmp_path.parent.stat().st_mode & 0o001 == 0


def test_the_admin_role_is_not_the_one_that_migrates(server: Postgres) -> None:
    assert ADMIN not in (OWNER, APP)
    with psycopg.connect(server.url(OWNER)) as db:
        row = db.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        assert row == (False,)
