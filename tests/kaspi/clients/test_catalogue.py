"""Reading a catalogue by position while it moves."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from typing_extensions import override

from kaspi.clients.catalogue import PAGE_SIZE, read_catalogue
from kaspi.clients.payloads import RawPage
from kaspi.errors import SessionDead
from kaspi.ports import CatalogueReading, Shelf, Unreadable
from tests.products.engine.fakes import a_listing

pytestmark = pytest.mark.unit

ODD = Unreadable("", "data[0].sku: should be text")


class Stock:
    """A store's listings by shelf, read a page at a time. ``moves`` happen before a page is read.

    ``most`` is how many rows Kaspi gives at once, whatever was asked for.
    """

    def __init__(self, shelves, *, most=PAGE_SIZE, moves=None, promised=None):
        self.shelves = {shelf: list(skus) for shelf, skus in shelves.items()}
        self.most = most
        self.moves = moves or {}
        self.promised = promised
        self.asked = []

    async def page(self, shelf, number):
        move = self.moves.pop(len(self.asked), None)
        self.asked.append((shelf, number))
        if isinstance(move, Exception):
            raise move
        if move is not None:
            move(self.shelves)
        skus = self.shelves.get(shelf, [])
        shown = skus[number * self.most : (number + 1) * self.most]
        listings = tuple(
            replace(a_listing(sku), is_on_sale=shelf is Shelf.ON_SALE) for sku in shown if sku
        )
        unreadable = (ODD,) * (len(shown) - len(listings))
        total = self.promised if self.promised is not None else len(skus)
        return RawPage(listings, len(shown), total, unreadable)


def read(stock, reading=None, shelves=(Shelf.ON_SALE,)):
    reading = reading or CatalogueReading()

    async def pages():
        return [page async for page in read_catalogue(stock.page, reading, shelves=shelves)]

    return asyncio.run(pages()), reading


def skus_of(pages):
    return [listing.sku for page in pages for listing in page.listings]


def numbered(count, prefix="S"):
    return [f"{prefix}-{number}" for number in range(count)]


def on_sale(change):
    """A move: change what is on sale."""
    return lambda shelves: change(shelves[Shelf.ON_SALE])


@pytest.mark.parametrize(
    ("count", "asked"),
    [(0, 1), (1, 1), (99, 1), (100, 2), (101, 2), (250, 3)],
)
def test_a_shelf_that_stands_still_is_read_once(count, asked):
    stock = Stock({Shelf.ON_SALE: numbered(count)})

    pages, reading = read(stock)

    assert skus_of(pages) == numbered(count)
    assert (len(stock.asked), reading.is_steady) == (asked, True)
    assert (pages[-1].read, pages[-1].total) == (count, count)


@pytest.mark.parametrize("count", [25, 30])
def test_pages_shorter_than_asked_for_are_read_to_the_end(count):
    stock = Stock({Shelf.ON_SALE: numbered(count)}, most=10)

    pages, reading = read(stock)

    assert (skus_of(pages), reading.is_steady) == (numbered(count), True)


def test_a_listing_that_slips_between_two_pages_is_met_by_reading_again():
    stock = Stock(
        {Shelf.ON_SALE: numbered(25)}, most=10, moves={1: on_sale(lambda skus: skus.pop(0))}
    )

    pages, reading = read(stock)

    assert sorted(skus_of(pages)) == sorted(numbered(25))
    assert reading.is_steady


def test_a_listing_pushed_onto_the_next_page_comes_once():
    stock = Stock(
        {Shelf.ON_SALE: numbered(25)},
        most=10,
        moves={1: on_sale(lambda skus: skus.insert(0, "NEW"))},
    )

    pages, reading = read(stock)

    assert sorted(skus_of(pages)) == sorted([*numbered(25), "NEW"])
    assert reading.is_steady


@pytest.mark.parametrize("promised", [22, 28], ids=["too few", "too many"])
def test_a_total_that_is_wrong_for_good_costs_one_more_reading(promised):
    stock = Stock({Shelf.ON_SALE: numbered(25)}, most=10, promised=promised)

    pages, reading = read(stock)

    assert skus_of(pages) == numbered(25)
    assert reading.is_steady
    assert [number for _, number in stock.asked].count(0) == 2


def test_a_shelf_that_never_stands_still_is_left_after_three_readings_and_called_unsteady():
    moves = {
        number: on_sale(lambda skus, number=number: skus.insert(0, f"NEW-{number}"))
        for number in range(1, 40)
    }
    stock = Stock({Shelf.ON_SALE: numbered(25)}, most=10, moves=moves)

    pages, reading = read(stock)

    assert [number for _, number in stock.asked].count(0) == 3
    assert not reading.is_steady
    assert set(numbered(25)) <= set(skus_of(pages))


def test_a_list_that_repeats_itself_for_ever_ends():
    class Stuck(Stock):
        @override
        async def page(self, shelf, number):
            return await super().page(shelf, 0)

    stock = Stuck({Shelf.ON_SALE: numbered(10)}, most=10, promised=500)

    pages, reading = read(stock)

    assert (skus_of(pages), len(stock.asked)) == (numbered(10), 4)
    assert reading.shelf is None


def test_rows_that_cannot_be_read_are_counted_and_told_once():
    stock = Stock({Shelf.ON_SALE: ["A", None, "B"]}, promised=9)

    pages, reading = read(stock)

    assert [page.unreadable for page in pages if page.unreadable] == [(ODD,)]
    assert (skus_of(pages), reading.is_steady) == (["A", "B"], True)


def test_what_is_on_neither_shelf_is_archived():
    stock = Stock(
        {Shelf.ON_SALE: ["A"], Shelf.WITHDRAWN: ["B"], Shelf.REST: ["A", "B", "C"]},
    )

    pages, _ = read(stock, shelves=tuple(Shelf))

    listings = [listing for page in pages for listing in page.listings]
    assert [(one.sku, one.is_archived) for one in listings] == [
        ("A", False),
        ("B", False),
        ("C", True),
    ]


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param([*numbered(250, "A"), *numbered(120, "B")], id="everything once more"),
        pytest.param(numbered(120, "B"), id="what is withdrawn once more"),
        pytest.param([], id="nothing"),
    ],
)
def test_a_rest_that_only_repeats_the_others_is_left_after_its_first_page(rest):
    stock = Stock(
        {
            Shelf.ON_SALE: numbered(250, "A"),
            Shelf.WITHDRAWN: numbered(120, "B"),
            Shelf.REST: rest,
        }
    )

    pages, reading = read(stock, shelves=tuple(Shelf))

    assert [shelf for shelf, _ in stock.asked].count(Shelf.REST) == 1
    assert (pages[-1].read, reading.is_steady) == (370, True)


def test_a_reading_goes_on_at_the_page_where_the_session_died():
    stock = Stock({Shelf.ON_SALE: numbered(25)}, most=10, moves={1: SessionDead()})
    reading = CatalogueReading()

    async def broken():
        async for _ in read_catalogue(stock.page, reading, shelves=(Shelf.ON_SALE,)):
            pass

    with suppress(SessionDead):
        asyncio.run(broken())
    pages, _ = read(stock, reading)

    assert skus_of(pages) == numbered(25)[10:]
    assert [number for _, number in stock.asked] == [0, 1, 1, 2]
    assert reading.is_steady
