"""Turns at what could be tried again and again, counted in Redis by its own clock.

Unlike the limiter of requests to Kaspi nobody waits here: whoever comes too early is told when to
come back. Several buckets are asked at once, and grant all or nothing; so whatever is tried at the
same moment, no more of it gets through than the buckets hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from accounts.errors import TriesUncounted

_FOLDER = Path(__file__).parent
_PREFIX = "tries:"
_ANSWER_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """Holds ``most`` turns and gets that many back evenly within ``per``."""

    key: str
    most: int
    per: timedelta

    @property
    def interval_us(self) -> int:
        return self.per // timedelta(microseconds=1) // self.most


class _Scripts:
    """One connection pool a process, and the scripts on it."""

    def __init__(self, url: str) -> None:
        redis = Redis.from_url(
            url,
            socket_timeout=_ANSWER_WITHIN_S,
            socket_connect_timeout=_ANSWER_WITHIN_S,
            retry=Retry(NoBackoff(), 1),  # a connection that died with the server is opened anew
        )
        self.take, self.give_back = (
            redis.register_script((_FOLDER / f"{name}.lua").read_text())
            for name in ("throttling", "throttling_give_back")
        )


@lru_cache(maxsize=4)
def _scripts(url: str) -> _Scripts:
    return _Scripts(url)


def take(buckets: Sequence[Bucket]) -> timedelta:
    """Take a turn in each, or in none. Return how long to wait; nothing when it was taken.

    Raises TriesUncounted when Redis does not answer: a lock that opens when its count is lost
    is no lock.
    """
    args: list[Any] = [word for one in buckets for word in (one.interval_us, one.most)]
    try:
        [wait_us] = _scripts(settings.REDIS_URL).take(keys=_keys(buckets), args=args)
    except RedisError:
        raise TriesUncounted from None
    return timedelta(microseconds=int(wait_us))


def give_back(buckets: Sequence[Bucket]) -> None:
    """Give back a turn that was taken in each. Raises TriesUncounted."""
    args = [one.interval_us for one in buckets]
    try:
        _scripts(settings.REDIS_URL).give_back(keys=_keys(buckets), args=args)
    except RedisError:
        raise TriesUncounted from None


def _keys(buckets: Sequence[Bucket]) -> list[str]:
    return [_PREFIX + bucket.key for bucket in buckets]
