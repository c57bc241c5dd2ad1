"""What an operator sees of the limiter, and can do about it."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.conf import settings
from redis import Redis

from cube_demper.kernel.errors import Invalid
from cube_demper.kernel.limiting.desk import Desk
from cube_demper.kernel.limiting.redis import TOLD
from cube_demper.kernel.limiting.stores import Ask
from tests.kernel.limiting.conftest import act, the_redis_store

pytestmark = pytest.mark.db


@pytest.fixture
def desk():
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.delete(TOLD)
        yield Desk(redis)


def test_what_was_granted_and_refused_is_told(desk, bucket):
    slow = bucket("shop:1", rate_per_s=1)

    async def scenario(store):
        await store.take([Ask((slow,)), Ask((slow,)), Ask((slow,), patience_us=0)])
        await store.freeze(slow.key, length_us=1_000_000)

    act(the_redis_store, scenario)

    [kind] = [row for row in desk.snapshot().told if row.family == slow.key.rpartition(":")[0]]
    assert (kind.turns, kind.late, kind.mean_wait_ms, kind.freezes) == (2, 1, 500, 1)


def test_each_second_of_a_shared_bucket_is_told(desk, bucket):
    fleet = bucket(rate_per_s=1000, shared=True)

    async def scenario(store):
        await store.take([Ask((fleet,))] * 40)

    act(the_redis_store, scenario)

    used = desk.snapshot(key=fleet.key, seconds=60).used
    assert len(used) == 60
    assert sum(used) in range(41)  # the second that runs is not told yet


def test_turns_that_are_granted_for_later_are_told(desk, bucket):
    fleet = bucket(rate_per_s=0.5, shared=True)

    async def scenario(store):
        await store.take([Ask((fleet,))] * 4)

    act(the_redis_store, scenario)

    assert desk.snapshot(key=fleet.key).ahead == 3


def test_a_frozen_bucket_is_shown_and_can_be_opened(desk, bucket):
    async def scenario(store):
        await store.freeze(bucket().key, length_us=60_000_000)

    act(the_redis_store, scenario)

    snapshot = desk.snapshot()
    [frozen] = [row for row in snapshot.frozen if row.key == bucket().key]
    assert frozen.is_closed(snapshot.at)
    assert frozen.is_open_at - frozen.opens_at == timedelta(seconds=10)
    assert desk.lift(bucket().key)
    assert not desk.lift(bucket().key)


def test_a_rate_can_be_set_and_taken_back(desk, bucket):
    rates = []

    async def scenario(store):
        for change in (lambda: None, set_two, take_back):
            change()
            turns = await store.take([Ask((bucket("b", rate_per_s=100),))] * 3)
            rates.append([later.at_us - turn.at_us for turn, later in pairwise(turns)][-1])

    def set_two():
        desk.set_rate(bucket("b").key, rps=2)
        assert desk.snapshot().rates[bucket("b").key] == 2

    def take_back():
        assert desk.reset_rate(bucket("b").key)

    act(the_redis_store, scenario)

    assert rates == [10_000, 500_000, 10_000]


@pytest.mark.parametrize("rps", [0, -1, 0.001, 1e6, float("nan")])
def test_a_rate_that_makes_no_sense_is_refused(desk, bucket, rps):
    with pytest.raises(Invalid, match="A rate is from"):
        desk.set_rate(bucket().key, rps=rps)

    assert not desk.reset_rate(bucket().key)
