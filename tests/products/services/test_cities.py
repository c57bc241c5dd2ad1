"""Rows of a listing's further cities: made, followed, pushed and released."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cube_demper.kernel.money import Money
from kaspi.models import ALMATY, Channel, PriceList
from products.errors import CityIsHome, CityNotSold, ProductMissing
from products.models import Change, ChangeState, Market, Product
from products.pricing.model import Corridor
from products.services.cities import cities_apart, cities_of, price_city, release_city
from products.services.corridors import change_product
from products.services.feed import build_feed
from products.services.listings import unlisted, write_page
from products.services.published import Stated, publish, stated_prices
from products.services.quota import spent_by
from products.services.rulebook import Rulebook
from products.services.watches import movable_by_market
from products.services.waves import claim_wave
from tests.factories import (
    NOW,
    make_change,
    make_claimed_store,
    make_decision,
    make_entry,
    make_market,
    make_product,
    make_store,
)
from tests.products.engine.fakes import a_listing

pytestmark = pytest.mark.db
ASTANA, SHYMKENT = "710000000", "790000000"
CITY_PRICES = {ALMATY: 100_000, ASTANA: 110_000, SHYMKENT: 120_000}
CORRIDOR = Corridor(Money.tenge(950), Money.tenge(1600), Money.tenge(5))


@pytest.fixture
def listing(seller):
    return make_product(
        store=make_store(user=seller), market=make_market(), city_prices=CITY_PRICES
    )


def give(listing, city_id=ASTANA, corridor=CORRIDOR):
    return price_city(
        user=listing.store.user,
        product_id=listing.pk,
        city_id=city_id,
        corridor=corridor,
        now=NOW,
    )


def wait(product, price, **fields: Any):
    decision = make_decision(product=product, wanted_price=Money.tenge(price))
    return make_change(decision=decision, **fields)


def test_a_city_gets_a_market_a_price_and_a_corridor_of_its_own(listing):
    row = give(listing)

    assert (row.sku, row.priced_city_id, row.price) == ("SKU-1", ASTANA, Money(110_000))
    assert row.corridor == CORRIDOR
    market = Market.objects.get(pk=row.market_id)
    assert (market.card_id, market.city_id) == (listing.market.card_id, ASTANA)
    assert (market.is_watched, market.next_look_at) == (True, NOW)


def test_a_city_that_is_given_a_corridor_twice_stays_one_row(listing):
    first, second = give(listing), give(listing, corridor=replace(CORRIDOR, step=Money.tenge(9)))

    assert (second.pk, second.step) == (first.pk, Money.tenge(9))


@pytest.mark.parametrize(("city_id", "trouble"), [(ALMATY, CityIsHome), ("390000000", CityNotSold)])
def test_a_city_must_be_another_where_it_is_sold(listing, city_id, trouble):
    with pytest.raises(trouble):
        give(listing, city_id)

    assert Product.rows.get() == listing


def test_nobody_prices_a_city_of_somebody_elses_product(listing, stranger):
    with pytest.raises(ProductMissing):
        price_city(user=stranger, product_id=listing.pk, city_id=ASTANA, corridor=CORRIDOR, now=NOW)

    assert Product.rows.get() == listing


def test_a_city_of_a_product_known_from_a_file_has_its_price(seller):
    store = make_store(user=seller, channel=Channel.PRICE_LIST)
    listing = make_product(store=store, market=make_market())
    make_entry(product=listing, city_prices={ALMATY: 1000, ASTANA: 1100})

    row = give(listing)

    assert (row.price, row.is_on_sale) == (Money.tenge(1100), True)


def test_the_rules_of_a_city_lie_upon_those_of_its_listing(listing):
    Product.rows.filter(pk=listing.pk).update(rules={"strategy": "MATCH_FIRST", "ending": "9"})
    row = give(listing)
    change_product(
        user=listing.store.user, product_id=row.pk, changes={"rules": {"ending": "5"}}, now=NOW
    )
    row = Product.rows.select_related("store", "listing").get(pk=row.pk)

    sheet = Rulebook.of([listing.store.user_id], now=NOW).sheet_of(row)

    assert sheet == {"strategy": "MATCH_FIRST", "ending": "5"}


def test_what_stops_a_listing_stops_its_cities(listing):
    row = give(listing)

    change_product(
        user=listing.store.user, product_id=listing.pk, changes={"is_paused": True}, now=NOW
    )

    watched = movable_by_market([listing.market_id, row.market_id], now=NOW)
    assert dict(watched) == {}
    assert not Market.objects.get(pk=row.market_id).is_watched


def test_each_city_is_watched_on_its_own_market(listing):
    row = give(listing)

    watched = movable_by_market([listing.market_id, row.market_id], now=NOW)

    assert {
        market_id: [product.product_id for product in products]
        for market_id, products in watched.items()
    } == {listing.market_id: [listing.pk], row.market_id: [row.pk]}


def test_a_catalogue_brings_its_cities_up_to_date(listing):
    row = give(listing)
    read = replace(
        a_listing("SKU-1", title="Another title"),
        master_sku="100200399",
        city_prices={ALMATY: Money.tenge(990), ASTANA: Money.tenge(1090)},
    )

    touched = write_page(store=listing.store, listings=[read], now=NOW + timedelta(hours=1))

    old_market_id = row.market_id
    row = Product.rows.select_related("market__card").get(pk=row.pk)
    assert (row.price, row.title, row.is_on_sale) == (Money.tenge(1090), "Another title", True)
    assert (row.market and row.market.card.master_sku, row.priced_city_id) == ("100200399", ASTANA)
    assert {old_market_id, listing.market_id} <= touched
    assert unlisted(listing.store, since=NOW + timedelta(hours=1), besides=(), most=9) == []


@pytest.mark.parametrize(
    ("home", "cities"),
    [
        pytest.param(ALMATY, [ALMATY], id="not sold there any more"),
        pytest.param(ASTANA, [ALMATY, ASTANA], id="the store's own city by now"),
    ],
)
def test_a_city_rests_where_it_has_no_price_of_its_own_any_more(listing, home, cities):
    row = give(listing)
    listing.store.city_id = home
    listing.store.save()
    prices = dict.fromkeys(cities, Money.tenge(990))

    write_page(
        store=listing.store,
        listings=[replace(a_listing("SKU-1"), city_prices=prices)],
        now=NOW,
    )

    row.refresh_from_db()
    assert (row.is_on_sale, dict(cities_apart([listing.pk]))) == (False, {})


def test_changes_of_one_listing_go_together_and_are_one_of_the_quota(listing, settings):
    settings.KASPI_BUNDLE_MOST = 1
    row = give(listing)
    others = [
        make_product(store=listing.store, market=make_market(), sku=f"OTHER-{place}")
        for place in range(3)
    ]
    home, city = wait(listing, 950, is_own=True), wait(row, 1099)
    for other in others:
        wait(other, 951)

    wave = claim_wave(store_id=listing.store_id, lease="mine", now=NOW)

    orders = {order.change_id: order for order in wave.orders}
    assert {home.pk, city.pk} <= set(orders)
    assert len({order.sku for order in wave.orders}) <= 3
    assert (orders[city.pk].is_city, orders[city.pk].city_id) == (True, ASTANA)
    assert (orders[home.pk].is_city, orders[home.pk].apart) == (False, frozenset({ASTANA}))


def test_what_was_sent_together_counts_once(listing):
    row = give(listing)
    sent = {"state": ChangeState.APPLIED, "sent_at": NOW, "settled_at": NOW}
    wait(listing, 950, **sent), wait(row, 1099, **sent)

    assert spent_by(listing.store_id, NOW).sent_at == [NOW]


def test_a_price_list_states_a_city_its_own_price(seller):
    store = make_claimed_store(user=seller)
    listing = make_product(store=store, market=make_market())
    make_entry(product=listing, price=None, city_prices={ALMATY: 1000, ASTANA: 1100})
    row = give(listing)
    row.refresh_from_db()

    before = stated_prices([listing.pk, row.pk])
    publish([wait(row, 1055)], now=NOW)
    after = stated_prices([listing.pk, row.pk])

    assert (before[listing.pk], before[row.pk]) == (Stated(Money.tenge(1000)), Stated(row.price))
    assert (after[listing.pk], after[row.pk]) == (before[listing.pk], Stated(Money.tenge(1055)))
    price_list = PriceList.rows.select_related("store").get(store=store)
    document = b"".join(build_feed(price_list, now=NOW).blocks()).decode()
    assert document.count("<offer ") == 1
    assert f'<cityprice cityId="{ALMATY}">1000</cityprice>' in document
    assert f'<cityprice cityId="{ASTANA}">1055</cityprice>' in document


def test_a_released_city_follows_its_listing_again(listing):
    row = give(listing)
    change = wait(row, 1099)

    release_city(user=listing.store.user, product_id=listing.pk, city_id=ASTANA, now=NOW)

    row.refresh_from_db()
    assert (row.corridor, dict(cities_apart([listing.pk]))) == (None, {})
    assert Change.rows.get(pk=change.pk).state == ChangeState.SUPERSEDED
    assert not Market.objects.get(pk=row.market_id).is_watched
    with pytest.raises(ProductMissing):
        release_city(user=listing.store.user, product_id=listing.pk, city_id=ASTANA, now=NOW)


def test_the_cities_of_a_listing_are_told_with_who_decides_there(listing):
    row = give(listing)

    cities = cities_of(user=listing.store.user, product_id=listing.pk)

    assert [(city.city_id, city.price, city.product) for city in cities] == [
        (ALMATY, Money.tenge(1000), listing),
        (ASTANA, Money(110_000), row),
        (SHYMKENT, Money(120_000), None),
    ]
