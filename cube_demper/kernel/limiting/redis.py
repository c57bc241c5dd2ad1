"""The limiter all processes share: one script, Redis's clock, a time for an answer."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from cube_demper.kernel.errors import RateExceeded, Unavailable
from cube_demper.kernel.limiting.memory import MemoryLimiter
from cube_demper.kernel.limiting.ports import Bucket

logger = structlog.get_logger("cube_demper.limiting")
_FOLDER = Path(__file__).parent
_TAKE = (_FOLDER / "take.lua").read_text()
_FREEZE = (_FOLDER / "freeze.lua").read_text()
_MICROSECONDS = 1_000_000
_FOREVER = 2**53 - 1  # the largest whole number Lua counts exactly
_PREFIX = "limit:"
_ANSWER_WITHIN_S = 2.0


class RedisLimiter:
    """Counts in Redis. ``fallback_rps`` is what one process may read a second without it."""

    def __init__(
        self,
        *,
        url: str,
        fallback_rps: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sleep = sleep
        # The client would count its socket_timeout with asyncio.wait_for, which on Python 3.11 may
        # lose a cancellation, and with it a deadline (python/cpython#86296). We count ourselves.
        self._redis = Redis.from_url(
            url, socket_timeout=None, socket_connect_timeout=_ANSWER_WITHIN_S
        )
        self._take = self._redis.register_script(_TAKE)
        self._freeze = self._redis.register_script(_FREEZE)
        self._fallback = MemoryLimiter(sleep=sleep)
        self._fallback_bucket = Bucket("fallback", fallback_rps)

    async def acquire(
        self, *buckets: Bucket, deadline_s: float | None = None, is_write: bool = False
    ) -> None:
        patience_s = deadline_s
        for bucket in buckets:
            try:
                wait_s = await self._turn(bucket, patience_s)
            except (RedisError, OSError) as error:
                await self._without_redis(error, deadline_s=patience_s, is_write=is_write)
                return
            await self._sleep(wait_s)
            patience_s = None if patience_s is None else patience_s - wait_s

    async def _turn(self, bucket: Bucket, patience_s: float | None) -> float:
        key = _PREFIX + bucket.key
        patience = _FOREVER if patience_s is None else max(int(patience_s * _MICROSECONDS), 0)
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            is_taken, wait = await self._take(
                keys=[key, f"{key}:frozen"], args=[bucket.interval_us, patience]
            )
        wait_s: float = wait / _MICROSECONDS
        if not is_taken:
            raise RateExceeded(
                f"The next turn for {bucket.key} comes in {wait_s:.1f} s.",
                retry_at=datetime.now(UTC) + timedelta(seconds=wait_s),
            )
        return wait_s

    async def _without_redis(
        self, error: Exception, *, deadline_s: float | None, is_write: bool
    ) -> None:
        logger.warning("limiter.redis.gone", error=str(error), is_write=is_write)
        if is_write:
            raise Unavailable("The request budget can't be counted, so nothing is written.")
        await self._fallback.acquire(self._fallback_bucket, deadline_s=deadline_s)

    async def freeze(self, key: str, *, seconds: float) -> None:
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                await self._freeze(
                    keys=[f"{_PREFIX}{key}:frozen"], args=[round(seconds * _MICROSECONDS)]
                )
        except (RedisError, OSError) as error:
            # Reads are slow and writes refused until Redis is back; the wall will be met again.
            logger.warning("limiter.freeze.lost", key=key, error=str(error))
        else:
            logger.info("limiter.frozen", key=key, seconds=seconds)

    async def aclose(self) -> None:
        await self._redis.aclose()
