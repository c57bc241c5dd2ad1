"""A provider in trouble is left alone for a while, by every process: Redis remembers.

Without Redis nobody is held back: each answer then finds out by itself.
"""

import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from redis.exceptions import RedisError

from ai.errors import ModelUnreachable
from news.bells import shared_redis

FAILURES = 5  # within …
_WITHIN_S = 60
RESTS = timedelta(seconds=30)
RESTS_LONG = timedelta(minutes=10)  # where a person has to do something first


class Breaker:
    """The breaker of one provider."""

    def __init__(self, base_url: str) -> None:
        named = hashlib.sha256(base_url.encode()).hexdigest()[:16]
        self._open, self._count = f"ai:breaker:{named}:open", f"ai:breaker:{named}:failures"

    def check(self, *, now: datetime) -> None:
        """Raise ModelUnreachable, with when to return, while the provider rests."""
        left: Any = 0
        with suppress(RedisError):
            left = shared_redis().pttl(self._open)
        if left > 0:
            raise ModelUnreachable(retry_at=now + timedelta(milliseconds=left))

    def note_failure(self) -> None:
        """Count a failure; too many in a minute let the provider rest."""
        with suppress(RedisError):
            pipeline = shared_redis().pipeline()
            pipeline.incr(self._count)
            pipeline.expire(self._count, _WITHIN_S, nx=True)
            failures, _ = pipeline.execute()
            if failures >= FAILURES:
                self.rest(RESTS)

    def rest(self, pause: timedelta) -> None:
        """Let the provider rest at once."""
        with suppress(RedisError):
            shared_redis().set(self._open, "", ex=pause)
            shared_redis().delete(self._count)

    def note_success(self) -> None:
        with suppress(RedisError):
            shared_redis().delete(self._count)
