"""The room alone behind the frame, so that its tests need no other room's pages."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from guitu.base.access import public


@public
def _elsewhere(request: HttpRequest) -> HttpResponse:
    """Stands for a page of another room."""
    return HttpResponse("")


urlpatterns = [
    path("persons/", include("guitu.people.urls")),
    path("search/", _elsewhere, name="search"),
    path("sign-in/", _elsewhere, name="account_login"),
]
