"""Addresses of organisations, accounts, audit and settings, at the root."""

from django.urls import path

from guitu.base.views import accounts, audit, organisations, settings

app_name = "base"
urlpatterns = [
    path("organisations/", organisations.organisations, name="organisations"),
    path("organisations/<int:pk>/", organisations.organisation, name="organisation"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/new/", accounts.account_new, name="account_new"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
    path("accounts/<int:pk>/act/", accounts.account_act, name="account_act"),
    path("audit/", audit.audit, name="audit"),
    path("audit/export.csv", audit.audit_export, name="audit_export"),
    path("settings/", settings.settings, name="settings"),
]
