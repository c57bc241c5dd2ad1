"""Read a price list as a sheet (xlsx): the first one only, a column for each point of sale."""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from kaspi.errors import FileUnreadable
from kaspi.price_list.model import RawEntry

_MOST_BYTES = 512 * 1024 * 1024  # of all files in the archive, unpacked
_POINT = re.compile(r"PP[0-9]{1,5}", re.IGNORECASE)
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
        _weigh(file)
        book = load_workbook(file, read_only=True, data_only=True)
        try:
            yield from _entries(book.worksheets[0].iter_rows(values_only=True))
        finally:
            book.close()
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        DefusedXmlException,
        ParseError,
        KeyError,  # a part of the archive is missing
        IndexError,  # no sheet at all
        ValueError,
        OSError,
        EOFError,
    ) as error:
        raise FileUnreadable(f"The sheet can't be read: {error}") from None


def _weigh(file: IO[bytes]) -> None:
    """Refuse an archive that would unpack to more than any price list is."""
    with zipfile.ZipFile(file) as archive:
        if sum(part.file_size for part in archive.infolist()) > _MOST_BYTES:
            raise FileUnreadable("The sheet unpacks to more than any price list holds.")
    file.seek(0)


def _entries(rows: Iterator[Sequence[Any]]) -> Iterator[RawEntry]:
    columns: dict[str, int] = {}
    for line, row in enumerate(rows, start=1):
        if not columns:
            columns = _columns(row)
            if not columns and line >= _HEADER_ROWS:
                raise FileUnreadable("The sheet has no row with SKU and price in it.")
        elif any(cell not in {None, ""} for cell in row):
            yield _entry(line, row, columns)
    if not columns:
        raise FileUnreadable("The sheet has no row with SKU and price in it.")


def _columns(row: Sequence[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, cell in enumerate(row):
        title = str(cell or "").strip()
        if _POINT.fullmatch(title):
            found.setdefault(title.upper(), position)
        elif name := _NAMES.get(title.lower()):
            found.setdefault(name, position)
    return found if {"sku", "price"} <= found.keys() else {}


def _entry(line: int, row: Sequence[Any], columns: Mapping[str, int]) -> RawEntry:
    cells = {name: _said(row[at]) if at < len(row) else "" for name, at in columns.items()}
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


def _said(cell: Any) -> str:
    """A number without a fraction is said without one: a sheet knows no whole numbers."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()
