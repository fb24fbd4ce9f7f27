"""Who may do what: the three administrators stand apart."""

from itertools import combinations

import pytest

from guitu.base.roles import ADMINISTRATORS, DEFAULT_SCOPE, PERSONAL, ROLE_PERMISSIONS, Role, Scope

#: Permissions that change something; the others only show.
WRITING = {p for p in set().union(*ROLE_PERMISSIONS.values()) if not p.endswith(".read")}


def test_every_role_has_permissions_and_a_scope():
    assert set(ROLE_PERMISSIONS) == set(Role) == set(DEFAULT_SCOPE)
    assert all(ROLE_PERMISSIONS.values())


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_an_administrator_has_no_permission_on_persons(role):
    assert not ROLE_PERMISSIONS[role] & PERSONAL


@pytest.mark.parametrize(("one", "other"), list(combinations(sorted(ADMINISTRATORS), 2)))
def test_no_administrator_can_do_anothers_work(one, other):
    assert not ROLE_PERMISSIONS[one] & ROLE_PERMISSIONS[other] & WRITING


def test_the_audit_is_the_auditors_alone_and_the_auditors_only_work():
    assert {role for role, held in ROLE_PERMISSIONS.items() if "audit.read" in held} == {
        Role.AUDITOR
    }
    assert ROLE_PERMISSIONS[Role.AUDITOR] == {"audit.read"}


def test_rights_and_accounts_are_given_by_administrators_alone():
    for permission in ("account.write", "post.write", "account.unlock", "organisation.write"):
        holders = {role for role, held in ROLE_PERMISSIONS.items() if permission in held}
        assert len(holders) == 1
        assert holders < ADMINISTRATORS


def test_a_social_worker_sees_own_persons_alone():
    assert DEFAULT_SCOPE[Role.SOCIAL_WORKER] is Scope.OWN
