"""The price list as a document."""

import gzip
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from django.db import DatabaseError, connection

from cube_demper.kernel.money import Money
from kaspi.errors import PriceListMissing, PriceListNotReady
from kaspi.models import PriceList
from kaspi.price_list.rules import check
from products.models import PriceListEntry, Product
from products.services.feed import build_feed, open_feed
from tests.factories import NOW, make_claimed_store, make_entry, make_market, make_product

pytestmark = pytest.mark.db

NS = "{kaspiShopping}"


@pytest.fixture
def store(seller):
    return make_claimed_store(user=seller, merchant_id="30112233")


def add(store, sku="SKU-1", entry=(), **fields):
    product = make_product(store=store, market=make_market(), sku=sku, **fields)
    return make_entry(product=product, **dict(entry))


def served(store, now=NOW) -> bytes:
    price_list = PriceList.rows.select_related("store").get(store=store)
    return b"".join(build_feed(price_list, now=now).blocks())


def offers(document: bytes) -> dict[str, Any]:
    root: Any = fromstring(document)
    return {offer.get("sku"): offer for offer in root.iter(f"{NS}offer")}


def test_every_product_stands_in_the_list(store):
    add(store, "SKU-1")
    add(store, "SKU-2", entry={"price": None, "city_prices": {"750000000": 990}})

    document = served(store)

    assert list(check([document], merchant_id="30112233")) == []
    assert list(offers(document)) == ["SKU-1", "SKU-2"]


def test_a_list_holds_nothing_of_another_store(store, seller, stranger):
    add(store, "OURS")
    add(make_claimed_store(user=seller), "ANOTHER")
    add(make_claimed_store(user=stranger), "STRANGE")

    assert list(offers(served(store))) == ["OURS"]


@pytest.mark.parametrize(
    "fields", [{"is_on_sale": False}, {"missing_since": NOW}], ids=["withdrawn", "missing"]
)
def test_what_is_withdrawn_stays_in_the_list_and_says_so(store, fields):
    add(store, entry={"points": [{"id": "PP1", "yes": True, "stock": 4, "preorder": 3}]}, **fields)

    [point] = offers(served(store))["SKU-1"].iter(f"{NS}availability")

    assert point.attrib == {"available": "no", "storeId": "PP1"}


def test_points_may_be_named_in_full(store, settings):
    settings.KASPI_PRICE_LIST_STORE_IDS = "full"
    add(store)

    [point] = offers(served(store))["SKU-1"].iter(f"{NS}availability")

    assert point.attrib == {"available": "yes", "storeId": "30112233_PP1", "stockCount": "4"}


def test_our_price_holds_in_every_city_that_has_one(store):
    cities = {"710000000": 1200, "750000000": 1100}
    add(store, entry={"price": None, "city_prices": cities, "stated_price": Money.tenge(989)})

    prices = [price.text for price in offers(served(store))["SKU-1"].iter(f"{NS}cityprice")]

    assert prices == ["989", "989"]


@pytest.mark.parametrize(("stated", "served_price"), [(850, "900"), (989, "989"), (1600, "1500")])
def test_no_price_is_served_outside_the_corridor(store, stated, served_price):
    add(store, entry={"stated_price": Money.tenge(stated)})

    assert offers(served(store))["SKU-1"].find(f"{NS}price").text == served_price


def test_without_a_corridor_the_last_stated_price_stays(store):
    free = {"floor": None, "ceiling": None, "step": None}
    add(store, entry={"stated_price": Money.tenge(850)}, **free)

    assert offers(served(store))["SKU-1"].find(f"{NS}price").text == "850"


@pytest.mark.parametrize("entry", [{"points": []}, {"price": None}], ids=["point", "price"])
def test_what_has_nothing_to_state_is_left_out(store, entry):
    add(store, "SKU-1")
    add(store, "SKU-2", entry=entry)

    assert list(offers(served(store))) == ["SKU-1"]


def test_a_list_of_nothing_is_a_list(store):
    document = served(store)

    assert list(check([document])) == []


def test_the_same_contents_have_the_same_name_and_date(store):
    add(store)
    price_list = PriceList.rows.select_related("store").get()

    first = build_feed(price_list, now=NOW)
    second = build_feed(price_list, now=NOW + timedelta(days=3))
    PriceListEntry.rows.update(stated_price=Money.tenge(989))
    third = build_feed(price_list, now=NOW + timedelta(days=4))

    assert (first.digest, first.changed_at) == (second.digest, NOW)
    assert second.changed_at == NOW
    third.file.close()
    assert third.digest != first.digest
    assert third.changed_at == NOW + timedelta(days=4)
    assert b"".join(first.blocks()) == b"".join(second.blocks())


def test_a_list_dates_itself_by_the_clock_of_kazakhstan(store):
    late = NOW.replace(hour=20)

    assert b'date="2026-03-03"' in served(store, now=late)


def test_packed_it_is_the_same_document(store):
    add(store)
    price_list = PriceList.rows.select_related("store").get()

    packed = build_feed(price_list, now=NOW).packed()

    length, body = packed.length, b"".join(packed.blocks())
    assert len(body) == length
    assert gzip.decompress(body) == served(store)


def test_a_list_of_a_catalogue_that_nobody_read_is_not_served(seller):
    store = make_claimed_store(user=seller, is_stated=False)

    with pytest.raises(PriceListNotReady):
        open_feed(key=store.price_list.secret.reveal(), now=NOW)


@pytest.mark.parametrize("key", ["", "a", "A" * 43, "ключ", "\x00"])
def test_a_wrong_address_is_no_list(store, key):
    with pytest.raises(PriceListMissing):
        open_feed(key=key, now=NOW)


def test_a_database_that_dies_half_way_leaves_nothing_half_done(store):
    for place in range(3):
        add(store, f"SKU-{place}")
    price_list = PriceList.rows.select_related("store").get()

    def fail(execute, sql, *rest):
        if "products_pricelistentry" in sql:
            raise DatabaseError("gone")
        return execute(sql, *rest)

    with connection.execute_wrapper(fail), pytest.raises(DatabaseError):
        build_feed(price_list, now=NOW)

    assert PriceList.rows.get().digest == ""


def test_memory_does_not_grow_with_the_list(store):
    market = make_market()
    peaks = []
    for until in (1_500, 4_500):
        start = Product.rows.count()
        fill(store, market, range(start, until))
        price_list = PriceList.rows.select_related("store").get()
        tracemalloc.start()
        build_feed(price_list, now=NOW).packed().file.close()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] + 512 * 1024


def fill(store, market, numbers):
    products = Product.rows.bulk_create(
        Product(store=store, market=market, sku=f"SKU-{n}", title="Чайник " * 10, listed_at=NOW)
        for n in numbers
    )
    PriceListEntry.rows.bulk_create(
        PriceListEntry(
            product=product,
            model=product.title,
            points=[{"id": f"PP{n}", "yes": True, "stock": 4} for n in range(1, 6)],
            price=Money.tenge(990),
        )
        for product in products
    )
