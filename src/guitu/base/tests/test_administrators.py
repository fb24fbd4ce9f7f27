"""The three administrators are made together, once, and audited as the host's act."""

import pytest
from django.contrib.auth.password_validation import validate_password

from guitu.base.models import Account, AuditRecord, Organisation
from guitu.base.roles import ADMINISTRATORS, Role
from guitu.base.services.administrators import (
    AdministratorsRefused,
    TopUnit,
    make_administrators,
    one_time_password,
)
from guitu.base.tests.conftest import account, unit

pytestmark = pytest.mark.django_db

NAMES = {
    Role.ADMINISTRATOR: "system",
    Role.SECURITY_OFFICER: "security",
    Role.AUDITOR: "auditor",
}
TOP = TopUnit(name="南京市社区矫正管理局", code="320100")


def test_all_three_are_made_with_passwords_of_one_use(host):
    made = make_administrators(NAMES, unit=TOP)
    assert {one.role for one in made} == ADMINISTRATORS
    assert len({one.password for one in made}) == 3
    for one in made:
        found = Account.objects.get(username=one.username)
        assert found.check_password(one.password)
        assert found.must_change_password
        assert [post.role for post in found.posts.all()] == [one.role]
    rows = AuditRecord.objects.order_by("pk")
    assert [row.action for row in rows] == [
        "organisation.make", *(["account.make", "post.grant"] * 3)
    ]  # fmt: skip
    assert {(row.via, row.actor) for row in rows} == {("host", "root@host")}
    assert not any(one.password in str(row.detail) for row in rows for one in made)


def test_a_second_call_is_refused_and_names_those_that_are_there(host):
    make_administrators(NAMES, unit=TOP)
    with pytest.raises(AdministratorsRefused, match="already \\(system, security, auditor\\)"):
        make_administrators({role: f"{name}2" for role, name in NAMES.items()})
    assert Account.objects.count() == 3


def test_the_present_top_unit_is_taken(host):
    city = unit("320100")
    unit("320115", city)
    make_administrators(NAMES, unit=TOP)
    assert Organisation.objects.count() == 2
    assert {one.organisation for one in Account.objects.all()} == {city}


@pytest.mark.parametrize(
    ("change", "top", "text"),
    [
        ({Role.AUDITOR: "System"}, TOP, "need three accounts"),
        ({Role.AUDITOR: "a"}, TOP, "3 to 40 letters"),
        ({Role.AUDITOR: "a b c"}, TOP, "3 to 40 letters"),
        ({Role.AUDITOR: "Officer"}, TOP, "Officer is taken"),
        ({}, None, "no unit yet"),
    ],
)
def test_what_is_wrong_is_refused_with_its_remedy_and_nothing_is_made(host, change, top, text):
    account("officer")
    with pytest.raises(AdministratorsRefused, match=text):
        make_administrators(NAMES | change, unit=top)
    assert Account.objects.count() == 1
    assert not Organisation.objects.exists()
    assert not AuditRecord.objects.exists()


def test_one_of_three_alone_is_refused(host):
    with pytest.raises(AdministratorsRefused, match="each of the three"):
        make_administrators({Role.AUDITOR: "auditor"}, unit=TOP)


def test_passwords_of_one_use_pass_our_own_rules():
    for _ in range(50):
        validate_password(one_time_password())
