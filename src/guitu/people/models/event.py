"""The timeline: what happened to a person. Every module writes here; nothing is typed twice."""

from django.db import models
from django.db.models.expressions import RawSQL

from guitu.base.scope import ScopedModel
from guitu.people.models.case import Case
from guitu.people.models.person import Person


class EventKind(models.TextChoices):
    """Kinds of line; the page's icon, colour and place on the term bar follow from it."""

    REGISTERED = "registered", "接收登记"
    REPORTED_IN = "reported_in", "报到"
    ANNOUNCED = "announced", "入矫宣告"
    LEVEL = "level", "管理类别调整"
    TEAM = "team", "矫正小组"
    PROHIBITION = "prohibition", "禁止令"
    COMMENDATION = "commendation", "表扬"
    ADMONITION = "admonition", "训诫"
    WARNING = "warning", "警告"
    POLICE_PENALTY = "police_penalty", "治安管理处罚"
    ORDER = "order", "使用电子定位"
    ORDER_ENDED = "order_ended", "停止电子定位"
    WEARING = "wearing", "佩戴设备"
    UNWEARING = "unwearing", "取下设备"
    ALARM = "alarm", "告警"
    ALARM_STEP = "alarm_step", "告警处置"
    REPORT = "report", "定期报告"
    BODY_REPORT = "body_report", "身体情况报告"
    ILLNESS_REVIEW = "illness_review", "病情复查"
    SUMMARY = "summary", "个人总结"
    VISIT = "visit", "走访"
    EDUCATION = "education", "集中教育"
    SERVICE = "service", "公益活动"
    ASSESSMENT = "assessment", "考核"
    LEAVE = "leave", "请假外出"
    CHANGED = "changed", "资料变更"
    DISCHARGED = "discharged", "解除矫正"
    TERMINATED = "terminated", "终止矫正"


class CaseEvent(ScopedModel):
    """Who, what, when, on what legal basis, with a link. Never changed; a mistake is annulled."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="events")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="events")
    kind = models.CharField(max_length=16, choices=EventKind.choices)
    at = models.DateTimeField()
    whole_day = models.BooleanField(default=False)
    title = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=400, blank=True)
    basis = models.CharField(max_length=40, blank=True)  # an article's key of guitu.law.articles
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=40, blank=True)
    link = models.CharField(max_length=200, blank=True)
    annulled = models.BooleanField(default=False)
    annulled_reason = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)
    # The writing transaction: a reader in commit order takes rows below pg_snapshot_xmin.
    xid = models.BigIntegerField(db_default=RawSQL("(pg_current_xact_id()::text::bigint)", ()))

    class Meta(ScopedModel.Meta):
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["person", "-at", "-id"], name="event_person"),
            models.Index(fields=["kind", "-at"], name="event_kind"),
        ]
