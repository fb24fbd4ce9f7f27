"""The three separated administrators (三员分立): made once, together, by the host."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from guitu.base import audit
from guitu.base.codes import OrganisationKind
from guitu.base.models import Account, Organisation, Post
from guitu.base.roles import ADMINISTRATORS, DEFAULT_SCOPE, Role

_LOCK = 0x6775_6975
_PASSWORD_LENGTH = 16
#: Without signs that are easily taken for one another.
_KINDS = (
    "".join(sorted(set(string.ascii_lowercase) - set("lo"))),
    "".join(sorted(set(string.ascii_uppercase) - set("IO"))),
    "23456789",
    "-+=?@#%",
)


class AdministratorsRefused(ValueError):
    """The administrators can't be made; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class TopUnit:
    """The first unit of an empty register, in which the administrators have their posts."""

    name: str
    code: str
    kind: OrganisationKind = OrganisationKind.CITY


@dataclass(frozen=True, slots=True)
class NewAdministrator:
    """One of the three, with the password that is shown once and must be changed at sign-in."""

    role: Role
    username: str
    password: str


def top_unit() -> Organisation | None:
    """The root of the tree of organisations, if there is one."""
    return Organisation.objects.filter(parent__isnull=True).order_by("pk").first()


def present_administrators() -> list[tuple[str, Role]]:
    """User names and roles of the administrators whose posts are in force."""
    posts = Post.objects.filter(role__in=ADMINISTRATORS).filter(
        Q(until__isnull=True) | Q(until__gte=timezone.localdate())
    )
    return [
        (username, Role(role))
        for username, role in posts.order_by("pk").values_list("account__username", "role")
    ]


def make_administrators(
    usernames: Mapping[Role, str], *, unit: TopUnit | None = None
) -> list[NewAdministrator]:
    """Make all three accounts with their posts, in one transaction with their audit.

    ``usernames`` names one account for each role of ``ADMINISTRATORS``; ``unit`` is made when the
    register has no unit yet. Runs within ``audit.acting``. Raises
    :class:`AdministratorsRefused` when any administrator exists, when a user name is wrong or
    taken, or when a unit is needed.
    """
    if set(usernames) != ADMINISTRATORS:
        raise AdministratorsRefused("Name one account for each of the three administrators.")
    names = [_checked(name) for name in usernames.values()]
    if len({name.casefold() for name in names}) != len(names):
        raise AdministratorsRefused(
            f"The three administrators need three accounts, not {', '.join(names)}."
        )
    with transaction.atomic(), connection.cursor() as cursor:
        # Two hosts may call at once: the second must see the first one's accounts.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        there = present_administrators()
        if there:
            raise AdministratorsRefused(
                f"There are administrators already ({', '.join(name for name, _ in there)}): let "
                "them make further accounts in the pages, or end their posts first."
            )
        for name in names:
            if Account.objects.filter(username__iexact=name).exists():
                raise AdministratorsRefused(f"The user name {name} is taken: choose another.")
        home = top_unit() or _make(unit)
        return [_one(Role(role), name, home) for role, name in usernames.items()]


def renew_password(username: str) -> NewAdministrator:
    """A new one-time password for an administrator who lost the own one; runs on the host alone.

    Raises :class:`AdministratorsRefused` when the account is none of an administrator.
    """
    with transaction.atomic():
        account = Account.objects.filter(username__iexact=username).first()
        post = account.posts.filter(role__in=ADMINISTRATORS).first() if account else None
        if account is None or post is None:
            raise AdministratorsRefused(
                f"{username} is no administrator's account: the system administrator resets others."
            )
        password = one_time_password()
        account.set_password(password)
        account.must_change_password = True
        account.save(update_fields=["password", "must_change_password"])
        audit.record("account.reset_password", obj=account)
    return NewAdministrator(Role(post.role), account.username, password)


def _checked(username: str) -> str:
    name = username.strip()
    if not 3 <= len(name) <= 40 or not all(c.isalnum() or c in "._-" for c in name):
        raise AdministratorsRefused(
            f"The user name {username!r} must have 3 to 40 letters, digits, '.', '_' or '-'."
        )
    return name


def _make(unit: TopUnit | None) -> Organisation:
    if unit is None or not unit.name.strip() or not unit.code.strip():
        raise AdministratorsRefused(
            "The register has no unit yet: name the top one (--unit-name, --unit-code)."
        )
    made = Organisation.objects.create(
        kind=unit.kind, code=unit.code.strip(), name=unit.name.strip(),
        short_name=unit.name.strip()[:40], path="",
    )  # fmt: skip
    made.path = str(made.pk)
    made.save(update_fields=["path"])
    audit.record("organisation.make", obj=made, code=made.code)
    return made


def _one(role: Role, username: str, home: Organisation) -> NewAdministrator:
    account = Account(
        username=username, name=str(role.label), organisation=home, must_change_password=True
    )
    password = one_time_password()
    validate_password(password, account)
    account.set_password(password)
    account.save()
    scope = DEFAULT_SCOPE[role]
    post = Post.objects.create(
        account=account, organisation=home, role=role, scope=scope, since=timezone.localdate()
    )
    audit.record("account.make", obj=account, username=username, must_change_password=True)
    audit.record("post.grant", obj=post, account=account.pk, role=role, unit=home.pk, scope=scope)
    return NewAdministrator(role, username, password)


def one_time_password() -> str:
    """Sixteen random signs with at least one of each kind (above 90 bits)."""
    everything = "".join(_KINDS)
    while True:
        word = "".join(secrets.choice(everything) for _ in range(_PASSWORD_LENGTH))
        if all(any(c in kind for c in word) for kind in _KINDS):
            return word
