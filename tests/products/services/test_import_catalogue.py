"""Files of Kaspi's own, read into a catalogue."""

import io
from datetime import timedelta

import pytest
from openpyxl import Workbook

from cube_demper.kernel.money import Money
from kaspi.models import ImportPart, Job, JobState, PriceList
from kaspi.services.imports import order_import
from products.models import Card, Market, PriceListEntry, Product
from products.services import imports
from products.services.imports import NOTES_KEPT, import_catalogue
from tests.factories import NOW, make_card, make_claimed_store, make_market, make_product

pytestmark = pytest.mark.db

OFFER = """<offer sku="{sku}"><model>{model}</model><brand>Acme</brand><availabilities>
<availability available="yes" storeId="30112233_PP1" stockCount="5.0"/></availabilities>
<price>{price}</price></offer>
"""


@pytest.fixture
def store(seller):
    return make_claimed_store(user=seller, merchant_id="30112233", is_stated=False)


def a_file(*offers) -> bytes:
    return (
        '\ufeff<?xml version="1.0" encoding="utf-8"?>\n<kaspi_catalog xmlns="kaspiShopping">'
        "<company>A</company><merchantid>30112233</merchantid><offers>\n"
        f"{''.join(offers)}</offers></kaspi_catalog>"
    ).encode()


def an_offer(sku, *, model="Стул", price="990") -> str:
    return OFFER.format(sku=sku, model=model, price=price)


def read(store, body, *, now=NOW, **fields) -> Job:
    order = {"is_archive": False, "is_whole": False, **fields}
    job = order_import(user=store.user, store_id=store.pk, file=io.BytesIO(body), now=now, **order)
    import_catalogue(job_id=job.pk, clock=lambda: now)
    job.refresh_from_db()
    return job


def test_an_export_becomes_products_on_their_cards(store):
    job = read(store, a_file(an_offer("100200300_123456789"), an_offer("CHAIR-77", price="1200")))

    on_card, nowhere = Product.rows.order_by("pk")
    assert (job.state, job.done, job.total, job.left_out, job.notes) == (
        JobState.DONE,
        2,
        2,
        0,
        [],
    )
    assert on_card.market == Market.objects.get(card__master_sku="100200300", city_id=store.city_id)
    assert (nowhere.market, nowhere.sku, nowhere.price) == (None, "CHAIR-77", Money.tenge(1200))
    assert nowhere.entry.points == [{"id": "PP1", "yes": True, "stock": 5}]
    assert PriceList.rows.get().stated_at == NOW
    assert not ImportPart.rows.exists()


def test_junk_rows_are_reported_and_hurt_no_other(store):
    job = read(
        store,
        a_file(
            an_offer("NO-PRICE", price="0"),
            an_offer("NO-MODEL", model=""),
            an_offer("GOOD"),
            an_offer("GOOD", price="5000"),
            '<offer sku="NO-POINTS"><model>Стол</model><availabilities/><price>10</price></offer>',
        ),
        is_archive=True,
    )

    assert (job.state, job.done, job.left_out) == (JobState.DONE, 5, 2)
    assert [(note["line"], note["sku"], note["problem"]) for note in job.notes] == [
        (3, "NO-PRICE", "no price"),
        (6, "NO-MODEL", "no model: the sku stands for it"),
        (12, "GOOD", "this sku stood above already"),
        (15, "NO-POINTS", "no point of sale: it can't be stated as available"),
    ]
    assert list(Product.rows.order_by("pk").values_list("sku", "price", "is_on_sale")) == [
        ("NO-MODEL", Money.tenge(990), False),
        ("GOOD", Money.tenge(990), False),
        ("NO-POINTS", Money.tenge(10), False),
    ]


def test_an_archive_alone_is_no_catalogue_to_serve(store):
    read(store, a_file(an_offer("OLD")), is_archive=True)

    assert PriceList.rows.get().stated_at is None


def test_a_sheet_is_read_as_well(store):
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["SKU", "model", "brand", "price", "PP1", "PP2", "preorder"])
    sheet.append(["CHAIR-77", "Стул", "Acme", 990, 4, "no", None])
    file = io.BytesIO()
    book.save(file)

    job = read(store, file.getvalue())

    assert (job.state, job.done, job.notes) == (JobState.DONE, 1, [])
    assert PriceListEntry.rows.get().points == [
        {"id": "PP1", "yes": True, "stock": 4},
        {"id": "PP2", "yes": False},
    ]


def test_a_second_import_keeps_what_the_seller_set(store):
    card = make_card(master_sku="555666777")
    product = make_product(store=store, market=make_market(card=card), sku="100200300_123456789")
    PriceListEntry.rows.create(product=product, model="Old", stated_price=Money.tenge(950))

    read(store, a_file(an_offer("100200300_123456789", model="New", price="1234")))

    product.refresh_from_db()
    assert (product.market, product.price, product.floor) == (
        Market.objects.get(card=card),
        Money.tenge(1000),
        Money.tenge(900),
    )
    assert (
        product.title,
        product.entry.model,
        product.entry.price,
        product.entry.stated_price,
    ) == (
        "New",
        "New",
        Money.tenge(1234),
        Money.tenge(950),
    )


def test_a_known_card_keeps_its_title(store):
    make_card(master_sku="100200300", title="Kaspi's own")

    read(store, a_file(an_offer("100200300_123456789")))

    assert [card.title for card in Card.objects.all()] == ["Kaspi's own"]


def test_an_imported_product_that_may_move_is_watched(store):
    product = make_product(store=store, market=make_market(is_watched=False))

    read(store, a_file(an_offer(product.sku)))

    assert Market.objects.get().is_watched


@pytest.mark.parametrize(("is_whole", "is_gone"), [(True, True), (False, False)])
def test_only_a_whole_file_says_what_is_gone(store, is_whole, is_gone):
    read(store, a_file(an_offer("OLD"), an_offer("STAYS")))

    read(store, a_file(an_offer("STAYS")), now=NOW + timedelta(days=1), is_whole=is_whole)

    assert [product.missing_since is not None for product in Product.rows.order_by("pk")] == [
        is_gone,
        False,
    ]


def test_a_broken_file_ends_with_its_line_and_keeps_what_was_read(store):
    offers = [an_offer(f"SKU-{n}") for n in range(imports._ROWS_AT_ONCE)]
    body = a_file(*offers, "<offer>").replace(b"</kaspi_catalog>", b"")

    job = read(store, body)

    assert (job.state, job.reason) == (JobState.FAILED, "file-unreadable")
    assert job.detail.startswith("Line ")
    assert Product.rows.count() == imports._ROWS_AT_ONCE
    assert PriceList.rows.get().stated_at is None
    assert not ImportPart.rows.exists()


def test_another_document_is_no_price_list(store):
    job = read(store, b"<html><body>Login</body></html>")

    assert (job.state, job.reason) == (JobState.FAILED, "file-unreadable")
    assert job.detail == "The document is a <html>, not a <kaspi_catalog>."


def test_notes_have_an_end(store):
    number = NOTES_KEPT + 50

    job = read(store, a_file(*(an_offer(f"SKU-{n}", price="0") for n in range(number))))

    assert (job.left_out, len(job.notes)) == (number, NOTES_KEPT)


def test_an_import_is_carried_out_once(store):
    job = read(store, a_file(an_offer("SKU-1")))
    Product.rows.all().delete()

    import_catalogue(job_id=job.pk, clock=lambda: NOW)

    assert not Product.rows.exists()


@pytest.mark.parametrize("number", [20, 60])
def test_the_number_of_queries_does_not_grow_with_a_batch(
    store, number, django_assert_max_num_queries
):
    body = a_file(*(an_offer(f"{100200300 + n}_123456789") for n in range(number)))

    with django_assert_max_num_queries(55):
        read(store, body)
