"""Organisations, accounts and posts: who may do what, and what is refused with which sentence."""

from datetime import date

import pytest

from guitu.base import audit
from guitu.base.codes import OrganisationKind
from guitu.base.models import Account, AuditRecord, Organisation, Post
from guitu.base.roles import Role, Scope
from guitu.base.services import accounts, organisations, posts
from guitu.base.services.administrators import AdministratorsRefused, renew_password
from guitu.base.services.refusal import Refused

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


@pytest.fixture
def house():
    """A city with its system administrator and its security officer, each acting from the web."""
    city = Organisation.objects.create(
        kind="city", code="320100", name="市局", short_name="市局", path=""
    )
    city.path = str(city.pk)
    city.save()
    people = {}
    for role in (Role.ADMINISTRATOR, Role.SECURITY_OFFICER):
        account = Account.objects.create(username=role.value, name=str(role.label))
        Post.objects.create(
            account=account, organisation=city, role=role, scope=Scope.UNIT_BELOW, since=TODAY
        )
        people[role] = account
    source = audit.Source(via="web", actor_id=None, actor="")
    with audit.acting(source):
        yield city, people[Role.ADMINISTRATOR], people[Role.SECURITY_OFFICER]


def _grant(account, city, role, by, until=None):
    return posts.grant(
        account,
        organisation=city,
        role=role,
        scope=Scope.UNIT_BELOW,
        since=TODAY,
        until=until,
        by=by,
    )


def test_a_new_account_has_no_rights_and_must_change_its_password(house):
    city, system, _security = house
    account, password = accounts.make(
        username="neu", name="新人", organisation=city, phone="", by=system
    )
    assert account.check_password(password)
    assert account.must_change_password
    assert not account.posts.exists()
    assert AuditRecord.objects.filter(action="account.make", actor_id=system.pk).exists()


def test_a_user_name_is_taken_whatever_its_case(house):
    city, system, _security = house
    accounts.make(username="neu", name="新人", organisation=city, phone="", by=system)
    with pytest.raises(Refused, match="已经有人用"):
        accounts.make(username="NEU", name="新人", organisation=city, phone="", by=system)


def test_nobody_grants_himself_and_nobody_ends_his_own_post(house):
    city, _system, security = house
    with pytest.raises(Refused, match="不能给自己"):
        _grant(security, city, Role.OFFICER, security)
    with pytest.raises(Refused, match="不能结束自己"):
        posts.end(security.posts.get(), on=TODAY, by=security)


@pytest.mark.parametrize("first", [Role.ADMINISTRATOR, Role.AUDITOR, Role.SECURITY_OFFICER])
def test_the_three_administrators_hold_no_other_role(house, first):
    city, system, security = house
    account, _ = accounts.make(username="neu", name="新人", organisation=city, phone="", by=system)
    _grant(account, city, first, security)
    with pytest.raises(Refused, match="不能兼任"):
        _grant(account, city, Role.CITY_OFFICER, security)


def test_an_officer_does_not_become_an_administrator_beside(house):
    city, system, security = house
    account, _ = accounts.make(username="neu", name="新人", organisation=city, phone="", by=system)
    _grant(account, city, Role.CITY_OFFICER, security)
    with pytest.raises(Refused, match="单独一个账号"):
        _grant(account, city, Role.AUDITOR, security)


def test_a_unit_below_knows_its_way_up_and_a_taken_code_is_refused(house):
    city, system, _security = house
    unit = organisations.add(
        city, kind=OrganisationKind.BODY, code="320106", name="某区", short_name="某区", by=system
    )
    assert unit.ancestor_ids == [city.pk, unit.pk]
    with pytest.raises(Refused, match="320106"):
        organisations.add(
            city,
            kind=OrganisationKind.BODY,
            code="320106",
            name="别区",
            short_name="别区",
            by=system,
        )


def test_a_unit_with_units_below_is_not_closed(house):
    city, system, _security = house
    organisations.add(
        city, kind=OrganisationKind.BODY, code="320106", name="某区", short_name="某区", by=system
    )
    with pytest.raises(Refused, match="先停用"):
        organisations.set_active(city, active=False, reason="合并", by=system)


def test_no_administrator_gives_another_a_password_or_closes_the_account(house):
    _city, system, security = house
    with pytest.raises(Refused, match="三员之一"):
        accounts.reset_password(security, by=system)
    with pytest.raises(Refused, match="三员之一"):
        accounts.set_active(security, active=False, reason="试试", by=system)
    with pytest.raises(Refused, match="自己"):
        accounts.reset_password(system, by=system)


def test_the_host_gives_an_administrator_a_new_password_and_nobody_else(house):
    city, system, _security = house
    renewed = renew_password(system.username)
    system.refresh_from_db()
    assert system.check_password(renewed.password)
    assert system.must_change_password
    Account.objects.create(username="amt", name="某人", organisation=city)
    with pytest.raises(AdministratorsRefused, match="amt"):
        renew_password("amt")
