"""How much of a budget four processes use, whether they ever take more, and what it costs."""

import asyncio
import multiprocessing
import os
import resource
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from typing import Any, TypeAlias

from redis import Redis

from bench.limiters import CONTENDERS, FLEET
from bench.servers import private_servers
from bench.table import show
from cube_demper.kernel.limiting.ports import Bucket, Priority, Quota
from cube_demper.kernel.limiting.redis import RedisLimiter, RedisStore
from cube_demper.kernel.limiting.stores import Ask

_FOR_S = float(os.environ.get("BENCH_S", "15"))
_PROCESSES = 4
_CALLERS = 100  # that wait at the same time, in each process
_ACCOUNTS = 50
_SHOPS = 2_000  # measured, and told for fifty times as many
_TOGETHER = 50
Told: TypeAlias = "Queue[tuple[list[float], list[float], float]]"


@dataclass(frozen=True, slots=True)
class _Run:
    """What four processes took: when each turn was used, and what it cost."""

    departures: Sequence[float]
    granted: Sequence[float]
    """When each turn was, as far as it is said: by the store's clock."""
    cpu_s: float
    calls: int

    @property
    def row(self) -> str:
        turns = len(self.departures)
        share = _within(self.departures) / (FLEET.rate_per_s * _FOR_S)
        return (
            f"{share:8.2%} {_most(self.departures):8d} "
            f"{self.calls / turns:8.2f} {self.cpu_s / turns * 1e6:8.0f} µs"
        )


def measure() -> None:
    """Four processes at 120 a second, ours beside others; speed, fairness and memory of ours."""
    with private_servers() as addresses:
        url = addresses["REDIS_URL"]
        runs = {name: _contend(name, url) for name in CONTENDERS}
        batches = asyncio.run(_batches(url))
        fair = asyncio.run(_fairness(url))
        speed = asyncio.run(_speed(url))
        memory = asyncio.run(_memory(url))
    head = "   share     most    calls        CPU"
    rows = [(f"{_PROCESSES} processes x {_CALLERS} callers, {_FOR_S:g} s", head)]
    rows += [(name, run.row) for name, run in runs.items()]
    rows += [("ours, most by the turns' own times", f"{_most(runs['ours'].granted):17d}")]
    show("limiter", [*rows, *batches, *fair, *speed, *memory])


# ── Side by side ─────────────────────────────────────────────────────────────────────────────────


def _contend(name: str, url: str) -> _Run:
    with Redis.from_url(url) as redis:
        redis.flushall()
        redis.config_resetstat()
        fresh = multiprocessing.get_context("spawn")
        told: Told = fresh.Queue()
        begin_at = time.time() + 3.0
        args = (name, url, begin_at, told)
        processes = [fresh.Process(target=_process, args=args) for _ in range(_PROCESSES)]
        for process in processes:
            process.start()
        answers = [told.get(timeout=_FOR_S + 60) for _ in processes]
        for process in processes:
            process.join()
        stats: dict[str, Any] = redis.info("commandstats")
    scripts = (stats.get(f"cmdstat_{verb}", {"calls": 0})["calls"] for verb in ("evalsha", "eval"))
    departures = sorted(moment for used, _, _ in answers for moment in used)
    granted = sorted(moment for _, granted, _ in answers for moment in granted)
    return _Run(departures, granted, sum(cpu_s for _, _, cpu_s in answers), sum(scripts))


def _process(name: str, url: str, begin_at: float, told: "Told") -> None:
    async def main() -> None:
        async with CONTENDERS[name](url) as take:
            await asyncio.sleep(begin_at - time.time())
            used: list[float] = []
            granted: list[float] = []

            async def caller() -> None:
                while True:
                    turn = await take()
                    used.append(time.time())
                    if type(turn) is int:
                        granted.append(turn / 1_000_000)

            cpu_before = _own_cpu_s()
            callers = {asyncio.create_task(caller()) for _ in range(_CALLERS)}
            await asyncio.wait(callers, timeout=_FOR_S)
            told.put((used, granted, _own_cpu_s() - cpu_before))
            told.close()
            told.join_thread()
            os._exit(0)  # some of them can't be cancelled

    asyncio.run(main())


def _own_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _within(moments: Sequence[float]) -> int:
    return sum(moment < moments[0] + _FOR_S for moment in moments)


def _most(moments: Sequence[float]) -> int:
    """Count the fullest second, wherever it begins."""
    most, begin = 0, 0
    for end, moment in enumerate(moments):
        while moments[begin] <= moment - 1:
            begin += 1
        most = max(most, end - begin + 1)
    return most


# ── Ours alone ───────────────────────────────────────────────────────────────────────────────────


async def _batches(url: str) -> list[tuple[str, str]]:
    """Ask for many at once, and for the next when all of those have gone: lines that drain."""
    limiter = RedisLimiter(url=url, fallback_rps=1)
    turns, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < _FOR_S / 3:
        async with asyncio.TaskGroup() as group:
            for _ in range(_TOGETHER):
                group.create_task(limiter.acquire(FLEET))
        turns += _TOGETHER
    await limiter.aclose()
    share = turns / (FLEET.rate_per_s * passed)
    return [(f"one process, {_TOGETHER} at once and then the next {_TOGETHER}", f"{share:8.2%}")]


async def _fairness(url: str) -> list[tuple[str, str]]:
    """Fifty accounts ask as often as they can, and a person comes by every now and then."""
    limiter = RedisLimiter(url=url, fallback_rps=1)
    turns = [0] * _ACCOUNTS
    waits: list[float] = []

    async def account(number: int) -> None:
        own = Bucket(f"push:{number}", 50)
        while True:
            await limiter.acquire(own, FLEET)
            turns[number] += 1

    async def person() -> None:
        while True:
            await asyncio.sleep(0.15)
            asked_at = time.perf_counter()
            await limiter.acquire(FLEET, priority=Priority.INTERACTIVE)
            waits.append(time.perf_counter() - asked_at)

    with suppress(TimeoutError):
        async with asyncio.timeout(_FOR_S), asyncio.TaskGroup() as group:
            for number in range(_ACCOUNTS):
                group.create_task(account(number))
            group.create_task(person())
    await limiter.aclose()
    waits.sort()
    return [
        (f"{_ACCOUNTS} accounts: busiest to slowest", f"{max(turns) / min(turns):.3f} : 1"),
        ("a person's wait beside them, p50 and p99", f"{_ms(waits, 0.5)} and {_ms(waits, 0.99)}"),
    ]


async def _speed(url: str) -> list[tuple[str, str]]:
    store = RedisStore(url=url)
    budgets = tuple(Bucket(f"wide:{number}", 1_000_000) for number in range(4))
    together = [Ask(budgets)] * _TOGETHER
    done, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < _FOR_S / 3:
        await store.take(together)
        done += _TOGETHER
    alone: list[float] = []
    began = time.perf_counter()
    while time.perf_counter() - began < _FOR_S / 3:
        asked_at = time.perf_counter()
        await store.take(together[:1])
        alone.append(time.perf_counter() - asked_at)
        await asyncio.sleep(max(0, 0.001 - alone[-1]))
    await store.aclose()
    alone.sort()
    return [
        ("four buckets a turn, in batches of 50", f"{done / passed:,.0f} turns a second"),
        ("one turn at a time, p50 and p99", f"{_ms(alone, 0.5)} and {_ms(alone, 0.99)}"),
    ]


async def _memory(url: str) -> list[tuple[str, str]]:
    store = RedisStore(url=url)
    with Redis.from_url(url) as redis:
        before: int = redis.info("memory")["used_memory"]
        now = [datetime.now(UTC)] * 250
        for shop in range(_SHOPS):
            await store.remember(Quota(f"kaspi:quota:{shop:08d}", 250, 1800), used_at=now)
        grown: int = redis.info("memory")["used_memory"] - before
    await store.aclose()
    each = grown / _SHOPS
    return [
        (
            "a shop's full quota",
            f"{each:,.0f} bytes, 100 000 shops {each * 100_000 / 2**20:,.0f} MB",
        )
    ]


def _ms(values: Sequence[float], share: float) -> str:
    return f"{values[min(int(len(values) * share), len(values) - 1)] * 1000:.2f} ms"
