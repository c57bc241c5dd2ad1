import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings

from cube_demper.kernel.limiting.memory import MemoryLimiter
from cube_demper.kernel.limiting.ports import Bucket
from cube_demper.kernel.limiting.redis import RedisLimiter


class Waits(list[float]):
    """A sleep that takes no time, and remembers how long it should have been."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)
        await asyncio.sleep(0)


def a_redis_limiter(sleep: Any, *, url: str = "", fallback_rps: float = 1.0) -> RedisLimiter:
    return RedisLimiter(url=url or settings.REDIS_URL, fallback_rps=fallback_rps, sleep=sleep)


@pytest.fixture(
    params=[
        pytest.param(lambda sleep: MemoryLimiter(sleep=sleep), marks=pytest.mark.unit, id="memory"),
        pytest.param(a_redis_limiter, marks=pytest.mark.db, id="redis"),
    ]
)
def make_limiter(request) -> Any:
    """Both limiters in turn: whatever a test says here, each of them keeps."""
    return request.param


@pytest.fixture
def bucket() -> Callable[..., Bucket]:
    """Make buckets that no other test knows."""
    test = uuid.uuid4().hex

    def make(name: str = "fleet", *, rate_per_s: float = 100.0) -> Bucket:
        return Bucket(f"tests:{test}:{name}", rate_per_s)

    return make


class Turn:
    """When a turn was granted, as exactly as one can see it from outside.

    The limiter reads its clock between ``asked_at`` and ``answered_at``, so the turn lies between
    ``earliest`` and ``latest``: no threshold, however slow the machine is.
    """

    ROUNDING_S = 0.000_01

    def __init__(self, asked_at: float, wait_s: float, answered_at: float) -> None:
        self.wait_s = wait_s
        self.earliest = asked_at + wait_s - self.ROUNDING_S
        self.latest = answered_at + wait_s + self.ROUNDING_S

    def follows(self, other: "Turn", *, after_s: float) -> bool:
        """Can this turn be exactly so long after the other?"""
        return self.earliest - other.latest <= after_s <= self.latest - other.earliest


@pytest.fixture
def play(make_limiter) -> Callable[..., Any]:
    """Act a scenario with a limiter on a loop, and let go of it."""

    def act(scenario: Callable[..., Any], *, sleep: Any = None) -> Any:
        async def run() -> Any:
            limiter = make_limiter(Waits() if sleep is None else sleep)
            try:
                return await scenario(limiter)
            finally:
                await limiter.aclose()

        return asyncio.run(run())

    return act


async def take_turn(limiter: Any, *buckets: Bucket, **how: Any) -> Turn:
    """Take a turn without waiting for it."""
    asked_at = time.time()
    await limiter.acquire(*buckets, **how)
    return Turn(asked_at, waits_of(limiter)[-1], time.time())


def waits_of(limiter: Any) -> Waits:
    waits: Waits = limiter._sleep
    return waits
