"""Fences: whose they are, and every version of what applied when."""

from typing import Any, Self

import pghistory
from django.db import models
from django.db.models import F, Q

from guitu.base.models import Account, Organisation
from guitu.base.roles import Permission
from guitu.base.scope import DIRECT, ScopedModel, ScopedQuerySet, reach_of
from guitu.people.models import Case, Person
from guitu.tracking.models.severity import Severity


class FenceKind(models.IntegerChoices):
    """The numbers of ``guitu.engine.rules.FenceKind``."""

    INCLUSION = 1, "不得离开"
    EXCLUSION = 2, "不得进入"


def _unit_condition(keys: frozenset[int], path: str) -> Q:
    """Shared fences of units that the keys reach, and of the units above those."""
    own = {key if key < DIRECT else key - DIRECT for key in keys if key > 0}
    found = Q(**{f"{path}person__isnull": True, f"{path}organisation__in": sorted(own)})
    for unit in Organisation.objects.filter(pk__in=own):
        found |= Q(**{f"{path}person__isnull": True, f"{path}organisation__in": unit.ancestor_ids})
        found |= Q(
            **{
                f"{path}person__isnull": True,
                f"{path}organisation__path__startswith": f"{unit.path}.",
            }
        )
    return found


class FenceQuerySet(ScopedQuerySet):
    """Fences of persons in scope, and shared ones of the units there or above."""

    prefix = ""

    def visible_to(self, user: Any, permission: Permission | str = Permission.PERSON_READ) -> Self:
        reach = reach_of(user, permission)
        if not reach:
            found = self.none()
        elif reach.everything:
            found = self.all()
        else:
            own = Q(**{f"{self.prefix}person__scope_keys__overlap": sorted(reach.keys)})
            found = self.filter(own | _unit_condition(reach.keys, self.prefix))
        found._scoped = True
        return found


class VersionQuerySet(FenceQuerySet):
    """Versions of the fences that may be seen."""

    prefix = "fence__"


@pghistory.track()
class Fence(ScopedModel):
    """An electronic fence (电子围栏). Its shape and times are in the versions.

    Either ``person`` is set (a fence of that person alone) or it is shared: ``organisation`` keeps
    it, and it applies to the persons of `FenceSubject`, or with ``everybody`` to all who wear a
    device under that unit.
    """

    name = models.CharField(max_length=80)
    kind = models.PositiveSmallIntegerField(choices=FenceKind.choices)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="fences")
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="fences")
    everybody = models.BooleanField(default=False)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices, default=Severity.ALARM)
    reason = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # From then on it applies to nobody; the fence itself stays for the record.
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    retired_reason = models.CharField(max_length=200, blank=True)

    objects = models.Manager.from_queryset(FenceQuerySet)()

    class Meta(ScopedModel.Meta):
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["person"], name="fence_person"),
            models.Index(fields=["organisation"], name="fence_unit"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=True) | Q(everybody=False), name="fence_one_owner"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def reachable_by(
        self, user: Any, permission: Permission | str = Permission.PERSON_READ
    ) -> bool:
        return type(self).objects.visible_to(user, permission).filter(pk=self.pk).exists()


class FenceSubject(ScopedModel):
    """A shared fence applies to this person, from ``since`` until before ``until``."""

    fence = models.ForeignKey(Fence, models.CASCADE, related_name="subjects")
    person = models.ForeignKey(Person, models.PROTECT, related_name="shared_fences")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")

    class Meta(ScopedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["fence", "person"],
                name="subject_once",
                condition=Q(until__isnull=True),
            )
        ]


class FenceVersion(ScopedModel):
    """What a fence was from ``applied_from`` until before ``applied_until`` (empty: now).

    ``geometry`` is a GeoJSON geometry in WGS-84; a circle is ``{"type": "Point", "coordinates":
    [lon, lat], "radius_m": m}``. ``datum`` is what the source was declared to be in.
    ``timetable`` is ``{"weekly": [[start_min, end_min], …], "exceptions": [{"day": "2026-10-01",
    "intervals": [[0, 1440]]}, …]}``, minutes of the week from Monday 00:00 Asia/Shanghai as
    ``guitu.engine.timetable`` reads them; ``{}`` means always. ``valid_from``/``valid_to`` bound
    when the fence is in force (half-open). ``tracking.rules`` turns a version into a FenceRule.
    """

    scope_path = "fence__person"

    fence = models.ForeignKey(Fence, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    geometry = models.JSONField()
    shape = models.CharField(
        max_length=8, choices=[("circle", "圆"), ("polygon", "多边形"), ("area", "行政区域")]
    )
    area_code = models.CharField(max_length=12, blank=True)
    datum = models.CharField(max_length=8, default="wgs84")
    timetable = models.JSONField(default=dict)
    margin_m = models.FloatField(default=0.0)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_to = models.DateTimeField(null=True, blank=True)
    applied_from = models.DateTimeField()
    applied_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)

    objects = models.Manager.from_queryset(VersionQuerySet)()

    class Meta(ScopedModel.Meta):
        ordering = ["fence", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["fence", "number"], name="version_number"),
            models.UniqueConstraint(
                fields=["fence"], name="version_current", condition=Q(applied_until__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(applied_until__isnull=True) | Q(applied_until__gte=F("applied_from")),
                name="version_applied",
            ),
            models.CheckConstraint(
                condition=Q(margin_m__gte=0) & Q(margin_m__lte=10_000), name="version_margin"
            ),
        ]

    def reachable_by(
        self, user: Any, permission: Permission | str = Permission.PERSON_READ
    ) -> bool:
        return type(self).objects.visible_to(user, permission).filter(pk=self.pk).exists()
