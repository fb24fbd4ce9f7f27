"""The supervision team (矫正小组) of a case."""

import pghistory
from django.db import models

from guitu.base.codes import Sex
from guitu.base.models import Account
from guitu.base.scope import ScopedModel
from guitu.people.models.case import Case
from guitu.people.models.person import HISTORY, Person


class TeamRole(models.TextChoices):
    """Whom CCL 25 names as members."""

    LEADER = "leader", "组长"
    OFFICER = "officer", "司法所"
    COMMUNITY = "community", "居（村）民委员会"
    FAMILY = "family", "家属"
    GUARDIAN = "guardian", "监护人"
    WORK = "work", "单位或者学校"
    SOCIAL_WORKER = "social_worker", "社工"
    VOLUNTEER = "volunteer", "志愿者"


@pghistory.track(model_name="TeamMemberHistory", obj_field=HISTORY)
class TeamMember(ScopedModel):
    """A member with dates. ``account`` makes the person one of that account's own persons."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="team_members")
    case = models.ForeignKey(Case, models.PROTECT, related_name="team_members")
    role = models.CharField(max_length=16, choices=TeamRole.choices)
    name = models.CharField(max_length=60)
    sex = models.CharField(max_length=1, choices=Sex.choices)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    knows_minors = models.BooleanField(default=False)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta(ScopedModel.Meta):
        ordering = ["id"]
