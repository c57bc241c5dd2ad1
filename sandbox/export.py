"""A merchant's price list as the cabinet exports it: points by their full ids, counts as `5.0`."""

import io
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from sandbox.clock import iso
from sandbox.listings import Listing
from sandbox.people import Merchant

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n<kaspi_catalog date="{date}" xmlns="kaspiShopping" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="kaspiShopping http://kaspi.kz/kaspishopping.xsd">\n'
    "<company>{company}</company>\n<merchantid>{merchant_id}</merchantid>\n<offers>\n"
)
# Columns of five points are there whatever the shop has.
_FEWEST_COLUMNS = 5


def price_list_of(merchant: Merchant, listings: Iterable[Listing], *, now: float) -> bytes:
    """Write the document."""
    head = _HEAD.format(
        date=iso(now)[:10], company=escape(merchant.name), merchant_id=merchant.merchant_id
    )
    offers = "".join(_offer(merchant, listing) for listing in listings)
    return f"{head}{offers}</offers>\n</kaspi_catalog>\n".encode()


def sheet_of(merchant: Merchant, listings: Iterable[Listing]) -> bytes:
    """Write the document as a workbook: a row for each product, a column for each point."""
    from openpyxl import Workbook  # noqa: PLC0415 -- costs a start 0.2 s, and is rarely needed

    book = Workbook(write_only=True)
    sheet = book.create_sheet("price")
    codes = [f"PP{number}" for number in range(1, max(_FEWEST_COLUMNS, len(merchant.points)) + 1)]
    sheet.append(["SKU", "model", "brand", "price", *codes, "preorder"])
    for listing in listings:
        days = max((at.pre_order or 0 for at in listing.points.values()), default=0)
        cells = [_cell(listing, code) for code in codes]
        brand, price = listing.card.brand, listing.lowest_price
        sheet.append([listing.sku, listing.title, brand, price, *cells, days or None])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _cell(listing: Listing, code: str) -> int | str | None:
    at = listing.points.get(code)
    if at is None:
        return "no" if code in {point.code for point in listing.merchant.points} else None
    return at.stock_count if at.stock_specified else "yes"


def _offer(merchant: Merchant, listing: Listing) -> str:
    points = "".join(
        f'<availability available="{"yes" if code in listing.points else "no"}" '
        f'storeId="{merchant.merchant_id}_{code}"{_more(listing, code)}/>'
        for code in (point.code for point in merchant.points)
    )
    cities = "".join(
        f'<cityprice cityId="{city_id}">{price}</cityprice>'
        for city_id, price in listing.city_prices.items()
    )
    prices = f"<cityprices>{cities}</cityprices>" if cities else f"<price>{listing.price}</price>"
    return (
        f"<offer sku={quoteattr(listing.sku)}><model>{escape(listing.title)}</model>"
        f"<brand>{escape(listing.card.brand)}</brand>"
        f"<availabilities>{points}</availabilities>{prices}</offer>\n"
    )


def _more(listing: Listing, code: str) -> str:
    at = listing.points.get(code)
    if at is None:
        return ""
    days = f' preOrder="{at.pre_order}"' if at.pre_order else ""
    return days + (f' stockCount="{at.stock_count}.0"' if at.stock_specified else "")
