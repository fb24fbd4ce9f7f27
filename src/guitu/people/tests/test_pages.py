"""The pages: who may open them, what they say, what they write to the audit."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from guitu.base.models import AuditRecord
from guitu.people import services
from guitu.people.forms.case import (
    DayForm,
    EndForm,
    JudgmentForm,
    LevelForm,
    ProhibitionForm,
    ReportForm,
    TeamForm,
)
from guitu.people.forms.order import AnnulForm, LiftForm, OrderForm
from guitu.people.forms.person import (
    ChangePersonForm,
    ContactForm,
    MoveForm,
    NewPersonForm,
    PhotoForm,
)
from guitu.people.models import Case, Contact, MonitoringOrder, Person
from guitu.people.tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, cast):
    """Open an address as somebody: ``page(cast.officer, "people:person", pk)``."""

    def open_page(who, name, *args, post=None, query="", **headers):
        client.force_login(who, backend="guitu.base.backends.AccountBackend")
        address = reverse(name, args=args) + query
        if post is None:
            return client.get(address, **headers)
        return client.post(address, post, **headers)

    return open_page


def test_the_list_shows_my_persons_and_no_other_countys(page, cast):
    said = page(cast.body_officer, "people:list").content.decode()
    assert "顾怀远" in said and "欧阳静" in said
    assert "郑启航" not in said


def test_a_list_read_is_one_audit_row_without_numbers(page, cast):
    before = AuditRecord.objects.count()
    page(cast.officer, "people:list", query="?q=13800000147&level=strict")
    rows = AuditRecord.objects.order_by("id")[before:]
    assert [row.action for row in rows] == ["signin.done", "person.list"]
    assert rows[1].detail["filters"] == {"search": "［号码］", "level": "strict"}


@pytest.mark.parametrize(
    "name",
    ["people:person", "people:timeline", "people:history", "people:edit", "people:contact",
     "people:photo_new", "people:move", "people:case_new"],
)  # fmt: skip
def test_a_foreign_person_is_not_found(page, cast, name):
    assert page(cast.officer, name, cast.foreign_person.pk).status_code == 404
    assert page(cast.officer, name, cast.person.pk).status_code == 200


@pytest.mark.parametrize(
    "name", ["people:report", "people:level", "people:team", "people:prohibition"]
)
def test_a_foreign_case_is_not_found(page, cast, name):
    assert page(cast.officer, name, cast.foreign_case.pk).status_code == 404
    assert page(cast.officer, name, cast.case.pk).status_code == 200


def test_administrators_see_no_person(page, cast):
    for who in (cast.administrator, cast.security_officer, cast.auditor, cast.nobody):
        assert page(who, "people:list").status_code == 403
        assert page(who, "people:person", cast.person.pk).status_code == 403


def test_the_social_worker_sees_own_persons_alone(page, cast):
    assert page(cast.social_worker, "people:person", cast.person.pk).status_code == 200
    assert page(cast.social_worker, "people:person", cast.sister_person.pk).status_code == 404


def test_the_person_page_says_term_steps_and_why(page, cast):
    said = page(cast.officer, "people:person", cast.person.pk).content.decode()
    assert "2028-03-11" in said
    assert "入矫宣告" in said
    assert "社矫法第22条" in said
    assert "自判决确定之日" in said
    assert AuditRecord.objects.filter(action="person.open", person_id=cast.person.pk).exists()


def test_the_person_page_in_english(page, cast, client):
    client.cookies.load({"guitu_lang": "en"})
    said = page(
        cast.officer, "people:person", cast.person.pk, HTTP_ACCEPT_LANGUAGE="en"
    ).content.decode()
    assert "Timeline" in said


def test_numbers_are_masked_until_revealed_and_the_reveal_is_audited(page, cast):
    number = services.identity_of(cast.person).id_number
    said = page(cast.officer, "people:person", cast.person.pk).content.decode()
    assert number not in said
    assert cast.person.id_number_mask in said
    shown = page(cast.officer, "people:reveal", cast.person.pk, "id_number", post={})
    assert number in shown.content.decode()
    row = AuditRecord.objects.get(action="person.reveal")
    assert (row.person_id, row.actor_id) == (cast.person.pk, cast.officer.pk)
    assert row.detail == {"column": "id_number"}
    assert number not in str(row.detail)


def test_reveal_is_a_post_of_whoever_holds_the_permission(page, cast):
    assert page(cast.officer, "people:reveal", cast.person.pk, "phone").status_code == 405
    assert (
        page(cast.procurator, "people:reveal", cast.person.pk, "phone", post={}).status_code == 403
    )
    assert (
        page(cast.officer, "people:reveal", cast.foreign_person.pk, "phone", post={}).status_code
        == 404
    )
    assert page(cast.officer, "people:reveal", cast.person.pk, "name", post={}).status_code == 404


def test_every_field_of_every_form_cites_an_article_that_exists(cast):
    forms = [
        NewPersonForm(offices=Person.objects.none()), ChangePersonForm(), ContactForm(), PhotoForm(),
        MoveForm(offices=Person.objects.none(), officers=Person.objects.none()), JudgmentForm(),
        DayForm(), EndForm(), LevelForm(), ReportForm(category="04"),
        TeamForm(accounts=Person.objects.none()), ProhibitionForm(),
        OrderForm(heads=Person.objects.none(), extendable=Person.objects.none()), LiftForm(),
        AnnulForm(),
    ]  # fmt: skip
    for form in forms:
        assert set(form.rules) <= set(form.fields), type(form).__name__
        assert list(form.shown())


def test_registering_a_person_and_a_case_from_the_pages(page, cast):
    sent = page(
        cast.officer, "people:new",
        post={"name": "阿依古丽·买买提", "sex": "2", "birth_date": "1990-01-01", "phone": "138 0000 0999",
              "office": cast.office.pk},
    )  # fmt: skip
    person = Person.objects.get(name="阿依古丽·买买提")
    assert sent.status_code == 302
    assert sent.url == reverse("people:case_new", args=[person.pk])
    assert person.number == "3201062026-0003"
    judgment = {
        "category": "02", "deciding_organ": "鼓楼区人民法院", "judgment_number": "（2026）苏0106刑初9号",
        "judgment_date": "2026-10-20", "effective_date": "2026-11-01", "offence": "盗窃罪",
        "offence_class": "05", "sentence_kind": "03", "sentence": "十个月", "test_period": "1年",
        "crimes": "1", "level": "ordinary", "received_on": "",
    }  # fmt: skip
    wrong = page(
        cast.officer, "people:case_new", person.pk, post=judgment | {"test_period": "8个月"}
    )
    assert wrong.status_code == 422
    assert "不少于1年" in wrong.content.decode()
    right = page(cast.officer, "people:case_new", person.pk, post=judgment)
    assert right.status_code == 302
    case = Case.objects.get(person=person)
    assert (str(case.term_start), str(case.term_end), case.state) == (
        "2026-11-01",
        "2027-10-31",
        "expected",
    )


def test_a_wrong_check_digit_is_said_beside_the_field(page, cast):
    sent = page(
        cast.officer, "people:new",
        post={"name": "某", "sex": "1", "birth_date": "1990-01-01", "office": cast.office.pk,
              "id_number": "000000199001010011"},
    )  # fmt: skip
    assert sent.status_code == 422
    assert "末位应为" in sent.content.decode()


def test_the_term_is_shown_while_the_form_is_filled_in(page, cast):
    shown = page(
        cast.officer, "people:term",
        post={"category": "01", "sentence_kind": "05", "effective_date": "2026-05-10", "sentence": "4个月",
              "custody_days": "20"},
    ).content.decode()  # fmt: skip
    assert "2026-07-31" in shown and "一日折抵二日" in shown


def order_post(cast, **changes):
    today = timezone.localdate()
    return {
        "ground": "2", "proof": "警告决定书（2026）鼓矫警字第9号", "number": "鼓司矫电〔2026〕7号",
        "decided_by": cast.bureau_head.pk, "decided_on": today, "start": today,
        "end": today + timedelta(days=60), "extends": "", "assessed_on": "", "reassessment": "",
    } | changes  # fmt: skip


def test_an_order_is_recorded_lifted_and_listed(page, cast):
    assert page(cast.officer, "people:order_new", cast.case.pk).status_code == 403
    form = page(cast.body_officer, "people:order_new", cast.case.pk).content.decode()
    assert "重点管理、严管、住得远，都不是理由" in form
    sent = page(cast.body_officer, "people:order_new", cast.case.pk, post=order_post(cast))
    order = MonitoringOrder.objects.get()
    assert sent.url == reverse("people:order", args=[order.pk])
    assert "鼓司矫电〔2026〕7号" in page(cast.body_officer, "people:orders").content.decode()
    assert "顾怀远" in page(cast.officer, "people:order", order.pk).content.decode()
    assert page(cast.outsider, "people:order", order.pk).status_code == 404
    lift = {"act": "lift", "lift-on": timezone.localdate(), "lift-reason": "不再需要"}
    assert page(cast.officer, "people:order", order.pk, post=lift).status_code == 403
    assert page(cast.body_officer, "people:order", order.pk, post=lift).status_code == 302
    order.refresh_from_db()
    assert order.lifted_reason == "不再需要"
    for standing in ("running", "soon", "coming", "over", "all"):
        assert (
            page(cast.body_officer, "people:orders", query=f"?standing={standing}").status_code
            == 200
        )


def test_an_order_of_more_than_three_months_is_refused_beside_its_field(page, cast):
    sent = page(
        cast.body_officer, "people:order_new", cast.case.pk,
        post=order_post(cast, end=timezone.localdate() + timedelta(days=120)),
    )  # fmt: skip
    assert sent.status_code == 422
    assert "不得超过三个月" in sent.content.decode()
    assert not MonitoringOrder.objects.exists()


def test_steps_reports_level_team_and_end_from_the_pages(page, cast):
    today = timezone.localdate()
    case = cast.case
    for name, args, post in [
        ("people:step", [case.pk, "announce"], {"on": today}),
        ("people:report", [case.pk], {"kind": "report", "on": today, "text": "换了工作"}),
        ("people:level", [case.pk], {"level": "strict", "key_management": "on", "reason": "两次未报告"}),
        ("people:team", [case.pk], {"role": "community", "name": "潘桂芳", "sex": "2", "since": today}),
        ("people:prohibition", [case.pk], {"kind": "place", "content": "网吧", "start": case.term_start, "end": case.term_end}),
        ("people:step", [case.pk, "end"], {"state": "terminated", "on": today, "reason": "收监"}),
    ]:  # fmt: skip
        assert page(cast.officer, name, *args).status_code == 200, name
        sent = page(cast.officer, name, *args, post=post)
        assert sent.status_code == 302, (name, sent.content.decode()[:2000])
    case.refresh_from_db()
    assert (case.level, case.key_management, case.state) == ("strict", True, "terminated")
    said = page(cast.officer, "people:person", cast.person.pk).content.decode()
    assert "已终止" in said
    history = page(cast.officer, "people:history", cast.person.pk).content.decode()
    assert "两次未报告" in history and "严管" in history
    assert (
        page(cast.officer, "people:timeline", cast.person.pk, query="?kind=level").status_code
        == 200
    )


def test_a_contacts_phone_is_sealed_and_revealed(page, cast):
    page(
        cast.officer,
        "people:contact",
        cast.person.pk,
        post={"relation": "姐姐", "name": "顾怀静", "phone": "13900000001"},
    )
    contact = Contact.objects.get()
    assert "13900000001" not in page(cast.officer, "people:person", cast.person.pk).content.decode()
    shown = page(cast.officer, "people:reveal_contact", contact.pk, post={})
    assert "13900000001" in shown.content.decode()


def test_an_edit_needs_a_reason_and_hides_clear_numbers_from_history(page, cast):
    identity = services.identity_of(cast.person)
    post = {
        "name": identity.name, "sex": identity.sex, "birth_date": identity.birth_date,
        "id_number": identity.id_number, "phone": "13911112222", "address": identity.address,
        "address_area": identity.address_area, "health": "", "former_name": "",
    }  # fmt: skip
    assert page(cast.officer, "people:edit", cast.person.pk, post=post).status_code == 422
    assert (
        page(
            cast.officer, "people:edit", cast.person.pk, post=post | {"reason": "本人换号"}
        ).status_code
        == 302
    )
    history = page(cast.officer, "people:history", cast.person.pk).content.decode()
    assert "本人换号" in history and "13911112222" not in history


def test_an_export_defuses_formulas_and_is_audited(page, cast):
    services.register_person(
        services.Identity(name="=cmd|calc", sex="1", birth_date=cast.person.birth_date),
        office=cast.office, by=cast.officer, at=NOW,
    )  # fmt: skip
    sent = page(cast.officer, "people:export")
    text = b"".join(sent.streaming_content).decode()
    assert "'=cmd|calc" in text
    assert AuditRecord.objects.get(action="person.export").detail["rows"] == 2


def test_hostile_filters_open_the_list(page, cast):
    for query in (
        "?page=99999999999",
        "?office=abc",
        "?q=%00%27",
        "?state=xyz&level=%F0%9F%98%80",
        "?q=" + "a" * 500,
    ):
        assert page(cast.officer, "people:list", query=query).status_code == 200
