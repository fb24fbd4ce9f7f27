"""Who may still listen, and to whom: sessions, accounts and reach, asked anew every few seconds."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import close_old_connections
from django.db.models import Q
from django.utils import timezone

from guitu.base.models import Account, Post
from guitu.base.roles import Permission, Role, Scope
from guitu.base.scope import Reach, reach_of
from guitu.config import settings
from guitu.people.models import Person
from guitu.tracking import news
from guitu.tracking.live_ticket import Holder

#: What one must hold to be told news of a kind; other kinds need PERSON_READ.
NEEDS: dict[str, Permission] = {
    news.KIND_FIXES: Permission.TRACK_READ,
    news.KIND_ALARM: Permission.ALARM_READ,
}
ASKED = (*NEEDS.values(), Permission.PERSON_READ)


@dataclass(frozen=True, slots=True)
class Access:
    """What one account may be told, by permission. Equal ones get equal bytes."""

    reaches: tuple[Reach, ...]

    def to(self, kind: str) -> Reach:
        """The persons of whose news of this kind it is told."""
        return self.reaches[ASKED.index(NEEDS.get(kind, Permission.PERSON_READ))]


def check(holders: Iterable[Holder]) -> dict[Holder, Access]:
    """Those of ``holders`` who may listen now. Who is missing must be cut off.

    A session counts while it is there, not idle for too long, and belongs to the account and its
    present password; the account must be active and hold at least one of the permissions.
    """
    close_old_connections()
    wanted = set(holders)
    sessions = Session.objects.filter(
        session_key__in={holder.session_key for holder in wanted}, expire_date__gt=timezone.now()
    ).in_bulk()
    accounts = _accounts({holder.user_id for holder in wanted})
    found = {}
    for holder in wanted:
        session, user = sessions.get(holder.session_key), accounts.get(holder.user_id)
        if session is None or user is None or not _stands(session, user):
            continue
        access = Access(tuple(reach_of(user, permission) for permission in ASKED))
        if any(access.reaches):
            found[holder] = access
    return found


def _stands(session: Session, user: Account) -> bool:
    data = session.get_decoded()
    if data.get(SESSION_KEY) != str(user.pk):
        return False
    if data.get(HASH_SESSION_KEY) != user.get_session_auth_hash():
        return False
    # A page that only listens is not a person at work.
    return time.time() - data.get("seen_at", time.time()) <= settings.idle_s


def _accounts(ids: set[int]) -> dict[int, Account]:
    """Active accounts with their posts in force already on them, in three queries for all."""
    accounts = Account.objects.filter(pk__in=ids, is_active=True).in_bulk()
    today = timezone.localdate()
    posts: dict[int, list[tuple[Role, int, Scope, list[int]]]] = {pk: [] for pk in accounts}
    rows = (
        Post.objects.filter(account__in=accounts, since__lte=today, organisation__active=True)
        .filter(Q(until__isnull=True) | Q(until__gte=today))
        .prefetch_related("organisation__oversees")
        .select_related("organisation")
    )
    for post in rows:
        overseen = [relation.unit_id for relation in post.organisation.oversees.all()]
        posts[post.account_id].append(
            (Role(post.role), post.organisation_id, Scope(post.scope), overseen)
        )
    for pk, account in accounts.items():
        # What base.scope.posts_of would find, so that it asks the database no more.
        account._posts_in_force = posts[pk]  # type: ignore[attr-defined]
    return accounts


def scope_keys_of(persons: Iterable[int]) -> dict[int, frozenset[int]]:
    """The keys by which persons are reached."""
    close_old_connections()
    rows = Person.objects.unscoped("live filters news by each account's reach").filter(
        pk__in=list(persons)
    )
    return {pk: frozenset(keys) for pk, keys in rows.values_list("pk", "scope_keys")}
