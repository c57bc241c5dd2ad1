"""What the shared limiter does when it is shared, and when Redis is not there."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from redis import Redis
from structlog.testing import capture_logs

from cube_demper.kernel.errors import RateExceeded, Unavailable
from cube_demper.local.valkey import find_valkey, prepare_valkey
from tests.kernel.limiting.conftest import Waits, a_redis_limiter

NOWHERE = "unix:///nonexistent/valkey.sock?db=0"
HOME = Path(__file__).resolve().parents[3]
TAKE_TURNS = """
import asyncio, json, sys
from cube_demper.kernel.limiting.ports import Bucket
from cube_demper.kernel.limiting.redis import RedisLimiter

async def main(url, key, rate_per_s, turns):
    waits = []
    async def sleep(seconds):
        waits.append(seconds)
    limiter = RedisLimiter(url=url, fallback_rps=1.0, sleep=sleep)
    bucket = Bucket(key, rate_per_s)
    await asyncio.gather(*(limiter.acquire(bucket) for _ in range(turns)))
    await limiter.aclose()
    print(json.dumps(waits))

asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])))
"""


@pytest.fixture
def redis():
    with Redis.from_url(settings.REDIS_URL) as redis:
        yield redis


def acting(scenario, *, url="", sleep=None, fallback_rps=1.0):
    """Act a scenario with a shared limiter; return what it returned, and the waits."""
    waits = Waits()

    async def run():
        limiter = a_redis_limiter(sleep or waits, url=url, fallback_rps=fallback_rps)
        try:
            return await scenario(limiter)
        finally:
            await limiter.aclose()

    return asyncio.run(run()), list(waits)


@pytest.mark.db
def test_processes_together_keep_to_one_rate(redis, bucket):
    shared = bucket(rate_per_s=5)
    opens_at_us = freeze_for_a_minute(redis, shared)
    command = (sys.executable, "-c", TAKE_TURNS, settings.REDIS_URL, shared.key, "5", "40")

    processes = [
        subprocess.Popen(command, cwd=HOME, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    waits = [json.loads(process.communicate()[0]) for process in processes]

    # Every turn is one interval after the last, whoever took it: none was granted twice.
    next_turn_us = int(redis.get(f"limit:{shared.key}"))
    assert next_turn_us - opens_at_us == 120 * shared.interval_us
    assert [len(their_waits) for their_waits in waits] == [40, 40, 40]


def freeze_for_a_minute(redis, bucket):
    """Let nobody go before everybody has asked; return when it opens, by Redis's clock."""
    acting(lambda limiter: limiter.freeze(bucket.key, seconds=60))
    return int(redis.get(f"limit:{bucket.key}:frozen"))


@pytest.mark.db
def test_a_freeze_by_one_holds_for_all(bucket):
    async def freeze(limiter):
        await limiter.freeze(bucket().key, seconds=60)

    async def refused(limiter):
        with pytest.raises(RateExceeded):
            await limiter.acquire(bucket(), deadline_s=30)

    acting(freeze)
    acting(refused)


@pytest.mark.db
@pytest.mark.parametrize("seconds", [0, -1])
def test_a_freeze_of_no_time_leaves_nothing_behind(redis, bucket, seconds):
    async def freeze(limiter):
        await limiter.freeze(bucket().key, seconds=seconds)

    with capture_logs() as lines:
        acting(freeze)

    assert redis.exists(f"limit:{bucket().key}:frozen") == 0
    assert [line["log_level"] for line in lines] == ["info"]


@pytest.mark.db
def test_nothing_stays_in_the_store_for_ever(redis, bucket):
    async def scenario(limiter):
        await limiter.freeze(bucket().key, seconds=5)
        await limiter.acquire(bucket(rate_per_s=1))

    acting(scenario)

    assert 5_000 < redis.pttl(f"limit:{bucket().key}") <= 7_000
    assert 0 < redis.pttl(f"limit:{bucket().key}:frozen") <= 5_000


@pytest.mark.db
def test_a_flushed_script_is_brought_again(redis, bucket):
    async def scenario(limiter):
        await limiter.acquire(bucket())
        redis.script_flush()
        await limiter.acquire(bucket())

    _, waits = acting(scenario)

    assert len(waits) == 2


@pytest.mark.unit
def test_without_redis_nothing_is_written(bucket):
    async def scenario(limiter):
        with pytest.raises(Unavailable) as refused:
            await limiter.acquire(bucket(), is_write=True)
        return type(refused.value), refused.value.detail

    refused, waits = acting(scenario, url=NOWHERE)

    assert refused == (
        Unavailable,
        "The request budget can't be counted, so nothing is written.",
    )
    assert waits == []


@pytest.mark.unit
def test_without_redis_reads_go_on_slowly(bucket):
    async def scenario(limiter):
        await limiter.acquire(bucket(rate_per_s=1000))
        await limiter.acquire(bucket(rate_per_s=1000))

    _, (first, second) = acting(scenario, url=NOWHERE, fallback_rps=0.01)

    assert first == 0
    assert 50 < second <= 100


@pytest.mark.unit
def test_without_redis_a_reader_still_has_a_deadline(bucket):
    async def scenario(limiter):
        await limiter.acquire(bucket())
        with pytest.raises(RateExceeded):
            await limiter.acquire(bucket(), deadline_s=5)

    acting(scenario, url=NOWHERE, fallback_rps=0.01)


@pytest.mark.unit
def test_a_freeze_that_is_lost_is_told():
    async def freeze(limiter):
        await limiter.freeze("kaspi:offers:direct", seconds=60)

    with capture_logs() as lines:
        acting(freeze, url=NOWHERE)

    assert [(line["event"], line["key"]) for line in lines] == [
        ("limiter.freeze.lost", "kaspi:offers:direct")
    ]


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


@pytest.mark.flow
def test_a_restarted_redis_counts_again(own_redis, bucket):
    url, start, stop = own_redis

    async def scenario(limiter):
        await limiter.acquire(bucket())
        await asyncio.to_thread(stop)
        with pytest.raises(Unavailable):
            await limiter.acquire(bucket(), is_write=True)
        await asyncio.to_thread(start)
        await limiter.acquire(bucket(), is_write=True)

    _, waits = acting(scenario, url=url)

    assert waits == [0, 0]


@pytest.mark.db
def test_no_cancelled_caller_goes_on(bucket):
    """A lost cancellation is a lost deadline. Many callers, because it takes a coincidence."""

    fleet = bucket("fleet", rate_per_s=1000)

    async def caller(limiter) -> None:
        me = asyncio.current_task()
        while me and not me.cancelling():
            await limiter.acquire(fleet)

    async def scenario(limiter) -> list[bool]:
        callers = []
        for _ in range(20):
            crowd = [asyncio.create_task(caller(limiter)) for _ in range(25)]
            await limiter.acquire(fleet)
            for task in crowd:
                task.cancel()
            await asyncio.wait(crowd)
            callers += crowd
        return [task.cancelled() for task in callers]

    cancelled, _ = acting(scenario)

    assert cancelled == [True] * 500
