"""Changes of one listing's cities: read once, stated together, and nothing else is touched."""

import asyncio
from dataclasses import replace

import pytest

from cube_demper.kernel.money import Money
from products.engine.model import Ready, Refused, Sent
from products.engine.push import read_all, send_all, statement_of
from tests.products.engine.fakes import ALMATY, FakeCabinet, a_listing, an_order, opening

pytestmark = pytest.mark.unit
ASTANA, SHYMKENT = "710000000", "790000000"
LISTING = replace(
    a_listing(),
    city_prices={
        ALMATY: Money.tenge(1300),
        ASTANA: Money.tenge(1350),
        SHYMKENT: Money.tenge(1400),
    },
)


def wide(change_id=1, *, price=1199, apart=()):
    """A change for all cities that are not apart."""
    order = an_order(change_id, price=price, listing=LISTING)
    return replace(order, apart=frozenset(apart))


def local(change_id=2, *, city_id=ASTANA, price=1250):
    """A change for one city."""
    order = an_order(change_id, price=price, listing=LISTING)
    return replace(order, city_id=city_id, is_city=True)


def all_prices(group):
    new = statement_of(group)
    return {city: new.city_prices.get(city, new.price).whole_tenge for city in LISTING.city_prices}


@pytest.mark.parametrize(
    ("group", "prices"),
    [
        pytest.param([wide()], [1199, 1199, 1199], id="everywhere"),
        pytest.param([wide(apart=[ASTANA])], [1199, 1350, 1199], id="but not where it is apart"),
        pytest.param([local()], [1300, 1250, 1400], id="one city and no other"),
        pytest.param(
            [local(), local(3, city_id=SHYMKENT, price=1300)], [1300, 1250, 1300], id="two cities"
        ),
        pytest.param([local(), wide(apart=[ASTANA])], [1199, 1250, 1199], id="both"),
    ],
)
def test_a_statement_says_each_city_its_own_price(group, prices):
    assert list(all_prices(group).values()) == prices


def test_changes_of_one_listing_are_read_once_and_sent_together():
    cabinet = FakeCabinet([LISTING])
    orders = [wide(1, apart=[ASTANA]), local(2)]

    ready = asyncio.run(
        read_all(
            [replace(order, listing=None) for order in orders],
            open_cabinet=opening({1: cabinet}),
            batch_s=5.0,
        )
    )
    sent = asyncio.run(send_all(orders, open_cabinet=opening({1: cabinet}), batch_s=5.0))

    assert (ready.outcomes, cabinet.read) == ((Ready(1, LISTING), Ready(2, LISTING)), 1)
    assert sent.outcomes == (Sent(1, "job-1"), Sent(2, "job-1"))
    assert cabinet.pushed == [(LISTING.sku, Money.tenge(1199))]
    assert cabinet.cities == [{ASTANA: Money.tenge(1250)}]


def test_in_a_bundle_each_listing_is_stated_once():
    cabinet = FakeCabinet([], bundle_most=20)
    other = an_order(3, sku="SKU-3", listing=a_listing("SKU-3"))

    report = asyncio.run(
        send_all([wide(1), other, local(2)], open_cabinet=opening({1: cabinet}), batch_s=5.0)
    )

    assert cabinet.bundles == [[LISTING.sku, "SKU-3"]]
    assert set(report.outcomes) == {Sent(change_id, "job-of-all") for change_id in (1, 2, 3)}


def test_a_city_that_the_listing_has_left_is_refused():
    gone = replace(LISTING, city_prices={ALMATY: Money.tenge(1300)})

    report = asyncio.run(
        read_all([local()], open_cabinet=opening({1: FakeCabinet([gone])}), batch_s=5.0)
    )

    assert report.outcomes == (Refused(2, "not-sold-in-city"),)
