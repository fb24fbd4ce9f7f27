"""Sign-in, by allauth: only the pages this house uses. Nobody registers or resets by e-mail."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.usersessions import views as sessions
from django.urls import path

from guitu.base.views import own

urlpatterns = [
    path("", account.login, name="account_login"),
    path("out/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("me/", own.me, name="own_account"),
    path("again/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("code/", mfa.authenticate, name="mfa_authenticate"),
    path("code/again/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("code/on/", totp.activate_totp, name="mfa_activate_totp"),
    path("code/off/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("code/spare/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("code/spare/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("code/spare/file/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("sessions/", sessions.list_usersessions, name="usersessions_list"),
    # Names that allauth asks for; this house has no such pages.
    path("code/own/", own.to_own_page, name="mfa_index"),
    path("none/email/", own.closed, name="account_email"),
    path("none/signup/", own.closed, name="account_signup"),
    path("none/reset/", own.closed, name="account_reset_password"),
    path("none/verify/", own.closed, name="account_email_verification_sent"),
    path("none/set/", own.closed, name="account_set_password"),
]
