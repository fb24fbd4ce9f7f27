"""An audit row is written with its act or not at all, and stays as it was written."""

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from guitu.base import audit
from guitu.base.grants import AUDIT_TABLES
from guitu.base.models import AuditRecord, Organisation
from guitu.base.tests.conftest import account, unit

CHANGES = {
    "base_auditrecord": "action = 'x'",
    "base_auditseal": "count = 0",
    "base_auditsealed": "position = 0",
}


@pytest.mark.django_db
def test_a_row_says_who_did_what_to_which(host):
    made = unit("320115001")
    row = audit.record("organisation.make", obj=made, code="320115001", rows=2)
    row.refresh_from_db()
    assert (row.via, row.actor, row.action) == ("host", "root@host", "organisation.make")
    assert (row.object_type, row.object_id) == ("base.organisation", str(made.pk))
    assert row.detail == {"code": "320115001", "rows": 2}
    assert bytes(row.digest) == audit.digest_of(row)


@pytest.mark.django_db
def test_an_account_named_with_the_act_is_the_actor_wherever_the_act_comes_from(host):
    officer = account("officer")
    row = audit.record("person.open", actor=officer, person_id=7)
    assert (row.via, row.actor_id, row.actor, row.person_id) == ("host", officer.pk, "officer", 7)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "value", [1.0, 1e16, 1e300, -0.0, 0.1, 1e-7, 2**60, "中文\n", [1.0, {"b": 2, "a": None}], True]
)
def test_a_detail_read_back_from_the_database_has_the_digest_it_was_written_with(host, value):
    row = AuditRecord.objects.get(pk=audit.record("x", value=value).pk)
    assert bytes(row.digest) == audit.digest_of(row)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_can_be_recorded(host):
    with pytest.raises(RuntimeError, match="own transaction"):
        audit.record("organisation.make")
    assert not AuditRecord.objects.exists()


@pytest.mark.django_db
def test_an_act_of_nobody_is_refused():
    with pytest.raises(RuntimeError, match="Nobody is named"):
        audit.record("organisation.make")


@pytest.mark.django_db(transaction=True)
def test_an_act_undone_takes_its_audit_with_it(host):
    with pytest.raises(LookupError), transaction.atomic():
        audit.record("organisation.make", obj=unit("320115002"))
        raise LookupError
    assert not AuditRecord.objects.exists()
    assert not Organisation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_audit_that_cannot_be_written_undoes_its_act(host):
    with pytest.raises(DatabaseError), transaction.atomic():
        audit.record("a" * 41, obj=unit("320115003"))
    assert not Organisation.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", AUDIT_TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_refuses_its_owner_to_change_the_audit(beside, table, statement):
    words = statement.format(table, CHANGES[table])
    with pytest.raises(psycopg.errors.RestrictViolation, match="The audit only grows"):
        beside.execute(words)


@pytest.mark.django_db(transaction=True)
def test_the_app_role_may_add_to_the_audit_and_nothing_else(app_role):
    for table, change in CHANGES.items():
        for statement in (f"UPDATE {table} SET {change}", f"DELETE FROM {table}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app_role.execute(statement)
            app_role.rollback()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_role.execute("ALTER TABLE base_auditrecord DISABLE TRIGGER append_only")


@pytest.mark.django_db(transaction=True)
def test_a_row_gets_its_transaction_number_before_its_id(beside):
    """The sealer's proof stands on this order: see guitu.base.sealer."""
    beside.execute(
        "INSERT INTO base_auditrecord (at, via, actor, action, object_type, object_id, address,"
        " session, detail, digest, xid) VALUES (now(), 'host', '', '', '', '', '', '', '{}',"
        " decode(pg_current_xact_id_if_assigned()::text, 'escape'), 0)"
    )
    row = beside.execute("SELECT digest FROM base_auditrecord").fetchone()
    assert row is not None
    assert row[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'base_auditrecord'::regclass"
            " AND NOT tgisinternal ORDER BY tgname"
        )
        assert [name for (name,) in cursor.fetchall()] == ["append_only", "number_first"]
