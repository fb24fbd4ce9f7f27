"""How grave an alarm is."""

from django.db import models


class Severity(models.IntegerChoices):
    """Ordered: a greater number comes first in the queue."""

    WARNING = 1, "预警"
    ALARM = 2, "告警"
    URGENT = 3, "紧急告警"
