"""The list of products: narrowed, ordered, counted, cut, and read in pages."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.utils import timezone

from cube_demper.kernel.money import Money
from kaspi.models import SessionState
from products.api.serializers import ProductOutput
from products.documents import FIELDS, SORTS, ProductState
from products.models import Product
from tests.factories import NOW, make_card, make_market, make_product, make_session, make_store

pytestmark = pytest.mark.db


@pytest.fixture
def store(seller):
    return make_store(user=seller)


def add(store, sku, **fields):
    market = fields.pop("market", None) or make_market(looked_at=timezone.now())
    return make_product(store=store, market=market, sku=sku, **fields)


def skus(api, **asked):
    answer = api.get("/products", asked)
    assert answer.status_code == 200, answer.content
    return [row["sku"] for row in answer.json()["results"]]


def test_a_row_of_the_list_is_the_document_of_its_product(api, store):
    product = add(
        store,
        "SKU-1",
        paused_until=NOW + timedelta(microseconds=7200),
        decided_at=NOW,
        reason="AT_FLOOR",
        explanation={"ru": '«Пол» "8"'},
        war_rival="\\",
    )

    [row] = api.get("/products").json()["results"]

    assert row == api.get(f"/products/{product.pk}").json()
    assert (row["decided_at"], row["paused_until"]) == (
        "2026-03-02T09:00:00Z",
        "2026-03-02T09:00:00.007200Z",
    )
    assert set(row) == set(ProductOutput().fields) == set(FIELDS)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("кроссовки", ["SHOE"]),
        ("КРОССОВКИ беговые", ["SHOE"]),
        ("krossovki", ["SHOE"]),
        ("красовки", ["SHOE"]),
        ("казан", ["POT"]),
        ("Қазан", ["POT"]),
        ("әйел сөмкесі", ["BAG"]),
        ("айел сомкеси", ["BAG"]),
        ("shoe", ["SHOE"]),
        ("8%", ["POT"]),
        ("кроссовки казан", []),
        ("100", ["BAG"]),
    ],
)
def test_products_are_found_in_russian_and_in_kazakh(api, store, question, found):
    add(store, "SHOE", title="Кроссовки беговые Asics")
    add(store, "POT", title="Қазан шойын 8%")
    add(store, "BAG", title="Әйел сөмкесі 100")

    assert skus(api, search=question) == found


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, ProductState.ACTIVE),
        ({"missing_since": NOW, "is_on_sale": False}, ProductState.GONE),
        ({"is_on_sale": False}, ProductState.WITHDRAWN),
        ({"floor": None, "ceiling": None, "step": None}, ProductState.UNSET),
        ({"is_paused": True}, ProductState.PAUSED),
        ({"paused_until": NOW + timedelta(days=9000)}, ProductState.PAUSED),
        ({"paused_until": NOW - timedelta(days=9000)}, ProductState.ACTIVE),
        ({"rests_by_plan": True}, ProductState.RESTING),
    ],
)
def test_each_state_is_told_and_can_be_asked_for(api, store, fields, state):
    add(store, "SKU-1", **fields)

    [row] = api.get("/products").json()["results"]

    assert row["state"] == state
    assert [skus(api, state=one) for one in ProductState if one != state] == [[]] * (
        len(ProductState) - 1
    )
    assert skus(api, state=state) == ["SKU-1"]


def test_products_of_a_store_that_is_not_reached_are_stopped(api, seller):
    session = make_session(user=seller, state=SessionState.NEEDS_REAUTH)
    add(make_store(user=seller, session=session), "SKU-1")

    assert skus(api, state="stopped") == ["SKU-1"]


ODD: dict[str, dict[str, Any]] = {
    "at_floor": {"wanted_price": Money.tenge(900)},
    "at_war": {"at_war_since": NOW},
    "at_wanted_price": {"wanted_price": Money.tenge(1000)},
    "is_paused": {"is_paused": True},
    "is_priority": {"is_priority": True},
    "has_cost": {"rules": {"cost_tiyn": 50_000}},
}


@pytest.mark.parametrize("name", ODD)
def test_a_list_is_narrowed_by_what_is_so_and_by_what_is_not(api, store, name):
    plain: dict[str, Any] = {"wanted_price": Money.tenge(950)}
    add(store, "PLAIN", **plain)
    add(store, "ODD", **(plain | ODD[name]))

    assert (skus(api, **{name: "true"}), skus(api, **{name: "false"})) == (["ODD"], ["PLAIN"])


def test_what_nobody_looked_at_is_stale(api, store):
    old = timezone.now() - timedelta(hours=2)
    add(store, "FRESH")
    add(store, "OLD", market=make_market(looked_at=old))
    add(store, "NEVER", market=make_market(looked_at=None))
    add(store, "UNWATCHED", market=make_market(looked_at=old, is_watched=False))

    assert skus(api, stale="true") == ["NEVER", "OLD"]


def test_a_list_is_narrowed_by_position_and_category(api, store):
    for position in (1, 2, 3):
        card = make_card(category=f"Phones {position}")
        add(store, f"AT-{position}", position=position, market=make_market(card=card))

    assert skus(api, position=1) == ["AT-1"]
    assert skus(api, position_from=2, sort="position") == ["AT-2", "AT-3"]
    assert skus(api, position_to=2, sort="position") == ["AT-1", "AT-2"]
    assert skus(api, category="phones 3") == ["AT-3"]


@pytest.mark.parametrize("sort", [way + name for name in SORTS for way in ("", "-")])
def test_pages_in_any_order_hold_each_product_once(api, store, sort):
    for place in range(7):
        price = None if place == 3 else Money.tenge(900_000_000 + place // 3)
        add(store, f"SKU-{place}", price=price, position=place % 3 or None, title=f"T{place % 2}")
    whole = skus(api, sort=sort)

    pages, address = list[list[str]](), f"/products?sort={sort}&page_size=3"
    back = None
    while address:
        page = api.get(address).json()
        pages.append([row["sku"] for row in page["results"]])
        back, address = page["previous"], page["next"]

    assert [sku for page in pages for sku in page] == whole
    assert [len(page) for page in pages] == [3, 3, 1]
    before = api.get(back).json()
    assert [row["sku"] for row in before["results"]] == pages[1]
    assert api.get(before["previous"]).json()["previous"] is None


def test_what_changes_between_two_pages_moves_nothing_else(api, store):
    for place in range(4):
        add(store, f"SKU-{place}")
    first = api.get("/products?page_size=2").json()

    Product.rows.filter(sku="SKU-3").delete()
    add(store, "NEW")

    assert [row["sku"] for row in api.get(first["next"]).json()["results"]] == ["SKU-1", "SKU-0"]


def cursor(*parts):
    return urlsafe_b64encode(orjson.dumps(parts)).decode()


@pytest.mark.parametrize(
    "strange",
    [
        "x",
        "%00",
        cursor("-title", "a", 1, 0),
        cursor("title", "a\0", 1, 0),
        cursor("title", 5, 1, 0),
        cursor("title", "a", 1 << 63, 0),
        cursor("title", "a", "1", 0),
        cursor("title", "a"),
        urlsafe_b64encode(b"\xff").decode(),
    ],
)
def test_a_cursor_that_nobody_wrote_is_not_found(api, strange):
    answer = api.get("/products", {"sort": "title", "cursor": strange})

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"sort": "rules"}, "invalid_choice"),
        ({"fields": "id,memory"}, "invalid"),
        ({"page_size": "0"}, "min_value"),
        ({"page_size": "201"}, "max_value"),
        ({"count": "maybe"}, "invalid_choice"),
        ({"state": "happy"}, "invalid_choice"),
        ({"search": "a\0"}, "null_characters_not_allowed"),
    ],
)
def test_an_odd_question_is_refused(api, asked, code):
    answer = api.get("/products", asked)

    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"


def test_only_the_fields_asked_for_are_told(api, store):
    product = add(store, "SKU-1")

    assert api.get("/products", {"fields": "sku, id,state"}).json()["results"] == [
        {"id": product.pk, "sku": "SKU-1", "state": "active"}
    ]


def test_products_are_counted_on_demand(api, store, seller):
    for place in range(3):
        add(store, f"SKU-{place}", is_priority=place > 0)

    exact = api.get("/products", {"count": "exact", "is_priority": "true"}).json()
    estimated = api.get("/products", {"count": "estimated"}).json()

    assert (exact["count"], exact["is_estimate"]) == (2, False)
    assert (type(estimated["count"]), estimated["is_estimate"]) == (int, True)
    assert "count" not in api.get("/products").json()


@pytest.mark.parametrize("number", [1, 3])
def test_a_list_costs_three_queries_whatever_its_length(
    api, store, number, django_assert_num_queries
):
    for place in range(number):
        add(store, f"SKU-{place}")

    with django_assert_num_queries(3):  # the user, the stores, the page
        assert len(skus(api)) == number
