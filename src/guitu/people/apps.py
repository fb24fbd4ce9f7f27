"""Persons, their cases, and the legal facts in force on them."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """``guitu.people``."""

    name = "guitu.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tells ``base`` that an office with open cases is not closed."""
        from guitu.base.services.organisations import add_tie
        from guitu.people.ties import open_cases

        add_tie(open_cases)
