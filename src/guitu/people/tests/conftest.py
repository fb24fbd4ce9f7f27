"""The cast for the tests of this room, and the room without the front door around it."""

import copy

import pytest

from guitu.people import hooks
from guitu.people.tests.cast import cast

__all__ = ["cast"]

_FRONT_DOOR = "guitu.web."


@pytest.fixture(autouse=True)
def room(settings, monkeypatch):
    """This room alone: none of the front door's middleware and context, nothing of later rooms."""
    monkeypatch.setattr(hooks, "_panels", {})
    for name in ("_notices", "_wearing", "_order_listeners"):
        monkeypatch.setattr(hooks, name, [])
    settings.ROOT_URLCONF = "guitu.people.tests.urls"
    settings.MIDDLEWARE = [
        "django.middleware.locale.LocaleMiddleware" if name.endswith("ChosenLanguage") else name
        for name in settings.MIDDLEWARE
        if not name.startswith(_FRONT_DOOR) or name.endswith("ChosenLanguage")
    ]
    templates = copy.deepcopy(settings.TEMPLATES)
    options = templates[0]["OPTIONS"]
    options["context_processors"] = [
        name for name in options["context_processors"] if not name.startswith(_FRONT_DOOR)
    ]
    settings.TEMPLATES = templates
