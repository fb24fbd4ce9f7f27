"""``/healthz`` for probes and ``/metrics`` for Prometheus. Neither holds a secret or a person."""

import hmac
import time

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.utils.translation import gettext as _

from guitu import heartbeat
from guitu.base import sealer
from guitu.base.access import public
from guitu.config import settings


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """``{"ok", "database", "audit_unsealed_s", "parts": [{"name", "state", "lag_s"}]}``.

    200 when everything is well, else 503. What a part says in detail stays for ``guitu status``.
    """
    parts = heartbeat.parts()
    database, unsealed_s = _database()
    # A part that only begins is not ill; the port answers before the last of them is up.
    ok = database and all(part.state != "down" for part in parts)
    return JsonResponse(
        {
            "ok": ok,
            "database": database,
            "audit_unsealed_s": unsealed_s,
            "parts": [
                {"name": part.name, "state": part.state, "lag_s": part.lag_s} for part in parts
            ],
        },
        status=200 if ok else 503,
    )


def _database() -> tuple[bool, float | None]:
    """Whether the database answers, and the age of the oldest audit row without a seal."""
    try:
        return True, round(sealer.unsealed_age_s(), 1)
    except DatabaseError:
        connection.close()
        return False, None


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text. Only for the host itself, or with the token of ``keys/metrics-token``."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    # Behind a proxy every request comes from the loopback address: then the token alone counts.
    proxied = "X-Forwarded-For" in request.headers or bool(settings.public_origin)
    local = request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1") and not proxied
    if not local and not hmac.compare_digest(
        given.encode(), settings.secret("metrics-token").hex().encode()
    ):
        return HttpResponseForbidden(
            _("指标只给本机看；别处要带上 keys/metrics-token 里的令牌。"), content_type="text/plain"
        )
    began_s = time.perf_counter()
    database, unsealed_s = _database()
    lines = [
        "# HELP guitu_database_up Whether the pages reach the database.",
        "# TYPE guitu_database_up gauge",
        f"guitu_database_up {int(database)}",
    ]
    if unsealed_s is not None:
        lines += [
            "# HELP guitu_audit_unsealed_seconds Age of the oldest audit row without a seal.",
            "# TYPE guitu_audit_unsealed_seconds gauge",
            f"guitu_audit_unsealed_seconds {unsealed_s}",
        ]
    lines += [
        "# HELP guitu_metrics_seconds Time to gather these figures.",
        "# TYPE guitu_metrics_seconds gauge",
        f"guitu_metrics_seconds {time.perf_counter() - began_s:.4f}",
    ]
    text = "\n".join(lines) + "\n" + heartbeat.exposition(heartbeat.parts())
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")
