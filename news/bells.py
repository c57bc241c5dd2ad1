"""Waking whoever waits for a seller's events: Redis rings, and who does not hear it looks anyway.

The table is right; a ring only says that looking now is worth while. So nothing is lost with Redis:
events are then seen up to ``PATIENCE_S`` later.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from types import TracebackType
from typing import Self

from django.conf import settings
from redis import Redis
from redis.client import PubSub
from redis.exceptions import RedisError

PATIENCE_S = 1.0
_ANSWERS_WITHIN_S = 0.5


def ring(user_ids: Iterable[int]) -> None:
    """Wake everybody who follows these sellers' events."""
    with suppress(RedisError):
        pipeline = shared_redis().pipeline(transaction=False)
        for user_id in sorted(set(user_ids)):
            pipeline.publish(_channel(user_id), "")
        pipeline.execute()


class Bell:
    """Hears the rings for one seller while it is open."""

    def __init__(self, user_id: int) -> None:
        self._user_id = user_id
        self._heard: PubSub | None = None

    def __enter__(self) -> Self:
        with suppress(RedisError):
            heard: PubSub = shared_redis().pubsub()  # type: ignore[no-untyped-call]  # the library forgot its own types
            heard.subscribe(_channel(self._user_id))
            heard.get_message(timeout=_ANSWERS_WITHIN_S)  # from here on every ring is heard
            self._heard = heard
        return self

    def rings_within(self, seconds: float) -> bool:
        """Wait for a ring, so long at most; say whether there was one. Several are one."""
        if self._heard is None:
            time.sleep(seconds)
            return False
        has_rung = False
        try:
            while self._heard.get_message(timeout=0.0 if has_rung else seconds) is not None:
                has_rung = True
        except RedisError:
            self._heard = None
        return has_rung

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._heard is not None:
            with suppress(RedisError):
                self._heard.close()


def _channel(user_id: int | str) -> str:
    return f"news:{user_id}"


def open_streams() -> int:
    """How many follow events now, in all processes. Raises RedisError."""
    redis = shared_redis()
    channels = redis.pubsub_channels(_channel("*"))
    return sum(number for _, number in redis.pubsub_numsub(*channels)) if channels else 0


def shared_redis() -> Redis:
    return _redis(settings.REDIS_URL)


@lru_cache(maxsize=2)
def _redis(url: str) -> Redis:
    """One pool of connections for the process."""
    return Redis.from_url(
        url, socket_timeout=_ANSWERS_WITHIN_S, socket_connect_timeout=_ANSWERS_WITHIN_S
    )
