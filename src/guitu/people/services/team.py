"""The supervision team (矫正小组): who is in it, since when; it gives accounts their own persons."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from guitu.base import audit
from guitu.base.models import Account
from guitu.people import derived
from guitu.people.models import Case, EventKind, TeamMember, TeamRole
from guitu.people.services.acts import WHY, act, civil, locked_case
from guitu.people.services.refusals import refuse
from guitu.people.timeline import happened


def add_team_member(
    case: Case,
    *,
    role: str,
    name: str,
    sex: str,
    account: Account | None = None,
    knows_minors: bool = False,
    since: date,
    by: Account,
    at: datetime,
) -> TeamMember:
    """Add a member (CCL 25); with an account the person becomes one of that account's own."""
    wanted = TeamRole(role)
    name = name.strip() or (account.name if account else "")
    if not name:
        raise refuse("name", _("缺少成员姓名，请填写。"))
    with act(by, reason=gettext_noop("矫正小组增加成员")):
        row = locked_case(case)
        if row.state not in derived.OPEN_STATES:
            raise refuse(
                "case", _("案件%(state)s，不能再改。") % {"state": row.get_state_display()}
            )
        member = TeamMember(
            person_id=row.person_id, case=row, role=wanted, name=name, sex=sex, account=account,
            knows_minors=knows_minors, since=since,
        )  # fmt: skip
        member.save(force_insert=True)
        happened(
            row, EventKind.TEAM, at=at, by=by, basis="CCL 25", text=f"{wanted.label} {name}",
            title=gettext_noop("矫正小组增加成员"),
        )  # fmt: skip
        derived.refresh_next_due(row, today=civil(at))
        derived.refresh_person(row.person, today=civil(at))
        audit.record("team.add", obj=member, person_id=row.person_id, actor=by, role=wanted)
    return member


def end_team_member(member: TeamMember, *, until: date, by: Account, at: datetime) -> TeamMember:
    """The member's last day; after it the account no longer has the person among its own."""
    with act(by, reason=gettext_noop("矫正小组成员退出")):
        case = locked_case(member.case)
        row = TeamMember.objects.unscoped(WHY).select_for_update().get(pk=member.pk)
        if until < row.since:
            raise refuse("until", _("退出日早于加入日%(day)s，请核对。") % {"day": row.since})
        row.until = until
        row.save()
        happened(
            case, EventKind.TEAM, at=at, by=by, basis="CCL 25", title=gettext_noop("矫正小组成员退出"),
            text=f"{row.get_role_display()} {row.name}",
        )  # fmt: skip
        derived.refresh_next_due(case, today=civil(at))
        derived.refresh_person(case.person, today=civil(at))
        audit.record("team.end", obj=row, person_id=case.person_id, actor=by, until=until)
    return row
