"""Rows that are written many at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cube_demper.kernel.money import Money
from cube_demper.kernel.rows import rewrite
from products.models import Product
from tests.factories import make_market, make_product, make_store

pytestmark = pytest.mark.db


@pytest.fixture
def products(seller):
    store = make_store(user=seller)
    return [make_product(store=store, market=make_market(), sku=f"SKU-{n}") for n in range(3)]


def test_only_the_named_columns_of_only_these_rows_are_written(products):
    for product in products[:2]:
        product.price, product.title = Money.tenge(989), "Chair"

    rewrite(Product.rows, products[:2], ("price",))

    written = Product.rows.order_by("sku").values_list("price", "title")
    old = "Smartphone 128 GB"
    assert [*written] == [
        (Money.tenge(989), old),
        (Money.tenge(989), old),
        (Money.tenge(1000), old),
    ]


@pytest.mark.parametrize("number", [1, 3])
def test_many_rows_take_as_many_statements_as_one(products, number):
    with CaptureQueriesContext(connection) as queries:
        rewrite(Product.rows, products[:number], ("price",))

    assert [query["sql"][:6] for query in queries if "POINT" not in query["sql"]] == ["UPDATE"]


def test_nothing_is_asked_for_no_rows(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        rewrite(Product.rows, [], ("price",))
