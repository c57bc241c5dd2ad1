"""Reading a catalogue that moves: every listing once, and an honest word on whether all were met.

The list is paged by position, so whatever appears or goes while we read shifts the rows behind it:
some come twice, some slip through between two pages. A shelf is therefore read again until its
counts agree or a reading brings nothing new.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace

from kaspi.clients.payloads import RawPage
from kaspi.ports import CatalogueReading, Listing, ListingsPage, Shelf

PAGE_SIZE = 100  # the largest seen to work
MOST_ATTEMPTS = 3
_MOST_PAGES = 1000  # a list that repeats itself for ever must end

ReadPage = Callable[[Shelf, int], Awaitable[RawPage]]


async def read_catalogue(
    read_page: ReadPage, reading: CatalogueReading, *, shelves: Sequence[Shelf]
) -> AsyncGenerator[ListingsPage, None]:
    """Read the shelves one after another, from where the reading stands."""
    while (shelf := reading.shelf) is not None:
        page = await read_page(shelf, reading.page)
        fresh = _take(reading, page)
        unreadable = page.unreadable if reading.attempt == 1 else ()  # they were reported
        # The rest may well hold all of the other shelves once more.
        before = 0 if shelf is Shelf.REST else sum(reading.counts.values())
        total = max(before + page.total, len(reading.met))
        _go_on(reading, page, has_fresh=bool(fresh), shelves=shelves)
        yield ListingsPage(tuple(fresh), len(reading.met), total, unreadable)


def _take(reading: CatalogueReading, page: RawPage) -> list[Listing]:
    """Note what the page holds; return what was never met."""
    reading.totals.add(page.total)
    reading.page_size = max(reading.page_size, page.row_count)
    reading.unreadable += len(page.unreadable)
    reading.is_stuck = bool(page.listings) and all(
        listing.sku in reading.seen for listing in page.listings
    )
    reading.seen |= {listing.sku for listing in page.listings}
    fresh = {one.sku: one for one in page.listings if one.sku not in reading.met}
    reading.met |= fresh.keys()
    reading.has_news |= bool(fresh)
    return [_shelved(listing, reading.shelf) for listing in fresh.values()]


def _shelved(listing: Listing, shelf: Shelf | None) -> Listing:
    """What is neither on sale nor withdrawn is archived."""
    is_archive = shelf is Shelf.REST and not listing.is_on_sale
    return replace(listing, is_archived=True) if is_archive else listing


def _go_on(
    reading: CatalogueReading, page: RawPage, *, has_fresh: bool, shelves: Sequence[Shelf]
) -> None:
    """Say what comes next: another page, the same shelf again, the next shelf, or nothing."""
    if _is_echo(reading, page, has_fresh=has_fresh):
        reading.counts[Shelf.REST] = 0
        _open_next(reading, shelves)
    elif not _is_last(reading, page):
        reading.page += 1
    elif _is_sure(reading) or reading.attempt >= MOST_ATTEMPTS:
        reading.is_steady &= _is_sure(reading)
        _open_next(reading, shelves)
    else:
        _begin(reading, attempt=reading.attempt + 1)


def _is_echo(reading: CatalogueReading, page: RawPage, *, has_fresh: bool) -> bool:
    """Does the rest only repeat the shelves before it? Its first page and its total tell."""
    if reading.shelf is not Shelf.REST or reading.page or has_fresh:
        return False
    counts = reading.counts.values()
    return page.total in {0, sum(counts), *counts}


def _is_last(reading: CatalogueReading, page: RawPage) -> bool:
    if not page.row_count or reading.is_stuck or reading.page + 1 >= _MOST_PAGES:
        return True
    # A short page is the last one, unless Kaspi gives shorter pages than we ask for.
    is_short = page.row_count < (reading.page_size if reading.page else PAGE_SIZE)
    return is_short and _count(reading) >= page.total


def _is_sure(reading: CatalogueReading) -> bool:
    """Was the whole shelf met? Either nothing moved, or reading it again brought nothing new."""
    is_still = reading.totals == {_count(reading)}
    return is_still or (reading.attempt > 1 and not reading.has_news)


def _count(reading: CatalogueReading) -> int:
    return len(reading.seen) + reading.unreadable


def _open_next(reading: CatalogueReading, shelves: Sequence[Shelf]) -> None:
    if reading.shelf is None:
        return
    reading.counts.setdefault(reading.shelf, _count(reading))
    reading.shelf = next((shelf for shelf in shelves if shelf not in reading.counts), None)
    _begin(reading, attempt=1)


def _begin(reading: CatalogueReading, *, attempt: int) -> None:
    reading.attempt, reading.page, reading.page_size, reading.unreadable = attempt, 0, 0, 0
    reading.totals, reading.seen = set(), set()
    reading.has_news = reading.is_stuck = False
