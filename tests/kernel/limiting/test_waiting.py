"""How callers wait for their turns, whoever keeps the count."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from cube_demper.kernel.errors import RateExceeded
from cube_demper.kernel.limiting.ports import Priority


def test_the_first_turn_needs_no_patience(with_limiter, bucket):
    async def scenario(limiter):
        return await limiter.acquire(bucket(), deadline_s=0)

    assert with_limiter(scenario) > 0


def test_callers_go_in_the_order_of_asking(with_limiter, bucket):
    fleet = bucket(rate_per_s=1000, shared=True)

    async def scenario(limiter):
        went = []

        async def caller(name):
            went.append((name, await limiter.acquire(fleet)))

        async with asyncio.TaskGroup() as group:
            for name in range(120):
                group.create_task(caller(name))
                if name % 7 == 0:
                    await asyncio.sleep(0.003)
        return went

    went = with_limiter(scenario)

    assert [name for name, _ in went] == list(range(120))
    turns = sorted(at for _, at in went)
    assert all(later - at >= fleet.interval_us for at, later in pairwise(turns))


def test_nobody_goes_before_the_turn(with_limiter, bucket):
    async def scenario(limiter):
        loop = asyncio.get_running_loop()
        began = loop.time()
        at = [await limiter.acquire(bucket(rate_per_s=20)) for _ in range(3)]
        return at, loop.time() - began

    (first, _, last), took_s = with_limiter(scenario)

    assert last - first == 100_000
    assert took_s >= 0.1


def test_a_turn_that_comes_too_late_is_refused_at_once(with_limiter, bucket):
    slow = bucket(rate_per_s=0.01)

    async def scenario(limiter):
        await limiter.acquire(slow)
        with pytest.raises(RateExceeded) as refused:
            await limiter.acquire(slow, deadline_s=50)
        return refused.value

    refused = with_limiter(scenario)

    now = datetime.now(UTC)
    assert now + timedelta(seconds=50) < refused.retry_at <= now + timedelta(seconds=100)
    assert refused.detail.startswith(f"The next turn for {slow.key} comes in ")


def test_who_gives_up_lets_the_others_move_up(with_limiter, bucket):
    slow = bucket(rate_per_s=0.01)

    async def scenario(limiter):
        await limiter.acquire(slow)
        second, third = (asyncio.create_task(limiter.acquire(slow)) for _ in range(2))
        await asyncio.sleep(0.05)
        second.cancel()
        third.cancel()
        await asyncio.gather(second, third, return_exceptions=True)
        await limiter.settle()
        with pytest.raises(RateExceeded) as refused:
            await limiter.acquire(slow, deadline_s=0)
        return refused.value

    refused = with_limiter(scenario)

    assert refused.retry_at <= datetime.now(UTC) + timedelta(seconds=100)


def test_many_who_give_up_at_once_leave_nothing_behind(with_limiter, bucket):
    quick = bucket(rate_per_s=200)

    async def scenario(limiter):
        callers = [asyncio.create_task(limiter.acquire(quick)) for _ in range(200)]
        await callers[10]
        for caller in callers:
            caller.cancel()
        ended = await asyncio.gather(*callers, return_exceptions=True)
        await limiter.settle()
        await limiter.acquire(quick, deadline_s=0.2)
        return [type(end) for end in ended[100:]]

    assert with_limiter(scenario) == [asyncio.CancelledError] * 100


def test_who_gives_up_while_asking_takes_nothing(with_limiter, bucket):
    slow = bucket(rate_per_s=0.01)

    async def scenario(limiter):
        asking = asyncio.create_task(limiter.acquire(slow))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await limiter.settle()
        return await limiter.acquire(slow, deadline_s=0)

    assert with_limiter(scenario) > 0


def test_a_person_goes_before_those_who_asked_earlier(with_limiter, bucket):
    fleet = bucket(rate_per_s=50, shared=True)

    async def scenario(limiter):
        waiting = [asyncio.create_task(limiter.acquire(fleet)) for _ in range(60)]
        await asyncio.sleep(0.05)
        person = await limiter.acquire(fleet, priority=Priority.INTERACTIVE)
        everyone = await asyncio.gather(*waiting)
        return person, sorted([person, *everyone])

    person, everyone = with_limiter(scenario)

    assert everyone.index(person) < 20
    assert everyone[-1] - everyone[0] >= 60 * fleet.interval_us


def test_those_who_wait_when_a_wall_comes_up_wait_longer(with_limiter, bucket):
    address = bucket("address", rate_per_s=20)

    async def scenario(limiter):
        waiting = [asyncio.create_task(limiter.acquire(address)) for _ in range(4)]
        first = await waiting[0]
        await limiter.freeze(address.key, seconds=0.5)
        return first, await asyncio.gather(*waiting[1:])

    first, others = with_limiter(scenario)

    assert others == sorted(others)
    assert others[0] - first >= 500_000


def test_who_can_not_wait_for_a_wall_is_told(with_limiter, bucket):
    address = bucket("address", rate_per_s=20)

    async def scenario(limiter):
        await limiter.acquire(address)
        waiting = asyncio.create_task(limiter.acquire(address, deadline_s=5))
        await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        await limiter.freeze(address.key, seconds=60)
        with pytest.raises(RateExceeded):
            await waiting

    with_limiter(scenario)


def test_a_lifted_freeze_lets_people_go(with_limiter, bucket):
    async def scenario(limiter):
        await limiter.freeze(bucket().key, seconds=60)
        await limiter.lift(bucket().key)
        return await limiter.acquire(bucket(), deadline_s=0)

    assert with_limiter(scenario) > 0
