"""``guitu check`` and ``guitu createadmin`` as they are called."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import connection, transaction

from guitu.base import audit, sealer
from guitu.base.models import AuditRecord
from guitu.ops.commands import check, createadmin

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def heads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealer, "heads_path", lambda: tmp_path / "heads.jsonl")


@pytest.fixture
def altered() -> int:
    """A sealed audit row that somebody altered by SQL."""
    with transaction.atomic(), audit.acting(audit.Source("host", None, "root")):
        row = audit.record("x")
    sealer.seal_once()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE base_auditrecord DISABLE TRIGGER append_only")
        cursor.execute("UPDATE base_auditrecord SET actor = 'nobody'")
        cursor.execute("ALTER TABLE base_auditrecord ENABLE ALWAYS TRIGGER append_only")
    return row.pk


def test_an_empty_database_is_well() -> None:
    result = CliRunner().invoke(check.command)
    assert result.exit_code == 0, result.output
    assert "All is well" in result.output
    note = json.loads(CliRunner().invoke(check.command, ["--json"]).output)
    assert note | {"seconds": 0} == {"ok": True, "count": 0, "seconds": 0, "problems": []}


def test_what_is_wrong_is_named_and_ends_with_one(altered: int) -> None:
    result = CliRunner().invoke(check.command)
    assert result.exit_code == 1
    assert f"Audit row {altered} was altered after seal 1" in result.output
    result = CliRunner().invoke(check.command, ["--json"])
    assert result.exit_code == 1
    (problem,) = json.loads(result.output)["problems"]
    assert problem["where"] == "accounts, keys and audit"
    assert str(altered) in problem["what"]


def test_misuse_ends_with_two() -> None:
    assert CliRunner().invoke(check.command, ["--limit", "-1"]).exit_code == 2
    assert CliRunner().invoke(createadmin.command, ["--unit-kind", "moon"]).exit_code == 2


def test_createadmin_makes_the_three_once() -> None:
    words = ["--system", "sys", "--security", "sec", "--auditor", "aud", "--json"]
    top = ["--unit-name", "南京市社区矫正管理局", "--unit-code", "320100"]
    result = CliRunner().invoke(createadmin.command, [*words, *top])
    assert result.exit_code == 0, result.output
    made = json.loads(result.output)
    assert {one["role"]: one["username"] for one in made} == {
        "administrator": "sys", "security_officer": "sec", "auditor": "aud"
    }  # fmt: skip
    assert "@" in AuditRecord.objects.filter(via="host").latest("pk").actor
    again = CliRunner().invoke(createadmin.command, words)
    assert again.exit_code == 1
    assert "already (sys, sec, aud)" in again.output
    assert CliRunner().invoke(check.command).exit_code == 0


def test_createadmin_asks_for_what_was_not_given() -> None:
    result = CliRunner().invoke(createadmin.command, input="\n\n\n南京市局\n320100\n")
    assert result.exit_code == 0, result.output
    for name in ("system", "security", "auditor"):
        assert f"\t{name}\t" in result.output
