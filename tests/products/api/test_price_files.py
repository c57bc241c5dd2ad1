"""A store's price list as a file of Kaspi's own, and back."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from cube_demper.kernel.money import Money
from kaspi.models import PriceList
from kaspi.ports import Point
from kaspi.price_list.model import Entry
from kaspi.price_list.read import read_entries
from kaspi.price_list.sheet import read_sheet
from kaspi.price_list.understand import understand
from tests.factories import (
    make_claimed_store,
    make_entry,
    make_market,
    make_product,
    make_store,
)

pytestmark = pytest.mark.db

CITY = "750000000"


@pytest.fixture
def store(seller):
    return make_claimed_store(user=seller, merchant_id="30112233")


def add(store, sku="SKU-1", entry=(), **fields):
    product = make_product(store=store, market=make_market(), sku=sku, **fields)
    return make_entry(product=product, **dict(entry))


def exported(api, store, kind, **asked):
    answer = api.get("/products/export", {"file": f"kaspi-{kind}", "store_id": store.pk, **asked})
    assert answer.status_code == 200
    return answer.getvalue()


def entries_in(kind, body):
    raw = read_entries([body]) if kind == "xml" else read_sheet(BytesIO(body))
    return [understand(row, merchant_id="30112233") for row in raw]


@pytest.mark.parametrize("kind", ["xml", "xlsx"])
def test_what_is_exported_is_read_back_as_it_was_stated(api, store, kind):
    points = [
        {"id": "PP1", "yes": True, "stock": 4, "preorder": 7},
        {"id": "PP12", "yes": True, "preorder": 7},
        {"id": "PP3", "yes": False},
    ]
    add(store, "SKU-1", title="=1+1", entry={"points": points, "stated_price": Money.tenge(989)})
    add(store, "SKU-2", title="Стул & стол", is_on_sale=False)

    found = entries_in(kind, exported(api, store, kind))

    told = (
        Point("PP1", is_available=True, stock_count=4, preorder_days=7),
        Point("PP12", is_available=True, preorder_days=7),
        Point("PP3", is_available=False),
    )
    withdrawn = (Point("PP1", is_available=False),)
    assert found == [
        (Entry("SKU-1", "=1+1", "Acme", in_order(kind, told), Money.tenge(989), {}), []),
        (Entry("SKU-2", "Стул & стол", "Acme", withdrawn, Money.tenge(1000), {}), []),
    ]


def in_order(kind, points):
    """A sheet has its points by number, a document as they are."""
    return tuple(points if kind == "xml" else (points[0], points[2], points[1]))


@pytest.mark.parametrize("kind", ["xml", "xlsx"])
def test_a_part_of_a_list_may_be_asked_for(api, store, seller, kind):
    add(store, "A", is_priority=True)
    add(store, "B")
    add(make_claimed_store(user=seller), "C", is_priority=True)

    found = entries_in(kind, exported(api, store, kind, is_priority="true"))

    assert [entry.sku for entry, _ in found] == ["A"]


def test_a_document_states_a_price_for_each_city_and_a_sheet_that_of_the_stores(api, store):
    cities = {"710000000": 1200, CITY: 1100}
    add(store, entry={"price": None, "city_prices": cities})

    [(stated, _)] = entries_in("xml", exported(api, store, "xml"))
    [(row, _)] = entries_in("xlsx", exported(api, store, "xlsx"))

    assert stated.city_prices == {"710000000": Money.tenge(1200), CITY: Money.tenge(1100)}
    assert (row.price, row.city_prices) == (Money.tenge(1100), {})


def test_a_sheet_has_the_columns_that_kaspi_wants_and_no_formula(api, store):
    add(store, title="=HYPERLINK(1)", entry={"points": [{"id": "PP11", "yes": True}]})

    header, row = load_workbook(BytesIO(exported(api, store, "xlsx"))).worksheets[0].iter_rows()

    points = ["PP1", "PP2", "PP3", "PP4", "PP5", "PP11"]
    assert [cell.value for cell in header] == [
        "SKU",
        "model",
        "brand",
        "price",
        *points,
        "preorder",
    ]
    assert "f" not in {cell.data_type for cell in row}


def test_a_list_of_nothing_is_a_list(api, store):
    assert entries_in("xml", exported(api, store, "xml")) == []
    assert entries_in("xlsx", exported(api, store, "xlsx")) == []


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        pytest.param({}, 422, "invalid", id="of no store"),
        pytest.param({"store_id": "strange"}, 404, "store-missing", id="somebody else's"),
        pytest.param({"store_id": "cabinet"}, 404, "price-list-missing", id="by the cabinet"),
        pytest.param({"store_id": "unread"}, 503, "price-list-not-ready", id="not read yet"),
    ],
)
def test_there_is_no_file_without_a_list(api, seller, stranger, asked, status, code):
    stores = {
        "strange": make_claimed_store(user=stranger),
        "cabinet": make_store(user=seller),
        "unread": make_claimed_store(user=seller, is_stated=False),
    }
    named = {name: stores[store].pk for name, store in asked.items()}

    answer = api.get("/products/export", {"file": "kaspi-xml", **named})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(PriceList.rows.values_list("fetched_at", flat=True)) == {None}


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(("kind", "queries"), [("xml", 7), ("xlsx", 8)])
def test_a_file_costs_the_same_for_one_and_for_many(
    api, store, kind, queries, number, django_assert_num_queries
):
    for place in range(number):
        add(store, f"SKU-{place}")

    with django_assert_num_queries(queries):
        exported(api, store, kind)
