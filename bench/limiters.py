"""Ways to hold four processes to one rate, ours and others', behind one verb: take a turn."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from redis.asyncio import Redis

from cube_demper.kernel.limiting.ports import Bucket
from cube_demper.kernel.limiting.redis import RedisLimiter

FLEET = Bucket("fleet", 120, shared=True)
Take: TypeAlias = Callable[[], Awaitable[object]]
_AGAIN_S = 0.01
_CONNECTIONS = 10
_RATE = int(FLEET.rate_per_s)
_TOKENS = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local tokens, at = unpack(redis.call('HMGET', KEYS[1], 'tokens', 'at'))
tokens = math.min(ARGV[1], (tonumber(tokens) or ARGV[1]) + (now - (tonumber(at) or now)) * ARGV[1])
local is_granted = tokens >= 1
redis.call('HSET', KEYS[1], 'tokens', is_granted and tokens - 1 or tokens, 'at', now)
return is_granted and 1 or 0
"""


@asynccontextmanager
async def ours(url: str) -> AsyncIterator[Take]:
    """Ask once, sleep once, go."""
    limiter = RedisLimiter(url=url, fallback_rps=1)
    try:
        yield lambda: limiter.acquire(FLEET)
    finally:
        await limiter.aclose()


@asynccontextmanager
async def token_bucket(url: str) -> AsyncIterator[Take]:
    """Spell out the usual bucket of tokens in a script, and try again after a nap."""
    async with Redis.from_url(url) as redis:
        script = redis.register_script(_TOKENS)
        at_once = asyncio.Semaphore(_CONNECTIONS)

        async def ask() -> bool:
            async with at_once:
                return bool(await script(keys=["tokens"], args=[_RATE]))

        async def take() -> None:
            while not await ask():  # noqa: ASYNC110 -- the same
                await asyncio.sleep(_AGAIN_S)

        yield take


@asynccontextmanager
async def limits_library(url: str) -> AsyncIterator[Take]:
    """Use `limits` with its moving window, and try again after a nap."""
    from limits import RateLimitItemPerSecond  # noqa: PLC0415 -- only for this measurement
    from limits.aio.storage import RedisStorage  # noqa: PLC0415 -- the same
    from limits.aio.strategies import MovingWindowRateLimiter  # noqa: PLC0415 -- the same

    limiter = MovingWindowRateLimiter(RedisStorage(f"async+{url}", implementation="redispy"))
    item = RateLimitItemPerSecond(_RATE)
    at_once = asyncio.Semaphore(_CONNECTIONS)  # it opens one for each caller otherwise

    async def hit() -> bool:
        async with at_once:
            return await limiter.hit(item, "fleet")

    async def take() -> None:
        while not await hit():  # noqa: ASYNC110 -- it says no, not when
            await asyncio.sleep(_AGAIN_S)

    yield take


@asynccontextmanager
async def pyrate_library(url: str) -> AsyncIterator[Take]:
    """Use `pyrate-limiter` with its bucket in Redis, which waits by itself."""
    from pyrate_limiter import Duration, Limiter, Rate, RedisBucket  # noqa: PLC0415 -- the same

    async with Redis.from_url(url) as redis:
        bucket = await RedisBucket.init([Rate(_RATE, Duration.SECOND)], redis, "pyrate")
        limiter = Limiter(bucket)
        yield lambda: limiter.try_acquire_async("fleet")


CONTENDERS = {
    "ours": ours,
    "limits": limits_library,
    "pyrate-limiter": pyrate_library,
    "token bucket in Lua": token_bucket,
}
