"""What a price list has to look like, and what is said of one that does not."""

import io
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook

from sandbox.people import AIGERIM, MERCHANTS
from sandbox.price_lists import read_price_list
from sandbox.pushes import PointStatement, Statement
from sandbox.sheets import read_sheet

pytestmark = pytest.mark.unit

MERCHANT = MERCHANTS[AIGERIM]
OFFER = (
    '<offer sku="CHAIR-77"><model>Стул</model><brand>Example</brand><availabilities>'
    '<availability available="yes" storeId="PP1" preOrder="3" stockCount="4"/>'
    f'<availability available="no" storeId="{AIGERIM}_PP2"/></availabilities>'
    '<cityprices><cityprice cityId="750000000">24990</cityprice></cityprices></offer>'
)
FORBIDDEN = (
    "The file is not well-formed XML: EntitiesForbidden(name='b', system_id=None, public_id=None)."
)
HEADER = ["SKU", "model", "brand", "price", "PP1", "PP2", "PP3", "PP4", "PP5", "preorder"]


def a_list(offers: str = OFFER, *, merchant_id: str = AIGERIM, company: str = "Shop") -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<kaspi_catalog date="2026-09-01" xmlns="kaspiShopping" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="kaspiShopping http://kaspi.kz/kaspishopping.xsd">'
        f"<company>{company}</company><merchantid>{merchant_id}</merchantid>"
        f"<offers>{offers}</offers></kaspi_catalog>"
    ).encode()


def a_sheet(*rows: list[Any], header: list[str] | None = None) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in [header or HEADER, *rows]:
        book.worksheets[0].append(row)
    book.save(file)
    return file.getvalue()


def test_a_good_list_is_read_with_short_and_full_points():
    found = read_price_list(a_list(), MERCHANT)

    assert found.errors == ()
    assert found.statements == (
        Statement(
            merchant_id=AIGERIM,
            sku="CHAIR-77",
            city_prices={"750000000": 24_990},
            points=(
                PointStatement("PP1", True, 4, True, 3),
                PointStatement("PP2", False, None, False, 0),
            ),
        ),
    )


def test_a_byte_order_mark_and_counts_as_the_exports_write_them_are_fine():
    raw = a_list(OFFER.replace('stockCount="4"', 'stockCount="5.0"'))

    found = read_price_list(b"\xef\xbb\xbf" + raw, MERCHANT)

    assert found.statements[0].points is not None
    assert found.statements[0].points[0].stock_count == 5


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"<a", "The file is not well-formed XML: unclosed token: line 1, column 0."),
        (b"\xff\xfe<", "The file is not UTF-8: byte 0."),
        (b"<a/>", 'The root is <kaspi_catalog xmlns="kaspiShopping">, not <a>.'),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', FORBIDDEN),
        (
            b'<?xml version="1.0" encoding="gb2312"?><a/>',
            "The file is not well-formed XML: multi-byte encodings are not supported.",
        ),
        (
            b'<?xml version="1.0" encoding="kaspi"?><a/>',
            "The file is not well-formed XML: unknown encoding: kaspi.",
        ),
        (a_list(merchant_id="1"), "merchantid: 30112233 is meant, not 1"),
        (a_list(company=""), "company: it is empty"),
        (a_list(company="A &amp;amp; B"), "company: 'A &amp; B' is escaped twice"),
        (a_list(OFFER * 2), "offer CHAIR-77: the sku is repeated"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_document_that_is_wrong_as_a_whole_is_refused(raw, error):
    found = read_price_list(raw, MERCHANT)

    assert (found.statements, found.errors) == ((), (error,))


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("CHAIR-77", "CHAIR 77", "sku is 1 to 20 latin letters, digits, _ and -"),
        ("CHAIR-77", "C" * 21, "sku is 1 to 20 latin letters, digits, _ and -"),
        ("<model>Стул</model>", "", "<model> is required"),
        ("<model>Стул</model>", "<model/>", "<model> is empty"),
        ("<brand>Example</brand>", "<colour/>", "<colour> is not known"),
        (
            "<model>Стул</model><brand>Example</brand>",
            "<brand>Example</brand><model>Стул</model>",
            "the order is model, brand, availabilities, price, cityprices",
        ),
        ("</cityprices>", "</cityprices><price>1000</price>", "there is either <price> or"),
        (">24990<", ">24 990<", "<cityprice>: '24 990' is not a whole number of at least 10"),
        (">24990<", ">24990.5<", "<cityprice>: '24990.5' is not a whole number of at least 10"),
        (">24990<", ">9<", "<cityprice>: '9' is not a whole number of at least 10"),
        ("750000000", "770000000", "there is no city '770000000'"),
        ('"PP1"', '"PP9"', "there is no point 'PP9'"),
        ('available="yes"', 'available="true"', 'available is "yes" or "no", not \'true\''),
        ('preOrder="3"', 'preOrder="31"', "preOrder is 0 to 30 whole days, not '31'"),
        ('stockCount="4"', 'stockCount="4.5"', "stockCount '4.5'"),
        ('stockCount="4"', 'stock="4"', "the attribute stock is not known"),
    ],
)
def test_an_offer_that_breaks_a_rule_is_named_with_the_rule(right, wrong, complaint):
    assert right in OFFER

    found = read_price_list(a_list(OFFER.replace(right, wrong)), MERCHANT)

    assert found.statements == ()
    assert any(complaint in error for error in found.errors), found.errors


def test_a_list_without_its_head_says_what_is_missing():
    raw = a_list().replace(b"<merchantid>30112233</merchantid>", b"")

    found = read_price_list(raw, MERCHANT)

    assert found.errors == ("<merchantid> is required.",)


def test_a_sheet_is_read_with_a_column_for_each_point():
    row = ["CHAIR-77", "Стул", "Example", 24_990, 4, "no", None, None, None, 3]

    found = read_sheet(a_sheet(row), MERCHANT)

    assert found.errors == ()
    assert found.statements == (
        Statement(
            merchant_id=AIGERIM,
            sku="CHAIR-77",
            price=24_990,
            points=(
                PointStatement("PP1", True, 4, True, 3),
                PointStatement("PP2", False, None, False, 3),
            ),
        ),
    )


def test_an_archive_that_is_no_workbook_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<a")

    found = read_sheet(file.getvalue(), MERCHANT)

    assert found.statements == ()
    assert found.errors[0].startswith("The file is not a workbook: ")


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"PK\x03\x04", "The file is not a workbook: File is not a zip file."),
        (a_sheet(header=HEADER[:-1]), "The sheet has no column preorder."),
        (
            a_sheet(["A-1", "Стул", "", "12.5", "yes", None, None, None, None, None]),
            "row 2: '12.5' is not a whole number of at least 10",
        ),
        (
            a_sheet(["A-1", "Стул", "", 125, "perhaps", None, None, None, None, None]),
            "row 2: PP1 is a number, yes or no",
        ),
    ],
    ids=["no zip", "no column", "price", "point"],
)
def test_a_sheet_that_breaks_a_rule_is_refused(raw, error):
    found = read_sheet(raw, MERCHANT)

    assert (found.statements, found.errors) == ((), (error,))
