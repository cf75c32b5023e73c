"""For operators and their machines: is it alive, is it ready, what does it count."""

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from activity.metrics import registry
from activity.redis import client
from activity.workers import generate_workers


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    """503 while the database, Redis or the workers are away; the body says which."""
    parts = {"database": _database(), "redis": _redis(), "workers": generate_workers() > 0}
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (Error, PoolTimeout):
        return False
    return True


def _redis() -> bool:
    try:
        return bool(client().ping())
    except RedisError:
        return False


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Numbers for Prometheus: of the whole installation, read from the database, so that every
    web process answers the same. Only for staff, or for who holds ATELIER_METRICS_TOKEN."""
    from django.conf import settings
    from django.utils.crypto import constant_time_compare

    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    known = settings.METRICS_TOKEN and constant_time_compare(token, settings.METRICS_TOKEN)
    if not (known or request.user.is_staff):
        return HttpResponse(status=404)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)
