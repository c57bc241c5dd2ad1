"""A store's price list as a document: whole before its first byte leaves, or not at all.

    rows, by sku ──► a file that spills to disk ──► its digest ──► 304, or sent in blocks

Memory stays flat whatever the number of products; a database that dies half-way is a 503.
"""

import gzip
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from tempfile import SpooledTemporaryFile
from typing import IO

from django.conf import settings

from kaspi.errors import PriceListMissing, PriceListNotReady
from kaspi.models import PriceList
from kaspi.price_list import write
from kaspi.price_list.model import Head
from kaspi.services.price_lists import find_price_list, note_contents
from products.services.stated import stated_entries

_KAZAKHSTAN = timezone(timedelta(hours=5))
_IN_MEMORY = 512 * 1024  # then the file spills to disk
_BLOCK = 64 * 1024


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
    for some in stated_entries(price_list.store_id):
        yield "".join([write.entry(entry, prefix=prefix) for entry in some]).encode()
