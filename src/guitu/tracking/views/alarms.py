"""The alarm queue: the list, the evidence, the protocol; each act a POST, each look an audit row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from guitu.base.access import account_of, needs
from guitu.base.roles import Permission as P
from guitu.people.queries.lists import bar_of
from guitu.people.sealed import open_column
from guitu.people.services import Refused
from guitu.tracking import services
from guitu.tracking.models import Alarm, AlarmKind, AlarmState, AlarmStep, StepKind
from guitu.tracking.queries import alarms as queries
from guitu.tracking.queries.evidence import evidence_of
from guitu.tracking.services.protocols import VERSION, Cause, Protocol, Step, protocol_of
from guitu.tracking.views.common import looked, now, page_of, scoped_person, today


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step of the protocol as the pane draws it. ``state``: done, now, later."""

    step: Step
    state: str
    says: str
    due: datetime | None
    done: tuple[AlarmStep, ...]
    words: tuple[str, ...]
    due_kind: str = "soon"


@require_GET
@needs(P.ALARM_READ)
def alarms(request: HttpRequest) -> HttpResponse:
    """The queue; the gravest and oldest is shown, so that one key claims it."""
    return _queue(request, None)


@require_GET
@needs(P.ALARM_READ)
def alarm(request: HttpRequest, pk: int) -> HttpResponse:
    """The queue with one alarm open."""
    found = get_object_or_404(queries.visible_alarms(request.user), pk=pk)
    return _queue(request, found)


@require_GET
@needs(P.ALARM_READ)
def alarms_pane(request: HttpRequest) -> HttpResponse:
    """The list alone, for a page that is told of news; ``open`` is the alarm it shows."""
    filters = queries.AlarmFilters.of(request.GET)
    queue = queries.alarm_queue(request.user, filters, now=now())
    shown = request.GET.get("open", "")
    looked(request, "alarm.list", filters=filters.said(), shown=len(queue.lines), live=True)
    response = render(
        request,
        "tracking/_alarm_list.html",
        {
            "queue": queue,
            "filters": filters,
            "open_pk": int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 15 else 0,
        },
    )
    response["X-Waiting"] = str(queries.open_count(request.user))
    return response


@require_GET
@needs(P.ALARM_READ)
def alarms_closed(request: HttpRequest) -> HttpResponse:
    """What was closed, newest first."""
    filters = queries.AlarmFilters.of(request.GET)
    page = page_of(request, queries.closed_alarms(request.user, filters), queries.CLOSED_PAGE)
    looked(request, "alarm.closed_list", filters=filters.said(), page=page.number)
    rows = [(one, _cause_word(one)) for one in page.object_list]
    return render(
        request,
        "tracking/alarms_closed.html",
        {"page": page, "rows": rows, "filters": filters, "kinds": _kinds()},
    )


def _queue(request: HttpRequest, chosen: Alarm | None) -> HttpResponse:
    filters = queries.AlarmFilters.of(request.GET)
    at = now()
    queue = queries.alarm_queue(request.user, filters, now=at)
    explicit = chosen is not None
    if chosen is None and queue.lines:
        chosen = queue.lines[0].alarm
    context: dict[str, Any] = {
        "queue": queue,
        "filters": filters,
        "kinds": _kinds(),
        "offices": queries.offices(request.user),
        "explicit": explicit,
        "open_pk": chosen.pk if chosen else 0,
    }
    if chosen is not None:
        context |= _open(request, chosen, at=at)
    looked(
        request, "alarm.list", filters=filters.said(), shown=len(queue.lines),
        open=chosen.pk if chosen else None,
    )  # fmt: skip
    return render(request, "tracking/alarms.html", context)


def _kinds() -> list[tuple[str, str]]:
    return [(str(kind.value), _(kind.label)) for kind in AlarmKind]


def _open(request: HttpRequest, chosen: Alarm, *, at: datetime) -> dict[str, Any]:
    """The middle and the right pane of one alarm."""
    person = chosen.person
    with_trail = person.reachable_by(request.user, P.TRACK_READ)
    shown = evidence_of(chosen, now=at, with_trail=with_trail)
    if with_trail:
        looked(
            request, "trail.read", person_id=chosen.person_id, alarm=chosen.pk,
            fixes=len(shown.evidence.fixes) if shown else 0, purpose="alarm",
        )  # fmt: skip
    protocol = protocol_of(chosen.kind)
    steps = list(chosen.steps.select_related("by"))
    holder = chosen.claimed_by_id == request.user.pk
    handles = person.reachable_by(request.user, P.ALARM_HANDLE)
    return {
        "alarm": chosen,
        "line": queries.line_of(chosen, now=at),
        "person": person,
        "bar": bar_of(chosen.case, today=today()),
        "evidence": shown.evidence if shown else None,
        "checked": _checked(chosen, at=at),
        "protocol": protocol,
        "protocol_version": VERSION,
        "steps": _steps(protocol, chosen, steps, request.GET.get("step", ""), at=at),
        "claims": [s for s in steps if s.kind in (StepKind.CLAIMED, StepKind.REOPENED)][-1:],
        "journal": [(s, _said(protocol, s)) for s in steps],
        "causes": [cause for cause in protocol.causes if not cause.false],
        "cause_word": _cause_word(chosen),
        "told": _told(protocol, steps),
        "holder": holder,
        "handles": handles,
        "reveals": handles and person.reachable_by(request.user, P.PERSON_REVEAL),
        "with_trail": with_trail,
        "merged": chosen.merged + 1,
    }


def _checked(chosen: Alarm, *, at: datetime) -> str:
    """What was looked up beside the decision: leave is not in this system yet, the device is."""
    status = getattr(chosen.device, "status", None)
    parts = []
    if status is not None and status.last_seen_at:
        parts.append(
            _("设备%(span)s前还有消息")
            % {"span": _span((at - status.last_seen_at).total_seconds())}
        )
    if status is not None and status.battery_pct is not None:
        parts.append(_("电量%(pct)d%%") % {"pct": status.battery_pct})
    if chosen.ended_at:
        parts.append(_("情况已经结束"))
    return _("，").join(parts)


def _span(seconds: float) -> str:
    from guitu.ui import words

    return words.duration(max(0.0, seconds))


def _steps(
    protocol: Protocol, chosen: Alarm, steps: list[AlarmStep], wanted: str, *, at: datetime
) -> list[ShownStep]:
    done: dict[str, list[AlarmStep]] = {}
    since = max((s.at for s in steps if s.kind == StepKind.RELEASED), default=None)
    for one in steps:
        if one.kind == StepKind.PROTOCOL and (since is None or one.at >= since):
            done.setdefault(one.action, []).append(one)
    active = chosen.state == AlarmState.CLAIMED
    pressing = wanted if active and protocol.step(wanted) else ""
    if active and not pressing:
        pressing = next((s.code for s in protocol.steps if s.code not in done), "")
    found = []
    for step in protocol.steps:
        of = tuple(done.get(step.code, ()))
        state = "now" if step.code == pressing else "done" if of else "later"
        due = chosen.known_at + timedelta(minutes=step.within_min) if step.within_min else None
        found.append(
            ShownStep(
                step=step,
                state=state,
                says=_whom(step, chosen),
                due=due if not of else None,
                done=of,
                words=tuple(_outcome(step, each) for each in of),
                due_kind="overdue" if due is not None and due < at else "soon",
            )
        )
    return found


def _whom(step: Step, chosen: Alarm) -> str:
    if step.whom == "team":
        team = chosen.case.team_members.filter(until__isnull=True).order_by("id")[:3]
        names = [f"{_(member.get_role_display())}{member.name}" for member in team]
        return _("，").join(names) if names else _("还没有组成矫正小组")
    if step.whom == "body":
        office = chosen.person.office
        return office.parent.short_name if office.parent else office.short_name
    return str(step.says)


def _outcome(step: Step, done: AlarmStep) -> str:
    found = next((o for o in step.outcomes if o.code == done.outcome), None)
    return str(found.label) if found else done.outcome


def _said(protocol: Protocol, done: AlarmStep) -> str:
    """A step of the journal in words."""
    if done.kind == StepKind.PROTOCOL:
        step = protocol.step(done.action)
        if step is not None:
            return _("%(step)s：%(outcome)s") % {
                "step": step.title, "outcome": _outcome(step, done)
            }  # fmt: skip
    return _(done.get_kind_display())


def _told(protocol: Protocol, steps: list[AlarmStep]) -> str:
    """The first draft of what was done, from the steps themselves."""
    said = [_said(protocol, s) for s in steps if s.kind == StepKind.PROTOCOL]
    return _("；").join(said) + _("。") if said else ""


def _cause_word(one: Alarm) -> str:
    if not one.cause:
        return ""
    found: Cause | None = protocol_of(one.kind).cause(one.cause)
    return str(found.label) if found else one.cause


@require_POST
@needs(P.ALARM_HANDLE)
def alarm_act(request: HttpRequest, pk: int) -> HttpResponse:
    """One act on one alarm; afterwards the same page, so that the next key is at hand."""
    found = get_object_or_404(queries.visible_alarms(request.user, P.ALARM_HANDLE), pk=pk)
    posted = request.POST
    by, at = account_of(request), now()
    doing = posted.get("act", "")
    reason = posted.get("reason", "")
    act = services.alarms
    said = ""
    try:
        match doing:
            case "claim":
                act.claim(found, by=by, at=at)
            case "take_over":
                act.take_over(found, reason=reason, by=by, at=at)
            case "release":
                act.release(found, reason=reason, by=by, at=at)
                said = _("已退回，等人接手。")
            case "note":
                act.note(found, text=posted.get("text", ""), by=by, at=at)
                said = _("备注已记下。")
            case "step":
                act.do_step(
                    found, action=posted.get("step", ""), outcome=posted.get("outcome", ""),
                    by=by, at=at,
                )  # fmt: skip
            case "handle":
                act.handle(
                    found, cause=posted.get("cause", ""), action=posted.get("action", ""),
                    by=by, at=at,
                )  # fmt: skip
            case "reopen":
                act.reopen(found, reason=reason, by=by, at=at)
            case "close":
                act.close(
                    found, reason=reason, by=by, at=at,
                    although_standing=posted.get("although_standing", "") == "on",
                )  # fmt: skip
                said = _("%(name)s的%(kind)s已办结，记入时间线。") % {
                    "name": found.person.name, "kind": _(found.get_kind_display())
                }  # fmt: skip
            case "false":
                act.false_alarm(found, reason=reason, by=by, at=at)
                said = _("按误报办结，理由已记下。")
            case _:
                raise Http404("unknown act")
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if said:
            messages.success(request, said)
    address = queries.AlarmFilters.of(request.GET).address
    url = reverse("tracking:alarms" if doing in ("close", "false") and said else "tracking:alarm",
                  args=[] if doing in ("close", "false") and said else [pk])  # fmt: skip
    return redirect(f"{url}?{address}" if address else url)


@require_POST
@needs(P.ALARM_HANDLE)
def alarm_phone(request: HttpRequest, pk: int) -> HttpResponse:
    """The person's telephone in clear, for the call that the protocol asks for; audited first."""
    found = get_object_or_404(queries.visible_alarms(request.user, P.ALARM_HANDLE), pk=pk)
    person = scoped_person(request, found.person_id, P.PERSON_REVEAL)
    looked(request, "person.reveal", person_id=person.pk, column="phone", alarm=found.pk)
    number = open_column(person, "phone")
    response = render(request, "tracking/_phone.html", {"number": number})
    response["Cache-Control"] = "private, no-store"
    return response
