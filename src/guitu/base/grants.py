"""What the app role may do in the database: everything but touching what only grows.

Beside it stand triggers (migration 0002) that refuse UPDATE, DELETE and TRUNCATE on the same
tables to everybody, the owner included.
"""

from typing import Any

from psycopg import sql

#: Tables that only grow.
AUDIT_TABLES = ("base_auditrecord", "base_auditseal", "base_auditsealed")


def apply(cursor: Any, *, role: str = "guitu_app") -> None:
    """Grant ``role`` its rights on the present tables; run by the owner after each migration."""
    name = sql.Identifier(role)
    for statement in (
        "GRANT USAGE ON SCHEMA public TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
        "REVOKE UPDATE, DELETE, TRUNCATE ON " + ", ".join(AUDIT_TABLES) + " FROM {role}",
        "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON django_migrations FROM {role}",
    ):
        cursor.execute(sql.SQL(statement).format(role=name))
