"""The body of a price push: a full statement about one listing, with only its price changed.

What a statement leaves out, Kaspi takes away: points lose the product, preorders end. So every
point is said again exactly as the catalogue said it, whether it sells or not. A stock count goes
along exactly when the catalogue calls it specified, and never as null: offers were withdrawn for
less («Не указано наличие в прайс листе», 2026-08-21).

In this version the new price holds in every city for which the seller set one.
"""

from typing import Any

from cube_demper.kernel.money import Money
from kaspi.clients.config import PriceShape
from kaspi.errors import ListingWithoutPoints, PushRejected
from kaspi.ports import Listing, Point

_LOWEST_PRICE = 10  # tenge: Kaspi takes none below


def statement(
    listing: Listing, price: Money, *, merchant_id: str, shape: PriceShape = PriceShape.BOTH
) -> dict[str, Any]:
    """Write the push body.

    A listing without city prices states the common price, whatever the ``shape``.

    Raises ListingWithoutPoints when there is nothing to say where the product is sold,
    PushRejected below Kaspi's lowest price, and ValueError unless the price is a positive number of
    whole tenge.
    """
    tenge = price.whole_tenge
    if tenge <= 0:
        raise ValueError(f"{price} is no price")
    if tenge < _LOWEST_PRICE:
        raise PushRejected(f"Kaspi takes no price below {_LOWEST_PRICE} tenge.")
    if not listing.points:
        raise ListingWithoutPoints
    body: dict[str, Any] = {
        "merchantUid": merchant_id,
        "sku": listing.sku,
        "model": listing.title,
        "availabilities": [_availability(point) for point in listing.points],
    }
    if shape is not PriceShape.CITIES or not listing.city_prices:
        body["price"] = tenge
    if shape is not PriceShape.PRICE and listing.city_prices:
        body["cityPrices"] = [{"cityId": city, "value": tenge} for city in listing.city_prices]
    return body


def _availability(point: Point) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "storeId": point.point_id,
        "available": "yes" if point.is_available else "no",
    }
    if point.is_stock_enabled is not None:
        entry["stockEnabled"] = point.is_stock_enabled
    if point.stock_count is not None:
        entry["stockCount"] = point.stock_count
    if point.preorder_days is not None:
        entry["preOrder"] = point.preorder_days
    return entry
