"""What the tests of the ground share."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from guitu.base import audit, sealer
from guitu.base.codes import OrganisationKind
from guitu.base.models import Account, Organisation, Post
from guitu.base.roles import DEFAULT_SCOPE, Role, Scope


@pytest.fixture
def heads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Published heads of this test alone."""
    path = tmp_path / "audit" / "heads.jsonl"
    monkeypatch.setattr(sealer, "heads_path", lambda: path)
    return path


@pytest.fixture
def host() -> Iterator[audit.Source]:
    """Acts are recorded as those of a command on the host."""
    source = audit.Source(via="host", actor_id=None, actor="root@host")
    with audit.acting(source):
        yield source


@pytest.fixture
def beside(transactional_db: None) -> Iterator[psycopg.Connection]:
    """A second connection of the owner's, for what another transaction does meanwhile."""
    from django.db import connection

    with psycopg.connect(**_address(connection.get_connection_params())) as db:
        yield db
        db.rollback()


def _address(params: dict) -> dict:
    return {
        name: params[name]
        for name in ("dbname", "user", "password", "host", "port", "require_auth")
        if params.get(name)
    }


def unit(code: str, parent: Organisation | None = None, **more: object) -> Organisation:
    """A unit with its path."""
    made = Organisation.objects.create(
        parent=parent, kind=OrganisationKind.OFFICE, code=code, name=code, short_name=code, path="",
        **more,
    )  # fmt: skip
    made.path = f"{parent.path}.{made.pk}" if parent else str(made.pk)
    made.save()
    return made


def account(username: str, *posts: tuple[Role, Organisation, Scope | None], **dates: object):
    """An account with its posts: (role, unit, scope or None for the role's own)."""
    made = Account.objects.create(username=username, name=username)
    for role, where, scope in posts:
        Post.objects.create(
            account=made, organisation=where, role=role, scope=scope or DEFAULT_SCOPE[role],
            **({"since": "2026-01-01"} | dates),
        )  # fmt: skip
    return made
