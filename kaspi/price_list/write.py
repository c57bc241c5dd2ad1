"""Write a price list as Kaspi documents it: UTF-8, text escaped once, children in their order.

A document is a head, an entry for each product and a tail; each is a piece of text, so that a long
list is never in memory as a whole.
"""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from xml.sax.saxutils import escape, quoteattr

from cube_demper.kernel.money import Money
from kaspi.ports import Point
from kaspi.price_list.model import LONGEST_PREORDER, NAMESPACE, ROOT, Entry, Head
from kaspi.price_list.understand import once_encoded

TAIL = "  </offers>\n</kaspi_catalog>\n"
# What XML 1.0 has no way to say, half characters among them.
_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class StoreIds(StrEnum):
    """How points are named: as the documentation has it, or as Kaspi's own exports do."""

    SHORT = "short"  # PP1
    FULL = "full"  # 12345678_PP1


def head(of: Head, *, on: date) -> str:
    """Open a document."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<{ROOT} date="{on.isoformat()}" xmlns="{NAMESPACE}"\n'
        '    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n'
        f'    xsi:schemaLocation="{NAMESPACE} http://kaspi.kz/kaspishopping.xsd">\n'
        f"  <company>{_text(of.company)}</company>\n"
        f"  <merchantid>{_text(of.merchant_id)}</merchantid>\n"
        "  <offers>\n"
    )


def entry(of: Entry, *, prefix: str) -> str:
    """State one product. ``prefix`` stands before each point: the merchant id, or nothing.

    Raises ValueError for what no list can state: no price at all, or one that is not whole tenge.
    """
    model, brand = _text(of.model) or _text(of.sku), _text(of.brand)
    brand = f"<brand>{brand}</brand>" if brand else ""
    points = "".join([_availability(point, prefix) for point in of.points])
    return (
        f"    <offer sku={quoteattr(_speakable(of.sku))}><model>{model}</model>{brand}"
        f"<availabilities>{points}</availabilities>{_prices(of.price, of.city_prices)}</offer>\n"
    )


def prefix_of(store_ids: StoreIds, *, merchant_id: str) -> str:
    """What stands before the name of a point."""
    return f"{merchant_id}_" if store_ids is StoreIds.FULL else ""


def _availability(point: Point, prefix: str) -> str:
    if not point.is_available:
        return f'<availability available="no" storeId="{prefix}{point.point_id}"/>'
    days = point.preorder_days or 0
    preorder = f' preOrder="{days}"' if 0 < days <= LONGEST_PREORDER else ""
    stock = "" if point.stock_count is None else f' stockCount="{point.stock_count}"'
    return f'<availability available="yes" storeId="{prefix}{point.point_id}"{preorder}{stock}/>'


def _prices(price: Money | None, city_prices: Mapping[str, Money]) -> str:
    if city_prices:
        cities = "".join(
            [
                f'<cityprice cityId="{city_id}">{_tenge(price)}</cityprice>'
                for city_id, price in city_prices.items()
            ]
        )
        return f"<cityprices>{cities}</cityprices>"
    if price is None:
        raise ValueError("an entry without a price")
    return f"<price>{_tenge(price)}</price>"


def _tenge(price: Money) -> int:
    tenge = price.whole_tenge
    if tenge <= 0:
        raise ValueError(f"{price} is no price")
    return tenge


def _text(text: str) -> str:
    """Text that is encoded once, however often it was before: Kaspi refuses more."""
    while (clean := once_encoded(_speakable(text))) != text:
        text = clean
    return escape(text)


def _speakable(text: str) -> str:
    return _UNSPEAKABLE.sub(" ", text)
