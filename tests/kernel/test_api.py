import base64
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from cube_demper.kernel.api import StrictCharField, TiynField
from cube_demper.kernel.money import Money
from tests.factories import make_market, make_product, make_store


def refusal_of(field, value):
    with pytest.raises(ValidationError) as caught:
        field.run_validation(value)
    details: Any = caught.value.get_full_details()
    return details[0]["code"], str(details[0]["message"])


@pytest.mark.unit
@given(st.integers(min_value=0, max_value=1_000_000_000))
def test_whole_tenge_go_in_and_out_as_tiyn(tenge):
    money = TiynField().run_validation(tenge * 100)

    assert money == Money.tenge(tenge)
    assert TiynField().to_representation(money) == tenge * 100


@pytest.mark.unit
@pytest.mark.parametrize("value", [True, 1.0, "100", [], {}], ids=repr)
def test_a_price_is_an_integer(value):
    assert refusal_of(TiynField(), value) == (
        "not-integer",
        "An integer number of tiyn is expected.",
    )


@pytest.mark.unit
@pytest.mark.parametrize(
    ("tiyn", "code"),
    [
        (100_050, "fraction-of-tenge"),
        (99_900, "price-too-low"),
        (-100, "price-too-low"),
        (500_100, "price-too-high"),
        (10**30, "price-too-high"),
    ],
)
def test_a_price_keeps_to_its_bounds(tiyn, code):
    assert refusal_of(TiynField(minimum=1000, maximum=5000), tiyn)[0] == code


@pytest.mark.unit
@pytest.mark.parametrize("tiyn", [100_000, 500_000], ids=["lowest", "highest"])
def test_the_bounds_themselves_are_prices(tiyn):
    assert TiynField(minimum=1000, maximum=5000).run_validation(tiyn) == Money(tiyn)


@pytest.mark.unit
def test_a_fraction_of_a_tenge_passes_where_it_may():
    assert TiynField(whole_tenge=False).run_validation(100_050) == Money(100_050)


@pytest.mark.unit
@pytest.mark.parametrize("value", [5, 5.5, True, ["a"], {"a": 1}], ids=repr)
def test_text_is_what_was_sent_as_text(value):
    assert refusal_of(StrictCharField(), value) == ("invalid", "Not a valid string.")


@pytest.fixture
def products(seller):
    store = make_store(user=seller)
    return [make_product(store=store, market=make_market(), sku=sku) for sku in "ABC"]


def cursor(**tokens):
    return base64.b64encode(urlencode(tokens).encode()).decode()


def skus(page):
    return [product["sku"] for product in page["results"]]


@pytest.mark.db
def test_pages_follow_each_other_without_a_gap(products, api):
    first = api.get("/products", {"page_size": 2}).json()
    second = api.get(first["next"]).json()

    assert (skus(first), skus(second)) == (["C", "B"], ["A"])
    assert second["next"] is None
    assert skus(api.get(second["previous"]).json()) == ["C", "B"]


@pytest.mark.db
def test_a_new_row_moves_nothing_between_pages(seller, products, api):
    first = api.get("/products", {"page_size": 2}).json()

    make_product(store=products[0].store, market=make_market(), sku="D")

    assert skus(api.get(first["next"]).json()) == ["A"]


@pytest.mark.db
@pytest.mark.parametrize(
    "made_up",
    ["xx", "ё", cursor(p="abc"), cursor(p="\0"), cursor(p="9" * 20), cursor(o="-1"), cursor(r="x")],
    ids=["noise", "cyrillic", "text", "null", "huge", "backwards", "unclear"],
)
def test_a_made_up_cursor_is_not_found(products, api, made_up):
    response = api.get("/kaspi/stores", {"cursor": made_up})

    assert (response.status_code, response.json()["code"]) == (404, "not-found")


@pytest.mark.db
@pytest.mark.parametrize("size", ["0", "-1", "abc", "99999999999999999999"])
def test_a_senseless_page_size_is_not_followed(products, api, size):
    response = api.get("/kaspi/stores", {"page_size": size})

    assert [store["id"] for store in response.json()["results"]] == [products[0].store_id]
