"""Who reaches whom: the object check and the queryset agree for everybody, and nothing runs bare."""

import pytest

from guitu.base.roles import PERSONAL, Permission, Role, Scope
from guitu.base.scope import NotScoped, guarded
from guitu.people import services
from guitu.people.models import Case, CaseEvent, Contact, MonitoringOrder, Person, TeamMember
from guitu.people.tests.cast import NOW, TODAY

pytestmark = pytest.mark.django_db
MODELS = [Person, Case, CaseEvent, TeamMember, Contact, MonitoringOrder]


def test_object_check_and_queryset_agree_for_the_whole_cast(cast):
    services.add_contact(cast.person, relation="姐姐", name="某", by=cast.officer, at=NOW)
    for name, account in cast.accounts.items():
        for permission in Permission:
            for model in MODELS:
                seen = set(
                    model.objects.visible_to(account, permission).values_list("pk", flat=True)
                )
                for row in model.objects.all():
                    assert row.reachable_by(account, permission) == (row.pk in seen), (
                        f"{name}, {permission}, {row!r}"
                    )


def test_who_sees_whom(cast):
    def seen(account):
        return {p.name for p in Person.objects.visible_to(account)}

    mine, sister, foreign = "顾怀远", "欧阳静", "郑启航"
    assert seen(cast.officer) == seen(cast.office_head) == {mine}
    assert seen(cast.sister_officer) == {sister}
    assert seen(cast.body_officer) == seen(cast.bureau_head) == {mine, sister}
    assert seen(cast.procurator) == {mine, sister}
    assert seen(cast.city_officer) == seen(cast.province_officer) == {mine, sister, foreign}
    assert seen(cast.outsider) == {foreign}
    assert seen(cast.social_worker) == {mine}
    for account in (cast.administrator, cast.security_officer, cast.auditor, cast.nobody):
        assert seen(account) == set()


def test_no_administrator_holds_a_permission_on_persons(cast):
    from guitu.base.scope import permissions_of

    for account in (cast.administrator, cast.security_officer, cast.auditor):
        assert not permissions_of(account) & PERSONAL


def test_own_scope_follows_the_team_and_its_days(cast):
    member = cast.case.team_members.get()
    services.end_team_member(member, until=TODAY, by=cast.officer, at=NOW)
    assert Person.objects.visible_to(cast.social_worker).count() == 1
    from datetime import timedelta

    services.daily(TODAY + timedelta(days=1))
    assert Person.objects.visible_to(cast.social_worker).count() == 0
    assert services.daily(TODAY + timedelta(days=1)) == services.daily(TODAY + timedelta(days=1))


def test_own_scope_follows_the_officer(cast):
    cast.sister_officer.posts.update(scope=Scope.OWN)
    assert {p.name for p in Person.objects.visible_to(cast.sister_officer)} == {"欧阳静"}
    services.move_person(
        cast.person, office=cast.sister_office, officer=cast.sister_officer, reason="搬家",
        by=cast.body_officer, at=NOW,
    )  # fmt: skip
    assert {p.name for p in Person.objects.visible_to(cast.sister_officer)} == {"欧阳静", "顾怀远"}
    assert not Person.objects.visible_to(cast.officer).exists()


def test_a_post_gives_its_own_permission_in_its_own_unit_alone(cast):
    from guitu.base.models import Post

    Post.objects.create(
        account=cast.officer, organisation=cast.other_county, role=Role.PROVINCE_OFFICER,
        scope=Scope.UNIT_BELOW, since=TODAY,
    )  # fmt: skip
    account = type(cast.officer).objects.get(pk=cast.officer.pk)
    assert cast.foreign_person.reachable_by(account, Permission.PERSON_READ)
    assert not cast.foreign_person.reachable_by(account, Permission.PERSON_WRITE)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_bare_query_in_a_request_is_refused(cast, model):
    with guarded():
        for ask in (
            lambda: list(model.objects.all()),
            lambda: model.objects.count(),
            lambda: model.objects.filter(pk=1).exists(),
            lambda: model.objects.filter(pk=1).first(),
            lambda: list(model.objects.values_list("pk")),
            lambda: list(model._base_manager.all()),
            lambda: model.objects.update(person_id=1) if model is not Person else model.objects.update(name="x"),
        ):  # fmt: skip
            with pytest.raises(NotScoped):
                ask()


def test_services_and_relations_run_inside_a_request(cast):
    with guarded():
        person = Person.objects.visible_to(cast.officer).get()
        assert person.cases.count() == 1
        services.set_level(
            person.cases.get(), "strict", reason="两次未报告", by=cast.officer, at=NOW
        )
