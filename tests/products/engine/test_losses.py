from dataclasses import replace

import pytest

from cube_demper.kernel.money import Money
from kaspi.ports import Listing, Point
from products.engine.losses import Loss, losses, mended
from tests.products.engine.fakes import ALMATY, a_listing

pytestmark = pytest.mark.unit
HAD = Point("1_PP1", is_available=True, stock_count=5, is_stock_enabled=True, preorder_days=3)
OTHER = Point("1_PP2", is_available=True)


def before():
    return a_listing(points=(HAD, OTHER), city_prices={ALMATY: Money.tenge(1300)})


def after(point, **facts):
    return replace(before(), points=(point, OTHER), **facts)


@pytest.mark.parametrize(
    ("now", "lost"),
    [
        pytest.param(before(), (), id="nothing"),
        pytest.param(after(HAD, price=Money.tenge(1199)), (), id="the old price"),
        pytest.param(replace(before(), points=(OTHER,)), (Loss.POINT,), id="a point"),
        pytest.param(after(replace(HAD, is_available=False)), (Loss.POINT,), id="a point closed"),
        pytest.param(
            replace(before(), points=(), is_on_sale=False), (Loss.SALE, Loss.POINT), id="the sale"
        ),
        pytest.param(after(replace(HAD, stock_count=None)), (Loss.STOCK,), id="its stock"),
        pytest.param(after(replace(HAD, preorder_days=0)), (Loss.PREORDER,), id="its preorder"),
        pytest.param(after(HAD, city_prices={}), (Loss.CITY,), id="a city's price"),
        pytest.param(after(replace(HAD, stock_count=4)), (), id="a piece was sold"),
        pytest.param(
            after(replace(HAD, stock_count=0, is_available=False)), (), id="the last was sold"
        ),
        pytest.param(
            replace(before(), points=(HAD, OTHER, Point("1_PP3", is_available=True))),
            (),
            id="a point more",
        ),
    ],
)
def test_only_what_is_gone_is_lost(now, lost):
    assert losses(before(), now) == lost


def test_what_was_lost_is_stated_as_before_with_the_stock_that_is_left():
    now = after(replace(HAD, stock_count=2, preorder_days=None), price=Money.tenge(1199))

    assert mended(before(), now) == replace(before(), points=(replace(HAD, stock_count=2), OTHER))


def test_a_listing_survives_its_column():
    listing = before()

    assert Listing.from_json(listing.to_json()) == listing
