"""All pages of a store are misread at once: how many wrong prices go out before something stops it.

A hundred products stand at 1 000 ₸, a tenge below the cheapest of five rivals, and are looked at in
batches of twenty.
"""

import pytest
from django.db import transaction

from cube_demper.kernel.money import Money
from kaspi.models import Store
from products.models import Change, ChangeState, Product
from products.services.verdicts import record_verdicts
from tests.factories import NOW, make_market, make_product, make_store
from tests.products.verdicts import a_verdict

pytestmark = pytest.mark.db
RIGHT = (1001, 1010, 1020, 1030, 1040)
PRODUCTS, BATCH = 100, 20


def settled_products(seller, *, floor):
    store = make_store(user=seller)
    return [
        make_product(
            store=store,
            market=make_market(),
            sku=f"SKU-{place}",
            floor=Money.tenge(floor),
            anchor=Money.tenge(1000),
        )
        for place in range(PRODUCTS)
    ]


def read(products, page):
    for first in range(0, PRODUCTS, BATCH):
        with transaction.atomic():
            record_verdicts(
                [a_verdict(product, *page) for product in products[first : first + BATCH]], now=NOW
            )


def sent():
    """How many, and at which prices."""
    changes = Change.rows.filter(state=ChangeState.PENDING)
    return changes.count(), {price.whole_tenge for price in changes.values_list("price", flat=True)}


@pytest.mark.parametrize(
    ("page", "went", "prices"),
    [
        pytest.param(RIGHT, 0, set(), id="nothing is wrong"),
        pytest.param((10, *RIGHT[1:]), 100, {1009}, id="a rival's price × 0.01: it is left out"),
        pytest.param((500, *RIGHT[1:]), 0, set(), id="a rival's price × 0.5"),
        pytest.param([2] * 5, 0, set(), id="all prices in dollars"),
        pytest.param([price * 100 for price in RIGHT], 0, set(), id="all prices in tiyn"),
        pytest.param([price * 2 for price in RIGHT], 0, set(), id="all rivals twice as dear"),
        pytest.param((), 0, set(), id="no offers at all"),
        pytest.param(RIGHT[-1:], 100, {1039}, id="the last offer only"),
        pytest.param([price - 90 for price in RIGHT], 20, {910}, id="an old page, 9 % lower"),
        pytest.param([price + 100 for price in RIGHT], 20, {1100}, id="an old page, 10 % dearer"),
    ],
)
def test_so_many_wrong_prices_go_out_before_the_stop(
    seller, page, went, prices, django_capture_on_commit_callbacks
):
    products = settled_products(seller, floor=800)

    with django_capture_on_commit_callbacks(execute=True):
        read(products, page)

    assert sent() == (went, prices)
    assert Store.rows.get().is_paused is (went == BATCH)


def test_within_a_narrow_corridor_a_wrong_price_is_near_the_right_one(seller):
    products = settled_products(seller, floor=960)

    read(products, [2] * 5)

    assert sent() == (PRODUCTS, {960})


def test_what_was_held_back_is_not_what_the_next_move_is_measured_from(seller):
    products = settled_products(seller, floor=800)

    read(products, ())

    assert set(Product.rows.values_list("anchor", flat=True)) == {Money.tenge(1000)}
