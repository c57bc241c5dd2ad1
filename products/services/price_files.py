"""A store's price list as a file for its seller, in the formats that Kaspi's cabinet takes.

It states what the list at the secret address states: there is one truth, in three places.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from itertools import chain
from tempfile import SpooledTemporaryFile
from typing import IO

from django.conf import settings
from django.db.models import Func, QuerySet, TextField, Value

from accounts.models import User
from cube_demper.kernel.sheets import write_xlsx
from kaspi.errors import PriceListMissing, PriceListNotReady
from kaspi.models import Channel, PriceList
from kaspi.price_list import write
from kaspi.price_list.model import Entry, Head
from kaspi.price_list.sheet import sheet_rows
from kaspi.selectors import store_of
from products.models import PriceListEntry, Product
from products.pricing.hours import ALMATY
from products.services.stated import stated_entries

_IN_MEMORY = 512 * 1024  # then the file spills to disk


class PriceFile(StrEnum):
    """In which of Kaspi's formats."""

    XML = "xml"
    XLSX = "xlsx"


def open_price_file(
    kind: PriceFile, *, user: User, store_id: int, among: "QuerySet[Product]", now: datetime
) -> IO[bytes]:
    """Write what the store's list states of these products, and return the file at its beginning.

    Raises StoreMissing for a foreign id, PriceListMissing where prices go by the cabinet, and
    PriceListNotReady.
    """
    store = store_of(user, store_id=store_id)
    price_list = PriceList.rows.filter(store=store, store__channel=Channel.PRICE_LIST).first()
    if price_list is None:
        raise PriceListMissing
    if price_list.stated_at is None:
        raise PriceListNotReady
    entries = chain.from_iterable(stated_entries(store.pk, among=among))
    file: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 -- whoever sends it closes it
    if kind is PriceFile.XML:
        head = Head(price_list.company, store.merchant_id)
        file.writelines(_document(head, entries, now=now))
    else:
        rows = sheet_rows(entries, points=_points_of(store.pk), city_id=store.city_id)
        write_xlsx(rows, file, title="Прайс-лист")
    file.seek(0)
    return file


def _document(head: Head, entries: Iterator[Entry], *, now: datetime) -> Iterator[bytes]:
    names = write.StoreIds(settings.KASPI_PRICE_LIST_STORE_IDS)
    prefix = write.prefix_of(names, merchant_id=head.merchant_id)
    yield write.head(head, on=now.astimezone(ALMATY).date()).encode()
    for entry in entries:
        yield write.entry(entry, prefix=prefix).encode()
    yield write.TAIL.encode()


def _points_of(store_id: int) -> set[str]:
    """The points that any entry of the store names."""
    each = Func("points", function="jsonb_array_elements")
    name = Func(each, Value("id"), function="jsonb_extract_path_text", output_field=TextField())
    rows = PriceListEntry.rows.filter(product__store=store_id, product__listing=None)
    return set(rows.annotate(point=name).order_by().values_list("point", flat=True).distinct())
