"""Addresses of organisations, accounts, audit and settings."""

from django.urls import URLPattern

app_name = "base"
urlpatterns: list[URLPattern] = []
