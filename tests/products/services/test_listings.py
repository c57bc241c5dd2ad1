from dataclasses import replace
from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from kaspi.models import ALMATY, Channel
from kaspi.ports import Point
from products.models import Card, Market, PriceListEntry, Product, shard_of
from products.services.listings import mark_missing, unlisted, watch_store, write_page
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


def test_a_product_keeps_what_its_listing_says_of_points_and_cities(store):
    listing = replace(
        a_listing(is_settled=False),
        city_prices={ALMATY: Money.tenge(1300), "710000000": Money.tenge(1350)},
        points=(Point("30112233_PP1", True, 4, True, 7), Point("30112233_PP2", False)),
        is_archived=True,
        applied_before=NOW,
        shop_link="/p/stul-100200301/",
    )

    write_page(store=store, listings=[listing], now=NOW)

    product, card = Product.rows.get(), Card.objects.get()
    assert product.city_prices == {ALMATY: 130000, "710000000": 135000}
    assert product.points == [
        {"id": "PP1", "yes": True, "stock": 4, "preorder": 7},
        {"id": "PP2", "yes": False},
    ]
    assert (product.is_archived, product.is_settled, product.applied_before) == (True, False, NOW)
    assert (card.link, card.brand) == ("/p/stul-100200301/", "Example")


def test_a_promise_is_forgotten_when_the_listing_has_settled(store):
    write_page(store=store, listings=[replace(a_listing(), applied_before=NOW)], now=NOW)

    assert Product.rows.get().applied_before is None


def test_a_page_tells_which_markets_its_products_left(store):
    write_page(store=store, listings=[a_listing("A"), a_listing("B")], now=NOW)
    old = Market.objects.get()

    moved = replace(a_listing("A"), master_sku="100200399")
    left = write_page(store=store, listings=[moved, a_listing("B")], now=NOW)

    assert left == {old.pk}


def test_the_price_list_of_a_store_that_has_one_is_filled_on_the_way(seller):
    store = make_store(user=seller, channel=Channel.PRICE_LIST)

    write_page(store=store, listings=[a_listing()], now=NOW)

    assert PriceListEntry.rows.get().price == Money.tenge(1300)


@pytest.mark.parametrize("number", [1, 3, 100])
def test_a_page_costs_the_same_number_of_queries_whatever_its_size(
    store, number, django_assert_num_queries
):
    listings = [
        replace(a_listing(f"SKU-{place}"), master_sku=f"10020030{place}") for place in range(number)
    ]

    six_in_a_savepoint = 8
    with django_assert_num_queries(six_in_a_savepoint):
        write_page(store=store, listings=listings, now=NOW)


def test_what_is_no_longer_listed_is_marked_and_not_deleted(store, stranger):
    market = make_market()
    gone = make_product(store=store, market=market, listed_at=NOW - timedelta(days=1))
    foreign = make_product(
        store=make_store(user=stranger), market=market, listed_at=NOW - timedelta(days=1)
    )

    odd = make_product(store=store, market=market, sku="ODD", listed_at=NOW - timedelta(days=1))

    skus = unlisted(store, since=NOW, besides={"ODD"}, most=50)
    count = mark_missing(store, since=NOW, besides={"ODD"}, now=NOW)

    marked = Product.rows.filter(missing_since=NOW)
    assert (skus, count, list(marked)) == ([gone.sku], 1, [gone])
    assert set(Product.rows.filter(missing_since=None)) == {odd, foreign}


def test_markets_are_watched_exactly_where_somebody_may_move(store, stranger):
    moved = make_market(is_watched=False)
    make_product(store=store, market=moved)
    withdrawn = make_market(is_watched=True)
    make_product(store=store, market=withdrawn, sku="SKU-2", is_on_sale=False)
    shared = make_market(is_watched=True)
    make_product(store=store, market=shared, sku="SKU-3", is_on_sale=False)
    make_product(store=make_store(user=stranger), market=shared)

    left = make_market(is_watched=True)

    watch_store(store, left={left.pk}, now=NOW)

    assert set(Market.objects.filter(is_watched=True)) == {moved, shared}
