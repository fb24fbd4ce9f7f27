"""Devices, wearing, fences, trails, alarms and their handling."""

from django.apps import AppConfig


class TrackingConfig(AppConfig):
    """``guitu.tracking``."""

    name = "guitu.tracking"
    label = "tracking"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Adds the panel, the red line and the wearing source to the pages of people."""
        from guitu.tracking import panels

        panels.register()
