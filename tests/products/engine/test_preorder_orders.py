import asyncio
from dataclasses import replace

import pytest

from cube_demper.kernel.money import Money
from kaspi.ports import Point
from products.engine.losses import Loss
from products.engine.model import Ready, Refused, Shown
from products.engine.orders import PreorderOrder
from products.engine.push import read_all, read_back_all, statement_of
from tests.products.engine.fakes import ALMATY, FakeCabinet, a_listing, a_ticket, opening

pytestmark = pytest.mark.unit
SOLD_OUT = Point("30112233_PP1", is_available=True, preorder_days=0)
STOCKED = Point("30112233_PP2", is_available=True, stock_count=4, is_stock_enabled=True)
CLOSED = Point("30112233_PP3", is_available=False)
BEGUN = Point("30112233_PP5", is_available=True, stock_count=2, preorder_days=7)
POINTS = (SOLD_OUT, STOCKED, CLOSED)


def an_order(*, listing=None, **days):
    return PreorderOrder(change_id=7, ticket=a_ticket(), sku="CHAIR-77", days=days, listing=listing)


def waiting(listing):
    return {point.point_id: point.preorder_days for point in listing.points}


def trip(step, order, listing):
    cabinets = opening({1: FakeCabinet([listing])})
    return asyncio.run(step([order], open_cabinet=cabinets, batch_s=5.0)).outcomes


@pytest.mark.parametrize(
    ("days", "outcome"),
    [
        ({"PP1": 7}, "Ready"),
        ({"PP1": 7, "PP2": 7}, "point-has-stock"),
        ({"PP3": 7}, "point-not-selling"),
        ({"PP3": 0}, "there"),
        ({"PP1": 0}, "there"),
        ({"PP4": 0}, "point-missing"),
        ({"PP5": 7}, "there"),
        ({"PP5": 8}, "point-has-stock"),
    ],
)
def test_a_preorder_begins_where_the_product_is_sold_and_not_in_stock(days, outcome):
    listing = a_listing(points=(*POINTS, BEGUN))

    [seen] = trip(read_all, an_order(**days), listing)

    there = Shown(7, listing.price, is_settled=True, is_wanted=True)
    expected = {"Ready": Ready(7, listing), "there": there}
    assert seen == expected.get(outcome, Refused(7, outcome))


def test_a_statement_of_preorder_days_says_everything_else_as_it_was():
    listing = a_listing(price=1300, points=POINTS, city_prices={ALMATY: Money.tenge(1250)})

    said = statement_of([an_order(listing=listing, PP1=14)])

    assert (said.price, dict(said.city_prices)) == (Money.tenge(1300), {ALMATY: Money.tenge(1250)})
    assert waiting(said.listing) == {
        "30112233_PP1": 14,
        "30112233_PP2": None,
        "30112233_PP3": None,
    }
    assert [point.stock_count for point in said.listing.points] == [None, 4, None]


@pytest.mark.parametrize(
    ("days", "is_wanted", "losses"),
    [
        pytest.param({"PP1": 14}, True, (), id="shown"),
        pytest.param({"PP1": 0}, False, (), id="not yet: that is no loss"),
        pytest.param({"PP1": 14, "PP2": None}, True, (Loss.STOCK,), id="and a stock got lost"),
    ],
)
def test_what_is_read_back_is_compared_with_what_was_ordered(days, is_wanted, losses):
    before = a_listing(points=POINTS)
    now = a_listing(
        points=(
            Point("30112233_PP1", is_available=True, preorder_days=days["PP1"]),
            Point("30112233_PP2", is_available=True, stock_count=days.get("PP2", 4)),
            CLOSED,
        )
    )

    [shown] = trip(read_back_all, an_order(listing=before, PP1=14), now)

    assert (shown.is_wanted, shown.losses) == (is_wanted, losses)


def test_that_a_preorder_ends_is_no_loss_where_that_was_ordered():
    before = a_listing(points=(BEGUN,))
    now = a_listing(points=(replace(BEGUN, preorder_days=None),))

    [shown] = trip(read_back_all, an_order(listing=before, PP5=0), now)

    assert (shown.is_wanted, shown.losses) == (True, ())


def test_what_got_lost_is_stated_again_with_the_new_days():
    before = a_listing(points=POINTS)
    now = a_listing(points=(SOLD_OUT,))
    order = an_order(listing=before, PP1=14)

    [shown] = trip(read_back_all, order, now)
    said = statement_of([an_order(listing=shown.mend, PP1=14)])

    assert waiting(said.listing)["30112233_PP1"] == 14
    assert len(said.listing.points) == 3
