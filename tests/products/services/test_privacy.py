"""What one seller keeps to himself reaches no decision about another's product."""

from datetime import timedelta

import pytest

from products.models import Product
from products.services.reprice import load_watches
from tests.factories import NOW, make_market, make_product, make_store

pytestmark = pytest.mark.db


@pytest.mark.parametrize(
    "private",
    [
        pytest.param({"floor": 100_00, "ceiling": 900_000_00, "step": 7_00}, id="a corridor"),
        pytest.param({"rules": {"cost_tiyn": 500_00, "strategy": "MATCH_FIRST"}}, id="costs"),
        pytest.param({"memory": {"tipping": 123_00}}, id="what was learned"),
        pytest.param({"points": [{"yes": True, "stock": 1}]}, id="stock"),
        pytest.param({"is_paused": True}, id="a pause"),
    ],
)
def test_what_is_known_about_a_product_is_the_same_whatever_another_seller_keeps(
    seller, stranger, private
):
    market = make_market(lease="mine", leased_until=NOW + timedelta(seconds=60))
    ours = make_product(store=make_store(user=seller), market=market)
    theirs = make_product(store=make_store(user=stranger), market=market)
    before = watched(market, ours)

    changed = Product.objects.for_user(stranger).filter(pk=theirs.pk).update(**private)

    assert changed == 1
    assert repr(watched(market, ours)) == repr(before)


def test_another_sellers_shops_are_not_ours(seller, stranger):
    market = make_market(lease="mine", leased_until=NOW + timedelta(seconds=60))
    ours = make_product(store=make_store(user=seller), market=market)
    make_product(store=make_store(user=stranger), market=market)
    before = watched(market, ours)

    make_store(user=stranger)

    assert repr(watched(market, ours)) == repr(before)


def watched(market, product):
    [watch] = load_watches(market_ids=[market.pk], lease="mine", now=NOW)
    [ours] = [one for one in watch.products if one.product_id == product.pk]
    return ours
