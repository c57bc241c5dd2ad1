import pytest

from sandbox.limits import Limits
from sandbox.settings import Settings

pytestmark = pytest.mark.unit


def a_shop(**settings) -> Limits:
    return Limits(settings=Settings(**settings))


def push(limits: Limits, *, at: float, merchant_id: str = "1", changes: int = 1) -> bool:
    return limits.may_push(merchant_id=merchant_id, changes=changes, now=at)


def test_two_pushes_a_second_are_allowed_for_as_long_as_one_likes():
    limits = a_shop(quota=0)

    answers = [push(limits, at=number * 0.5) for number in range(200)]

    assert answers == [True] * 200


def test_three_pushes_a_second_lock_the_merchant_for_half_an_hour():
    limits = a_shop()

    fast = [push(limits, at=number / 3) for number in range(7)]

    assert fast == [True, True, True, True, True, False, False]
    assert push(limits, at=5 / 3 + 1_799) is False
    assert push(limits, at=5 / 3 + 1_801) is True


def test_a_lock_of_one_merchant_does_not_touch_another():
    limits = a_shop()
    for number in range(7):
        push(limits, at=number / 10, merchant_id="hasty")

    answers = [push(limits, at=1.0, merchant_id=name) for name in ("hasty", "calm")]

    assert answers == [False, True]


def test_the_two_hundred_and_fifty_first_change_in_half_an_hour_is_refused():
    limits = a_shop()

    answers = [push(limits, at=float(number)) for number in range(251)]

    assert answers == [True] * 250 + [False]


def test_changes_leave_the_quota_after_half_an_hour():
    limits = a_shop()
    for number in range(250):
        push(limits, at=float(number))

    answer = push(limits, at=1_801.0, changes=1)

    assert answer is True


def test_a_batch_counts_its_items_unless_told_otherwise():
    by_items, by_requests = a_shop(), a_shop(quota_counts="requests")

    answers = [push(limits, at=1.0, changes=251) for limits in (by_items, by_requests)]

    assert answers == [False, True]


def test_fifteen_reads_within_a_second_wall_off_the_address_for_ten_seconds():
    limits = a_shop()

    answers = [limits.may_read_offers(address="a", now=number / 20) for number in range(15)]

    assert answers == [True] * 14 + [False]
    assert limits.may_read_offers(address="a", now=0.7 + 9.9) is False
    assert limits.may_read_offers(address="a", now=0.7 + 10.1) is True


def test_ten_reads_a_second_are_allowed_for_as_long_as_one_likes():
    limits = a_shop()

    answers = [limits.may_read_offers(address="a", now=number / 10) for number in range(300)]

    assert answers == [True] * 300


def test_a_rate_of_zero_means_no_limit():
    limits = a_shop(offers_rps=0, push_rps=0, quota=0)

    reads = [limits.may_read_offers(address="a", now=1.0) for _ in range(1_000)]
    pushes = [push(limits, at=1.0) for _ in range(1_000)]

    assert reads == pushes == [True] * 1_000
