"""Price lists as sheets: the first one of a workbook, with a column for each point."""

import io
import re
import zipfile
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from sandbox.people import Merchant
from sandbox.price_lists import (
    Complaints,
    PriceList,
    judged,
    point_of,
    pre_order_of,
    price_of,
)
from sandbox.pushes import PointStatement, Statement

# Columns of points have to be there, all five of them, even where a shop has fewer.
_COLUMNS: Final = ("sku", "model", "brand", "price", "pp1", "pp2", "pp3", "pp4", "pp5", "preorder")
# An archive may hold anything, and its reader complains in as many ways.
_NO_WORKBOOK: Final = (
    zipfile.BadZipFile,
    InvalidFileException,
    DefusedXmlException,
    ParseError,
    LookupError,
    ValueError,
    TypeError,
    OSError,
    EOFError,
)
_POINT: Final = re.compile(r"pp\d+")
_COUNT: Final = re.compile(r"\d{1,9}")


def read_sheet(raw: bytes, merchant: Merchant) -> PriceList:
    """Read a workbook's first sheet."""
    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        rows = [[_cell(cell) for cell in row] for row in book.worksheets[0].values]
        book.close()
    except _NO_WORKBOOK as bad:
        return PriceList((), (f"The file is not a workbook: {bad}.",))
    names = [name.lower() for name in rows[0]] if rows else []
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        return PriceList((), (f"The sheet has no column {', '.join(missing)}.",))
    complaints = Complaints()
    found = [
        _statement(
            dict(zip_longest(names, row[: len(names)], fillvalue="")),
            f"row {number}",
            merchant,
            complaints,
        )
        for number, row in enumerate(rows[1:], start=2)
        if any(row)
    ]
    return judged(found, complaints)


def _statement(
    row: Mapping[str, str], where: str, merchant: Merchant, complaints: Complaints
) -> Statement:
    complaints.that(row["sku"], where, "SKU is empty")
    complaints.that(row["model"], where, "model is empty")
    days = pre_order_of(row["preorder"] or "0", where, complaints)
    points = [
        _point(name.upper(), row[name].lower(), days, where, complaints)
        for name in row
        if _POINT.fullmatch(name) and row[name]
    ]
    for point in points:
        point_of(point.code, where, merchant, complaints)
    return Statement(
        merchant_id=merchant.merchant_id,
        sku=row["sku"],
        price=price_of(row["price"], where, complaints),
        points=tuple(points),
    )


def _point(code: str, cell: str, days: int, where: str, complaints: Complaints) -> PointStatement:
    """A point's cell: how many are there, or only whether any are."""
    is_count = _COUNT.fullmatch(cell)
    complaints.that(is_count or cell in {"yes", "no"}, where, f"{code} is a number, yes or no")
    return PointStatement(
        code=code,
        available=int(cell) > 0 if is_count else cell == "yes",
        stock_count=int(cell) if is_count else None,
        stock_given=bool(is_count),
        pre_order=days,
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return (
        str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    )
