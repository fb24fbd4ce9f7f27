"""The ticket with which a page opens its live events: short, sealed, tied to one session.

It travels in an address, so it says nothing by itself: user and session key are enciphered with a
key that web and live share.
"""

from __future__ import annotations

import base64
import json
import os
import time
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.http import HttpRequest

from guitu.config import settings

#: Seconds within which a ticket must be used.
OPENS_WITHIN_S = 30
_CONTEXT = b"guitu live ticket 1"


class BadTicket(ValueError):
    """The ticket is forged, altered, late, or of another home."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose page it is."""

    user_id: int
    session_key: str


def make(request: HttpRequest) -> str:
    """A ticket for the signed-in user of ``request``; raises ``BadTicket`` without a session."""
    key = request.session.session_key
    if not request.user.is_authenticated or not key or request.user.pk is None:
        raise BadTicket("a ticket needs a signed-in user")
    return seal(Holder(request.user.pk, key), now_s=time.time())


def seal(holder: Holder, *, now_s: float) -> str:
    """A ticket for ``holder`` that may be used until 30 s after ``now_s``."""
    text = json.dumps([holder.user_id, holder.session_key, int(now_s) + OPENS_WITHIN_S])
    nonce = os.urandom(12)
    sealed = nonce + AESGCM(settings.secret("live")).encrypt(nonce, text.encode(), _CONTEXT)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def verify(ticket: str, *, now_s: float) -> Holder:
    """Who holds the ticket; raises :class:`BadTicket`. Whether the session still stands is asked apart."""
    try:
        sealed = base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
        text = AESGCM(settings.secret("live")).decrypt(sealed[:12], sealed[12:], _CONTEXT)
        user_id, session_key, until_s = json.loads(text)
    except (ValueError, InvalidTag) as error:
        raise BadTicket("the ticket was not made here") from error
    if now_s > until_s:
        raise BadTicket("the ticket is too old: ask for a new one")
    return Holder(user_id, session_key)
