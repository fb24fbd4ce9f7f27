"""What of the register hangs on an organisation: asked before it is closed."""

from django.utils.translation import gettext as _

from guitu.base.models import Organisation
from guitu.people.models import Case
from guitu.people.models.case import CaseState


def open_cases(unit: Organisation) -> str:
    """A sentence when ``unit`` has cases that are not ended; empty when it has none."""
    n = (
        Case.objects.unscoped("counts an office's open cases before it is closed; shows nobody")
        .filter(office=unit, state__in=(CaseState.EXPECTED, CaseState.ACTIVE))
        .count()
    )
    return _("这里还有%(n)d件没有结束的案件，请先移到别的司法所。") % {"n": n} if n else ""
