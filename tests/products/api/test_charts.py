"""A product's prices over time, and why the last one is what it is."""

from datetime import timedelta

import pytest
from defusedxml import ElementTree
from django.utils import timezone

from cube_demper.kernel.money import Money
from products.chart import HEIGHT, WIDTH
from products.engine.model import Looked
from products.models import ChangeState
from products.picture import ZOOM
from products.pricing.model import Corridor, Rival
from products.pricing.record import pack
from products.pricing.rules import Rules
from products.services.charts import chart_of
from products.services.tape import changed_pages, write_tape
from tests.factories import NOW, make_change, make_decision, make_market, make_product, make_store
from tests.products.pictures import size_of
from tests.products.verdicts import recorded

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)


@pytest.fixture
def product(seller):
    store = make_store(user=seller, merchant_id="own")
    return make_product(store=store, market=make_market())


def tenge(price):
    return Money.tenge(price)


def see(product, at, **prices):
    offers = tuple(Rival(who, who, tenge(price)) for who, price in prices.items())
    looked = Looked(product.market_id, offers, (), cheapest=None, offer_count=0)
    write_tape(changed_pages([looked]), now=at)


def decided(product, at, in_force, floor=900, ceiling=1500):
    rules = Rules(Corridor(tenge(floor), tenge(ceiling), tenge(1)))
    return make_decision(
        product=product,
        decided_at=at,
        price_in_force=tenge(in_force),
        situation={"rules": pack(rules)},
    )


def chart(product, *, days=1, now=NOW):
    return chart_of(user=product.store.user, product_id=product.pk, days=days, now=now)


def test_our_price_is_what_was_in_force_and_what_was_applied(product):
    decision = decided(product, NOW - 5 * HOUR, 1000)
    applied = {"state": ChangeState.APPLIED, "price": tenge(950), "settled_at": NOW - 4 * HOUR}
    make_change(decision=decision, **applied)
    decided(product, NOW - 3 * HOUR, 950)
    decided(product, NOW - 2 * HOUR, 970)

    assert chart(product).ours == [
        (NOW - 5 * HOUR, tenge(1000)),
        (NOW - 4 * HOUR, tenge(950)),
        (NOW - 2 * HOUR, tenge(970)),
    ]


def test_what_came_before_says_how_it_was_at_the_beginning(product):
    decided(product, NOW - 40 * HOUR, 1100)
    decided(product, NOW - 30 * HOUR, 1000, floor=800)
    see(product, NOW - 40 * HOUR, rival=990)

    found = chart(product)

    since = NOW - timedelta(days=1)
    assert (found.ours, found.floor, found.rival) == (
        [(since, tenge(1000))],
        [(since, tenge(800))],
        [(since, tenge(990))],
    )


def test_the_rival_is_the_cheapest_of_all_but_the_sellers_own_shops(product, seller):
    make_store(user=seller, merchant_id="sister")
    see(product, NOW - 5 * HOUR, own=900, sister=880, rival=990, other=980)
    see(product, NOW - 4 * HOUR, own=900, rival=990)
    see(product, NOW - 3 * HOUR, own=900)

    assert chart(product).rival == [
        (NOW - 5 * HOUR, tenge(980)),
        (NOW - 4 * HOUR, tenge(990)),
        (NOW - 3 * HOUR, None),
    ]


def test_bounds_are_those_of_each_decision(product):
    decided(product, NOW - 5 * HOUR, 1000)
    decided(product, NOW - 4 * HOUR, 1000, floor=950)
    make_decision(product=product, decided_at=NOW - 3 * HOUR)

    found = chart(product)

    assert found.floor == [(NOW - 5 * HOUR, tenge(900)), (NOW - 4 * HOUR, tenge(950))]
    assert found.ceiling == [(NOW - 5 * HOUR, tenge(1500))]


@pytest.mark.parametrize("number", [1, 3])
def test_a_chart_costs_the_same_however_much_was_decided(
    api, product, number, django_assert_num_queries
):
    now = timezone.now()
    for hours in range(number):
        decided(product, now - hours * HOUR, 1000 + hours)
        see(product, now - (number - hours) * HOUR, rival=990 + hours)

    with django_assert_num_queries(9):
        document = api.get(f"/products/{product.pk}/chart").json()

    assert [len(document[name]) for name in ("ours", "rival")] == [number, number]


def test_a_chart_is_told_as_numbers_of_tiyn(api, product):
    at = timezone.now() - HOUR
    decided(product, at, 1000)

    document = api.get(f"/products/{product.pk}/chart?days=1").json()

    point = {"at": at.isoformat().replace("+00:00", "Z"), "price_tiyn": 100_000}
    assert (document["ours"], document["rival"]) == ([point], [])


@pytest.mark.parametrize("asked", ["format", "accept"])
def test_a_chart_is_drawn_for_who_asks_for_a_drawing(api, product, asked):
    decided(product, timezone.now() - HOUR, 1000)
    path = f"/products/{product.pk}/chart"

    response = (
        api.get(f"{path}?format=svg")
        if asked == "format"
        else api.get(path, HTTP_ACCEPT="image/svg+xml")
    )

    drawing = ElementTree.fromstring(response.content)
    assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert drawing.get("aria-label") == "История цены"
    assert drawing.findall("{http://www.w3.org/2000/svg}path") != []


@pytest.mark.parametrize("asked", [{"data": {"format": "png"}}, {"HTTP_ACCEPT": "image/png"}])
def test_a_chart_is_a_picture_for_who_asks_for_one(api, product, asked):
    decided(product, timezone.now() - HOUR, 1000)

    response = api.get(f"/products/{product.pk}/chart", **asked)

    assert response["Content-Type"] == "image/png"
    assert size_of(response.content) == (WIDTH * ZOOM, HEIGHT * ZOOM)


def test_a_drawing_of_nothing_says_so_in_the_language_asked_for(api, product):
    response = api.get(f"/products/{product.pk}/chart?format=svg&lang=kk")

    assert "Әзірге дерек жоқ" in response.content.decode()


@pytest.mark.parametrize(
    ("query", "status"),
    [("days=0", 422), ("days=91", 422), ("days=x", 422), ("lang=fr", 422), ("format=pdf", 404)],
)
def test_a_chart_that_makes_no_sense_is_a_problem(api, product, query, status):
    response = api.get(f"/products/{product.pk}/chart?{query}")

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"


def test_a_problem_of_a_drawing_is_told_in_json(api):
    response = api.get("/products/1/chart?format=svg")

    assert (response.status_code, response.json()["code"]) == (404, "product-missing")


def test_the_latest_decision_is_explained_with_rivals_counted_and_left_out(api, product):
    decided(product, NOW, 1000)
    recorded(product, 990, 800, 12)

    document = api.get(f"/products/{product.pk}/explain").json()

    reasoning = document["reasoning"]
    assert (reasoning["reason"], reasoning["price_tiyn"]) == ("at_floor", 90_000)
    assert reasoning["clamps"] == [{"bound": "floor", "before_tiyn": 79_900, "after_tiyn": 90_000}]
    assert [one["price_tiyn"] for one in reasoning["rivals"]] == [80_000, 99_000]
    assert [one["why"] for one in reasoning["left_out"]] == ["absurd"]
    assert reasoning["explanation"] == document["decision"]["explanation"]


def test_before_the_first_decision_there_is_nothing_to_explain(api, product):
    response = api.get(f"/products/{product.pk}/explain")

    assert (response.status_code, response.json()["code"]) == (404, "decision-missing")


@pytest.mark.parametrize("what", ["explain", "chart"])
def test_a_foreign_product_is_not_to_be_found(api, product, stranger, what):
    foreign = make_product(store=make_store(user=stranger), market=product.market)
    decided(foreign, NOW, 1000)

    response = api.get(f"/products/{foreign.pk}/{what}")

    assert (response.status_code, response.json()["code"]) == (404, "product-missing")
