"""The ground: organisations, accounts, data scope, audit, ciphers."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    """``guitu.base``."""

    name = "guitu.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Puts sign-in on the record."""
        from guitu.base import signin_events  # noqa: F401
