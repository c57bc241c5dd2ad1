"""Stores that silently stand still."""

from datetime import timedelta

import pytest

from kaspi.models import Attention, Store
from products.services.stalls import NOT_LOOKED, find_stalls
from tests.factories import (
    NOW,
    make_market,
    make_product,
    make_store,
)

pytestmark = pytest.mark.db


@pytest.fixture
def store(seller):
    return make_store(user=seller)


@pytest.fixture
def product(store):
    return make_product(store=store, market=make_market())


def find(now=NOW):
    find_stalls(now=now, promised=timedelta(minutes=10))


@pytest.mark.parametrize(("failure", "cause"), [("walled-off", "walled-off"), ("", NOT_LOOKED)])
def test_a_store_that_no_look_reaches_is_told_with_its_cause(store, product, failure, cause):
    Store.rows.update(connected_at=NOW - timedelta(days=1))
    product.market.looked_at, product.market.failure = NOW - timedelta(minutes=21), failure
    product.market.save()

    find()

    store.refresh_from_db()
    assert (store.attention, store.attention_cause) == (Attention.STALLED, cause)


def test_a_store_that_is_reached_again_is_calm_again(store, product):
    Store.rows.update(attention=Attention.STALLED, attention_cause="walled-off")
    product.market.looked_at = NOW - timedelta(minutes=19)
    product.market.save()

    find()

    store.refresh_from_db()
    assert (store.attention, store.attention_cause) == ("", "")


def test_who_was_told_something_else_is_not_told_of_a_stall(store, product):
    Store.rows.update(connected_at=NOW - timedelta(days=1), attention=Attention.PUSHES_BANNED)

    find()

    store.refresh_from_db()
    assert store.attention == Attention.PUSHES_BANNED


def test_a_store_that_was_connected_just_now_has_its_time(store, product):
    Store.rows.update(connected_at=NOW - timedelta(minutes=19))

    find()

    store.refresh_from_db()
    assert store.attention == ""
