"""The scripts in the store and the arithmetic in Python are the same, turn by turn."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from cube_demper.kernel.limiting.calendar import Calendar
from cube_demper.kernel.limiting.ports import Bucket, Priority, Quota
from cube_demper.kernel.limiting.redis import FROZEN, RedisStore
from cube_demper.kernel.limiting.stores import Ask, Turn, Unused

pytestmark = pytest.mark.db

BUCKETS = (Bucket("same:fleet", 120, shared=True), Bucket("same:address", 8), Bucket("same:1", 1.5))
QUOTA = Quota("same:quota", 4, 2)
CLOCK = Bucket("same:clock", 1_000_000)
budgets = st.builds(
    lambda buckets, uses: (*buckets, *[QUOTA] * uses),
    st.lists(st.sampled_from(BUCKETS), max_size=3, unique=True),
    st.integers(0, 5),  # of the four that there are
)
asks = st.builds(
    Ask,
    budgets.filter(len),
    st.sampled_from(Priority),
    st.sampled_from([0, 300_000, 2**52]),
)
steps = st.lists(
    st.one_of(
        st.lists(asks, min_size=1, max_size=8),
        st.tuples(st.sampled_from(BUCKETS), st.integers(1, 3_000_000)),
        st.integers(0, 30),
        st.sampled_from(BUCKETS),
    ),
    max_size=12,
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps)
def test_whatever_is_asked_they_answer_alike(settings, steps):
    asyncio.run(compare(settings.REDIS_URL, steps))


async def compare(url, steps):
    store, calendar = RedisStore(url=url), Calendar()
    async with Redis.from_url(url) as redis:
        await redis.delete(*[f"limit:{one.key}" for one in (*BUCKETS, QUOTA)], FROZEN)
        await store.remember(QUOTA, used_at=[])
        taken = []
        for step in steps:
            match step:
                case list():
                    taken += await take_both(store, calendar, step)
                case (bucket, length):
                    await freeze_both(store, calendar, redis, bucket, length)
                case int():
                    await give_back_both(store, calendar, taken, step)
                case Bucket():
                    await store.lift(step.key)
                    calendar.lift(step.key)
    await store.aclose()


async def take_both(store, calendar, asked):
    *answers, clock = await store.take([*asked, Ask((CLOCK,))])
    now = clock.at_us - clock.wait_us
    taken = []
    for ask, answer in zip(asked, answers, strict=True):
        at, is_taken = calendar.take(
            ask.budgets, now=now, latest=now + ask.patience_us, priority=ask.priority
        )
        assert (isinstance(answer, Turn), answer.wait_us) == (is_taken, at - now)
        if is_taken:
            taken.append(Unused(ask.budgets, at, answer.life))
    return taken


async def freeze_both(store, calendar, redis, bucket, length):
    closed_us = await store.freeze(bucket.key, length_us=length)
    opens_at, is_open_at, kept = map(int, (await redis.hget(FROZEN, bucket.key)).split())
    opens_here = calendar.freeze(bucket.key, now=opens_at - closed_us, length=length)
    assert (opens_here, is_open_at - opens_at) == (opens_at, 10_000_000)
    assert kept <= closed_us or closed_us > length


async def give_back_both(store, calendar, taken, place):
    if taken:
        unused = taken.pop(place % len(taken))
        await store.give_back([unused])
        calendar.give_back(unused.budgets, at=unused.at_us)
