from datetime import timedelta
from typing import Any

import pytest

from cube_demper.kernel.money import Money
from cube_demper.kernel.sealing import Secret
from kaspi.models import Order, OrderEntry, SessionState
from kaspi.ports import Listing
from products.engine.model import Ready
from products.models import Change, ChangeState
from products.services.waves import Wave, begin_sending, claim_change, claim_wave
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
    return make_change(decision=decision, **fields)


def spend(store, number, *, at=NOW - timedelta(minutes=1), sku="spent"):
    """Let the store have used so much of its quota."""
    market = make_market()
    for place in range(number):
        product = make_product(store=store, market=market, sku=f"{sku}-{place}")
        make_change(
            decision=make_decision(product=product),
            state=ChangeState.APPLIED,
            sent_at=at,
            settled_at=at,
        )


def wave_of(store, now=NOW):
    return claim_wave(store_id=store.pk, lease="mine", now=now)


def claim(store, now=NOW):
    return [order.change_id for order in wave_of(store, now).orders]


def begin(*changes, now=NOW):
    Change.rows.filter(lease="").update(**LEASE)
    ready = [Ready(change.pk, a_listing(change.product.sku)) for change in changes]
    store_id = changes[0].store_id
    return begin_sending(ready, store_id=store_id, lease="mine", now=now)


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

    assert (len(first), second, claim(store)) == (1, [], [])


def test_what_a_seller_pauses_while_it_is_read_is_not_sent(store):
    change = a_change(store)
    claim(store)
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

    [order] = wave_of(store).orders

    assert (order.ticket.store_id, order.ticket.merchant_id) == (store.pk, store.merchant_id)
    assert (order.sku, order.price) == ("SKU-1", Money.tenge(989))
    assert order.corridor == change.product.corridor


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({**LEASE, "lease": "another"}, id="lent to another"),
        pytest.param({"next_step_at": NOW + timedelta(seconds=1)}, id="not its time"),
    ],
)
def test_a_change_is_left_alone_when(store, fields):
    change = a_change(store, **fields)

    claimed = claim(store)

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

    claimed = claim(store)

    change.refresh_from_db()
    assert (claimed, change.state) == ([], ChangeState.SUPERSEDED)


def test_what_a_look_confirmed_since_is_not_old(store):
    change = a_change(store, decided_at=NOW - timedelta(minutes=50))
    confirm(change, at=NOW - timedelta(minutes=4))

    assert claim(store) == [change.pk]


def confirm(change, *, at):
    change.product.wanted_price, change.product.decided_at = change.price, at
    change.product.save()


def test_what_is_claimed_is_under_the_lease_of_its_line(store):
    change = a_change(store)

    claim(store)

    change.refresh_from_db()
    assert (change.lease, change.leased_until) == ("mine", NOW + timedelta(seconds=60))


def test_a_wave_is_of_one_store(store, stranger):
    change = a_change(store)
    a_change(make_store(user=stranger))

    assert claim(store) == [change.pk]


def test_a_wave_takes_a_few_the_most_worth_first(store, settings):
    settings.KASPI_BUNDLE_MOST = 1
    changes = {price: a_change(store, sku=f"{price}", price=price) for price in (990, 900, 950)}
    own = a_change(store, sku="own", price=999, is_own=True)
    loss = a_change(store, sku="loss", price=1005, floor=Money.tenge(1002))

    wave = wave_of(store)

    assert {order.change_id for order in wave.orders} == {loss.pk, own.pk, changes[990].pk}
    assert wave.next_at == NOW


def test_a_wave_that_goes_in_one_bundle_takes_more(store):
    changes = [a_change(store, sku=f"SKU-{number}", price=980 - number) for number in range(25)]

    claimed = claim(store)

    assert set(claimed) == {change.pk for change in changes[:20]}


def test_a_store_out_of_quota_waits_until_the_oldest_change_leaves_the_window(store):
    spend(store, 239)
    spend(store, 1, at=NOW - timedelta(minutes=29), sku="older")
    waiting = a_change(store, is_own=True)

    wave = wave_of(store)

    waiting.refresh_from_db()
    assert (wave.orders, waiting.state) == ([], ChangeState.PENDING)
    assert wave.next_at == NOW + timedelta(minutes=29)


def test_changes_older_than_half_an_hour_no_longer_count(store):
    spend(store, 240, at=NOW - timedelta(minutes=30))
    change = a_change(store)

    assert claim(store) == [change.pk]


def test_a_change_that_is_being_sent_counts(store):
    spend(store, 239)
    a_change(store, sku="other", state=ChangeState.SENDING)
    a_change(store, is_own=True)

    assert claim(store) == []


def test_a_line_with_nothing_but_trouble_is_due_when_that_is_over(store):
    later = NOW + timedelta(seconds=40)
    a_change(store, next_step_at=later)

    assert wave_of(store) == Wave([], later)


def test_an_empty_line_is_never_due(store):
    assert wave_of(store) == Wave([], None)


def test_one_change_is_claimed_for_whom_it_was_lent_to(store):
    change = a_change(store, **LEASE)
    a_change(store, sku="better", price=900)

    [order] = claim_change(change_id=change.pk, lease="mine", now=NOW)
    nobodys = claim_change(change_id=change.pk, lease="another", now=NOW)

    assert (order.change_id, nobodys) == (change.pk, [])


def test_the_quota_holds_for_one_change_as_well(store):
    spend(store, 240)
    change = a_change(store, is_own=True, **LEASE)

    assert claim_change(change_id=change.pk, lease="mine", now=NOW) == []


def test_where_quota_is_short_what_sells_goes_first(store):
    spend(store, 120, at=NOW - timedelta(minutes=9))
    a_change(store, sku="better", price=985)
    sold = a_change(store, sku="sold", price=980)
    make_sale(store, sku="sold", at=NOW - timedelta(days=2))
    make_sale(store, sku="better", at=NOW - timedelta(days=2), status="CANCELLED")
    make_sale(store, sku="better", at=NOW - timedelta(days=15))

    assert claim(store) == [sold.pk]


def test_trouble_that_ends_before_there_is_quota_is_waited_for(store):
    spend(store, 216, at=NOW - timedelta(minutes=1))
    a_change(store)
    later = NOW + timedelta(seconds=40)
    a_change(store, sku="repair", price=905, next_step_at=later)

    assert wave_of(store) == Wave([], later)


def make_sale(store, *, sku, at, status="COMPLETED"):
    kaspi_id = f"{sku} {status} {at}"
    order = Order.rows.create(
        store=store,
        kaspi_id=kaspi_id,
        code="1",
        state="ARCHIVE",
        status=status,
        total=Money.tenge(1000),
        delivery_cost=Money.tenge(0),
        placed_at=at,
        first_read_at=at,
        read_at=at,
        changed_at=at,
        buyer_phone=Secret(""),
    )
    OrderEntry.rows.create(
        order=order,
        kaspi_id=kaspi_id,
        number=0,
        sku=sku,
        quantity=9,
        price=Money.tenge(1000),
        total=Money.tenge(9000),
    )
