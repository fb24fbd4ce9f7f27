"""The partitioned trail, the version counter and its triggers."""

from datetime import date

from django.db import migrations

from guitu.tracking import partitions

TRAIL = """
CREATE SEQUENCE tracking_report_id;
CREATE SEQUENCE tracking_fix_id;

CREATE TABLE tracking_report (
    day date NOT NULL,
    id bigint NOT NULL,
    device_id bigint NOT NULL,
    person_id bigint NOT NULL,
    msg_id integer NOT NULL,
    serial integer NOT NULL,
    version smallint NOT NULL,
    protocol smallint NOT NULL,
    told_ms bigint NOT NULL,
    digest bytea NOT NULL,
    received_at timestamptz NOT NULL,
    cut boolean NOT NULL,
    raw bytea NOT NULL,
    PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);
-- One report is one report however often it is sent again.
CREATE UNIQUE INDEX report_once ON tracking_report
    (device_id, told_ms, serial, msg_id, digest, day, person_id);

CREATE TABLE tracking_fix (
    day date NOT NULL,
    id bigint NOT NULL DEFAULT nextval('tracking_fix_id'),
    report_id bigint NOT NULL,
    person_id bigint NOT NULL,
    case_id bigint NOT NULL,
    wearing_id bigint NOT NULL,
    device_id bigint NOT NULL,
    "time" timestamptz NOT NULL,
    device_time timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    lon_e7 integer NOT NULL,
    lat_e7 integer NOT NULL,
    valid boolean NOT NULL,
    altitude_m real,
    speed_kmh real,
    course_deg smallint,
    accuracy_m real,
    satellites smallint,
    source smallint NOT NULL,
    battery_pct smallint,
    flags integer NOT NULL,
    verdict integer NOT NULL
) PARTITION BY RANGE (day);
CREATE INDEX fix_trail ON tracking_fix (person_id, "time", id);

CREATE TABLE tracking_report_rest PARTITION OF tracking_report DEFAULT;
CREATE TABLE tracking_fix_rest PARTITION OF tracking_fix DEFAULT;
"""

CHANGES = """
CREATE FUNCTION tracking_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mark text := pg_current_xact_id()::text;
BEGIN
    -- Once a transaction; the trigger is deferred, so the counter's row is locked only at commit.
    IF current_setting('guitu.tracking_changed', true) IS DISTINCT FROM mark THEN
        PERFORM set_config('guitu.tracking_changed', mark, true);
        INSERT INTO tracking_change AS c (name, version) VALUES ('tracking', 1)
            ON CONFLICT (name) DO UPDATE SET version = c.version + 1;
        PERFORM pg_notify('guitu_tracking', '');
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION tracking_next_device_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := nextval('tracking_device_version');
    RETURN NEW;
END $$;
CREATE TRIGGER device_version BEFORE UPDATE ON tracking_device
    FOR EACH ROW EXECUTE FUNCTION tracking_next_device_version();
"""

WATCHED = (
    "tracking_device", "tracking_wearing", "tracking_fence", "tracking_fencesubject",
    "tracking_fenceversion", "people_monitoringorder",
)  # fmt: skip

TRIGGERS = "".join(
    f"""
CREATE CONSTRAINT TRIGGER tracking_changed AFTER INSERT OR UPDATE OR DELETE ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tracking_changed();
"""
    for table in WATCHED
) + """
CREATE CONSTRAINT TRIGGER tracking_changed AFTER UPDATE ON people_case
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.ended_on IS DISTINCT FROM NEW.ended_on OR OLD.term_start <> NEW.term_start
          OR OLD.term_end <> NEW.term_end)
    EXECUTE FUNCTION tracking_changed();
"""

UNDO = (
    "".join(f"DROP TRIGGER tracking_changed ON {table};" for table in (*WATCHED, "people_case"))
    + """
DROP TRIGGER device_version ON tracking_device;
DROP FUNCTION tracking_changed();
DROP FUNCTION tracking_next_device_version();
DROP TABLE tracking_fix, tracking_report;
DROP SEQUENCE tracking_fix_id, tracking_report_id;
"""
)


def first_days(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        partitions.make_ahead(cursor, today=date.today())


class Migration(migrations.Migration):
    dependencies = [("tracking", "0001_initial")]

    operations = [
        migrations.RunSQL(TRAIL + CHANGES + TRIGGERS, UNDO),
        migrations.RunPython(first_days, migrations.RunPython.noop),
    ]
