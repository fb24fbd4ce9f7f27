"""The Django application of the interface's parts."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Templates, template tags and static files; no models."""

    name = "guitu.ui"
    label = "ui"
