"""What an account reaches: the OR over its posts, each with its own permissions and scope.

The guard on querysets is tested with persons' models in ``tests/base/test_scope_guard.py``.
"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from guitu.base.models import Account, Oversight
from guitu.base.roles import Role, Scope
from guitu.base.scope import DIRECT, Reach, permissions_of, reach_of, scope_keys
from guitu.base.tests.conftest import account, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree():
    city = unit("320100")
    county = unit("320115", city)
    return city, county, unit("320115001", county), unit("320115002", county)


def fresh(made: Account) -> Account:
    return Account.objects.get(pk=made.pk)


def test_nobody_and_an_account_without_a_post_reach_nothing(tree):
    assert not reach_of(AnonymousUser(), "person.read")
    assert not reach_of(account("new"), "person.read")
    assert permissions_of(AnonymousUser()) == frozenset()


def test_an_account_that_was_shut_reaches_nothing(tree):
    officer = account("officer", (Role.OFFICER, tree[2], None))
    assert reach_of(officer, "person.read")
    officer.is_active = False
    assert not reach_of(officer, "person.read")


@pytest.mark.parametrize(
    ("scope", "direct", "below", "own", "elsewhere"),
    [
        (Scope.ALL, True, True, True, True),
        (Scope.UNIT_BELOW, True, True, False, False),
        (Scope.UNIT, True, False, False, False),
        (Scope.OWN, False, False, True, False),
    ],
)
def test_each_scope_covers_what_its_name_says(tree, scope, direct, below, own, elsewhere):
    city, county, office, _ = tree
    other = unit("320102", city)
    made = account("a", (Role.BODY_OFFICER, county, scope))
    reach = reach_of(made, "person.read")
    assert reach.covers(scope_keys(county.ancestor_ids, county.pk, [])) is direct
    assert reach.covers(scope_keys(office.ancestor_ids, office.pk, [])) is below
    assert reach.covers(scope_keys(other.ancestor_ids, other.pk, [made.pk])) is (own or elsewhere)
    assert reach.covers(scope_keys(other.ancestor_ids, other.pk, [])) is elsewhere


def test_a_permission_of_one_post_does_not_reach_into_the_scope_of_another(tree):
    _, county, office, sister = tree
    made = account("a", (Role.OFFICER, office, None), (Role.SOCIAL_WORKER, sister, Scope.UNIT))
    assert reach_of(made, "person.read").keys == {office.pk, DIRECT + sister.pk}
    assert reach_of(made, "person.write").keys == {office.pk}
    assert not reach_of(made, "order.write")


def test_a_post_counts_from_its_first_day_to_its_last(tree):
    today = timezone.localdate()
    day = timedelta(days=1)
    made = account("a", (Role.OFFICER, tree[2], None), since=today, until=today)
    assert reach_of(made, "person.read")
    for since, until in ((today + day, None), (today - day, today - day)):
        made.posts.update(since=since, until=until)
        assert not reach_of(fresh(made), "person.read")


def test_a_post_at_a_unit_that_was_closed_gives_nothing(tree):
    office = tree[2]
    made = account("a", (Role.OFFICER, office, None))
    office.active = False
    office.save()
    assert not reach_of(fresh(made), "person.read")


def test_an_overseer_sees_what_it_oversees_and_not_its_own_place_in_the_tree(tree):
    city, county, office, _ = tree
    procuratorate = unit("320115-JC", county)
    Oversight.objects.create(overseer=procuratorate, unit=county)
    made = account("p", (Role.PROCURATOR, procuratorate, None))
    reach = reach_of(made, "person.read")
    assert reach.keys == {county.pk}
    assert reach.covers(scope_keys(office.ancestor_ids, office.pk, []))
    assert not reach_of(made, "person.write")


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SECURITY_OFFICER, Role.AUDITOR])
def test_an_administrator_reaches_no_person_even_with_the_widest_scope(tree, role):
    made = account("a", (role, tree[0], Scope.ALL))
    assert not reach_of(made, "person.read")


def test_numbers_of_units_accounts_and_direct_units_do_not_meet():
    keys = scope_keys([1, 2], 2, [2, 2, 1])
    assert keys == [1, 2, DIRECT + 2, -2, -1]
    assert not Reach(everything=False, keys=frozenset({-3, DIRECT + 1})).covers(keys)
