import pytest

from products.models import Product
from tests.factories import make_market, make_product, make_store

pytestmark = pytest.mark.db
ASTANA = "710000000"
CORRIDOR = {"floor_tiyn": 95_000, "ceiling_tiyn": 160_000}


@pytest.fixture
def product(seller):
    return make_product(
        store=make_store(user=seller),
        market=make_market(),
        city_prices={"750000000": 100_000, ASTANA: 110_000},
    )


def put(api, product, city_id=ASTANA, **body):
    return api.put(f"/products/{product.pk}/cities/{city_id}", {**CORRIDOR, **body})


def test_a_city_becomes_a_product_of_its_own_beside_its_listing(api, product):
    answer = put(api, product, step_tiyn=500)

    city = answer.json()
    assert answer.status_code == 200
    assert (city["listing_id"], city["city_id"]) == (product.pk, ASTANA)
    assert city["price_tiyn"] == 110_000
    assert (city["floor_tiyn"], city["ceiling_tiyn"], city["step_tiyn"]) == (95_000, 160_000, 500)
    assert api.get(f"/products/{city['id']}/rules").status_code == 200
    listed = api.get("/products").json()["results"]
    assert [one["id"] for one in listed] == [product.pk]


def test_the_cities_of_a_product_are_listed_its_stores_first(api, product):
    city_id = put(api, product).json()["id"]

    home, astana = api.get(f"/products/{product.pk}/cities").json()

    assert (home["city_id"], home["product_id"]) == ("750000000", product.pk)
    assert astana == {
        "city_id": ASTANA,
        "name": ASTANA,
        "price_tiyn": 110_000,
        "product_id": city_id,
        "floor_tiyn": 95_000,
        "ceiling_tiyn": 160_000,
        "step_tiyn": 100,
        "wanted_price_tiyn": None,
        "reason": "",
        "position": None,
    }


def test_a_city_can_follow_its_product_again(api, product):
    put(api, product)

    first = api.delete(f"/products/{product.pk}/cities/{ASTANA}")
    second = api.delete(f"/products/{product.pk}/cities/{ASTANA}")

    assert (first.status_code, second.status_code) == (204, 404)
    assert api.get(f"/products/{product.pk}/cities").json()[1]["product_id"] is None


@pytest.mark.parametrize(
    ("city_id", "body", "status", "code"),
    [
        ("750000000", {}, 409, "city-is-home"),
        ("390000000", {}, 409, "city-not-sold"),
        (ASTANA, {"ceiling_tiyn": 94_900}, 422, "invalid"),
        (ASTANA, {"floor_tiyn": 95_050}, 422, "fraction-of-tenge"),
        (ASTANA, {"step_tiyn": -100}, 422, "price-too-low"),
    ],
)
def test_an_impossible_corridor_of_a_city_is_refused(api, product, city_id, body, status, code):
    answer = put(api, product, city_id, **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Product.rows.count() == 1


def test_the_cities_of_somebody_elses_product_are_not_there(api, stranger):
    foreign = make_product(
        store=make_store(user=stranger), market=make_market(), city_prices={ASTANA: 110_000}
    )

    answers = [
        put(api, foreign),
        api.get(f"/products/{foreign.pk}/cities"),
        api.delete(f"/products/{foreign.pk}/cities/{ASTANA}"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert Product.rows.get() == foreign
