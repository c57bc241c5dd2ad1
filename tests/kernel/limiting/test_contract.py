"""What a limiter promises, kept by each of them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cube_demper.kernel.errors import RateExceeded
from tests.kernel.limiting.conftest import take_turn, waits_of


def test_the_first_turn_is_now(play, bucket):
    async def scenario(limiter):
        await limiter.acquire(bucket())
        return list(waits_of(limiter))

    assert play(scenario) == [0]


def test_turns_come_evenly_one_interval_apart(play, bucket):
    async def scenario(limiter):
        return [await take_turn(limiter, bucket(rate_per_s=4)) for _ in range(5)]

    first, *others = play(scenario)

    assert all(
        turn.follows(first, after_s=place * 0.25) for place, turn in enumerate(others, start=1)
    )


@pytest.mark.parametrize(("rate_per_s", "seconds"), [(0.5, 2), (1.5, 2), (8, 1), (120, 1)])
def test_no_time_holds_more_turns_than_the_rate_allows(play, bucket, rate_per_s, seconds):
    async def scenario(limiter):
        turns = [await take_turn(limiter, bucket(rate_per_s=rate_per_s))]
        for _ in range(int(rate_per_s * seconds)):
            turns.append(await take_turn(limiter, bucket(rate_per_s=rate_per_s)))  # noqa: PERF401 -- the order is the point
        return turns

    turns = play(scenario)

    assert turns[-1].latest - turns[0].earliest >= seconds


def test_an_idle_bucket_saves_no_turns_up(play, bucket):
    rested = asyncio.sleep

    async def scenario(limiter):
        await take_turn(limiter, bucket(rate_per_s=20))
        await rested(0.11)
        return [await take_turn(limiter, bucket(rate_per_s=20)) for _ in range(2)]

    late, next_one = play(scenario)

    assert late.wait_s == 0
    assert next_one.follows(late, after_s=0.05)


def test_buckets_know_nothing_of_each_other(play, bucket):
    async def scenario(limiter):
        await limiter.acquire(bucket("one", rate_per_s=1))
        await limiter.acquire(bucket("other", rate_per_s=1))
        return list(waits_of(limiter))

    assert play(scenario) == [0, 0]


def test_a_turn_in_several_buckets_is_waited_for_in_each(play, bucket):
    async def scenario(limiter):
        narrow, wide = bucket("push", rate_per_s=2), bucket("fleet", rate_per_s=4)
        first = await take_turn(limiter, narrow)
        await limiter.acquire(wide)
        await limiter.acquire(narrow, wide)
        return first.wait_s, waits_of(limiter)[2:]

    _, (narrow_wait, wide_wait) = play(scenario)

    assert 0 < wide_wait <= 0.25 < narrow_wait <= 0.5


def test_a_turn_that_comes_too_late_is_refused_and_not_charged(play, bucket):
    async def scenario(limiter):
        first = await take_turn(limiter, bucket(rate_per_s=1))
        with pytest.raises(RateExceeded) as refused:
            await limiter.acquire(bucket(rate_per_s=1), deadline_s=0.2)
        return first, await take_turn(limiter, bucket(rate_per_s=1)), refused.value

    first, second, refused = play(scenario)

    assert second.follows(first, after_s=1)
    assert datetime.now(UTC) < refused.retry_at < datetime.now(UTC) + timedelta(seconds=2)
    assert "The next turn for tests:" in refused.detail


def test_a_turn_before_the_deadline_is_granted(play, bucket):
    async def scenario(limiter):
        first = await take_turn(limiter, bucket(rate_per_s=1))
        return first, await take_turn(limiter, bucket(rate_per_s=1), deadline_s=1.5)

    first, second = play(scenario)

    assert second.follows(first, after_s=1)


def test_the_first_turn_needs_no_patience(play, bucket):
    async def scenario(limiter):
        await limiter.acquire(bucket(), deadline_s=0)
        return list(waits_of(limiter))

    assert play(scenario) == [0]


def test_waiting_in_one_bucket_uses_up_patience_for_the_next(play, bucket):
    async def scenario(limiter):
        narrow, wide = bucket("push", rate_per_s=2), bucket("fleet", rate_per_s=2)
        await limiter.acquire(narrow)
        await limiter.acquire(wide)
        with pytest.raises(RateExceeded) as refused:
            await limiter.acquire(narrow, wide, deadline_s=0.7)
        return refused.value, wide

    refused, wide = play(scenario)

    assert wide.key in refused.detail


def test_a_frozen_bucket_opens_when_the_freeze_ends(play, bucket):
    async def scenario(limiter):
        first = await take_turn(limiter, bucket())
        await limiter.freeze(bucket().key, seconds=3)
        return first, await take_turn(limiter, bucket())

    first, second = play(scenario)

    assert second.latest - first.earliest >= 3
    assert second.wait_s <= 3


@pytest.mark.parametrize("later_s", [1, 0, -5], ids=["shorter", "none", "negative"])
def test_a_longer_freeze_already_there_stays(play, bucket, later_s):
    async def scenario(limiter):
        first = await take_turn(limiter, bucket())
        await limiter.freeze(bucket().key, seconds=30)
        await limiter.freeze(bucket().key, seconds=later_s)
        return first, await take_turn(limiter, bucket())

    first, second = play(scenario)

    assert second.latest - first.earliest >= 30


def test_a_longer_freeze_replaces_a_shorter_one(play, bucket):
    async def scenario(limiter):
        first = await take_turn(limiter, bucket())
        await limiter.freeze(bucket().key, seconds=1)
        await limiter.freeze(bucket().key, seconds=30)
        return first, await take_turn(limiter, bucket())

    first, second = play(scenario)

    assert second.latest - first.earliest >= 30


def test_turns_after_a_freeze_are_spaced_as_ever(play, bucket):
    async def scenario(limiter):
        await limiter.freeze(bucket().key, seconds=5)
        return [await take_turn(limiter, bucket(rate_per_s=10)) for _ in range(3)]

    first, second, third = play(scenario)

    assert second.follows(first, after_s=0.1)
    assert third.follows(second, after_s=0.1)


def test_a_freeze_closes_one_bucket_only(play, bucket):
    async def scenario(limiter):
        await limiter.freeze(bucket("banned").key, seconds=60)
        await limiter.acquire(bucket("free"))
        return list(waits_of(limiter))

    assert play(scenario) == [0]
