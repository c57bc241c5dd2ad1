"""What a push means: everything it does not say is lost."""

from typing import Any

import pytest

from sandbox.cards import Catalogue
from sandbox.listings import Availability, Listing
from sandbox.people import AIGERIM, MERCHANTS
from sandbox.pushes import NO_AVAILABILITY, BadStatement, apply, read_statement
from sandbox.settings import Settings

pytestmark = pytest.mark.unit

IN_STOCK = Availability(stock_count=4, stock_specified=True, pre_order=0)
ON_ORDER = Availability(pre_order=7)


def a_listing(**changes) -> Listing:
    known = {
        "merchant": MERCHANTS[AIGERIM],
        "card": Catalogue(seed=1, size=2).at(1),
        "sku": "CHAIR-77",
        "offer_id": "0" * 24,
        "title": "Стул",
        "price": 24_990,
        "city_prices": {"750000000": 24_990, "710000000": 25_490},
        "points": {"PP1": IN_STOCK, "PP2": ON_ORDER},
        "updated_at": 0.0,
    }
    return Listing(**{**known, **changes})


def point(code: str, *, available: Any = "yes", **more) -> dict[str, Any]:
    return {"storeId": f"{AIGERIM}_{code}", "available": available, **more}


def push(listing: Listing, settings: Settings | None = None, **said) -> str | None:
    statement = read_statement({"merchantUid": AIGERIM, "sku": "CHAIR-77", **said})
    return apply(statement, listing, settings or Settings())


def test_city_prices_replace_all_city_prices():
    listing = a_listing()

    push(listing, price=100, cityPrices=[{"cityId": "710000000", "value": 120}])

    assert (listing.price, listing.city_prices) == (100, {"710000000": 120})


def test_city_prices_alone_make_the_lowest_of_them_the_price():
    listing = a_listing()

    push(listing, cityPrices=[{"cityId": "710000000", "value": 120}])

    assert (listing.price, listing.city_prices) == (120, {"710000000": 120})


def test_a_price_of_zero_stays_zero_when_only_city_prices_are_pushed():
    listing = a_listing(price=0)

    push(listing, cityPrices=[{"cityId": "710000000", "value": 120}])

    assert (listing.price, listing.lowest_price) == (0, 120)


def test_a_price_alone_is_the_price_everywhere():
    listing = a_listing()

    push(listing, price=100)

    assert (listing.price_in("750000000"), listing.price_in("710000000")) == (100, 100)


def test_points_left_out_lose_the_product():
    listing = a_listing()

    push(listing, price=100, availabilities=[point("PP2")])

    assert sorted(listing.points) == ["PP2"]


def test_a_preorder_left_out_is_cleared():
    listing = a_listing()

    push(listing, price=100, availabilities=[point("PP2")])

    assert listing.points["PP2"].pre_order == 0


def test_a_preorder_repeated_is_kept():
    listing = a_listing()

    push(listing, price=100, availabilities=[point("PP2", preOrder=7)])

    assert listing.points["PP2"].pre_order == 7


def test_a_point_with_no_is_withdrawn_and_the_last_one_takes_the_product_off_sale():
    listing = a_listing()

    reason = push(listing, price=100, availabilities=[point("PP1", available="no")])

    assert (listing.points, listing.on_sale, reason) == ({}, False, "Снят с продажи")


def test_a_bare_item_withdraws_the_product_and_keeps_its_price():
    listing = a_listing()

    push(listing, model="Стул")

    assert (listing.on_sale, listing.price) == (False, 24_990)


def test_a_stock_count_where_stock_is_specified_is_taken_over():
    listing = a_listing()

    push(listing, price=100, availabilities=[point("PP1", stockCount=3)])

    assert listing.points == {"PP1": Availability(3, stock_specified=True, pre_order=0)}


@pytest.mark.parametrize("count", [None, 1], ids=["null", "a number where none is specified"])
def test_a_stock_count_in_the_wrong_place_withdraws_the_product(count):
    listing = a_listing()

    reason = push(listing, price=100, availabilities=[point("PP2", stockCount=count)])

    assert (listing.on_sale, reason, listing.price) == (False, NO_AVAILABILITY, 24_990)


def test_the_stock_count_trap_can_be_switched_off():
    listing = a_listing()

    push(
        listing,
        Settings(stock_count="always"),
        price=100,
        availabilities=[point("PP2", stockCount=1)],
    )

    assert listing.points == {"PP2": Availability(1, stock_specified=True, pre_order=0)}


@pytest.mark.parametrize(("switch", "points"), [("keep", ["PP1", "PP2"]), ("withdraw", [])])
def test_a_push_without_availabilities_does_what_the_switch_says(switch, points):
    listing = a_listing()

    push(listing, Settings(missing_availabilities=switch), price=100)

    assert sorted(listing.points) == points


@pytest.mark.parametrize(
    "wrong",
    [
        {"merchantUid": ""},
        {"sku": 5},
        {"price": 9},
        {"price": 100.5},
        {"price": "100"},
        {"price": True},
        {"cityPrices": [{"cityId": "770000000", "value": 100}]},
        {"cityPrices": [{"cityId": "750000000", "value": 9}]},
        {"cityPrices": {}},
        {"availabilities": [{"storeId": "PP1", "available": "yes"}]},
        {"availabilities": [point("PP1", available=True)]},
        {"availabilities": [point("PP1", preOrder=31)]},
        {"availabilities": [point("PP1", stockCount=-1)]},
        {"availabilities": ["PP1"]},
    ],
    ids=str,
)
def test_a_statement_that_makes_no_sense_is_refused(wrong):
    body = {"merchantUid": AIGERIM, "sku": "CHAIR-77", "price": 100, **wrong}

    with pytest.raises(BadStatement):
        read_statement(body)
