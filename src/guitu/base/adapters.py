"""How sign-in behaves: nobody registers by themselves."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the system administrator alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
