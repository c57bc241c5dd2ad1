"""What a store of turns promises, kept by each of them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from cube_demper.kernel.limiting.ports import Priority
from cube_demper.kernel.limiting.stores import Ask, TooLate, Turn, Unused


def test_the_first_turn_is_now(with_store, bucket):
    async def scenario(store):
        return await store.take([Ask((bucket(),))])

    (turn,) = with_store(scenario)

    assert turn.wait_us == 0


def test_many_turns_in_one_go_are_an_interval_apart(with_store, bucket):
    async def scenario(store):
        return await store.take([Ask((bucket(rate_per_s=4),))] * 5)

    turns = with_store(scenario)

    assert [later.at_us - turn.at_us for turn, later in pairwise(turns)] == [250_000] * 4


def test_a_rate_that_is_no_whole_interval_is_never_exceeded(with_store, bucket):
    async def scenario(store):
        return await store.take([Ask((bucket(rate_per_s=120),))] * 121)

    turns = with_store(scenario)

    assert turns[-1].at_us - turns[0].at_us >= 1_000_000


def test_a_turn_too_late_is_charged_to_no_budget(with_store, bucket, quota):
    narrow, wide = bucket("narrow", rate_per_s=1), bucket("wide", rate_per_s=1000)

    async def scenario(store):
        await store.remember(quota(), used_at=[])
        await store.take([Ask((narrow,))])
        (refused,) = await store.take([Ask((narrow, wide, quota()), patience_us=100_000)])
        return refused, await store.take([Ask((wide,)), *[Ask((quota(),))] * 4])

    refused, (in_wide, *in_quota) = with_store(scenario)

    assert isinstance(refused, TooLate)
    assert 100_000 < refused.wait_us <= 1_000_000
    assert in_wide.wait_us == 0
    assert [turn.wait_us for turn in in_quota] == [0, 0, 0, 60_000_000]


def test_a_turn_takes_many_of_a_quota_at_once_or_none(with_store, bucket, quota):
    three = quota(most=3)

    async def scenario(store):
        await store.remember(three, used_at=[])
        asks = [Ask((bucket(), *[three] * uses), patience_us=0) for uses in (2, 2, 1, 1)]
        return await store.take(asks)

    answers = with_store(scenario)

    assert [isinstance(answer, Turn) for answer in answers] == [True, False, False, False]


def test_many_of_a_quota_come_when_the_last_of_them_is_free(with_store, quota):
    three = quota(most=3)

    async def scenario(store):
        now = datetime.now(UTC)
        await store.remember(three, used_at=[now - timedelta(seconds=ago) for ago in (40, 20)])
        return await store.take([Ask((three,) * 2), Ask((three,) * 3), Ask((three,))])

    two, all_three, one = with_store(scenario)

    assert 19_000_000 < two.wait_us <= 20_000_000
    assert all_three.at_us - two.at_us == 60_000_000
    assert one.at_us - all_three.at_us == 60_000_000


def test_more_than_a_quota_ever_holds_never_comes(with_store, bucket, quota):
    async def scenario(store):
        await store.remember(quota(most=3), used_at=[])
        asks = [Ask((bucket(rate_per_s=1), *[quota(most=3)] * uses)) for uses in (4, 3)]
        return await store.take(asks)

    too_many, all_of_it = with_store(scenario)

    assert too_many == TooLate(60_000_000)
    assert all_of_it.wait_us == 0


def test_many_of_a_quota_are_given_back_together(with_store, quota):
    budgets = (quota(most=3),) * 3

    async def scenario(store):
        await store.remember(quota(most=3), used_at=[])
        (turn,) = await store.take([Ask(budgets)])
        await store.give_back([Unused(budgets, turn.at_us, turn.life)])
        return await store.take([Ask(budgets, patience_us=0)])

    (again,) = with_store(scenario)

    assert again.wait_us == 0


@pytest.mark.parametrize("uses", [1, 2])
def test_what_a_turn_given_back_had_waited_for_still_counts(with_store, quota, uses):
    budgets = (quota(most=3),) * uses

    async def scenario(store):
        now = datetime.now(UTC)
        used_at = [now - timedelta(seconds=ago) for ago in (50, 40, 30)]
        await store.remember(quota(most=3), used_at=used_at)
        (turn,) = await store.take([Ask(budgets)])
        await store.give_back([Unused(budgets, turn.at_us, turn.life)])
        return turn, await store.take([Ask(budgets)])

    turn, (again,) = with_store(scenario)

    assert again.at_us == turn.at_us > 0


def test_a_turn_given_back_is_taken_again(with_store, bucket, quota):
    budgets = (bucket(rate_per_s=1), quota(most=1))

    async def scenario(store):
        await store.remember(quota(most=1), used_at=[])
        (turn,) = await store.take([Ask(budgets)])
        await store.give_back([Unused(budgets, turn.at_us, turn.life)])
        return await store.take([Ask(budgets)])

    (again,) = with_store(scenario)

    assert again.wait_us == 0


def test_a_frozen_bucket_opens_when_the_freeze_ends_and_slowly(with_store, bucket):
    frozen, free = bucket("frozen", rate_per_s=10), bucket("free")

    async def scenario(store):
        closed_us = await store.freeze(frozen.key, length_us=60_000_000)
        return closed_us, await store.take([Ask((frozen,)), Ask((frozen,)), Ask((free,))])

    closed_us, (first, second, free_turn) = with_store(scenario)

    assert closed_us == 60_000_000
    assert 59_000_000 < first.wait_us <= 60_000_000
    assert second.at_us - first.at_us == 400_000
    assert free_turn.wait_us == 0


def test_a_lifted_freeze_is_over(with_store, bucket):
    async def scenario(store):
        await store.freeze(bucket().key, length_us=60_000_000)
        await store.lift(bucket().key)
        return await store.take([Ask((bucket(),))] * 2)

    first, second = with_store(scenario)

    assert first.wait_us == 0
    assert second.at_us - first.at_us == bucket().interval_us


def test_a_freeze_of_no_time_freezes_nothing(with_store, bucket):
    async def scenario(store):
        closed_us = [await store.freeze(bucket().key, length_us=length) for length in (0, -5)]
        return closed_us, await store.take([Ask((bucket(),))])

    closed_us, (turn,) = with_store(scenario)

    assert (closed_us, turn.wait_us) == ([0, 0], 0)


def test_what_was_used_before_counts(with_store, quota):
    async def scenario(store):
        now = datetime.now(UTC)
        used_at = [now - timedelta(seconds=ago) for ago in (90, 40, 50, 30)]
        await store.remember(quota(), used_at=used_at)
        return await store.take([Ask((quota(),))])

    (turn,) = with_store(scenario)

    assert 5_000_000 < turn.wait_us <= 10_000_000


def test_what_is_known_of_a_quota_is_not_forgotten_for_a_memory(with_store, quota):
    async def scenario(store):
        await store.remember(quota(most=1), used_at=[datetime.now(UTC)])
        await store.remember(quota(most=1), used_at=[])
        return await store.take([Ask((quota(most=1),), patience_us=0)])

    (answer,) = with_store(scenario)

    assert isinstance(answer, TooLate)


def test_a_person_is_let_in_between(with_store, bucket):
    fleet = bucket(rate_per_s=12, shared=True)

    async def scenario(store):
        await store.take([Ask((fleet,))] * 100)
        return await store.take([Ask((fleet,), Priority.INTERACTIVE), Ask((fleet,))])

    person, background = with_store(scenario)

    assert person.wait_us <= 1_100_000
    assert background.wait_us > 8_000_000
    assert isinstance(person, Turn)
