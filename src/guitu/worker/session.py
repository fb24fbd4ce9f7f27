"""This thread's session with the database: Django's connection, psycopg's beneath it."""

from __future__ import annotations

import contextlib
from typing import Any

import psycopg
from django.db import connection


def session() -> psycopg.Connection:
    """The psycopg connection that Django's transactions of this thread run on."""
    connection.ensure_connection()
    raw: Any = connection.connection
    found: psycopg.Connection = raw
    return found


def give_up() -> None:
    """End the session, and with it its advisory locks; a pool must not keep it for another."""
    raw: Any = connection.connection
    if raw is not None:
        with contextlib.suppress(psycopg.Error):
            # The server notices a closed connection only a moment later: whoever opens next must
            # find the locks free.
            if not raw.closed:
                raw.rollback()
                raw.execute("SELECT pg_advisory_unlock_all()")
                if not raw.autocommit:
                    raw.commit()
        raw.close()
    connection.close()
