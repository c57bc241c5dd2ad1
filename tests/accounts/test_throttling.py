import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from accounts import throttling
from accounts.errors import TriesUncounted
from accounts.throttling import Bucket

pytestmark = pytest.mark.db

MINUTE = timedelta(minutes=1)


def a_bucket(most=3, per=MINUTE):
    return Bucket(f"tests:{uuid.uuid4().hex}", most, per)


def waits(*buckets, times):
    """Whether each of so many turns had to be waited for."""
    return [bool(throttling.take(buckets)) for _ in range(times)]


def test_a_bucket_grants_what_it_holds_and_then_says_how_long_to_wait():
    bucket = a_bucket()

    assert waits(bucket, times=3) == [False, False, False]

    wait = throttling.take([bucket])
    assert timedelta(seconds=19) < wait <= timedelta(seconds=20)


def test_a_refusal_costs_nothing():
    bucket = a_bucket()
    waits(bucket, times=3)

    first = throttling.take([bucket])
    second = throttling.take([bucket])

    assert second <= first


def test_a_turn_is_taken_from_all_or_from_none():
    wide, narrow = a_bucket(most=3), a_bucket(most=1)

    assert waits(wide, narrow, times=3) == [False, True, True]

    assert waits(wide, times=3) == [False, False, True]


def test_a_turn_that_was_given_back_can_be_taken_again():
    bucket = a_bucket()
    waits(bucket, times=3)

    throttling.give_back([bucket])

    assert waits(bucket, times=2) == [False, True]


def test_a_bucket_never_holds_more_than_it_can():
    bucket = a_bucket()
    waits(bucket, times=1)

    for _ in range(5):
        throttling.give_back([bucket])

    assert waits(bucket, times=4) == [False, False, False, True]


def test_tries_at_once_get_no_further_than_tries_in_a_row():
    bucket = a_bucket(most=5)

    with ThreadPoolExecutor(8) as threads:
        refused = list(threads.map(lambda _: bool(throttling.take([bucket])), range(40)))

    assert refused.count(False) == 5


def test_a_bucket_fills_up_again():
    bucket = a_bucket(most=1, per=timedelta(microseconds=1))

    assert waits(bucket, times=3) == [False, False, False]


def test_without_redis_nothing_is_let_through(settings):
    settings.REDIS_URL = "unix:///nonexistent/valkey.sock?db=0"

    with pytest.raises(TriesUncounted):
        throttling.take([a_bucket()])
    with pytest.raises(TriesUncounted):
        throttling.give_back([a_bucket()])
