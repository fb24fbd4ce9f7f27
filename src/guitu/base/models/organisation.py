"""The tree of organisations, and who oversees which part of it."""

import pghistory
from django.db import models

from guitu.base.codes import OrganisationKind


@pghistory.track()
class Organisation(models.Model):
    """A unit. ``path`` is the ids from the root down to itself, for the subtree's one condition.

    ``code`` is the GB/T 2260 division code (6 digits), a justice office's nine digits adding the
    township of GB/T 10114; bodies outside the justice system use a code of their own.
    """

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    kind = models.CharField(max_length=16, choices=OrganisationKind.choices)
    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=80)
    short_name = models.CharField(max_length=40)
    path = models.CharField(max_length=120, db_index=True, editable=False)
    phone = models.CharField(max_length=20, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        indexes = [
            models.Index(fields=["path"], name="organisation_path", opclasses=["text_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ancestor_ids(self) -> list[int]:
        """Ids from the root down to this unit itself."""
        return [int(part) for part in self.path.split(".") if part]


class Oversight(models.Model):
    """An oversight body (procuratorate, court) sees the subtree of ``unit``: an explicit relation."""

    overseer = models.ForeignKey(Organisation, models.CASCADE, related_name="oversees")
    unit = models.ForeignKey(Organisation, models.CASCADE, related_name="overseen_by")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["overseer", "unit"], name="oversight_once")]

    def __str__(self) -> str:
        return f"{self.overseer_id} oversees {self.unit_id}"
