"""A store's price list as a document: whole before its first byte leaves, or not at all.

    rows, by sku ──► a file that spills to disk ──► its digest ──► 304, or sent in blocks

Memory stays flat whatever the number of products; a database that dies half-way is a 503.
"""

import gzip
import hashlib
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NamedTuple

import orjson
from django.conf import settings
from django.db.models import TextField
from django.db.models.functions import Cast

from cube_demper.kernel.money import Money
from kaspi.errors import PriceListMissing, PriceListNotReady
from kaspi.models import PriceList
from kaspi.ports import Point
from kaspi.price_list import write
from kaspi.price_list.model import Entry, Head
from kaspi.services.price_lists import find_price_list, note_contents
from products.models import PriceListEntry

_KAZAKHSTAN = timezone(timedelta(hours=5))
_ROWS_AT_ONCE = 500
_IN_MEMORY = 512 * 1024  # then the file spills to disk
_BLOCK = 64 * 1024


class Row(NamedTuple):
    """What is read of one product, column by column."""

    sku: str
    model: str
    brand: str
    points: str
    price: Money | None
    city_prices: str
    stated: Money | None
    is_on_sale: bool
    missing_since: datetime | None
    floor: Money | None
    ceiling: Money | None


@dataclass(frozen=True, slots=True)
class Feed:
    """A document, ready to be sent. ``digest`` names its contents; ``file`` is at its end."""

    digest: str
    changed_at: datetime
    file: IO[bytes]

    def packed(self) -> "Feed":
        """The same document, compressed."""
        file = _spool()
        self.file.seek(0)
        stamp = self.changed_at.timestamp()
        with self.file, gzip.GzipFile("", "wb", compresslevel=4, fileobj=file, mtime=stamp) as out:
            shutil.copyfileobj(self.file, out, _BLOCK)
        return Feed(self.digest, self.changed_at, file)

    @property
    def length(self) -> int:
        return self.file.tell()

    def blocks(self) -> Iterator[bytes]:
        """Give the document block by block, and close it."""
        self.file.seek(0)
        with self.file:
            yield from iter(lambda: self.file.read(_BLOCK), b"")


def open_feed(*, key: str, now: datetime) -> tuple[PriceList, Feed]:
    """Build what stands at this address.

    Raises PriceListMissing for a wrong address, and PriceListNotReady while no catalogue was read.
    """
    price_list = find_price_list(key)
    if price_list is None:
        raise PriceListMissing
    return price_list, build_feed(price_list, now=now)


def build_feed(price_list: PriceList, *, now: datetime) -> Feed:
    """Write the whole document into a file. Raises PriceListNotReady."""
    if price_list.stated_at is None:
        raise PriceListNotReady
    head = Head(price_list.company, price_list.store.merchant_id)
    hashed = hashlib.sha256(repr(head).encode())
    with _spool() as entries:
        for block in _entries(price_list):
            hashed.update(block)
            entries.write(block)
        digest = hashed.hexdigest()
        changed_at = note_contents(price_list=price_list, digest=digest, now=now)
        file = _spool()
        file.write(write.head(head, on=changed_at.astimezone(_KAZAKHSTAN).date()).encode())
        entries.seek(0)
        shutil.copyfileobj(entries, file, _BLOCK)
        file.write(write.TAIL.encode())
    return Feed(digest, changed_at, file)


def _spool() -> IO[bytes]:
    return SpooledTemporaryFile(_IN_MEMORY)


def _entries(price_list: PriceList) -> Iterator[bytes]:
    prefix = write.prefix_of(
        write.StoreIds(settings.KASPI_PRICE_LIST_STORE_IDS),
        merchant_id=price_list.store.merchant_id,
    )
    for some in _rows(price_list.store_id):
        cities = _stated_cities(price_list.store_id, first=some[0].sku, last=some[-1].sku)
        entries = [
            entry for row in some if (entry := entry_of(row, cities.get(row.sku, {}))) is not None
        ]
        yield "".join([write.entry(entry, prefix=prefix) for entry in entries]).encode()


def _rows(store_id: int) -> Iterator[list[Row]]:
    """Read on from sku to sku: no cursor stays open, and the index has them in this order."""
    entries = PriceListEntry.rows.filter(product__store=store_id).order_by("product__sku")
    columns = entries.filter(product__listing=None).values_list(
        "product__sku",
        "model",
        "brand",
        Cast("points", TextField()),  # as text: a faster reader than the field's takes it
        "price",
        Cast("city_prices", TextField()),
        "stated_price",
        "product__is_on_sale",
        "product__missing_since",
        "product__floor",
        "product__ceiling",
    )
    last = ""
    while some := [Row._make(row) for row in columns.filter(product__sku__gt=last)[:_ROWS_AT_ONCE]]:
        yield some
        last = some[-1].sku


def _stated_cities(store_id: int, *, first: str, last: str) -> Mapping[str, dict[str, Money]]:
    """By sku, the prices that we state for cities with a corridor of their own."""
    cities: dict[str, dict[str, Money]] = defaultdict(dict)
    rows = PriceListEntry.rows.filter(
        product__store=store_id,
        product__listing__isnull=False,
        product__sku__range=(first, last),
        product__is_on_sale=True,
        product__floor__isnull=False,
        stated_price__isnull=False,
    )
    for sku, city_id, stated, floor, ceiling in rows.values_list(
        *("product__sku", "product__city_id", "stated_price"),
        *("product__floor", "product__ceiling"),
    ):
        cities[sku][city_id] = _within(stated, floor, ceiling)
    return cities


def entry_of(row: Row, cities: Mapping[str, Money]) -> Entry | None:
    """Make an entry of a row; ``None`` where there is no price or no point to state.

    ``cities`` are the prices of those that have a corridor of their own.
    """
    points, city_prices = orjson.loads(row.points), orjson.loads(row.city_prices)
    if not points or (row.price is None and not city_prices):
        return None
    stated = row.stated
    if stated is not None:
        stated = _within(stated, row.floor, row.ceiling)
    is_sold = row.is_on_sale and row.missing_since is None
    return Entry(
        sku=row.sku,
        model=row.model,
        brand=row.brand,
        points=tuple([_point(point, is_sold=is_sold) for point in points]),
        price=stated or row.price,
        city_prices={
            city_id: cities.get(city_id, stated or Money.tenge(tenge))
            for city_id, tenge in city_prices.items()
        },
    )


def _within(stated: Money, floor: Money | None, ceiling: Money | None) -> Money:
    """The last gate, whatever was decided: a seller may have narrowed the corridor since."""
    if floor is None or ceiling is None:
        return stated
    return min(max(stated, floor), ceiling)


def _point(point: dict[str, Any], *, is_sold: bool) -> Point:
    return Point(
        point_id=point["id"],
        is_available=is_sold and point["yes"],
        stock_count=point.get("stock"),
        preorder_days=point.get("preorder"),
    )
