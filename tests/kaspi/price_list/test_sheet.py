"""Price lists as sheets."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from kaspi.errors import FileUnreadable
from kaspi.price_list.sheet import read_sheet

pytestmark = pytest.mark.unit

HEADER = ["SKU", "model", "brand", "price", "PP1", "PP2", "PP3", "PP4", "PP5", "preorder"]


def a_sheet(*rows) -> io.BytesIO:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def test_a_row_has_a_column_for_each_point():
    sheet = a_sheet(
        HEADER, ["CHAIR-77", "Стул", "Acme", 24990.0, 4, "yes", "no", 0, None, 7], [None] * 10
    )

    [row] = read_sheet(sheet)

    assert (row.line, row.sku, row.texts) == (
        2,
        "CHAIR-77",
        {"model": "Стул", "brand": "Acme", "price": "24990"},
    )
    assert row.availabilities == [
        {"storeId": "PP1", "available": "yes", "stockCount": "4", "preOrder": "7"},
        {"storeId": "PP2", "available": "yes", "preOrder": "7"},
        {"storeId": "PP3", "available": "no"},
        {"storeId": "PP4", "available": "no", "stockCount": "0"},
    ]


def test_a_header_may_stand_below_a_title_and_in_russian():
    sheet = a_sheet(["Прайс"], ["Артикул", "Цена", "pp1"], [100, "9 990", "да"])

    [row] = read_sheet(sheet)

    assert (row.line, row.sku, row.texts["price"]) == (3, "100", "9 990")
    assert row.availabilities == [{"storeId": "PP1", "available": "yes"}]


@pytest.mark.parametrize("rows", [[], [["a", "b"]], [["a"]] * 20], ids=["empty", "one", "many"])
def test_a_sheet_without_a_header_is_refused(rows):
    with pytest.raises(FileUnreadable, match="no row with SKU and price"):
        list(read_sheet(a_sheet(*rows)))


def test_an_archive_that_is_no_sheet_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("letter.txt", "hello")

    with pytest.raises(FileUnreadable):
        list(read_sheet(file))


def test_a_small_archive_of_a_huge_sheet_is_refused():
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(513):
            part.write(bytes(1024 * 1024))

    with pytest.raises(FileUnreadable, match="more than any price list"):
        list(read_sheet(file))


@given(st.binary(max_size=200))
def test_nonsense_ends_in_one_error_of_ours(body):
    with pytest.raises(FileUnreadable):
        list(read_sheet(io.BytesIO(b"PK\x03\x04" + body)))
