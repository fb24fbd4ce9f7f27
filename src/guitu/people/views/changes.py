"""Pages that change a person or a case: each shows a form, calls one service, says what it did."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from guitu.base.access import account_of, needs
from guitu.base.models import Account, Organisation
from guitu.base.roles import Permission as P
from guitu.people import services
from guitu.people.forms import case as case_forms
from guitu.people.forms import person as person_forms
from guitu.people.models import Case, Person
from guitu.people.queries.lists import bar_of, officers_of, offices_of
from guitu.people.services import Refused
from guitu.people.views.common import act_on_form, record_read, scoped_case, scoped_person, today
from guitu.people.wording import cite, english

form_view = require_http_methods(["GET", "HEAD", "POST"])


def _page(person: Person | int) -> str:
    return reverse("people:person", args=[person if isinstance(person, int) else person.pk])


def _of(case: Case) -> dict[str, Any]:
    """What the head of a form about a case shows."""
    return {
        "person": case.person,
        "case": case,
        "bar": bar_of(case, today=today()),
        "back": _page(case.person_id),
    }


@form_view
@needs(P.PERSON_WRITE)
def new(request: HttpRequest) -> HttpResponse:
    """Register a person; afterwards the case."""
    offices = offices_of(request.user, P.PERSON_WRITE)
    first = offices.first()
    form = person_forms.NewPersonForm(
        request.POST or None, offices=offices, initial={"office": first}
    )

    def act(form: Any) -> tuple[str, str]:
        office: Organisation = form.cleaned_data["office"]
        works_there = officers_of([office.pk], today=today()).filter(pk=request.user.pk).exists()
        person = services.register_person(
            form.identity(),
            office=office,
            officer=account_of(request) if works_there else None,
            by=account_of(request),
            at=timezone.now(),
        )
        return reverse("people:case_new", args=[person.pk]), _(
            "%(name)s已登记，编号%(number)s。接着登记案件。"
        ) % {"name": person.name, "number": person.number}

    return act_on_form(
        request,
        form,
        act,
        title=_("登记社区矫正对象"),
        submit=_("登记，接着填案件"),
        back=reverse("people:list"),
        after=[_("登记人员"), _("登记案件，期限由系统算出"), _("报到、组成矫正小组、入矫宣告")],
        draft="person",
    )


@form_view
@needs(P.PERSON_WRITE)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a person's data, with a reason. The form shows clear numbers, so opening it is audited."""
    person = scoped_person(request, pk, P.PERSON_REVEAL)
    if not person.reachable_by(request.user, P.PERSON_WRITE):
        raise Http404
    before = services.identity_of(person)
    names = person_forms.IdentityForm.base_fields
    form = person_forms.ChangePersonForm(
        request.POST or None, initial={name: getattr(before, name) for name in names}
    )
    if request.method != "POST":
        record_read(request, "person.reveal", person, column="all", form="edit")

    def act(form: Any) -> tuple[str, str]:
        services.change_person(
            person,
            form.identity(before),
            reason=form.cleaned_data["reason"],
            by=account_of(request),
            at=timezone.now(),
        )
        return _page(person), _("资料已修改，历史里有修改前后和理由。")

    return act_on_form(
        request, form, act, title=_("修改资料"), submit=_("保存修改"), person=person,
        case=person.current_case, bar=bar_of(person.current_case, today=today()),
        back=_page(person),
    )  # fmt: skip


@form_view
@needs(P.PERSON_WRITE)
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Add somebody around the person."""
    person = scoped_person(request, pk, P.PERSON_WRITE)

    def act(form: Any) -> tuple[str, str]:
        services.add_contact(person, **form.cleaned_data, by=account_of(request), at=timezone.now())
        return _page(person), _("联系人已登记。")

    return act_on_form(
        request, person_forms.ContactForm(request.POST or None), act, title=_("登记联系人"),
        submit=_("登记"), person=person, case=person.current_case, back=_page(person),
        bar=bar_of(person.current_case, today=today()),
    )  # fmt: skip


@form_view
@needs(P.PERSON_WRITE)
def photo_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Put in a photograph."""
    person = scoped_person(request, pk, P.PERSON_WRITE)

    def act(form: Any) -> tuple[str, str]:
        upload = form.cleaned_data["photo"]
        if upload.size > services.PHOTO_MAX_BYTES:
            raise Refused(faults=[services.Fault("photo", _("照片超过8 MB，请缩小后再传。"))])
        services.photograph(person, upload.read(), by=account_of(request), at=timezone.now())
        return _page(person), _("照片已更换。")

    form = person_forms.PhotoForm(request.POST or None, request.FILES or None)
    return act_on_form(
        request, form, act, title=_("更换照片"), submit=_("保存照片"), person=person,
        case=person.current_case, back=_page(person), multipart=True,
        bar=bar_of(person.current_case, today=today()),
    )  # fmt: skip


@form_view
@needs(P.PERSON_WRITE)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Another office or officer of the same county."""
    person = scoped_person(request, pk, P.PERSON_WRITE)
    offices = offices_of(request.user, P.PERSON_WRITE).filter(
        code__startswith=person.office.code[:6]
    )
    officers = officers_of(list(offices.values_list("pk", flat=True)), today=today())
    form = person_forms.MoveForm(
        request.POST or None, offices=offices, officers=officers,
        initial={"office": person.office, "officer": person.officer},
    )  # fmt: skip

    def act(form: Any) -> tuple[str, str]:
        services.move_person(person, **form.cleaned_data, by=account_of(request), at=timezone.now())
        return reverse("people:list"), _("%(name)s已转到%(office)s。") % {
            "name": person.name,
            "office": form.cleaned_data["office"].name,
        }

    return act_on_form(
        request, form, act, title=_("变更司法所或者经办人"), submit=_("变更"), person=person,
        case=person.current_case, back=_page(person),
        bar=bar_of(person.current_case, today=today()),
    )  # fmt: skip


@form_view
@needs(P.PERSON_WRITE)
def case_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Register a case; the term is reckoned while the form is filled in."""
    person = scoped_person(request, pk, P.PERSON_WRITE)

    def act(form: Any) -> tuple[str, str]:
        case = services.open_case(
            person,
            form.judgment(),
            received_on=form.cleaned_data["received_on"],
            level=form.cleaned_data["level"],
            by=account_of(request),
            at=timezone.now(),
        )
        return _page(person), _("案件%(number)s已登记，期限%(start)s至%(end)s。") % {
            "number": case.number,
            "start": case.term_start,
            "end": case.term_end,
        }

    return act_on_form(
        request, case_forms.JudgmentForm(request.POST or None), act,
        template="people/case_form.html", title=_("登记案件"), submit=_("登记案件"),
        person=person, back=_page(person), draft=f"case-{person.pk}",
    )  # fmt: skip


@require_POST
@needs(P.PERSON_WRITE)
def term(request: HttpRequest) -> HttpResponse:
    """The term that follows from a form half filled in, with its reckoning; nothing is kept."""
    form = case_forms.TermPreviewForm(request.POST)
    context: dict[str, Any] = {}
    if form.is_valid():
        try:
            judgment = form.judgment()
            found = services.term_of(judgment)
            answer = services.judged_by_law(judgment)
        except services.JudgmentIncomplete as error:
            context["missing"] = str(error)
        else:
            context = {
                "term": found,
                "steps": [step.en if english() else step.zh for step in found.steps],
                "articles": [cite(article) for article in found.articles],
                "reasons": [services.in_words(reason) for reason in answer.reasons],
            }
    return render(request, "people/_term.html", context)


@form_view
@needs(P.PERSON_WRITE)
def step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A step of the case that needs no more than a day: reporting in, the announcement, the end."""
    case = scoped_case(request, pk, P.PERSON_WRITE)
    steps: dict[str, tuple[Any, Any, Any]] = {
        "report_in": (_("登记报到"), services.report_in, _("报到已登记，案件开始执行。")),
        "announce": (_("登记入矫宣告"), services.announce_intake, _("入矫宣告已登记。")),
        "end": (_("结束案件"), services.end_case, _("案件已结束，电子定位同时停止。")),
    }
    if name not in steps:
        raise Http404
    title, service, said = steps[name]
    kind = case_forms.EndForm if name == "end" else case_forms.DayForm
    form = kind(request.POST or None, initial={"on": today()})
    if name != "end":
        form.rules = {
            "report_in": {"on": (_("判决、裁定生效之日起十日内报到。"), "CCL 21(1)")},
            "announce": {"on": (_("宣告判决、义务和权利。未成年人不公开。"), "CCL 22")},
        }[name]  # type: ignore[misc]

    def act(form: Any) -> tuple[str, str]:
        service(case, **form.cleaned_data, by=account_of(request), at=timezone.now())
        return _page(case.person_id), said

    return act_on_form(request, form, act, title=title, submit=title, **_of(case))


@form_view
@needs(P.PERSON_WRITE)
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """A report that came in."""
    case = scoped_case(request, pk, P.PERSON_WRITE)
    form = case_forms.ReportForm(
        request.POST or None, category=case.category,
        initial={"on": today(), "kind": request.GET.get("kind", "report")},
    )  # fmt: skip

    def act(form: Any) -> tuple[str, str]:
        services.record_report(case, **form.cleaned_data, by=account_of(request), at=timezone.now())
        return _page(case.person_id), _("报告已登记，下一次的日期已经重算。")

    return act_on_form(request, form, act, title=_("登记报告"), submit=_("登记"), **_of(case))


@form_view
@needs(P.PERSON_WRITE)
def level(request: HttpRequest, pk: int) -> HttpResponse:
    """Supervision level and flags: one form, what changed is written, each with the reason."""
    case = scoped_case(request, pk, P.PERSON_WRITE)
    form = case_forms.LevelForm(
        request.POST or None,
        initial={
            "level": case.level,
            "key_management": case.key_management,
            "special_management": case.special_management,
        },
    )

    def act(form: Any) -> tuple[str, str]:
        services.set_management(
            case, **form.cleaned_data, by=account_of(request), at=timezone.now()
        )
        return _page(case.person_id), _("管理类别已调整，报告间隔随之变化。")

    return act_on_form(request, form, act, title=_("调整管理类别"), submit=_("调整"), **_of(case))


@form_view
@needs(P.PERSON_WRITE)
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """A new member of the team."""
    case = scoped_case(request, pk, P.PERSON_WRITE)
    accounts = Account.objects.filter(
        is_active=True,
        posts__organisation_id__in=case.office.ancestor_ids,
        posts__role__in=["officer", "office_head", "social_worker", "body_officer"],
    ).distinct()
    form = case_forms.TeamForm(
        request.POST or None, accounts=accounts, initial={"since": today(), "role": "social_worker"}
    )

    def act(form: Any) -> tuple[str, str]:
        member = services.add_team_member(
            case, **form.cleaned_data, by=account_of(request), at=timezone.now()
        )
        return _page(case.person_id), _("%(name)s已加入矫正小组。") % {"name": member.name}

    return act_on_form(
        request, form, act, title=_("矫正小组增加成员"), submit=_("加入小组"), **_of(case)
    )


@form_view
@needs(P.PERSON_WRITE)
def prohibition(request: HttpRequest, pk: int) -> HttpResponse:
    """A court's prohibition order."""
    case = scoped_case(request, pk, P.PERSON_WRITE)
    start: date = case.term_start
    form = case_forms.ProhibitionForm(
        request.POST or None, initial={"start": start, "end": case.term_end}
    )

    def act(form: Any) -> tuple[str, str]:
        services.add_prohibition_order(
            case, **form.cleaned_data, by=account_of(request), at=timezone.now()
        )
        return _page(case.person_id), _("禁止令已登记。")

    return act_on_form(request, form, act, title=_("登记禁止令"), submit=_("登记"), **_of(case))
