from datetime import timedelta
from typing import Any

import pytest

from cube_demper.kernel.money import Money
from kaspi.models import SessionState
from kaspi.ports import Listing
from products.engine.model import Ready
from products.models import Change, ChangeState
from products.services.changes import begin_sending, claim_wave
from tests.factories import (
    NOW,
    make_change,
    make_decision,
    make_market,
    make_product,
    make_store,
)
from tests.products.engine.fakes import a_listing

pytestmark = pytest.mark.db
LEASE: dict[str, Any] = {"lease": "mine", "leased_until": NOW + timedelta(seconds=60)}


@pytest.fixture
def store(seller):
    return make_store(user=seller)


def a_change(store, *, price=989, sku="SKU-1", **fields):
    product = make_product(store=store, market=make_market(), sku=sku)
    decision = make_decision(product=product, wanted_price=Money.tenge(price))
    return make_change(decision=decision, **{**LEASE, **fields})


def spend(store, number, *, at=NOW - timedelta(minutes=1)):
    """Let the store have used so much of its quota."""
    product = make_product(store=store, market=make_market(), sku="spent")
    for _ in range(number):
        make_change(
            decision=make_decision(product=product),
            state=ChangeState.APPLIED,
            sent_at=at,
            settled_at=at,
        )


def claim(lease="mine", now=NOW):
    ids = list(Change.rows.order_by("pk").values_list("pk", flat=True))
    return [order.change_id for order in claim_wave(change_ids=ids, lease=lease, now=now)]


def begin(*changes, now=NOW):
    ready = [Ready(change.pk, a_listing(change.product.sku)) for change in changes]
    return begin_sending(ready, lease="mine", now=now)


def test_a_change_is_marked_with_what_it_states_before_it_is_sent(store):
    change = a_change(store)

    [order] = begin(change)

    change.refresh_from_db()
    assert (order.change_id, order.listing) == (change.pk, a_listing("SKU-1"))
    assert change.state == ChangeState.SENDING
    assert Listing.from_json(change.listing) == a_listing("SKU-1")


def test_a_change_is_sent_once(store):
    change = a_change(store)

    first, second = begin(change), begin(change)

    assert (len(first), second, claim()) == (1, [], [])


def test_what_a_seller_pauses_while_it_is_read_is_not_sent(store):
    change = a_change(store)
    claim()
    pause_product(change)

    sent = begin(change)

    change.refresh_from_db()
    assert (sent, change.state, change.listing) == ([], ChangeState.SUPERSEDED, None)


def test_what_is_read_too_slowly_belongs_to_another(store):
    change = a_change(store)

    sent = begin(change, now=NOW + timedelta(seconds=61))

    change.refresh_from_db()
    assert (sent, change.state) == ([], ChangeState.PENDING)


def test_an_order_carries_its_own_stores_session_and_the_corridor_of_now(store):
    change = a_change(store)

    [order] = claim_wave(change_ids=[change.pk], lease="mine", now=NOW)

    assert (order.ticket.store_id, order.ticket.merchant_id) == (store.pk, store.merchant_id)
    assert (order.sku, order.price) == ("SKU-1", Money.tenge(989))
    assert order.corridor == change.product.corridor


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"lease": "another"}, id="lent to another"),
        pytest.param({"leased_until": NOW}, id="lease over"),
        pytest.param({"next_step_at": NOW + timedelta(seconds=1)}, id="not its time"),
    ],
)
def test_a_change_is_left_alone_when(store, fields):
    change = a_change(store, **fields)

    claimed = claim()

    change.refresh_from_db()
    assert (claimed, change.state) == ([], ChangeState.PENDING)


def forbid_price(change):
    change.product.floor = Money.tenge(995)
    change.product.save()


def take_corridor(change):
    change.product.floor = change.product.ceiling = change.product.step = None
    change.product.save()


def pause_product(change):
    change.product.is_paused = True
    change.product.save()


def pause_store(change):
    change.product.store.is_paused = True
    change.product.store.save()


def end_session(change):
    change.product.store.session.state = SessionState.NEEDS_REAUTH
    change.product.store.session.save()


def grow_old(change):
    change.decided_at = NOW - timedelta(minutes=6)
    change.save()


@pytest.mark.parametrize(
    "happen", [forbid_price, take_corridor, pause_product, pause_store, end_session, grow_old]
)
def test_what_its_seller_would_no_longer_allow_is_not_sent(store, happen):
    change = a_change(store)
    happen(change)

    claimed = claim()

    change.refresh_from_db()
    assert (claimed, change.state) == ([], ChangeState.SUPERSEDED)


def test_a_wave_takes_a_few_of_each_store_the_largest_moves_first(store, stranger, settings):
    settings.KASPI_BUNDLE_MOST = 1
    small, large, middle, smaller = (
        a_change(store, sku=f"SKU-{price}", price=price) for price in (990, 900, 950, 995)
    )
    other = a_change(make_store(user=stranger), price=999)

    claimed = claim()

    assert set(claimed) == {large.pk, middle.pk, small.pk, other.pk}
    smaller.refresh_from_db()
    assert smaller.state == ChangeState.PENDING


def test_a_wave_that_goes_in_one_bundle_takes_more(store):
    changes = [a_change(store, sku=f"SKU-{number}", price=900 + number) for number in range(25)]

    claimed = claim()

    assert set(claimed) == {change.pk for change in changes[:20]}


def test_one_store_out_of_quota_waits_and_the_others_go(store, stranger):
    spend(store, 240)
    waiting = a_change(store)
    other = a_change(make_store(user=stranger))

    claimed = claim()

    waiting.refresh_from_db()
    assert (claimed, waiting.state) == ([other.pk], ChangeState.PENDING)


def test_changes_older_than_half_an_hour_no_longer_count(store):
    spend(store, 240, at=NOW - timedelta(minutes=30))
    change = a_change(store)

    assert claim() == [change.pk]
