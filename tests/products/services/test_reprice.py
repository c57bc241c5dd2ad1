from datetime import timedelta
from typing import Any

import pytest

from cube_demper.kernel.money import Money
from kaspi.models import SessionState
from products.engine.model import LookFailed
from products.models import Change, DecisionRecord, Market, PushLine, Round, TapeEntry
from products.services.reprice import load_watches, record_round
from tests.factories import (
    NOW,
    make_market,
    make_product,
    make_session,
    make_store,
)
from tests.products.verdicts import a_verdict, looked

pytestmark = pytest.mark.db
LEASE: dict[str, Any] = {"lease": "mine", "leased_until": NOW + timedelta(seconds=60)}


def record(*outcomes, lease="mine", now=NOW):
    record_round(shard=1, lease=lease, outcomes=outcomes, began=NOW, now=now)


def watch(*markets):
    return load_watches(market_ids=[market.pk for market in markets], lease="mine", now=NOW)


def test_a_watch_holds_every_seller_who_may_move_on_the_market(seller, stranger):
    market = make_market(**LEASE)
    ours, other_shop = make_store(user=seller), make_store(user=seller)
    theirs = make_store(user=stranger)
    make_product(store=ours, market=market)
    make_product(store=theirs, market=market)

    [only] = watch(market)

    assert (only.market_id, only.master_sku) == (market.pk, market.card.master_sku)
    assert [(p.merchant_id, p.own_merchant_ids) for p in only.products] == [
        (ours.merchant_id, {ours.merchant_id, other_shop.merchant_id}),
        (theirs.merchant_id, {theirs.merchant_id}),
    ]


@pytest.mark.parametrize(
    "why",
    [
        pytest.param({"is_paused": True}, id="paused"),
        pytest.param({"is_on_sale": False}, id="withdrawn"),
        pytest.param({"missing_since": NOW}, id="gone from the catalogue"),
        pytest.param({"floor": None, "ceiling": None, "step": None}, id="no corridor"),
    ],
)
def test_a_product_that_may_not_move_is_not_watched(seller, why):
    market = make_market(**LEASE)
    make_product(store=make_store(user=seller), market=market, **why)

    watches = watch(market)

    market.refresh_from_db()
    assert (watches, market.lease) == ([], "")
    assert market.next_look_at > NOW


def test_a_store_whose_session_died_pauses_only_its_own_products(seller, stranger):
    market = make_market(**LEASE)
    make_session(user=seller, state=SessionState.NEEDS_REAUTH)
    make_product(store=make_store(user=seller), market=market)
    live = make_product(store=make_store(user=stranger), market=market)

    [only] = watch(market)

    assert [product.product_id for product in only.products] == [live.pk]


def test_a_blocked_sellers_products_stand_still_and_no_other(seller, stranger):
    market = make_market(**LEASE)
    make_product(store=make_store(user=seller), market=market)
    live = make_product(store=make_store(user=stranger), market=market)
    seller.is_active = False
    seller.save()

    [only] = watch(market)

    assert [product.product_id for product in only.products] == [live.pk]


def test_a_market_under_another_lease_is_not_ours(seller):
    market = make_market(lease="another", leased_until=NOW + timedelta(seconds=60))
    make_product(store=make_store(user=seller), market=market)

    assert watch(market) == []


@pytest.mark.parametrize("number", [1, 3])
def test_loading_asks_as_often_for_many_markets_as_for_one(
    seller, number, django_assert_num_queries
):
    store = make_store(user=seller)
    markets = [make_market(**LEASE) for _ in range(number)]
    for place, market in enumerate(markets):
        make_product(store=store, market=market, sku=f"SKU-{place}")

    with django_assert_num_queries(9):
        watches = watch(*markets)

    assert len(watches) == number


@pytest.fixture
def market(db):
    return make_market(**LEASE)


@pytest.fixture
def product(seller, market):
    return make_product(store=make_store(user=seller), market=market)


def test_a_round_is_recorded_and_its_push_ordered_after_commit(
    market, product, broker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        record(looked(market, a_verdict(product, 990)))

    line = PushLine.rows.get()
    [order] = broker.take()
    assert (order.task, order.queue) == ("products.push_changes", "demper.push")
    assert order.arguments == {"store_id": product.store_id, "lease": line.lease}
    market.refresh_from_db()
    assert (market.lease, market.leased_until, market.looked_at) == ("", None, NOW)
    assert market.next_look_at > NOW
    counted = Round.objects.get()
    assert (counted.looks, counted.failures, counted.decisions, counted.changes) == (1, 0, 1, 1)


def test_a_worker_whose_lease_ran_out_writes_nothing(market, product, broker):
    late = NOW + timedelta(seconds=61)

    record(looked(market, a_verdict(product, 990)), now=late)

    product.refresh_from_db()
    market.refresh_from_db()
    assert (product.wanted_price, market.looked_at) == (None, None)
    assert (DecisionRecord.rows.count(), Change.rows.count(), broker.take()) == (0, 0, [])


def test_a_worker_whose_market_was_lent_to_another_writes_nothing(market, product):
    record(looked(market, a_verdict(product, 990)), lease="an older one")

    market.refresh_from_db()
    assert (market.lease, DecisionRecord.rows.count()) == ("mine", 0)


def test_a_failed_look_waits_longer_each_time(market):
    record(LookFailed(market.pk, "walled-off"))
    market.refresh_from_db()
    first_wait = market.next_look_at - NOW
    Market.objects.update(**LEASE)

    record(LookFailed(market.pk, "walled-off"))

    market.refresh_from_db()
    assert (market.failures, market.failure, market.lease) == (2, "walled-off", "")
    assert market.next_look_at - NOW > first_wait


def test_a_look_that_comes_through_forgets_the_failures(market, product):
    Market.objects.update(failures=7, failure="walled-off")

    record(looked(market, a_verdict(product, 990)))

    market.refresh_from_db()
    assert (market.failures, market.failure) == (0, "")


def test_one_failed_market_leaves_the_others_of_the_batch_alone(market, product):
    other = make_market(**LEASE)

    record(LookFailed(other.pk, "deadline"), looked(market, a_verdict(product, 990)))

    product.refresh_from_db()
    assert product.wanted_price == Money.tenge(989)
    assert Round.objects.get().failures == 1


RIGHT, WRONG = (990, 1000, 1010, 1020), (9, 10, 11, 12)


def again(market, *verdicts, after):
    """Another look, so long after NOW, under a new lease."""
    Market.objects.update(lease="mine", leased_until=NOW + after + timedelta(seconds=60))
    record(looked(market, *verdicts), now=NOW + after)


def test_a_page_of_which_most_changed_at_once_is_looked_at_again_before_it_is_believed(
    market, product, settings
):
    settings.LOOK_SHORTEST_S = 10
    record(looked(market, a_verdict(product, *RIGHT)))

    again(market, a_verdict(product, *WRONG), after=timedelta(minutes=1))

    market.refresh_from_db()
    product.refresh_from_db()
    assert (market.failure, market.failures) == ("page-doubted", 0)
    assert market.next_look_at <= NOW + timedelta(seconds=70)
    assert (product.wanted_price, Change.rows.count()) == (Money.tenge(989), 1)


def test_a_second_page_that_agrees_is_believed(market, product):
    record(looked(market, a_verdict(product, *RIGHT)))
    again(market, a_verdict(product, *WRONG), after=timedelta(minutes=1))

    again(market, a_verdict(product, *WRONG), after=timedelta(minutes=2))

    product.refresh_from_db()
    market.refresh_from_db()
    assert product.wanted_price == Money.tenge(900)
    assert market.failure == ""


def test_a_page_that_was_misread_once_leaves_no_trace(market, product):
    record(looked(market, a_verdict(product, *RIGHT)))
    again(market, a_verdict(product, *WRONG), after=timedelta(minutes=1))

    again(market, a_verdict(product, *RIGHT), after=timedelta(minutes=2))
    again(market, a_verdict(product, *WRONG), after=timedelta(hours=1))

    product.refresh_from_db()
    assert product.wanted_price == Money.tenge(989)
    assert TapeEntry.objects.count() == 1
