"""What the running application may do in the migrated database."""

import psycopg
import pytest
from psycopg import sql

from guitu.base.grants import AUDIT_TABLES


@pytest.mark.parametrize("table", AUDIT_TABLES)
def test_the_app_role_can_read_the_audit_but_not_change_delete_or_empty_it(
    app_role: psycopg.Connection, table: str
) -> None:
    name = sql.Identifier(table)
    app_role.execute(sql.SQL("SELECT count(*) FROM {}").format(name))
    for statement in ("DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app_role.execute(sql.SQL(statement).format(name))
        app_role.rollback()


def test_the_app_role_writes_the_other_tables_and_makes_none(
    app_role: psycopg.Connection,
) -> None:
    app_role.execute("DELETE FROM django_session")
    for statement in ("CREATE TABLE mine (n int)", "ALTER TABLE django_session ADD n int"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app_role.execute(statement)
        app_role.rollback()


def test_every_table_of_ours_is_within_reach_of_the_app_role(app_role: psycopg.Connection) -> None:
    rows = app_role.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
        " AND NOT has_table_privilege(c.oid, 'SELECT')"
    ).fetchall()
    assert rows == []
