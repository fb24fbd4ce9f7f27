"""Persons, their cases, and the legal facts in force on them."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """``guitu.people``."""

    name = "guitu.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
