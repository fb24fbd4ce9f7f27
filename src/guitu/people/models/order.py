"""Orders in force on a case: prohibition orders and monitoring orders."""

import pghistory
from django.db import models

from guitu.base.codes import MonitoringGround
from guitu.base.models import Account
from guitu.base.roles import Role
from guitu.base.scope import ScopedModel
from guitu.people.models.case import Case
from guitu.people.models.person import HISTORY, Person

#: Tiers of guitu.law.words.Tier.
SIGNER_TIERS = [("office", "司法所"), ("county", "县级"), ("city", "市级"), ("province", "省级")]


class ProhibitionKind(models.TextChoices):
    """What a court may forbid (PC 38(2), 72(2))."""

    ACTIVITY = "activity", "从事特定活动"
    PLACE = "place", "进入特定区域、场所"
    CONTACT = "contact", "接触特定的人"


@pghistory.track(model_name="ProhibitionOrderHistory", obj_field=HISTORY)
class ProhibitionOrder(ScopedModel):
    """A court's prohibition order (禁止令): which activities, places or persons, until when."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="prohibition_orders")
    case = models.ForeignKey(Case, models.PROTECT, related_name="prohibition_orders")
    kind = models.CharField(
        max_length=10,
        choices=ProhibitionKind.choices,
    )
    content = models.CharField(max_length=300)
    start = models.DateField()
    end = models.DateField()

    class Meta(ScopedModel.Meta):
        ordering = ["start"]


@pghistory.track(model_name="MonitoringOrderHistory", obj_field=HISTORY)
class MonitoringOrder(ScopedModel):
    """A decision to use an electronic positioning device (CCL 29).

    Inclusive civil dates of Asia/Shanghai, at most three months. ``lifted_on`` is the first day on
    which the order no longer holds. Positions are collected only while one is in force.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="monitoring_orders")
    case = models.ForeignKey(Case, models.PROTECT, related_name="monitoring_orders")
    number = models.CharField(max_length=60, unique=True)
    ground = models.PositiveSmallIntegerField(choices=MonitoringGround.choices)
    proof = models.CharField(max_length=400)
    decided_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    # What the signer was on the day of the decision: posts end, the record of it doesn't.
    signer_role = models.CharField(max_length=24, choices=Role.choices)
    signer_tier = models.CharField(max_length=8, choices=SIGNER_TIERS)
    decided_on = models.DateField()
    start = models.DateField()
    end = models.DateField()
    extends = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="extension"
    )
    assessed_on = models.DateField(null=True, blank=True)
    reassessment = models.CharField(max_length=400, blank=True)
    lifted_on = models.DateField(null=True, blank=True)
    lifted_reason = models.CharField(max_length=200, blank=True)
    annulled = models.BooleanField(default=False)
    annulled_reason = models.CharField(max_length=200, blank=True)
    recorded_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta(ScopedModel.Meta):
        ordering = ["-start", "-id"]
        indexes = [models.Index(fields=["end"], name="order_end")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__gte=models.F("start")), name="order_dates"
            ),
            models.CheckConstraint(condition=models.Q(ground__range=(1, 5)), name="order_ground"),
        ]

    def __str__(self) -> str:
        return self.number
