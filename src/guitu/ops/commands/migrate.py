"""``guitu migrate``: tables up to date, as the owner; rights of the app role after it."""

from __future__ import annotations

import os

import click
import psycopg

from guitu.config import SettingsError, settings


@click.command(name="migrate")
@click.option("--quiet", is_flag=True, help="Say nothing when all is well.")
def command(quiet: bool) -> None:
    """Bring the database's tables up to date, as its owner (DATABASE_OWNER_URL)."""
    owner_url = settings.database_owner_url or settings.database_url
    if not owner_url:
        raise SettingsError(
            ["No database is known: start one with `guitu up`, or set DATABASE_URL."]
        )
    try:
        psycopg.connect(owner_url, connect_timeout=10).close()
    except psycopg.OperationalError as error:
        raise click.ClickException(f"The database does not answer its owner: {error}") from error
    migrate(owner_url=owner_url, app_url=settings.database_url, verbosity=0 if quiet else 1)


def migrate(*, owner_url: str, app_url: str, verbosity: int = 1) -> None:
    """Run Django's migrations as the owner, then give the app role its rights and no more.

    Must be called before Django's settings are read in this process.
    """
    from guitu import config

    os.environ["DATABASE_URL"] = owner_url
    os.environ["DATABASE_OWNER_URL"] = owner_url
    config.settings = config.load()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guitu.web.settings")

    import django
    from django.core.management import call_command
    from django.db import connection, transaction

    from guitu.base import grants

    django.setup()
    call_command("migrate", interactive=False, verbosity=verbosity)
    app = config.database_address(app_url).user
    if app != config.database_address(owner_url).user:
        with transaction.atomic(), connection.cursor() as cursor:
            grants.apply(cursor, role=app)
    connection.close()
