"""A refused command: a sentence for the person who asked, by the field it concerns."""

from typing import Any

from django.utils.translation import gettext as _

from guitu.base.roles import Permission
from guitu.base.scope import permissions_of


class Refused(ValueError):
    """The command was not carried out and nothing was changed. ``field`` names the form's field."""

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def must_hold(by: Any, permission: Permission) -> None:
    """Refuse a command to whoever lacks ``permission``: the pages' check, once more where it writes."""
    if permission not in permissions_of(by):
        raise Refused(_("这一步归另一名管理员办理。"))
