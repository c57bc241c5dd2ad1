"""How much of a budget four processes use, and whether they ever take more."""

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from multiprocessing.queues import Queue

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.client import Monitor

from bench.servers import private_servers
from bench.table import show
from cube_demper.kernel.limiting.ports import Bucket
from cube_demper.kernel.limiting.redis import RedisLimiter

_FLEET = Bucket("fleet", 120)
_FOR_S = 15.0
_PROCESSES = 4
_CALLERS = 25  # that wait at the same time, in each process
_KEY = "limit:fleet"

Take = Callable[[], Awaitable[None]]


def measure() -> None:
    """Four processes at 120 a second: share used, most in any second, a counter beside."""
    with private_servers() as addresses:
        url = addresses["REDIS_URL"]
        with Redis.from_url(url) as redis, redis.monitor() as monitor:
            departures = _run(_limited, url)
            redis.set("the-end", 1)
            turns = _turns(monitor)
        naive = _run(_naive, url)
    show(
        "limiter",
        [
            ("budget", f"{_FLEET.rate_per_s:g} a second, for {_FOR_S:g} s, {_PROCESSES} processes"),
            ("ours: share of the budget", f"{_share(turns):.2%}"),
            ("ours: most turns in any second, by Redis's clock", f"{_most(turns)}"),
            ("ours: most departures in any second", f"{_most(departures)}"),
            ("a counter a second: share of the budget", f"{_share(naive):.2%}"),
            ("a counter a second: most in any second", f"{_most(naive)}"),
            ("ours to the counter, most in any second", f"1 : {_most(naive) / _most(turns):.2f}"),
        ],
    )


def _run(work: Callable[[str, float, "Queue[list[float]]"], None], url: str) -> list[float]:
    """Run it in every process at once and return when each turn was used, in order."""
    fresh = multiprocessing.get_context("spawn")
    times: Queue[list[float]] = fresh.Queue()
    begin_at = time.time() + 2.0
    processes = [fresh.Process(target=work, args=(url, begin_at, times)) for _ in range(_PROCESSES)]
    for process in processes:
        process.start()
    used = sorted(moment for _ in processes for moment in times.get(timeout=60))
    for process in processes:
        process.join()
    return used


def _limited(url: str, begin_at: float, times: "Queue[list[float]]") -> None:
    async def main() -> list[float]:
        limiter = RedisLimiter(url=url, fallback_rps=1)
        try:
            return await _take_all(lambda: limiter.acquire(_FLEET), begin_at)
        finally:
            await limiter.aclose()

    times.put(asyncio.run(main()))


def _naive(url: str, begin_at: float, times: "Queue[list[float]]") -> None:
    """Count in a key for each second of the clock, and try again in the next one."""

    async def main() -> list[float]:
        async with AsyncRedis.from_url(url) as redis:

            async def take() -> None:
                while await redis.incr(f"naive:{int(time.time())}") > _FLEET.rate_per_s:  # noqa: ASYNC110 -- what we compare with
                    await asyncio.sleep(1 - time.time() % 1)

            return await _take_all(take, begin_at)

    times.put(asyncio.run(main()))


async def _take_all(take: Take, begin_at: float) -> list[float]:
    await asyncio.sleep(begin_at - time.time())
    used: list[float] = []

    async def caller() -> None:
        while True:
            await take()
            used.append(time.time())

    with suppress(TimeoutError):
        async with asyncio.timeout(_FOR_S), asyncio.TaskGroup() as group:
            for _ in range(_CALLERS):
                group.create_task(caller())
    return used


def _turns(monitor: Monitor) -> list[float]:
    """Read what the script wrote: the time of each turn's successor, exactly."""
    turns: list[float] = []
    for heard in monitor.listen():  # type: ignore[no-untyped-call]  # redis-py leaves it bare
        words = heard["command"].split()
        if words[:2] == ["SET", "the-end"]:
            return sorted(turns)
        if words[:2] == ["SET", _KEY]:
            turns.append((int(words[2]) - _FLEET.interval_us) / 1_000_000)
    raise AssertionError


def _share(moments: Sequence[float]) -> float:
    first = moments[0]
    return sum(moment < first + _FOR_S for moment in moments) / (_FLEET.rate_per_s * _FOR_S)


def _most(moments: Sequence[float]) -> int:
    """Count the fullest second, wherever it begins."""
    most, begin = 0, 0
    for end, moment in enumerate(moments):
        while moments[begin] <= moment - 1:
            begin += 1
        most = max(most, end - begin + 1)
    return most
