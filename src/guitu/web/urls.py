"""The URL table: every room under the front door. Each view says who may open it (tested)."""

from django.urls import include, path

from guitu.web import front, health, search, switches

urlpatterns = [
    path("", front.workbench, name="workbench"),
    path("search/", search.search, name="search"),
    path("language/", switches.set_language, name="set_language"),
    path("theme/", switches.set_theme, name="set_theme"),
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
    path("sign-in/", include("guitu.base.signin_urls")),
    path("", include("guitu.base.urls")),
    path("persons/", include("guitu.people.urls")),
    path("design/", include("guitu.ui.urls")),
    path("", include("guitu.tracking.urls")),
]

handler400 = "guitu.web.errors.bad_request"
handler403 = "guitu.web.errors.forbidden"
handler404 = "guitu.web.errors.not_found"
handler500 = "guitu.web.errors.broken"
