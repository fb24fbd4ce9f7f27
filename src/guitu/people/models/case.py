"""A case: one sentence served in the community."""

import pghistory
from django.db import models

from guitu.base.codes import Category, Level, OffenceClass
from guitu.base.models import Account, Organisation
from guitu.base.scope import ScopedModel
from guitu.people.models.person import HISTORY, Person


class CaseState(models.TextChoices):
    """Where a case stands."""

    EXPECTED = "expected", "待报到"
    ACTIVE = "active", "在矫"
    DISCHARGED = "discharged", "已解除"
    TERMINATED = "terminated", "已终止"
    TRANSFERRED = "transferred", "已迁出"


class TermUnit(models.TextChoices):
    """Kinds of principal punishment (原判刑罚, ypxf)."""

    SURVEILLANCE = "05", "管制"
    DETENTION = "04", "拘役"
    IMPRISONMENT = "03", "有期徒刑"
    LIFE = "02", "无期徒刑"


@pghistory.track(model_name="CaseHistory", obj_field=HISTORY, exclude=["next_due"])
class Case(ScopedModel):
    """``term_start``/``term_end`` are inclusive civil dates computed by ``guitu.law.term``."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="cases")
    number = models.CharField(max_length=24, unique=True)
    category = models.CharField(max_length=2, choices=Category.choices)
    state = models.CharField(max_length=12, choices=CaseState.choices, default=CaseState.ACTIVE)
    office = models.ForeignKey(Organisation, models.PROTECT, related_name="cases")
    officer = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")

    deciding_organ = models.CharField(max_length=80)
    judgment_number = models.CharField(max_length=60)
    judgment_date = models.DateField()
    effective_date = models.DateField()
    offence = models.CharField(max_length=80)
    offence_class = models.CharField(max_length=2, choices=OffenceClass.choices)
    sentence_kind = models.CharField(max_length=2, choices=TermUnit.choices)
    # As guitu.law.term.Length.parse reads it: 1年6个月; empty for life imprisonment.
    sentence = models.CharField(max_length=20, blank=True)
    test_period = models.CharField(max_length=20, blank=True)
    custody_days = models.PositiveIntegerField(default=0)
    added_penalties = models.CharField(max_length=120, blank=True)

    term_start = models.DateField()
    term_end = models.DateField()
    released_for_treatment = models.BooleanField(default=False)  # 保外就医
    received_on = models.DateField(null=True, blank=True)
    announced_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    end_reason = models.CharField(max_length=60, blank=True)

    level = models.CharField(max_length=10, choices=Level.choices, default=Level.ORDINARY)
    key_management = models.BooleanField(default=False)
    special_management = models.BooleanField(default=False)
    # When each kind of report last came in; what falls due next is reckoned from them.
    last_report_on = models.DateField(null=True, blank=True)
    last_body_report_on = models.DateField(null=True, blank=True)
    last_review_on = models.DateField(null=True, blank=True)
    summary_on = models.DateField(null=True, blank=True)
    # The earliest day on which something is due, or begins to be open where the law sets no day;
    # read by the workbench alone, kept by people.derived.
    next_due = models.DateField(null=True, blank=True, editable=False)

    class Meta(ScopedModel.Meta):
        ordering = ["-term_start", "-id"]
        indexes = [
            models.Index(fields=["person", "-term_start"], name="case_person"),
            models.Index(
                fields=["office", "next_due"],
                name="case_due",
                condition=models.Q(state__in=["active", "expected"]),
            ),
            models.Index(
                fields=["next_due", "id"],
                name="case_due_all",
                condition=models.Q(state__in=["active", "expected"]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(term_end__gte=models.F("term_start")), name="case_term_order"
            )
        ]

    def __str__(self) -> str:
        return self.number
