"""Background work of the house as a whole: each task is a door to one service."""

from contextlib import suppress
from typing import Any

from celery import shared_task
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from cube_demper import rates
from cube_demper.kernel.limiting.desk import Desk


@shared_task(name="cube_demper.keep_rates")
def keep_rates(**_: Any) -> None:
    with suppress(RedisError), Redis.from_url(settings.REDIS_URL, socket_timeout=2) as redis:
        rates.put_back(Desk(redis))
