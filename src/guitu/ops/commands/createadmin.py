"""``guitu createadmin``: the three separated administrators of a new site."""

from __future__ import annotations

import getpass
import json
import os
import socket

import click


@click.command(name="createadmin")
@click.option("--system", help="User name of the system administrator (系统管理员).")
@click.option("--security", help="User name of the security officer (安全管理员).")
@click.option("--auditor", help="User name of the auditor (审计员).")
@click.option("--unit-name", help="Name of the top unit, when the register has none.")
@click.option("--unit-code", help="Its GB/T 2260 code (six digits), such as 320100.")
@click.option(
    "--unit-kind", type=click.Choice(["province", "city", "body"]), default="city",
    show_default=True,
)  # fmt: skip
@click.option("--reset", metavar="USERNAME", help="A new password for an administrator instead.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def command(
    system: str | None,
    security: str | None,
    auditor: str | None,
    unit_name: str | None,
    unit_code: str | None,
    unit_kind: str,
    reset: str | None,
    as_json: bool,
) -> None:
    """Make the three administrators and show their one-time passwords, once.

    What is not given is asked for. Each must choose a password of their own at the first sign-in.
    Refused when there are administrators already (exit code 1).
    """
    from guitu.config import SettingsError, settings

    if not settings.database_url:
        raise SettingsError(
            ["No database is known: start one with `guitu up`, or set DATABASE_URL."]
        )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guitu.web.settings")
    import django

    django.setup()
    from guitu.base import audit
    from guitu.base.codes import OrganisationKind
    from guitu.base.roles import Role
    from guitu.base.services import administrators

    host = audit.Source(
        via="host", actor_id=None, actor=f"{getpass.getuser()}@{socket.gethostname()}"[:80]
    )
    if reset:
        try:
            with audit.acting(host):
                renewed = administrators.renew_password(reset)
        except administrators.AdministratorsRefused as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{renewed.username}  {renewed.password}  (to be changed at sign-in)")
        return
    there = administrators.present_administrators()
    if there:
        raise click.ClickException(
            f"There are administrators already ({', '.join(name for name, _ in there)}): let them "
            "make further accounts in the pages."
        )
    usernames = {
        Role.ADMINISTRATOR: system or click.prompt("System administrator", default="system"),
        Role.SECURITY_OFFICER: security or click.prompt("Security officer", default="security"),
        Role.AUDITOR: auditor or click.prompt("Auditor", default="auditor"),
    }
    unit = None
    if administrators.top_unit() is None:
        unit = administrators.TopUnit(
            name=unit_name or click.prompt("Name of the top unit"),
            code=unit_code or click.prompt("Its GB/T 2260 code"),
            kind=OrganisationKind(unit_kind),
        )
    try:
        with audit.acting(host):
            made = administrators.make_administrators(usernames, unit=unit)
    except administrators.AdministratorsRefused as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        rows = [
            {"role": str(one.role), "username": one.username, "password": one.password}
            for one in made
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for one in made:
        click.echo(f"{one.role.label}\t{one.username}\t{one.password}")
    click.echo("Hand each password to its person; it is not kept and must be changed at sign-in.")
