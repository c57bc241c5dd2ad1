import asyncio
import subprocess
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from cube_demper.kernel.limiting.memory import MemoryLimiter, MemoryStore
from cube_demper.kernel.limiting.ports import Bucket, Quota
from cube_demper.kernel.limiting.redis import BORN, RedisLimiter, RedisStore
from cube_demper.local.valkey import find_valkey, prepare_valkey


@pytest.fixture(autouse=True, scope="session")
def _old_store() -> None:
    """A store that has only just started grants nothing at first; that of the tests is old."""
    with suppress(RedisError), Redis.from_url(settings.REDIS_URL) as redis:
        redis.set(BORN, 1)


@pytest.fixture
def mark() -> str:
    """A name that no other test uses."""
    return uuid.uuid4().hex


@pytest.fixture
def bucket(mark) -> Callable[..., Bucket]:
    """Make buckets that no other test knows."""

    def make(name: str = "fleet", *, rate_per_s: float = 100.0, shared: bool = False) -> Bucket:
        return Bucket(f"tests:{mark}:{name}", rate_per_s, shared=shared)

    return make


@pytest.fixture
def quota(mark) -> Callable[..., Quota]:
    def make(name: str = "shop", *, most: int = 3, window_s: int = 60) -> Quota:
        return Quota(f"tests:{mark}:{name}", most, window_s)

    return make


def the_redis_store() -> RedisStore:
    return RedisStore(url=settings.REDIS_URL)


def the_redis_limiter() -> RedisLimiter:
    return RedisLimiter(url=settings.REDIS_URL, fallback_rps=1)


def act(make: Callable[[], Any], scenario: Callable[[Any], Any]) -> Any:
    """Act a scenario on a loop with something that is closed at its end."""

    async def run() -> Any:
        made = make()
        try:
            return await scenario(made)
        finally:
            await made.aclose()

    return asyncio.run(run())


def both(memory: Any, redis: Any) -> list[Any]:
    return [
        pytest.param(memory, marks=pytest.mark.unit, id="memory"),
        pytest.param(redis, marks=pytest.mark.db, id="redis"),
    ]


@pytest.fixture(params=both(MemoryStore, the_redis_store))
def with_store(request) -> Callable[[Callable[[Any], Any]], Any]:
    """Act a scenario with each store in turn: whatever a test says here, both of them keep."""
    return lambda scenario: act(request.param, scenario)


@pytest.fixture(params=both(MemoryLimiter, the_redis_limiter))
def with_limiter(request) -> Callable[[Callable[[Any], Any]], Any]:
    """Act a scenario with each limiter in turn."""
    return lambda scenario: act(request.param, scenario)


@pytest.fixture
def own_redis(tmp_path):
    """A server of this test's own, to be stopped and started."""
    valkey = prepare_valkey(tmp_path, found=find_valkey(), is_fast=True)
    servers = []

    def start():
        servers.append(subprocess.Popen(valkey.step().command, stdout=subprocess.DEVNULL))
        while not valkey.is_ready():
            time.sleep(0.005)

    def stop():
        servers[-1].kill()
        servers[-1].wait()

    start()
    yield valkey.url, start, stop
    stop()
