"""Wristbands, what terminals say of themselves, and who wears which band when."""

import secrets

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.expressions import RawSQL

from guitu.base.models import Account, Organisation
from guitu.base.scope import ScopedModel
from guitu.people.models import Case, MonitoringOrder, Person


class DeviceState(models.TextChoices):
    """Where a device is in its life. Only ``stock`` and ``issued`` ones are admitted to report."""

    STOCK = "stock", "库存"
    ISSUED = "issued", "已发放"
    REPAIR = "repair", "维修"
    LOST = "lost", "遗失"
    RETIRED = "retired", "报废"


#: States in which the gateway admits the device; in the others it is blocked.
ADMITTED_STATES = (DeviceState.STOCK, DeviceState.ISSUED)


def new_auth_code() -> str:
    """A random authentication code of 16 characters, given to the terminal when it registers."""
    return secrets.token_urlsafe(12)


@pghistory.track(exclude=["auth_code", "version"])
class Device(models.Model):
    """An electronic positioning device (电子手环). What changes by the minute is in `DeviceStatus`.

    ``terminal`` is the canonical terminal number (``wire.envelope.canonical``). ``imei``,
    ``maker`` and ``hardware``, once set, are pinned: a terminal that shows others is a conflict.
    ``version`` is a number that grows with each change (a trigger); the gateway's register needs it.
    """

    terminal = models.CharField(max_length=32, unique=True)
    protocol = models.PositiveSmallIntegerField(default=1)  # wire.envelope.Protocol
    asset_number = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=8, choices=DeviceState.choices, default=DeviceState.STOCK)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="devices")
    maker = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=40, blank=True)
    hardware = models.CharField(max_length=40, blank=True)
    imei = models.CharField(max_length=20, blank=True)
    firmware = models.CharField(max_length=60, blank=True)
    # The bureau's own cards, not a person's telephone.
    iccid = models.CharField(max_length=24, blank=True)
    sim_number = models.CharField(max_length=20, blank=True)
    auth_code = models.CharField(max_length=20, default=new_auth_code)
    interval_s = models.PositiveIntegerField(default=60)
    # Seconds without a word after which the band counts as silent; empty: five intervals.
    silence_s = models.PositiveIntegerField(null=True, blank=True)
    low_battery_pct = models.PositiveSmallIntegerField(default=20)
    note = models.CharField(max_length=200, blank=True)
    admitted_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+"
    )
    demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.BigIntegerField(
        editable=False, db_default=RawSQL("nextval('tracking_device_version')", ())
    )

    class Meta:
        ordering = ["terminal"]
        indexes = [models.Index(fields=["organisation", "state"], name="device_unit_state")]
        constraints = [
            models.CheckConstraint(condition=Q(interval_s__gte=1), name="device_interval"),
            models.CheckConstraint(condition=Q(low_battery_pct__lte=90), name="device_low_battery"),
        ]

    def __str__(self) -> str:
        return self.terminal


class DeviceStatus(models.Model):
    """What a device last said, one row a device, written by the worker. No place in here."""

    device = models.OneToOneField(Device, models.CASCADE, primary_key=True, related_name="status")
    last_seen_at = models.DateTimeField(null=True)  # time received of its last report
    battery_pct = models.SmallIntegerField(null=True)
    connected = models.BooleanField(default=False)
    connected_at = models.DateTimeField(null=True)  # of the last change of `connected`
    address = models.CharField(max_length=64, blank=True)
    gateway = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [models.Index(fields=["last_seen_at"], name="status_seen")]

    def __str__(self) -> str:
        return f"{self.device_id}"


class Quarantine(models.Model):
    """An unknown terminal that waits for an officer; counts are cumulative. No content of its reports."""

    terminal = models.CharField(max_length=32)
    address = models.CharField(max_length=64)
    gateway = models.CharField(max_length=80, blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    messages = models.BigIntegerField(default=0)
    reports = models.BigIntegerField(default=0)
    connected = models.BooleanField(default=False)
    maker = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=40, blank=True)
    hardware = models.CharField(max_length=40, blank=True)
    imei = models.CharField(max_length=20, blank=True)
    firmware = models.CharField(max_length=60, blank=True)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-last_seen_at"]
        constraints = [
            models.UniqueConstraint(fields=["terminal", "address"], name="quarantine_once")
        ]

    def __str__(self) -> str:
        return self.terminal


class ConflictKind(models.IntegerChoices):
    """In what a terminal does not match the device whose number it shows (wire.envelope)."""

    AUTH = 1, "鉴权码不符"
    IMEI = 2, "IMEI不符"
    MAKER = 3, "制造商不符"
    HARDWARE = 4, "终端编号不符"
    NUMBER_CHANGED = 5, "同一连接换了终端号"


class Conflict(models.Model):
    """A terminal that showed another's number was refused. ``device`` is the rightful one."""

    device = models.ForeignKey(Device, models.CASCADE, null=True, related_name="conflicts")
    terminal = models.CharField(max_length=32)
    address = models.CharField(max_length=64)
    kind = models.PositiveSmallIntegerField(choices=ConflictKind.choices)
    gateway = models.CharField(max_length=80, blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    count = models.BigIntegerField(default=0)
    rightful_address = models.CharField(max_length=64, blank=True)
    shown = models.JSONField(
        default=dict
    )  # what it claims to be: maker, model, hardware, imei, firmware
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-last_seen_at"]
        constraints = [
            models.UniqueConstraint(fields=["terminal", "address", "kind"], name="conflict_once")
        ]

    def __str__(self) -> str:
        return f"{self.terminal} {self.address}"


class _Span(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


_WORN = _Span(F("since"), F("until"), RangeBoundary())


@pghistory.track()
class Wearing(ScopedModel):
    """A device on a person, from ``since`` until before ``until`` (empty: still worn).

    ``order`` is the monitoring order on which it was put on; whether a fix is lawful is decided
    by all orders of the ``case`` (an extension carries on). The database holds that a device is
    on one person at a time, and a person wears one device at a time.
    """

    device = models.ForeignKey(Device, models.PROTECT, related_name="wearings")
    person = models.ForeignKey(Person, models.PROTECT, related_name="wearings")
    case = models.ForeignKey(Case, models.PROTECT, related_name="wearings")
    order = models.ForeignKey(MonitoringOrder, models.PROTECT, related_name="wearings")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    put_on_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    taken_off_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+"
    )
    off_reason = models.CharField(max_length=200, blank=True)

    class Meta(ScopedModel.Meta):
        ordering = ["-since", "-id"]
        indexes = [models.Index(fields=["person", "-since"], name="wearing_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")), name="wearing_order"
            ),
            ExclusionConstraint(
                name="wearing_device_once",
                expressions=[("device", RangeOperators.EQUAL), (_WORN, RangeOperators.OVERLAPS)],
            ),
            ExclusionConstraint(
                name="wearing_person_once",
                expressions=[("person", RangeOperators.EQUAL), (_WORN, RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} @ {self.person_id}"


class CommandState(models.TextChoices):
    """The life of a command. ``queued``: written here; ``sent``: in the stream to the gateway."""

    QUEUED = "queued", "待下发"
    SENT = "sent", "已下发"
    DONE = "done", "成功"
    FAILED = "failed", "失败"
    UNSUPPORTED = "unsupported", "终端不支持"
    NO_ANSWER = "no_answer", "无应答"
    EXPIRED = "expired", "已过期"
    REFUSED = "refused", "被拒绝"
    CANCELLED = "cancelled", "已取消"


class Command(models.Model):
    """One command to one device and its answer. ``body`` is ``tracking.commands.to_json`` of it."""

    id = models.UUIDField(primary_key=True)
    device = models.ForeignKey(Device, models.PROTECT, related_name="commands")
    kind = models.CharField(max_length=24)
    body = models.JSONField()
    state = models.CharField(
        max_length=12, choices=CommandState.choices, default=CommandState.QUEUED
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    created_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    stream_sequence = models.BigIntegerField(null=True)
    answered_at = models.DateTimeField(null=True)
    sent_times = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(default=dict)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["device", "-created_at"], name="command_device"),
            models.Index(fields=["created_at"], name="command_queued", condition=Q(state="queued")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
