import pytest

from cube_demper.kernel.money import Money
from products.models import ChangeState, Market, Product
from tests.factories import (
    NOW,
    make_change,
    make_decision,
    make_market,
    make_product,
    make_store,
)

pytestmark = pytest.mark.db


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market())


@pytest.fixture
def foreign(stranger):
    return make_product(store=make_store(user=stranger), market=make_market())


def patch(api, product, **body):
    return api.patch(f"/products/{product.pk}", body)


def test_a_product_is_shown_with_money_in_tiyn(api, product):
    document = api.get(f"/products/{product.pk}").json()

    assert document == {
        "id": product.pk,
        "store_id": product.store_id,
        "listing_id": None,
        "sku": "SKU-1",
        "master_sku": product.market.card.master_sku,
        "title": "Smartphone 128 GB",
        "brand": "Acme",
        "category": "Smartphones",
        "state": "active",
        "city_id": "750000000",
        "is_on_sale": True,
        "is_paused": False,
        "paused_until": None,
        "is_priority": False,
        "price_tiyn": 100_000,
        "floor_tiyn": 90_000,
        "ceiling_tiyn": 150_000,
        "step_tiyn": 100,
        "wanted_price_tiyn": None,
        "reason": "",
        "explanation": {},
        "position": None,
        "outside_at": None,
        "at_war_since": None,
        "war_rival": "",
        "cycling_since": None,
        "decided_at": None,
        "looked_at": None,
    }


def test_a_list_holds_the_sellers_own_products_only(api, product, foreign):
    results = api.get("/products").json()["results"]

    assert [row["id"] for row in results] == [product.pk]


def test_a_list_can_be_narrowed(api, seller, product):
    make_product(store=product.store, market=make_market(), sku="SKU-2", is_paused=True)

    results = api.get("/products", {"is_paused": "true"}).json()["results"]

    assert [row["sku"] for row in results] == ["SKU-2"]


def test_a_corridor_is_set_and_the_market_looked_at_at_once(api, product):
    Market.objects.update(is_watched=False, next_look_at=NOW.replace(year=2099))

    response = patch(api, product, floor_tiyn=80_000, ceiling_tiyn=120_000, step_tiyn=500)

    assert response.status_code == 200
    product.refresh_from_db()
    assert (product.floor, product.ceiling, product.step) == (
        Money.tenge(800),
        Money.tenge(1200),
        Money.tenge(5),
    )
    market = Market.objects.get()
    assert market.is_watched
    assert market.next_look_at.year < 2099


def test_a_first_corridor_takes_a_step_of_one_tenge(api, product):
    Product.rows.update(floor=None, ceiling=None, step=None)

    document = patch(api, product, floor_tiyn=80_000, ceiling_tiyn=120_000).json()

    assert document["step_tiyn"] == 100


def test_a_corridor_is_taken_away_and_nobody_watches_any_more(api, product):
    response = patch(api, product, floor_tiyn=None, ceiling_tiyn=None)

    assert response.json()["step_tiyn"] is None
    assert not Market.objects.get().is_watched


def test_a_paused_product_is_not_watched(api, product):
    patch(api, product, is_paused=True)

    assert not Market.objects.get().is_watched


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(
            {"floor_tiyn": 150_100, "ceiling_tiyn": 150_000}, "floor-above-ceiling", id="crossed"
        ),
        pytest.param({"floor_tiyn": 150_100}, "floor-above-ceiling", id="crossed with the old one"),
        pytest.param({"floor_tiyn": None}, "corridor-incomplete", id="half a corridor"),
        pytest.param({"floor_tiyn": 90_050}, "fraction-of-tenge", id="a fraction of a tenge"),
        pytest.param({"floor_tiyn": 900.5}, "not-integer", id="a float"),
        pytest.param({"floor_tiyn": "90000"}, "not-integer", id="a text"),
        pytest.param({"floor_tiyn": True}, "not-integer", id="a boolean"),
        pytest.param({"floor_tiyn": 900}, "price-too-low", id="below Kaspi's minimum"),
        pytest.param({"ceiling_tiyn": 10**12}, "price-too-high", id="beyond any price"),
        pytest.param({"step_tiyn": -100}, "price-too-low", id="a step upwards"),
        pytest.param({"price_tiyn": 100_000}, "unknown-field", id="not for the seller to set"),
        pytest.param({"is_paused": "yes"}, "invalid", id="not a boolean"),
    ],
)
def test_a_bad_corridor_is_refused_and_nothing_is_written(api, product, body, code):
    response = api.patch(f"/products/{product.pk}", body)

    assert (response.status_code, response.json()["code"]) == (422, code)
    assert response["Content-Type"] == "application/problem+json"
    after = Product.rows.values("floor", "ceiling", "step", "is_paused").get()
    assert after == {
        "floor": Money.tenge(900),
        "ceiling": Money.tenge(1500),
        "step": Money.tenge(1),
        "is_paused": False,
    }


@pytest.mark.parametrize("method", ["get", "patch"])
def test_a_foreign_product_does_not_exist(api, foreign, method):
    response = getattr(api, method)(f"/products/{foreign.pk}")

    assert (response.status_code, response.json()["code"]) == (404, "product-missing")
    foreign.refresh_from_db()
    assert foreign.floor == Money.tenge(900)


def test_history_tells_what_was_decided_and_what_came_of_it(api, product, foreign):
    make_decision(product=foreign)
    kept = make_decision(product=product, wanted_price=product.price)
    decision = make_decision(product=product)
    make_change(decision=decision, state=ChangeState.APPLIED, sent_at=NOW, settled_at=NOW)

    newest, oldest = api.get(f"/products/{product.pk}/history").json()["results"]

    assert (oldest["id"], oldest["change"]) == (kept.pk, None)
    assert newest["change"] == {
        "state": "applied",
        "price_tiyn": 98_900,
        "sent_at": "2026-03-02T09:00:00Z",
        "promised_by": None,
        "settled_at": "2026-03-02T09:00:00Z",
        "failure": "",
        "losses": "",
    }
    assert (newest["wanted_price_tiyn"], newest["rival_price_tiyn"]) == (98_900, 99_000)


def test_the_history_of_a_foreign_product_does_not_exist(api, foreign):
    make_decision(product=foreign)

    assert api.get(f"/products/{foreign.pk}/history").status_code == 404


def test_history_is_read_in_pages(api, product):
    for _ in range(3):
        make_decision(product=product)

    first = api.get(f"/products/{product.pk}/history", {"page_size": 2}).json()
    second = api.get(first["next"]).json()

    assert (len(first["results"]), len(second["results"]), second["next"]) == (2, 1, None)
