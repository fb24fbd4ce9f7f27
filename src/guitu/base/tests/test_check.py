"""``guitu check`` names each row that somebody with full rights altered, inserted, deleted or cut off."""

import json
from contextlib import contextmanager
from itertools import chain

import pytest
from django.db import connection, transaction

from guitu.base import audit, check, sealer
from guitu.base.grants import AUDIT_TABLES
from guitu.base.models import AuditRecord, AuditSeal, DataKey, Organisation
from guitu.base.roles import Role
from guitu.base.tests.conftest import account, unit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sealed(heads, host) -> list[list[int]]:
    """Three seals: ids of their four, three and two rows."""
    found = []
    for count in (4, 3, 2):
        with transaction.atomic():
            found.append([audit.record("x", n=n).pk for n in range(count)])
        sealer.seal_once()
    assert list(check.problems()) == []
    return found


@contextmanager
def full_rights():
    """A cursor of somebody who owns the tables and takes their triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in AUDIT_TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        yield cursor
        for table in AUDIT_TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")


def found() -> str:
    return "\n".join(check.problems())


def insert_like(cursor, pk: int, new: int, *, action: str = "action") -> None:
    cursor.execute(
        "INSERT INTO base_auditrecord SELECT (r).* FROM (SELECT jsonb_populate_record(t,"
        f" jsonb_build_object('id', %s::bigint, 'action', {action})) AS r"
        " FROM base_auditrecord t WHERE id = %s) q",
        [new, pk],
    )


@pytest.mark.parametrize(
    "change", ["actor = 'nobody'", "at = at + interval '1 microsecond'", "person_id = 3",
               "detail = '{}'", "address = '10.0.0.1'", "digest = sha256('x')"],
)  # fmt: skip
def test_an_altered_row_is_named(sealed, change):
    with full_rights() as cursor:
        cursor.execute(f"UPDATE base_auditrecord SET {change} WHERE id = %s", [sealed[1][1]])
    assert found() == f"Audit row {sealed[1][1]} was altered after seal 2 was made over it."


def test_two_rows_that_changed_places_are_named(sealed):
    a, b = sealed[0][:2]
    with full_rights() as cursor:
        cursor.execute("UPDATE base_auditrecord SET id = -1 WHERE id = %s", [a])
        cursor.execute("UPDATE base_auditrecord SET id = %s WHERE id = %s", [a, b])
        cursor.execute("UPDATE base_auditrecord SET id = %s WHERE id = -1", [b])
    assert "Seal 1 does not fit its audit rows" in found()
    assert sealer.id_ranges(sealed[0]) in found()


def test_a_deleted_row_is_named(sealed):
    with full_rights() as cursor:
        cursor.execute("DELETE FROM base_auditrecord WHERE id = %s", [sealed[0][2]])
    assert found() == f"Audit row {sealed[0][2]} was deleted: seal 1 holds it in place 2."


def test_a_row_deleted_with_its_place_in_the_seal_is_named(sealed):
    with full_rights() as cursor:
        for table, column in (("base_auditrecord", "id"), ("base_auditsealed", "record_id")):
            cursor.execute(f"DELETE FROM {table} WHERE {column} = %s", [sealed[0][2]])
    assert f"Audit row {sealed[0][2]} was deleted, and its place in seal 1 too." in found()


def test_without_the_published_heads_the_seal_and_the_place_of_a_deleted_row_are_named(
    sealed, heads
):
    with full_rights() as cursor:
        for table, column in (("base_auditrecord", "id"), ("base_auditsealed", "record_id")):
            cursor.execute(f"DELETE FROM {table} WHERE {column} = %s", [sealed[0][2]])
    heads.unlink()
    assert "Seal 1 holds 4 audit rows, but 3 are listed" in found()
    assert "the places 2 were deleted" in found()


def test_a_row_that_only_lost_its_place_is_named(sealed):
    with full_rights() as cursor:
        cursor.execute("DELETE FROM base_auditsealed WHERE record_id = %s", [sealed[0][2]])
    assert f"Audit row {sealed[0][2]} lost its place in seal 1." in found()


def test_a_row_inserted_with_a_made_up_digest_is_named_before_and_after_the_floor(sealed):
    last = sealed[2][-1]
    with full_rights() as cursor:
        insert_like(cursor, sealed[0][0], last + 50, action="'person.open'")
        insert_like(cursor, sealed[0][0], -5, action="'person.open'")
    assert f"Audit row {last + 50} was not written by Guitu" in found()
    assert "Audit row -5 was not written by Guitu" in found()


def test_a_copy_of_a_true_row_is_named_even_when_it_was_sealed(sealed):
    first, last = sealed[0][0], sealed[2][-1]
    with full_rights() as cursor:
        insert_like(cursor, first, last + 50)
        insert_like(cursor, sealed[0][1], -7)
    sealer.seal_once()
    assert f"Audit row {last + 50} was inserted as a copy of audit row {first}." in found()
    assert "Audit row -7 was inserted afterwards" in found()


def test_a_row_put_into_a_seal_afterwards_is_named(sealed):
    last = sealed[2][-1]
    with full_rights() as cursor:
        insert_like(cursor, sealed[0][0], last + 9, action="'y'")
        cursor.execute("INSERT INTO base_auditsealed VALUES (%s, 2, 3)", [last + 9])
    assert f"Audit row {last + 9} was put into seal 2 afterwards." in found()
    assert f"Audit row {last + 9} was altered" in found()


def test_rows_cut_off_with_their_seals_are_each_named(sealed):
    with full_rights() as cursor:
        cursor.execute("DELETE FROM base_auditrecord WHERE id >= %s", [sealed[1][0]])
        cursor.execute("DELETE FROM base_auditsealed WHERE seal >= 2")
        cursor.execute("DELETE FROM base_auditseal WHERE number >= 2")
    for number in (2, 3):
        assert f"Seal {number} ({len(sealed[number - 1])} rows, " in found()
        for pk in sealed[number - 1]:
            assert f"Audit row {pk} was deleted together with seal {number}" in found()
    assert "is cut off: it was published" in found()


def test_everything_cut_off_is_named(sealed):
    with full_rights() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(AUDIT_TABLES)}")
    for pk in chain(*sealed):
        assert f"Audit row {pk} was deleted together with seal" in found()


def test_a_seal_taken_from_the_middle_is_named_with_its_rows(sealed):
    with full_rights() as cursor:
        cursor.execute("DELETE FROM base_auditseal WHERE number = 2")
    assert "Seal 2 (3 rows, " in found()
    assert "was deleted." in found()
    for pk in sealed[1]:
        assert f"Audit row {pk} is no longer sealed" in found()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("root = sha256('x')", "Seal 2 was altered: it is not the one that was published."),
        ("signature = sha256('x') || sha256('y')", "its signature is wrong"),
        ("previous_root = sha256('x')", "Seal 2 does not follow from seal 1."),
        ("count = 2", "Seal 2 does not fit its audit rows"),
    ],
)
def test_an_altered_seal_is_named(sealed, change, text):
    with full_rights() as cursor:
        cursor.execute(f"UPDATE base_auditseal SET {change} WHERE number = 2")
    assert text in found()


def test_a_line_taken_from_the_heads_or_made_unreadable_is_told(sealed, heads):
    first, _, third = heads.read_text().splitlines(keepends=True)
    heads.write_text(first + third)
    assert "lacks seal 2: its line was deleted" in found()
    heads.write_text(first + "{\n" + third)
    assert "line 2 is no head of a seal" in found()


def test_a_seal_not_yet_published_is_no_problem(sealed, heads):
    heads.write_text("".join(heads.read_text().splitlines(keepends=True)[:2]))
    assert found() == ""


def test_rows_that_wait_for_their_seal_are_no_problem(sealed, host):
    with transaction.atomic():
        audit.record("x")
    assert found() == ""


def test_portions_do_not_change_what_is_found(sealed, monkeypatch):
    monkeypatch.setattr(check, "_PORTION", 2)
    assert found() == ""
    with full_rights() as cursor:
        cursor.execute("UPDATE base_auditrecord SET via = 'part'")
    assert found().count("was altered after seal") == 9


@pytest.mark.parametrize("name", ["audit-rows", "audit-seal"])
def test_a_missing_key_is_said_once_and_is_not_made_anew(sealed, name, monkeypatch, tmp_path):
    from dataclasses import replace

    from guitu.config import settings

    keys = tmp_path / "keys"
    keys.mkdir()
    for other in {"audit-rows", "audit-seal"} - {name}:
        (keys / other).write_bytes(settings.secret(other))
    here = replace(settings, home=tmp_path)
    for module in (audit, sealer, check):
        monkeypatch.setattr(module, "settings", here)
    assert found().startswith(f"The key {name} is missing")
    assert found().count("\n") == 0
    assert not (keys / name).exists()


def test_seals_signed_with_another_homes_key_are_told(sealed, heads):
    lines = [json.loads(line) | {"key": "00" * 32} for line in heads.read_text().splitlines()]
    heads.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert "is not the one that signed the published heads" in found()


def test_a_data_key_that_does_not_open_is_named():
    key = DataKey.make()
    key.wrapped = bytes(60)
    key.save()
    assert str(key.pk) in found()
    assert "do not open with this home's key" in found()


def test_an_administrator_with_a_second_role_is_named():
    office = unit("320115001")
    account("good", (Role.AUDITOR, office, None))
    account("both", (Role.AUDITOR, office, None), (Role.OFFICER, office, None))
    assert "(both) is an administrator and holds another role too (auditor, officer)" in found()
    assert "good" not in found()


def test_a_wrong_path_of_a_unit_is_named():
    city = unit("320100")
    office = unit("320115001", city)
    Organisation.objects.filter(pk=office.pk).update(path=f"9.{office.pk}")
    assert f"Organisation {office.pk} has the path '9.{office.pk}'" in found()


def test_the_check_runs_beside_the_sealer(sealed, host):
    walk = check.problems()
    assert next(walk, None) is None
    with transaction.atomic():
        audit.record("x")
    sealer.seal_once()
    assert found() == ""
    assert AuditSeal.objects.count() == 4
    assert AuditRecord.objects.count() == 10
