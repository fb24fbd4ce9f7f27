"""The audit's tables only grow: the database itself refuses everything else, to everybody."""

from django.db import migrations

TABLES = ("base_auditrecord", "base_auditseal", "base_auditsealed")

FUNCTIONS = """
CREATE FUNCTION base_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit only grows: % on % is refused to everybody.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation',
              HINT = 'Write a further row that tells what was wrong with an earlier one.';
END $$;

-- The sealer's proof (guitu/base/sealer.py) needs that a writer has its transaction number
-- before its row gets an id; a statement's BEFORE trigger runs before any column's default.
CREATE FUNCTION base_number_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_current_xact_id();
    RETURN NULL;
END $$;

CREATE TRIGGER number_first BEFORE INSERT ON base_auditrecord
    FOR EACH STATEMENT EXECUTE FUNCTION base_number_first();
"""

# ALWAYS: also in sessions that replay another server's changes (session_replication_role).
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION base_append_only();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only;
"""


class Migration(migrations.Migration):

    dependencies = [("base", "0001_initial")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS,
            "DROP TRIGGER number_first ON base_auditrecord;"
            " DROP FUNCTION base_number_first(); DROP FUNCTION base_append_only();",
        ),
        *(
            migrations.RunSQL(
                APPEND_ONLY.format(table=table), f"DROP TRIGGER append_only ON {table};"
            )
            for table in TABLES
        ),
    ]
