"""Devices, wearing, fences, trails, alarms and their handling."""

from django.apps import AppConfig


class TrackingConfig(AppConfig):
    """``guitu.tracking``."""

    name = "guitu.tracking"
    label = "tracking"
    default_auto_field = "django.db.models.BigAutoField"
