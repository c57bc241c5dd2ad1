from datetime import timedelta

import pytest
from django.utils import timezone

from cube_demper.kernel.money import Money
from products.engine.model import Looked
from products.models import Product
from products.pricing.model import Rival
from products.services.tape import changed_pages, write_tape
from tests.factories import make_market, make_product, make_store

pytestmark = pytest.mark.db


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market())


def see(product, *offers, days_ago):
    rivals = tuple(Rival(who, who, Money.tenge(price)) for who, price in offers)
    write_tape(
        changed_pages([Looked(product.market_id, rivals, (), cheapest=None, offer_count=0)]),
        now=timezone.now() - timedelta(days=days_ago),
    )


def backtest(api, product, **body):
    return api.post(f"/products/{product.pk}/backtest", body)


def test_a_past_is_told_in_shares_and_prices(api, product):
    see(product, ("1", 990), days_ago=4)
    see(product, ("1", 800), days_ago=2)

    document = backtest(api, product, rules={"cost_tiyn": 50_000}).json()

    assert document["lasted_s"] == pytest.approx(4 * 86_400, abs=60)
    assert document["first_percent"] == pytest.approx(50, abs=0.1)
    assert document["at_floor_percent"] == pytest.approx(50, abs=0.1)
    assert document["average_price_tiyn"] == pytest.approx(94_450, abs=60)
    assert document["profit_tiyn"] == pytest.approx(94_450 * 0.875 - 50_000, abs=60)
    assert [(p["price_tiyn"], p["rival_price_tiyn"]) for p in document["series"]] == [
        (98_900, 99_000),
        (90_000, 80_000),
    ]
    assert Product.rows.get().rules == {}


def test_rivals_answer_by_their_fingerprints_where_asked(api, product):
    ours, days = product.store.merchant_id, 3.0
    for fall in range(8):  # by turns, the rival ten tenge below us each time
        see(product, (ours, 1100 - 11 * fall), ("1", 1101 - 11 * fall), days_ago=days)
        see(product, (ours, 1100 - 11 * fall), ("1", 1090 - 11 * fall), days_ago=days - 0.01)
        days -= 0.1

    static = backtest(api, product).json()
    answering = backtest(api, product, rivals="answering").json()

    assert (static["answering"], answering["answering"]) == ([], ["1"])
    assert answering["average_price_tiyn"] < static["average_price_tiyn"]


def test_a_past_that_was_not_seen_is_a_conflict(api, product):
    response = backtest(api, product)

    assert response.status_code == 409
    assert response.json()["type"].endswith("tape-too-short")


@pytest.mark.parametrize(
    "body", [{"days": 0}, {"days": 31}, {"rivals": "asleep"}, {"rules": {"position": 1}}, {"x": 1}]
)
def test_nonsense_is_refused(api, product, body):
    assert backtest(api, product, **body).status_code == 422


def test_nobody_tries_rules_on_a_foreign_product(api, stranger):
    foreign = make_product(store=make_store(user=stranger), market=make_market())
    see(foreign, ("1", 990), days_ago=1)

    assert backtest(api, foreign).status_code == 404
