from dataclasses import replace
from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from kaspi.models import ALMATY
from products.models import Card, Market, Product, shard_of
from products.services.catalogue import _mark_missing, _watch_store, write_page
from tests.factories import NOW, make_market, make_product, make_store
from tests.products.engine.fakes import a_listing

pytestmark = pytest.mark.db


@pytest.fixture
def store(seller):
    return make_store(user=seller)


def test_a_page_becomes_cards_markets_and_products(store):
    write_page(store=store, listings=[a_listing("CHAIR-77", price=1300)], now=NOW)

    product = Product.rows.get()
    market = Market.objects.get(products=product)
    assert (product.sku, product.price, product.is_on_sale) == ("CHAIR-77", Money.tenge(1300), True)
    assert market.card.title == "Стул серый"
    assert (market.city_id, market.shard) == (ALMATY, shard_of("100200301"))
    assert product.corridor is None


def test_reading_again_updates_and_keeps_what_the_seller_set(store):
    write_page(store=store, listings=[a_listing()], now=NOW)
    Product.rows.update(
        floor=Money.tenge(900), ceiling=Money.tenge(1500), step=Money.tenge(1), missing_since=NOW
    )

    later = NOW + timedelta(hours=1)
    write_page(store=store, listings=[replace(a_listing(price=1250), title="Новый")], now=later)

    product = Product.rows.get()
    assert (product.title, product.price) == ("Новый", Money.tenge(1250))
    assert (product.floor, product.missing_since, product.listed_at) == (
        Money.tenge(900),
        None,
        later,
    )


def test_two_sellers_share_a_card_and_keep_their_own_products(store, stranger):
    write_page(store=store, listings=[a_listing()], now=NOW)
    write_page(store=make_store(user=stranger), listings=[a_listing()], now=NOW)

    assert (Card.objects.count(), Market.objects.count(), Product.rows.count()) == (1, 1, 2)


@pytest.mark.parametrize("number", [1, 3])
def test_a_page_costs_the_same_number_of_queries_whatever_its_size(
    store, number, django_assert_num_queries
):
    listings = [
        replace(a_listing(f"SKU-{place}"), master_sku=f"10020030{place}") for place in range(number)
    ]

    with django_assert_num_queries(8):
        write_page(store=store, listings=listings, now=NOW)


def test_what_is_no_longer_listed_is_marked_and_not_deleted(store, stranger):
    market = make_market()
    gone = make_product(store=store, market=market, listed_at=NOW - timedelta(days=1))
    foreign = make_product(
        store=make_store(user=stranger), market=market, listed_at=NOW - timedelta(days=1)
    )

    _mark_missing(store, began=NOW, now=NOW)

    gone.refresh_from_db()
    foreign.refresh_from_db()
    assert (gone.missing_since, foreign.missing_since) == (NOW, None)


def test_markets_are_watched_exactly_where_somebody_may_move(store, stranger):
    moved = make_market(is_watched=False)
    make_product(store=store, market=moved)
    withdrawn = make_market(is_watched=True)
    make_product(store=store, market=withdrawn, sku="SKU-2", is_on_sale=False)
    shared = make_market(is_watched=True)
    make_product(store=store, market=shared, sku="SKU-3", is_on_sale=False)
    make_product(store=make_store(user=stranger), market=shared)

    _watch_store(store, now=NOW)

    assert set(Market.objects.filter(is_watched=True)) == {moved, shared}
