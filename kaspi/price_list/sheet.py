"""A price list as a sheet (xlsx): the first one only, a column for each point of sale."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

from cube_demper.kernel.money import Money
from cube_demper.kernel.sheets import SheetBroken, rows_of
from kaspi.errors import FileUnreadable
from kaspi.ports import Point
from kaspi.price_list.model import LONGEST_PREORDER, Entry, RawEntry

_MOST_BYTES = 512 * 1024 * 1024  # of all files in the archive, unpacked
_MOST_COLUMNS = 2000  # one for each point of sale among them
_POINT = re.compile(r"PP[0-9]{1,5}", re.IGNORECASE)
_POINTS_AT_LEAST = tuple(f"PP{number}" for number in range(1, 6))  # Kaspi wants them in any case
_HEADER_ROWS = 10  # the header stands in one of the first rows
_NAMES: Mapping[str, str] = {
    "sku": "sku",
    "артикул": "sku",
    "model": "model",
    "название": "model",
    "модель": "model",
    "brand": "brand",
    "бренд": "brand",
    "price": "price",
    "цена": "price",
    "preorder": "preorder",
    "предзаказ": "preorder",
}


def read_sheet(file: IO[bytes]) -> Iterator[RawEntry]:
    """Read the products of a sheet, row by row. Raises FileUnreadable."""
    try:
        yield from _entries(rows_of(file, most_bytes=_MOST_BYTES, most_columns=_MOST_COLUMNS))
    except SheetBroken as error:
        raise FileUnreadable(str(error)) from None


def _entries(rows: Iterator[tuple[int, Sequence[str]]]) -> Iterator[RawEntry]:
    columns: dict[str, int] = {}
    for line, row in rows:
        if not columns:
            columns = _columns(row)
            if not columns and line >= _HEADER_ROWS:
                raise FileUnreadable("The sheet has no row with SKU and price in it.")
        elif any(row):
            yield _entry(line, row, columns)
    if not columns:
        raise FileUnreadable("The sheet has no row with SKU and price in it.")


def _columns(row: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, title in enumerate(row):
        if _POINT.fullmatch(title):
            found.setdefault(title.upper(), position)
        elif name := _NAMES.get(title.lower()):
            found.setdefault(name, position)
    return found if {"sku", "price"} <= found.keys() else {}


def _entry(line: int, row: Sequence[str], columns: Mapping[str, int]) -> RawEntry:
    cells = {name: row[at] if at < len(row) else "" for name, at in columns.items()}
    raw = RawEntry(line, sku=cells["sku"], children=["model", "brand", "availabilities", "price"])
    raw.texts = {name: cells.get(name, "") for name in ("model", "brand", "price")}
    for point_id in (name for name in columns if _POINT.fullmatch(name)):
        if said := cells[point_id]:
            raw.availabilities.append(_availability(point_id, said, cells.get("preorder", "")))
    return raw


def _availability(point_id: str, said: str, preorder: str) -> dict[str, str]:
    """A cell says yes or no, or how many there are."""
    if said.lower() in {"yes", "no", "да", "нет"}:
        is_available, stock = said.lower() in {"yes", "да"}, {}
    else:
        is_available, stock = said.rstrip("0.") != "", {"stockCount": said}
    days = {"preOrder": preorder} if preorder and is_available else {}
    return {"storeId": point_id, "available": "yes" if is_available else "no"} | stock | days


def sheet_rows(
    entries: Iterable[Entry], *, points: Collection[str], city_id: str
) -> Iterator[list[Any]]:
    """The header and a row for each entry, with a column for each of the ``points``.

    A sheet has one price of a product, that of the city where there are several, and one preorder,
    the longest.
    """
    columns = sorted({*_POINTS_AT_LEAST, *points}, key=lambda name: (len(name), name))
    yield ["SKU", "model", "brand", "price", *columns, "preorder"]
    for entry in entries:
        told = {point.point_id: _told(point) for point in entry.points}
        days = max((_preorder(point) for point in entry.points), default=0)
        yield [
            *(entry.sku, entry.model or entry.sku, entry.brand, _price(entry, city_id).whole_tenge),
            *(told.get(name, "") for name in columns),
            days or "",
        ]


def _price(entry: Entry, city_id: str) -> Money:
    cities = entry.city_prices
    price = cities.get(city_id) or next(iter(cities.values()), None) or entry.price
    if price is None:
        raise ValueError("an entry without a price")
    return price


def _told(point: Point) -> int | str:
    """How many there are, if that is known; none at all would be read as not on sale."""
    if not point.is_available:
        return "no"
    return point.stock_count or "yes"


def _preorder(point: Point) -> int:
    days = point.preorder_days or 0
    return days if point.is_available and 0 < days <= LONGEST_PREORDER else 0
