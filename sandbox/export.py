"""A merchant's price list as the cabinet exports it: points by their full ids, counts as `5.0`."""

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


def price_list_of(merchant: Merchant, listings: Iterable[Listing], *, now: float) -> bytes:
    """Write the document."""
    head = _HEAD.format(
        date=iso(now)[:10], company=escape(merchant.name), merchant_id=merchant.merchant_id
    )
    offers = "".join(_offer(merchant, listing) for listing in listings)
    return f"{head}{offers}</offers>\n</kaspi_catalog>\n".encode()


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
