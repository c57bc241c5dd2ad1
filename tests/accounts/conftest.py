from contextlib import suppress

import pytest
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError


@pytest.fixture(autouse=True)
def _no_tries_yet() -> None:
    """Nobody has tried anything. A run of unit tests has no Redis."""
    with suppress(RedisError), Redis.from_url(settings.REDIS_URL) as redis:
        for key in redis.scan_iter("tries:*"):
            redis.delete(key)
