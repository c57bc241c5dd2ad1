"""Taking back the changes of the last hours."""

from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from products.models import Change, ChangeState, Product
from products.pricing.model import Reason
from products.services.undo import undo
from products.services.waves import claim_wave
from tests.factories import (
    NOW,
    make_change,
    make_decision,
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


def changed(product, *, old, new, at, state=ChangeState.APPLIED):
    decision = make_decision(product=product, wanted_price=Money.tenge(new))
    Product.rows.filter(pk=product.pk).update(price=Money.tenge(new))
    return make_change(
        decision=decision,
        old_price=Money.tenge(old),
        price=Money.tenge(new),
        decided_at=at,
        state=state,
    )


def test_an_undo_brings_back_the_price_before_the_first_change_since(store, product):
    changed(product, old=1200, new=1100, at=NOW - timedelta(hours=5))
    changed(product, old=1100, new=1000, at=NOW - timedelta(hours=2))
    changed(product, old=1000, new=950, at=NOW - timedelta(hours=1))

    undone = undo(store, hours=3, now=NOW)

    change = Change.rows.latest("pk")
    product.refresh_from_db()
    assert (undone.products, undone.left) == (1, 0)
    assert (change.state, change.price, change.is_own) == (
        ChangeState.PENDING,
        Money.tenge(1100),
        True,
    )
    assert change.decision.reason == Reason.UNDONE
    assert product.rules == {"mode": "SHADOW"}


def test_an_undo_never_leaves_the_rules(store, product):
    changed(product, old=2000, new=1000, at=NOW - timedelta(hours=1))

    undone = undo(store, hours=3, now=NOW)

    assert (undone.products, undone.left) == (0, 1)
    assert not Change.rows.filter(state=ChangeState.PENDING).exists()


def test_an_undo_leaves_other_stores_and_older_changes(seller, store, product):
    other = make_product(store=make_store(user=seller), market=make_market())
    changed(other, old=1100, new=1000, at=NOW - timedelta(hours=1))
    changed(product, old=1100, new=1000, at=NOW - timedelta(hours=9))

    undone = undo(store, hours=3, now=NOW)

    assert (undone.products, undone.left) == (0, 0)
    assert not Product.rows.exclude(rules={}).exists()


def test_what_is_being_sent_is_not_undone_and_told(store, product):
    changed(product, old=1100, new=1000, at=NOW, state=ChangeState.SENT)

    undone = undo(store, hours=3, now=NOW)

    assert (undone.products, undone.left) == (0, 1)
    assert Change.rows.get().state == ChangeState.SENT


def test_an_undone_price_waits_as_long_as_the_quota_takes(store, product):
    changed(product, old=1100, new=1000, at=NOW - timedelta(hours=1))
    undo(store, hours=3, now=NOW)

    wave = claim_wave(store_id=store.pk, lease="mine", now=NOW + timedelta(hours=2))

    assert [order.price for order in wave.orders] == [Money.tenge(1100)]
