"""Rows that are written many at once."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cube_demper.kernel.money import Money
from cube_demper.kernel.rows import rewrite, write_new
from cube_demper.kernel.sealing import Secret
from kaspi.models import Session
from products.models import Product, RuleSheet
from tests.factories import NOW, make_market, make_product, make_session, make_store

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


def test_values_of_every_kind_come_back_as_they_were_written(products):
    product = products[0]
    rules = {"cost_tiyn": 1, "hours": [{"days": None}], "слово": 'a"\\b'}
    product.floor, product.rules, product.paused_until = None, rules, NOW
    product.title, product.is_paused = "Стул «1»; DROP", True
    columns = ("floor", "rules", "paused_until", "title", "is_paused", "ceiling")

    rewrite(Product.rows, [product], columns)

    written = Product.rows.get(pk=product.pk)
    assert [getattr(written, name) for name in columns] == [
        getattr(product, name) for name in columns
    ]


def test_a_sealed_column_stays_sealed(seller):
    session = make_session(user=seller)
    session.jar = Secret("open")

    rewrite(Session.rows, [session], ("jar",))

    with connection.cursor() as cursor:
        cursor.execute("SELECT jar FROM kaspi_session")
        [(stored,)] = cursor.fetchall()
    assert "open" not in stored
    assert Session.rows.get().jar.reveal() == "open"


def test_new_rows_are_written_with_what_was_not_there_before(seller, products):
    store = products[0].store
    new = [
        SimpleNamespace(user_id=seller.pk, store_id=n, rules={"n": n}, changed_at=NOW)
        for n in (None, store.pk)
    ]

    write_new(RuleSheet.rows, new, ("user", "store", "rules", "changed_at"))

    rows = RuleSheet.rows.order_by("pk").values_list("user", "store", "rules", "changed_at")
    assert [*rows] == [
        (seller.pk, None, {"n": None}, NOW),
        (seller.pk, store.pk, {"n": store.pk}, NOW),
    ]
