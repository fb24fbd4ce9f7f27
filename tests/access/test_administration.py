"""Rights are given, taken and kept apart as the pages say, also when somebody tries otherwise."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from guitu.base import audit
from guitu.base.models import Account, AuditRecord, Post
from guitu.base.roles import Role, Scope
from guitu.base.scope import permissions_of
from guitu.base.services import accounts, organisations, posts
from guitu.base.services.refusal import Refused
from guitu.people.tests.cast import account, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def act(client):
    """Post a form of the account's or the unit's page as somebody."""

    def send(who, name, pk, **form):
        client.force_login(who, backend="guitu.base.backends.AccountBackend")
        return client.post(reverse(name, args=[pk]), form)

    return send


def anew(one: Account) -> Account:
    """The account as the next request sees it."""
    return Account.objects.get(pk=one.pk)


def test_ending_a_post_takes_its_rights_at_once(act, cast):
    post = cast.officer.posts.get()
    act(cast.security_officer, "base:account_act", cast.officer.pk, act="end", post=post.pk)
    assert not permissions_of(anew(cast.officer))


def test_an_ended_post_stays_ended(act, cast):
    post = cast.officer.posts.get()
    post.until = timezone.localdate() - timedelta(days=30)
    post.save()
    act(cast.security_officer, "base:account_act", cast.officer.pk, act="end", post=post.pk)
    assert Post.objects.get(pk=post.pk).until == post.until


def test_a_post_begun_today_can_be_ended_today(act, cast):
    post = Post.objects.create(
        account=cast.nobody, organisation=cast.office, role=Role.OFFICER, scope=Scope.UNIT,
        since=timezone.localdate(),
    )  # fmt: skip
    act(cast.security_officer, "base:account_act", cast.nobody.pk, act="end", post=post.pk)
    assert not permissions_of(anew(cast.nobody))


@pytest.mark.parametrize("spelling", [str.upper, str.title, str.swapcase])
def test_another_spelling_of_the_name_is_the_same_lock(client, cast, spelling):
    name = cast.officer.username
    url = reverse("account_login")
    codes = [
        client.post(url, {"login": one, "password": "falsch"}).status_code
        for one in [name, spelling(name)] * 3
    ]
    assert codes[-1] == 429


def test_unlocking_opens_every_spelling(act, client, cast):
    cast.officer.set_password("Ein-gutes-Wort-7")
    cast.officer.save()
    url = reverse("account_login")
    for _ in range(6):
        client.post(url, {"login": cast.officer.username.upper(), "password": "falsch"})
    act(cast.security_officer, "base:account_act", cast.officer.pk, act="unlock")
    client.logout()
    answer = client.post(url, {"login": cast.officer.username, "password": "Ein-gutes-Wort-7"})
    assert answer.status_code == 302


def test_the_last_unit_of_an_administrator_is_not_closed(act, cast):
    alone = unit("body", "999901", "孤局")
    system = account("lone", "孤", Role.ADMINISTRATOR, alone)
    form = {"act": "active", "active-reason": "试试"}
    act(system, "base:organisation", alone.pk, **form)
    assert permissions_of(anew(system))


def test_an_office_with_open_cases_is_not_closed(act, cast):
    form = {"act": "active", "active-reason": "合并"}
    answer = act(cast.administrator, "base:organisation", cast.office.pk, **form)
    cast.office.refresh_from_db()
    assert cast.office.active
    assert "没有结束的案件" in answer.content.decode()


def test_each_service_asks_for_the_right_itself(cast):
    who = cast.administrator
    today = timezone.localdate()
    with audit.acting(audit.Source("web", who.pk, who.username)):
        with pytest.raises(Refused):
            posts.grant(
                cast.nobody, organisation=cast.office, role="officer", scope="unit", since=today,
                until=None, by=who,
            )  # fmt: skip
        with pytest.raises(Refused):
            accounts.unlock(cast.officer, by=who)
        with pytest.raises(Refused):
            accounts.reset_password(cast.officer, by=cast.security_officer)
        with pytest.raises(Refused):
            organisations.rename(cast.office, name="x", short_name="x", by=cast.security_officer)


@pytest.mark.parametrize(
    ("role", "scope"), [("procurator", "unit"), ("officer", "all"), ("bureau_head", "unit_below")]
)
def test_a_role_has_its_place_and_all_is_for_the_province(cast, role, scope):
    by = cast.security_officer
    with audit.acting(audit.Source("web", by.pk, by.username)), pytest.raises(Refused):
        posts.grant(
            cast.nobody, organisation=cast.office, role=role, scope=scope,
            since=timezone.localdate(), until=None, by=by,
        )  # fmt: skip


def test_the_audit_knows_an_account_by_one_name(act, cast):
    act(cast.administrator, "base:account_act", cast.officer.pk, act="reset")
    row = AuditRecord.objects.get(action="account.reset_password")
    assert row.actor == cast.administrator.username


def test_whoever_may_read_organisations_sees_the_tree(client, cast):
    client.force_login(cast.officer, backend="guitu.base.backends.AccountBackend")
    assert client.get(reverse("base:organisations")).status_code == 200
