import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_demper.kernel.money import Money
from kaspi.clients import payloads
from kaspi.errors import PayloadUnreadable
from kaspi.ports import Listing, Merchant, Point, Unreadable

pytestmark = pytest.mark.unit

PAYLOADS = Path(__file__).parents[1] / "payloads"
FIELDS = [
    *("data", "offers", "merchants", "total", "price", "sku", "masterSku", "uid", "merchantId"),
    *("availabilities", "storeId", "cityPrices", "cityId", "value", "preorder", "stocks"),
    *("stockLevel", "stockCount", "stockSpecified", "merchantRating", "available", "processed"),
]
JSON_SHAPED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=8,
        )
    ),
    max_leaves=25,
)
PRICES = st.integers(min_value=1, max_value=10**8)


def a_row(**changes):
    return {"sku": "CHAIR-77", "masterSku": "100200301", "title": "Стул", "price": 900} | changes


def test_a_catalogue_row_is_read_with_everything_a_push_has_to_echo():
    raw = json.loads((PAYLOADS / "catalogue.json").read_text())

    page = payloads.listings(raw)

    assert page == payloads.RawPage(
        listings=(
            Listing(
                sku="CHAIR-77",
                master_sku="100200301",
                title="Стул тестовый",
                card_title="Стул Example серый",
                brand="Example",
                category="Master - Chairs",
                category_codes=("Master - Chairs", "Chairs", "Furniture"),
                price=Money.tenge(24990),
                city_prices={"750000000": Money.tenge(24990), "710000000": Money.tenge(25490)},
                points=(
                    Point("12345678_PP1", True, 4, True, 0),
                    Point("12345678_PP2", False, None, False, None),
                ),
                is_on_sale=True,
                is_settled=True,
                shop_link="/p/stul-example-100200301/",
            ),
        ),
        row_count=1,
        total=2,
    )


@pytest.mark.parametrize(
    ("row", "tenge"),
    [
        pytest.param({"price": 0, "minPrice": 700}, 700, id="price 0, then minPrice"),
        pytest.param({"price": None, "minPrice": 700.0}, 700, id="price null, then minPrice"),
        pytest.param(
            {"price": 0, "cityPrices": [{"cityId": "1", "value": 9}, {"cityId": "2", "value": 8}]},
            8,
            id="only cities, then the lowest",
        ),
    ],
)
def test_a_listing_without_a_common_price_falls_back(row, tenge):
    raw = a_row(**row)

    listing = payloads.listing(raw)

    assert listing.price == Money.tenge(tenge)


@pytest.mark.parametrize(
    "drifted",
    [
        {"data": [a_row()], "total": 1},
        {"content": [a_row()], "total": 1},
        {"items": [a_row()], "total": 1},
        {"offers": [a_row()], "total": 1},
        {"data": {"content": [a_row()]}, "total": 1},
    ],
    ids=["data", "content", "items", "offers", "nested"],
)
def test_the_catalogue_is_found_under_every_name_it_has_had(drifted):
    page = payloads.listings(drifted)

    assert [listing.sku for listing in page.listings] == ["CHAIR-77"]


def test_a_page_without_a_list_is_not_an_empty_shop():
    with pytest.raises(PayloadUnreadable) as caught:
        payloads.listings({"total": 0})

    assert caught.value.field == "data"


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"cityPrices": "none"}, "data[0].cityPrices: should be a list"),
        ({"availabilities": [{}]}, "data[0].availabilities[0].storeId: should be text"),
        ({"availabilities": [7]}, "data[0].availabilities[0]: should be an object"),
        ({"available": "perhaps"}, "data[0].available: should be yes or no, not 'perhaps'"),
        ({"price": 0.001}, "data[0].price: 0.001 is finer than a tiyn"),
    ],
)
def test_a_complaint_names_the_field(row, complaint):
    page = payloads.listings({"data": [a_row(**row)]})

    assert page.unreadable == (Unreadable("CHAIR-77", complaint),)


def test_stocks_in_an_unknown_shape_are_nobodys_business():
    point = {"storeId": "1_PP1", "available": "yes", "stockSpecified": True}

    listing = payloads.listing(a_row(availabilities=[point], stocks=[{"stockLevel": []}, {}]))

    assert listing.points == (Point("1_PP1", True),)


def test_one_odd_row_is_reported_and_leaves_the_rest_of_its_page():
    raw = {"total": 3, "data": [a_row(), a_row(sku=None), a_row(sku="B", price=0)]}

    page = payloads.listings(raw)

    assert (len(page.listings), page.row_count) == (1, 3)
    assert page.unreadable == (
        Unreadable("", "data[1].sku: should be text"),
        Unreadable("B", "data[2].price: there is no price at all"),
    )


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        pytest.param({"sku": "S" * 129}, "data[0].sku: is no sku: ", id="long sku"),
        pytest.param({"masterSku": "1" * 65}, "data[0].masterSku: is no sku: ", id="long card"),
        pytest.param({"sku": "A\0B"}, "data[0].sku: is no sku: 'AB'", id="sku with a zero byte"),
    ],
)
def test_a_sku_that_cannot_be_kept_as_it_is_leaves_its_row_out(row, complaint):
    page = payloads.listings({"data": [a_row(**row)]})

    assert (len(page.listings), len(page.unreadable)) == (0, 1)
    assert page.unreadable[0].problem.startswith(complaint)


def test_a_zero_byte_in_a_title_is_dropped():
    listing = payloads.listing(a_row(title="Сту\0л"))

    assert listing.title == "Стул"


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-09-01T10:20:30.123456789", datetime(2026, 9, 1, 10, 20, 30, 123456, UTC)),
        ("2026-09-01T15:20:30+05:00", datetime(2026, 9, 1, 10, 20, 30, tzinfo=UTC)),
        ("2026-09-01T10:20", datetime(2026, 9, 1, 10, 20, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("до 15:40", None),
        (1788000000000, None),
        (None, None),
    ],
)
def test_a_promise_is_read_however_exact_it_is_and_odd_ones_are_nobodys_business(said, moment):
    listing = payloads.listing(a_row(processed=False, appliedBeforeDateTime=said))

    assert (listing.is_settled, listing.applied_before) == (False, moment)


@pytest.mark.parametrize(
    ("said", "is_archived"), [({"archivedAt": "2026-09-01T10:20"}, True), ({}, False)]
)
def test_a_listing_says_that_it_was_archived(said, is_archived):
    listing = payloads.listing(a_row(**said))

    assert listing.is_archived == is_archived


@pytest.mark.parametrize(
    ("row", "is_settled"),
    [
        ({"operationType": None, "processed": True}, True),
        ({}, True),
        ({"operationType": "IN_PROGRESS", "processed": True}, False),
        ({"operationType": None, "processed": False}, False),
        ({"operationType": None, "processed": "false"}, False),
        ({"operationType": None, "processed": "true"}, True),
    ],
)
def test_a_listing_is_settled_unless_kaspi_still_works_on_it(row, is_settled):
    listing = payloads.listing(a_row(**row))

    assert listing.is_settled == is_settled


@pytest.mark.parametrize(
    ("said", "count"),
    [
        pytest.param({"stockSpecified": True, "stockCount": 4.0}, 4, id="specified"),
        pytest.param({"stockSpecified": True, "stockCount": 0}, 0, id="specified as none left"),
        pytest.param({"stockSpecified": True, "stockCount": None}, 7, id="told under stocks only"),
        pytest.param({"stockSpecified": False, "stockCount": 4}, None, id="not specified"),
        pytest.param({"stockCount": 4}, None, id="silent"),
    ],
)
def test_a_stock_count_is_known_only_when_the_seller_specified_it(said, count):
    point = {"storeId": "1_PP1", "available": "yes"} | said
    raw = a_row(availabilities=[point], stocks=[{"stockLevel": {"1_PP1": {"value": 7}}}])

    listing = payloads.listing(raw)

    assert listing.points[0].stock_count == count


@pytest.mark.parametrize(
    ("said", "days"),
    [({"preOrder": 7}, 7), ({"preorder": 7}, 7), ({"preOrder": None}, None), ({}, None)],
)
def test_a_preorder_is_read_in_both_spellings(said, days):
    listing = payloads.listing(a_row(availabilities=[{"storeId": "1_PP1"} | said]))

    assert listing.points[0].preorder_days == days


def test_the_shops_of_a_session_are_read_with_the_names_they_have():
    raw = {"merchants": [{"uid": "12345678", "name": "My Shop"}, {"uid": 87654321}]}

    merchants = payloads.merchants(raw)

    assert merchants == (Merchant("12345678", "My Shop"), Merchant("87654321"))


@given(raw=JSON_SHAPED)
@pytest.mark.parametrize("parse", [payloads.merchants, payloads.offers, payloads.listings])
def test_whatever_comes_is_read_or_called_unreadable(parse, raw):
    with suppress(PayloadUnreadable):
        assert parse(raw) is not None


@given(raw=JSON_SHAPED)
def test_any_row_of_a_catalogue_is_read_or_called_unreadable(raw):
    page = payloads.listings({"data": [raw]})

    assert len(page.listings) + len(page.unreadable) == 1
