"""Is this process alive, and can it serve?"""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from redis import Redis
from redis.exceptions import RedisError

from cube_demper.kernel.problems import only_read


@only_read
def live(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 -- Django's signature
    """Answer as soon as the process can answer at all."""
    return JsonResponse({"status": "live"})


@only_read
def ready(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 -- Django's signature
    """Ask the database and Redis; 503 names the one that does not answer."""
    parts = {"database": _database_answers(), "redis": _redis_answers()}
    return JsonResponse(
        {name: "ok" if answers else "no answer" for name, answers in parts.items()},
        status=200 if all(parts.values()) else 503,
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis_answers() -> bool:
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=2) as redis:
            return bool(redis.ping())
    except (RedisError, OSError):
        return False
