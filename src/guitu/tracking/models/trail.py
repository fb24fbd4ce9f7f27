"""What came from the bands: reports, fixes, the latest place, what the gate refused.

Reports and fixes are partitioned by civil day of Asia/Shanghai on the judged time (``day``); the
tables are made by SQL in the first migration, so the models are unmanaged. Rows are written by
``tracking.ingest`` alone and leave only with their whole day (retention) or by erasure.
"""

from django.db import models

from guitu.base.scope import ScopedModel
from guitu.people.models import Case, Person
from guitu.tracking.models.device import Device, Wearing


class Report(ScopedModel):
    """One message of a device as evidence: its raw frame, and the identity that makes it unique.

    Identity: (device, msg_id, serial, told_ms, digest) within the day; ``told_ms`` is the first
    position's time by the device's own clock (0 when it carries none). When some positions were
    refused by the gate, or belong to another day or wearer, ``cut`` is set and ``raw`` is a rebuilt
    body of a 0x0704 that holds only the positions of this row; else ``raw`` is the frame as it came.
    """

    pk = models.CompositePrimaryKey("day", "id")
    day = models.DateField()
    id = models.BigIntegerField()
    device = models.ForeignKey(Device, models.DO_NOTHING, db_constraint=False, related_name="+")
    person = models.ForeignKey(Person, models.DO_NOTHING, db_constraint=False, related_name="+")
    msg_id = models.IntegerField()
    serial = models.IntegerField()
    version = models.SmallIntegerField()
    protocol = models.SmallIntegerField()
    told_ms = models.BigIntegerField()
    digest = models.BinaryField()
    received_at = models.DateTimeField()
    cut = models.BooleanField()
    raw = models.BinaryField()

    class Meta(ScopedModel.Meta):
        managed = False
        db_table = "tracking_report"


class Fix(ScopedModel):
    """One position of a person's trail. Filtered ones are kept and marked by ``verdict``.

    ``time`` is the judged time: the device's own where it is credible, else the time received
    (then Verdict.CLOCK is set). ``device_time`` is what the device said. Order by (time, id): ids
    grow in the order received. ``accuracy_m`` is the reported 68 % radius. ``verdict`` are bits of
    ``guitu.engine.columns.Verdict``, ``flags`` of ``guitu.wire.messages.Flag``, ``source`` of
    ``guitu.wire.messages.Source``.
    """

    pk = models.CompositePrimaryKey("day", "id")
    day = models.DateField()
    id = models.BigIntegerField()
    report_id = models.BigIntegerField()
    person = models.ForeignKey(Person, models.DO_NOTHING, db_constraint=False, related_name="+")
    case = models.ForeignKey(Case, models.DO_NOTHING, db_constraint=False, related_name="+")
    wearing = models.ForeignKey(Wearing, models.DO_NOTHING, db_constraint=False, related_name="+")
    device = models.ForeignKey(Device, models.DO_NOTHING, db_constraint=False, related_name="+")
    time = models.DateTimeField()
    device_time = models.DateTimeField()
    received_at = models.DateTimeField()
    lon_e7 = models.IntegerField()
    lat_e7 = models.IntegerField()
    valid = models.BooleanField()
    altitude_m = models.FloatField(null=True)
    speed_kmh = models.FloatField(null=True)
    course_deg = models.SmallIntegerField(null=True)
    accuracy_m = models.FloatField(null=True)
    satellites = models.SmallIntegerField(null=True)
    source = models.SmallIntegerField()
    battery_pct = models.SmallIntegerField(null=True)
    flags = models.IntegerField()
    verdict = models.IntegerField()

    class Meta(ScopedModel.Meta):
        managed = False
        db_table = "tracking_fix"


class Latest(ScopedModel):
    """Where a person was last heard of: one row a person, of the present or last wearing.

    ``place_*`` is the newest believed place (verdict not filtered), ``heard_at`` the time received
    of the newest report of any kind.
    """

    person = models.OneToOneField(Person, models.CASCADE, primary_key=True, related_name="latest")
    wearing = models.ForeignKey(Wearing, models.CASCADE, related_name="+")
    device = models.ForeignKey(Device, models.CASCADE, related_name="+")
    heard_at = models.DateTimeField()
    place_time = models.DateTimeField(null=True)
    place_received_at = models.DateTimeField(null=True)
    lon_e7 = models.IntegerField(null=True)
    lat_e7 = models.IntegerField(null=True)
    accuracy_m = models.FloatField(null=True)
    speed_kmh = models.FloatField(null=True)
    course_deg = models.SmallIntegerField(null=True)
    source = models.SmallIntegerField(default=0)
    battery_pct = models.SmallIntegerField(null=True)
    flags = models.IntegerField(default=0)
    verdict = models.IntegerField(default=0)

    class Meta(ScopedModel.Meta):
        indexes = [models.Index(fields=["heard_at"], name="latest_heard")]


class RefusalReason(models.IntegerChoices):
    """Why the gate refused. The numbers are stored."""

    NOT_WORN = 1, "未佩戴"
    NO_ORDER = 2, "无有效决定"
    BLOCKED = 3, "设备停用"
    UNKNOWN_DEVICE = 4, "未登记设备"


class Refusal(models.Model):
    """What a refused report leaves: device, time received, reason, and how many positions. No content."""

    device_id = models.BigIntegerField()
    received_at = models.DateTimeField()
    reason = models.PositiveSmallIntegerField(choices=RefusalReason.choices)
    count = models.IntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["device_id", "-received_at"], name="refusal_device")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.reason}"
