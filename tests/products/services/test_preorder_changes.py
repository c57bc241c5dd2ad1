from datetime import timedelta

import pytest

from products.engine.model import Ready
from products.models import Change, ChangeState, PreorderChange
from products.pricing.worth import QUOTA, WINDOW
from products.services.brakes import pull_brake
from products.services.dispatch import tick
from products.services.preorder_changes import (
    begin_preorders,
    claim_preorders,
    next_preorder_at,
    order_preorders,
)
from products.services.quota import spent_by
from products.services.waves import begin_sending, claim_wave
from tests.factories import (
    NOW,
    make_change,
    make_decision,
    make_line,
    make_market,
    make_product,
    make_store,
)
from tests.preorders.pushing import LEASE, send, show
from tests.products.engine.fakes import a_listing

pytestmark = pytest.mark.db
SOON = NOW + timedelta(minutes=1)
UNDER_WAY = [ChangeState.SENDING, ChangeState.SENT]


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market())


def a_preorder_change(product, **fields):
    return PreorderChange.rows.create(
        store=product.store,
        product=product,
        **{"days": {"PP1": 7}, "decided_at": NOW, "next_step_at": NOW, **fields},
    )


def a_price(product, **fields):
    return make_change(decision=make_decision(product=product), **fields)


def claimed(store, now=NOW):
    return [order.change_id for order in claim_preorders(store.pk, lease=LEASE, now=now)]


def test_what_was_not_sent_yet_is_amended_and_dropped_where_nothing_is_left_of_it(product):
    first = order_preorders(product=product, days={"PP1": 7}, now=NOW)

    second = order_preorders(product=product, days={"PP1": 9, "PP2": 3}, now=NOW)
    third = order_preorders(product=product, days={}, now=NOW)

    change = PreorderChange.rows.get()
    assert (first, second, third) == (change, change, None)
    assert (change.days, change.state) == ({"PP1": 9, "PP2": 3}, ChangeState.SUPERSEDED)


def test_what_is_under_way_is_left_as_it_is(product):
    change = a_preorder_change(product, state=ChangeState.SENT, sent_at=NOW)

    open_change = order_preorders(product=product, days={"PP2": 3}, now=NOW)

    assert open_change == change
    assert [(one.days, one.state) for one in PreorderChange.rows.all()] == [
        ({"PP1": 7}, ChangeState.SENT)
    ]


@pytest.mark.parametrize("state", UNDER_WAY)
def test_a_price_under_way_holds_back_preorder_days_of_its_listing_alone(product, state):
    other = make_product(store=product.store, market=make_market(), sku="SKU-2")
    a_price(product, state=state, leased_until=NOW)
    a_preorder_change(product)
    free = a_preorder_change(other)

    assert claimed(product.store) == [free.pk]
    assert next_preorder_at(product.store_id, now=NOW) == NOW + timedelta(seconds=1)


@pytest.mark.parametrize("state", UNDER_WAY)
def test_preorder_days_under_way_hold_back_prices_of_their_listing_in_every_city(product, state):
    make_line(store=product.store, lease=LEASE, leased_until=SOON)
    city = make_product(
        store=product.store, market=make_market(), listing=product, city_id="710000000"
    )
    a_price(product, decided_at=NOW)
    a_price(city, decided_at=NOW)
    a_preorder_change(product, state=state)

    assert claim_wave(store_id=product.store_id, lease=LEASE, now=NOW).orders == []


def test_who_begins_first_is_sent_first_though_both_were_read(product):
    change = a_price(product, lease=LEASE, leased_until=SOON, decided_at=NOW)
    preorder = a_preorder_change(product, lease=LEASE, leased_until=SOON)
    listing = a_listing(product.sku)

    prices = begin_sending(
        [Ready(change.pk, listing)], store_id=product.store_id, lease=LEASE, now=NOW
    )
    days = begin_preorders(
        [Ready(preorder.pk, listing)], store_id=product.store_id, lease=LEASE, now=NOW
    )

    assert ([order.change_id for order in prices], days) == ([change.pk], [])
    assert PreorderChange.rows.get().state == ChangeState.PENDING


def test_preorder_days_take_of_the_quota_that_prices_go_by(product):
    a_preorder_change(product)

    send(product.store)

    assert spent_by(product.store_id, NOW).sent_at == [NOW]


def test_however_many_preorders_a_seller_starts_most_of_the_quota_is_left_for_prices(product):
    store = product.store
    for number in range(QUOTA // 4):
        of = make_product(store=store, market=product.market, sku=f"SENT-{number}")
        a_preorder_change(of, state=ChangeState.APPLIED, sent_at=NOW, settled_at=NOW)
    waiting = a_preorder_change(product)
    now_claimed, next_at = claimed(store), next_preorder_at(store.pk, now=NOW)

    assert (now_claimed, next_at) == ([], NOW + WINDOW / (QUOTA // 4))
    assert claimed(store, now=NOW + WINDOW) == [waiting.pk]


def test_under_the_brake_no_preorder_days_are_sent(product):
    a_preorder_change(product)
    pull_brake(reason="a bad feed", by="aliya", now=NOW)

    assert claimed(product.store) == []


def test_preorder_days_that_were_sent_are_read_back_by_the_pusher(
    product, broker, django_capture_on_commit_callbacks
):
    change = a_preorder_change(product, state=ChangeState.SENT, sent_at=NOW)

    with django_capture_on_commit_callbacks(execute=True):
        tick(now=NOW)

    orders = [one for one in broker.take() if one.task == "products.settle_preorders"]
    assert [(one.queue, one.arguments["change_ids"]) for one in orders] == [
        ("demper.push", [change.pk])
    ]


def test_prices_that_waited_for_preorder_days_join_the_line_when_those_are_settled(product):
    line = make_line(store=product.store, due_at=None)
    a_preorder_change(product)
    a_price(product)
    sent = send(product.store)

    show(sent)

    line.refresh_from_db()
    assert line.due_at == NOW
    assert Change.rows.get().state == ChangeState.PENDING
