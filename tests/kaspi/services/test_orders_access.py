"""Tokens for orders, and whose turn it is to be read."""

from datetime import timedelta

import pytest

from kaspi.errors import KaspiUnavailable, OrdersTokenMissing, OrdersTokenRefused, StoreMissing
from kaspi.models import OrdersAccess, OrdersState
from kaspi.services import orders_access as accesses
from kaspi.signals import orders_token_refused
from tests.factories import NOW, make_store

pytestmark = pytest.mark.db

TOKEN = "c2VjcmV0LXRva2VuLW9mLWEtc2hvcC1vbi1rYXNwaTI="


@pytest.fixture
def store(seller):
    return make_store(user=seller)


@pytest.fixture
def access(store, seller):
    return accesses.set_token(user=seller, store_id=store.pk, token=TOKEN, now=NOW)


def leased(store, now=NOW):
    access = accesses.lease(store_id=store.pk, now=now)
    if access is None:
        raise AssertionError
    return access


def test_a_token_is_tried_at_once(seller, store, broker, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        accesses.set_token(user=seller, store_id=store.pk, token=TOKEN, now=NOW)

    [message] = broker.take()
    assert (message.task, message.arguments) == ("kaspi.read_orders", {"store_id": store.pk})


def test_nobody_sets_or_removes_the_token_of_anothers_store(stranger, store, access):
    with pytest.raises(StoreMissing):
        accesses.set_token(user=stranger, store_id=store.pk, token=TOKEN, now=NOW)
    with pytest.raises(StoreMissing):
        accesses.remove_token(user=stranger, store_id=store.pk, now=NOW)

    assert OrdersAccess.rows.get() == access


def test_a_token_is_removed_once(seller, store, access):
    accesses.remove_token(user=seller, store_id=store.pk, now=NOW)

    with pytest.raises(OrdersTokenMissing):
        accesses.remove_token(user=seller, store_id=store.pk, now=NOW)


def test_a_store_is_read_by_one_worker_at_a_time(store, access):
    first = accesses.lease(store_id=store.pk, now=NOW)
    second = accesses.lease(store_id=store.pk, now=NOW)

    assert first is not None
    assert second is None


def test_the_lease_of_a_dead_worker_ends_and_the_dead_one_stays_out(store, access):
    dead = leased(store)

    after = NOW + accesses.LEASE
    heir = leased(store, now=after)

    assert accesses.renew_lease(access=heir, now=after)
    assert not accesses.renew_lease(access=dead, now=after)


def test_a_new_token_stops_the_reading_with_the_old_one(seller, store, access):
    reader = leased(store)

    later = NOW + timedelta(seconds=1)
    accesses.set_token(user=seller, store_id=store.pk, token=TOKEN, now=later)

    assert not accesses.renew_lease(access=reader, now=later)


def test_after_a_reading_the_store_rests(store, access, settings):
    settings.ORDERS_INTERVAL_S = 120.0

    accesses.note_read(access=leased(store), began=NOW, now=NOW + timedelta(seconds=9))

    access.refresh_from_db()
    assert (access.state, access.read_at, access.leased_until) == (OrdersState.LIVE, NOW, None)
    assert access.next_read_at == NOW + timedelta(seconds=129)


def test_failures_make_the_pause_longer_and_keep_what_is_read(store, access, settings):
    settings.ORDERS_INTERVAL_S = 120.0
    now = NOW
    pauses = []
    for _ in range(3):
        accesses.note_failure(access=leased(store, now), error=KaspiUnavailable(), now=now)
        access.refresh_from_db()
        pauses.append((access.next_read_at - now).total_seconds())
        now = access.next_read_at

    assert pauses == [120, 240, 480]
    assert (access.reason, access.read_at) == ("kaspi-unavailable", None)


def test_a_refused_token_is_told_and_never_tried_again(store, access):
    heard = []

    def hear(sender, *, store_id, **_):
        heard.append(store_id)

    orders_token_refused.connect(hear)
    accesses.note_refusal(access=leased(store), error=OrdersTokenRefused())
    orders_token_refused.disconnect(hear)

    access.refresh_from_db()
    assert (access.state, access.reason, heard) == (
        OrdersState.REFUSED,
        "orders-token-refused",
        [store.pk],
    )
    assert accesses.lease(store_id=store.pk, now=NOW + timedelta(days=1)) is None


def test_readings_are_ordered_for_stores_that_are_due(
    seller, store, access, broker, django_capture_on_commit_callbacks
):
    resting = make_store(user=seller)
    accesses.set_token(user=seller, store_id=resting.pk, token=TOKEN, now=NOW)
    OrdersAccess.rows.filter(store=resting).update(next_read_at=NOW + timedelta(minutes=1))

    with django_capture_on_commit_callbacks(execute=True):
        accesses.order_due_readings(now=NOW)

    assert [message.arguments for message in broker.take()] == [{"store_id": store.pk}]


def test_a_token_never_shows_itself(access):
    assert TOKEN not in repr(vars(access))
    assert TOKEN not in repr(accesses.ticket_for(access))
