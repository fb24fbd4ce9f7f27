"""What every page's frame needs: the rail, who is signed in, the moment, the theme."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from guitu.config import settings
from guitu.ui.nav import NavGroup, Signature
from guitu.web import navigation


def frame(request: HttpRequest) -> dict[str, Any]:
    """Template context: ``nav``, ``signature``, ``theme``, ``demo``, ``moment_now``.

    The rail is made only if the page draws it: fragments pay nothing.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {
            "nav": (), "signature": None, "theme": "", "demo": settings.demo,
            "moment_now": timezone.now(),
        }  # fmt: skip
    match = getattr(request, "resolver_match", None)
    view_name = match.view_name if match else ""

    def rail() -> tuple[NavGroup, ...]:
        return navigation.groups_of(user, view_name)

    return {
        "nav": SimpleLazyObject(rail),
        "signature": SimpleLazyObject(lambda: _signature(user)),
        "theme": user.theme,
        "demo": settings.demo,
        "moment_now": timezone.now(),
    }


def _signature(user: Any) -> Signature:
    unit = user.organisation
    return Signature(
        name=user.name,
        place=unit.short_name if unit else _("没有所属机构"),
        account_url=reverse("own_account"),
        sign_out_url=reverse("account_logout"),
    )
