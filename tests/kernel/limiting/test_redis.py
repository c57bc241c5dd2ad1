"""What the shared limiter does when it is shared, and when Redis is not there."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings
from redis import Redis
from structlog.testing import capture_logs

from cube_demper.kernel.errors import QuotaUnknown, RateExceeded, Unavailable
from cube_demper.kernel.limiting.redis import RATES, RedisLimiter, RedisStore
from cube_demper.kernel.limiting.stores import Ask
from tests.kernel.limiting.conftest import act, the_redis_limiter, the_redis_store

NOWHERE = "unix:///nonexistent/valkey.sock?db=0"
HOME = Path(__file__).resolve().parents[3]
TAKE_TURNS = """
import asyncio, json, sys
from cube_demper.kernel.limiting.ports import Bucket
from cube_demper.kernel.limiting.redis import RedisLimiter

async def main(url, key):
    limiter = RedisLimiter(url=url, fallback_rps=1.0)
    bucket = Bucket(key, 200, shared=True)
    turns = await asyncio.gather(*(limiter.acquire(bucket) for _ in range(60)))
    await limiter.aclose()
    print(json.dumps(turns))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def redis():
    with Redis.from_url(settings.REDIS_URL) as redis:
        yield redis


def with_limiter_at(url, scenario, *, fallback_rps=1.0):
    return act(lambda: RedisLimiter(url=url, fallback_rps=fallback_rps), scenario)


@pytest.mark.db
def test_processes_together_keep_to_one_rate(bucket):
    shared = bucket(rate_per_s=200)
    command = (sys.executable, "-c", TAKE_TURNS, settings.REDIS_URL, shared.key)

    processes = [
        subprocess.Popen(command, cwd=HOME, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    turns = sorted(at for process in processes for at in json.loads(process.communicate()[0]))

    assert len(turns) == 180
    assert all(later - at >= shared.interval_us for at, later in pairwise(turns))


@pytest.mark.db
def test_a_wall_that_one_process_meets_stops_those_who_wait_in_another(bucket):
    address = bucket("address", rate_per_s=4)

    async def scenario(limiter):
        await limiter.acquire(address)
        waiting = asyncio.create_task(limiter.acquire(address, deadline_s=20))
        other = the_redis_limiter()
        await other.freeze(address.key, seconds=60)
        await other.aclose()
        with pytest.raises(RateExceeded):
            await waiting

    act(the_redis_limiter, scenario)


@pytest.mark.db
def test_asks_that_come_together_travel_together(redis, bucket):
    async def scenario(limiter):
        await limiter.acquire(bucket())
        before = redis.info("commandstats")["cmdstat_evalsha"]["calls"]
        await asyncio.gather(*(limiter.acquire(bucket(rate_per_s=5000)) for _ in range(100)))
        return redis.info("commandstats")["cmdstat_evalsha"]["calls"] - before

    assert act(the_redis_limiter, scenario) == 2


@pytest.mark.db
def test_nothing_stays_in_the_store_for_ever(redis, bucket, quota):
    budgets = (bucket(rate_per_s=1), quota(most=3, window_s=5))

    async def scenario(store):
        await store.remember(budgets[1], used_at=[])
        await store.take([Ask(budgets)])

    act(the_redis_store, scenario)

    assert 0 < redis.pttl(f"limit:{budgets[0].key}") <= 2_001
    assert 0 < redis.pttl(f"limit:{budgets[1].key}") <= 6_001


@pytest.mark.db
def test_a_full_quota_is_small(redis, quota):
    shop = quota(most=250, window_s=1800)

    async def scenario(store):
        await store.remember(shop, used_at=[])
        await store.take([Ask((shop,))] * 250)

    act(the_redis_store, scenario)

    assert redis.memory_usage(f"limit:{shop.key}") < 2_000


@pytest.mark.db
def test_a_rate_that_an_operator_sets_holds_at_once(redis, bucket):
    async def scenario(store):
        before = await store.take([Ask((bucket(rate_per_s=1000),))] * 2)
        redis.hset(RATES, bucket().key, 500_000)
        return before, await store.take([Ask((bucket(rate_per_s=1000),))] * 3)

    before, after = act(the_redis_store, scenario)

    redis.hdel(RATES, bucket().key)
    assert [later.at_us - turn.at_us for turn, later in pairwise(before)] == [1_000]
    assert [later.at_us - turn.at_us for turn, later in pairwise(after)] == [500_000] * 2


@pytest.mark.db
def test_a_flushed_script_is_brought_again(redis, bucket):
    async def scenario(limiter):
        await limiter.acquire(bucket())
        redis.script_flush()
        return await limiter.acquire(bucket())

    assert act(the_redis_limiter, scenario) > 0


@pytest.mark.unit
def test_without_redis_nothing_is_written(bucket):
    async def scenario(limiter):
        with pytest.raises(Unavailable) as refused:
            await limiter.acquire(bucket(), is_write=True)
        return type(refused.value), refused.value.detail

    assert with_limiter_at(NOWHERE, scenario) == (
        Unavailable,
        "The request budget can't be counted, so nothing is written.",
    )


@pytest.mark.unit
def test_without_redis_reads_go_on_slowly(bucket):
    async def scenario(limiter):
        return await asyncio.gather(
            *(limiter.acquire(bucket(rate_per_s=1000)) for _ in range(4)),
        )

    turns = with_limiter_at(NOWHERE, scenario, fallback_rps=20)

    assert all(later - at >= 49_000 for at, later in pairwise(sorted(turns)))


@pytest.mark.unit
def test_without_redis_a_reader_still_has_a_deadline(bucket):
    async def scenario(limiter):
        with pytest.raises(RateExceeded):
            await limiter.acquire(bucket(), deadline_s=5)

    with_limiter_at(NOWHERE, scenario, fallback_rps=0.01)


@pytest.mark.unit
def test_a_freeze_that_is_lost_is_told():
    async def freeze(limiter):
        await limiter.freeze("kaspi:offers:direct", seconds=60)

    with capture_logs() as lines:
        with_limiter_at(NOWHERE, freeze)

    assert [(line["event"], line["key"]) for line in lines] == [
        ("limiter.freeze.lost", "kaspi:offers:direct")
    ]


@pytest.mark.flow
def test_a_restarted_redis_counts_again(own_redis, bucket):
    url, start, stop = own_redis

    async def scenario(limiter):
        await limiter.acquire(bucket())
        await asyncio.to_thread(stop)
        with pytest.raises(Unavailable):
            await limiter.acquire(bucket(), is_write=True)
        await asyncio.to_thread(start)
        reads = await asyncio.gather(*(limiter.acquire(bucket()) for _ in range(5)))
        return reads, await limiter.acquire(bucket(), is_write=True)

    with capture_logs() as lines:
        reads, write = with_limiter_at(url, scenario)

    assert write > max(reads)
    assert [line["event"] for line in lines] == ["limiter.redis.gone", "limiter.redis.back"]


@pytest.mark.flow
def test_a_redis_that_has_only_just_started_lets_nobody_go_at_first(own_redis, bucket):
    url, _, _ = own_redis

    async def scenario(store):
        return await store.take([Ask((bucket(rate_per_s=10),))] * 2)

    turns = act(lambda: RedisStore(url=url), scenario)

    assert [turn.wait_us for turn in turns] == [2_000_000, 2_100_000]


@pytest.mark.flow
def test_a_redis_that_lost_its_memory_grants_no_quota_on_trust(own_redis, quota):
    url, start, stop = own_redis
    shop = quota(most=2, window_s=60)

    async def scenario(store):
        await store.remember(shop, used_at=[])
        await store.take([Ask((shop,))] * 2)
        await asyncio.to_thread(stop)
        await asyncio.to_thread(start)
        limiter = RedisLimiter(url=url, fallback_rps=1)
        with pytest.raises(QuotaUnknown) as unknown:
            await limiter.acquire(shop, is_write=True)
        used_at = [datetime.now(UTC) - timedelta(seconds=ago) for ago in (30, 20)]
        await limiter.remember(shop, used_at=used_at)
        with pytest.raises(RateExceeded) as refused:
            await limiter.acquire(shop, is_write=True, deadline_s=1)
        await limiter.aclose()
        return unknown.value.key, refused.value.retry_at

    key, retry_at = act(lambda: RedisStore(url=url), scenario)

    assert key == shop.key
    assert datetime.now(UTC) + timedelta(seconds=20) < retry_at
    assert retry_at < datetime.now(UTC) + timedelta(seconds=31)
