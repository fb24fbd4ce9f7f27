"""Alarms, the events that made them, and every step of their handling."""

from django.db import models
from django.db.models import Q

from guitu.base.models import Account
from guitu.base.scope import ScopedModel
from guitu.people.models import Case, Person
from guitu.tracking.models.device import Device, Wearing
from guitu.tracking.models.fence import Fence, FenceVersion
from guitu.tracking.models.severity import Severity


class AlarmKind(models.TextChoices):
    """What an alarm is about."""

    BREACH = "breach", "越界"
    SILENCE = "silence", "失联"
    LOW_BATTERY = "low_battery", "低电量"
    TAMPER = "tamper", "拆卸"
    SOS = "sos", "求助"
    SEPARATION = "separation", "人机分离"


class AlarmState(models.TextChoices):
    """new → claimed → handled → closed; nothing else. ``closed`` needs a person and a reason."""

    NEW = "new", "待处置"
    CLAIMED = "claimed", "处置中"
    HANDLED = "handled", "已处置"
    CLOSED = "closed", "已办结"


OPEN_STATES = (AlarmState.NEW, AlarmState.CLAIMED)


class Alarm(ScopedModel):
    """One incident: events of one wearing, kind and fence merge into it while it is new or claimed.

    ``began_at``: since when, as far as is known; ``known_at``: when the deciding report came;
    ``opened_at``: when the row was written. ``ended_at``: the matter is over (back inside, heard
    again) — the alarm itself still waits for a person. ``merged`` counts further openings.
    ``evidence`` is that of the first event (``guitu.engine.evidence``), {} when none.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="alarms")
    case = models.ForeignKey(Case, models.PROTECT, related_name="alarms")
    wearing = models.ForeignKey(Wearing, models.PROTECT, related_name="alarms")
    device = models.ForeignKey(Device, models.PROTECT, related_name="alarms")
    kind = models.CharField(max_length=12, choices=AlarmKind.choices)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    fence = models.ForeignKey(Fence, models.PROTECT, null=True, blank=True, related_name="alarms")
    fence_version = models.ForeignKey(
        FenceVersion, models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=8, choices=AlarmState.choices, default=AlarmState.NEW)
    began_at = models.DateTimeField()
    known_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    last_event_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    merged = models.PositiveIntegerField(default=0)
    # The place of the deciding report; empty when there was none.
    lon_e7 = models.IntegerField(null=True)
    lat_e7 = models.IntegerField(null=True)
    evidence = models.JSONField(default=dict)
    claimed_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="claimed_alarms"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    handled_at = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=40, blank=True)  # what it turned out to be
    action = models.CharField(max_length=400, blank=True)  # what was done
    closed_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.CharField(max_length=400, blank=True)

    class Meta(ScopedModel.Meta):
        ordering = ["-opened_at", "-id"]
        indexes = [
            models.Index(fields=["person", "-opened_at"], name="alarm_person"),
            # The queue: open ones, gravest and oldest first.
            models.Index(
                fields=["-severity", "opened_at"],
                name="alarm_queue",
                condition=~Q(state="closed"),
            ),
            models.Index(fields=["kind", "-opened_at"], name="alarm_kind"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["wearing", "kind", "fence"],
                name="alarm_one_open",
                condition=Q(state__in=["new", "claimed"]),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | (Q(closed_by__isnull=False) & ~Q(close_reason="")),
                name="alarm_closed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="new") | Q(claimed_by__isnull=False), name="alarm_claimed_by"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class AlarmEvent(ScopedModel):
    """One event of the engine. Its id is a hash of what decided it: written twice is written once."""

    id = models.BinaryField(primary_key=True, max_length=16)
    alarm = models.ForeignKey(Alarm, models.PROTECT, null=True, related_name="engine_events")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    kind = models.PositiveSmallIntegerField()  # guitu.engine.events.EventKind
    cause = models.PositiveSmallIntegerField()  # guitu.engine.events.Cause
    fence_id = models.BigIntegerField(null=True)
    time = models.DateTimeField()
    received_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    deciding_time_ms = models.BigIntegerField(null=True)
    deciding_received_ms = models.BigIntegerField(null=True)
    lon_e7 = models.IntegerField(null=True)
    lat_e7 = models.IntegerField(null=True)
    evidence = models.JSONField(default=dict)
    written_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        ordering = ["received_at"]
        indexes = [
            models.Index(fields=["alarm", "received_at"], name="event_alarm"),
            models.Index(fields=["person", "received_at"], name="event_of_person"),
        ]


class StepKind(models.TextChoices):
    """Steps of an alarm's life, by the system or by a person."""

    OPENED = "opened", "产生"
    MERGED = "merged", "再次发生"
    ENDED = "ended", "情况结束"
    CLAIMED = "claimed", "认领"
    RELEASED = "released", "退回"
    NOTE = "note", "备注"
    PROTOCOL = "protocol", "规程步骤"
    HANDLED = "handled", "处置"
    REOPENED = "reopened", "重新处置"
    CLOSED = "closed", "办结"


class AlarmStep(ScopedModel):
    """Who did what to an alarm, when, and why. Never changed."""

    scope_path = "alarm__person"

    alarm = models.ForeignKey(Alarm, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=400, blank=True)
    # Of a step of the protocol: which one, and how it went (keys of tracking.services.protocols).
    action = models.CharField(max_length=16, blank=True)
    outcome = models.CharField(max_length=16, blank=True)

    class Meta(ScopedModel.Meta):
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["alarm", "at"], name="step_alarm")]
