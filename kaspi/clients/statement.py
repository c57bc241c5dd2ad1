"""The body of a price push: a full statement about one listing, with only its price changed.

What a statement leaves out, Kaspi takes away: points lose the product, preorders end. So every
point is said again exactly as the catalogue said it, whether it sells or not. A stock count goes
along exactly when the catalogue calls it specified, and never as null: offers were withdrawn for
less («Не указано наличие в прайс листе», 2026-08-21).

The new price holds in every city for which the seller set one, except those named with another.
"""

from collections.abc import Mapping
from typing import Any

from cube_demper.kernel.money import Money
from kaspi.clients.config import PriceShape
from kaspi.errors import ListingWithoutPoints, PushRejected
from kaspi.ports import SAME_EVERYWHERE, Listing, Point

_LOWEST_PRICE = 10  # tenge: Kaspi takes none below


def statement(
    listing: Listing,
    price: Money,
    *,
    merchant_id: str,
    city_prices: Mapping[str, Money] = SAME_EVERYWHERE,
    shape: PriceShape = PriceShape.BOTH,
) -> dict[str, Any]:
    """Write the push body; ``city_prices`` hold in their cities, ``price`` in all others.

    A listing without city prices states the common price, whatever the ``shape``, and one whose
    cities differ states them all; its common price is then the lowest of them.

    Raises ListingWithoutPoints when there is nothing to say where the product is sold,
    PushRejected below Kaspi's lowest price, and ValueError unless each price is a positive number
    of whole tenge, for a city where the listing has a price.
    """
    if unknown := set(city_prices) - set(listing.city_prices):
        raise ValueError(f"{listing.sku} has no price in {sorted(unknown)}")
    tenge = {city: _whole_tenge(city_prices.get(city, price)) for city in listing.city_prices} or {
        "": _whole_tenge(price)
    }
    if not listing.points:
        raise ListingWithoutPoints
    body: dict[str, Any] = {
        "merchantUid": merchant_id,
        "sku": listing.sku,
        "model": listing.title,
        "availabilities": [_availability(point) for point in listing.points],
    }
    is_same = len(set(tenge.values())) == 1
    if shape is not PriceShape.CITIES or not listing.city_prices:
        body["price"] = min(tenge.values())
    if listing.city_prices and not (shape is PriceShape.PRICE and is_same):
        body["cityPrices"] = [
            {"cityId": city, "value": tenge[city]} for city in listing.city_prices
        ]
    return body


def _whole_tenge(price: Money) -> int:
    tenge = price.whole_tenge
    if tenge <= 0:
        raise ValueError(f"{price} is no price")
    if tenge < _LOWEST_PRICE:
        raise PushRejected(f"Kaspi takes no price below {_LOWEST_PRICE} tenge.")
    return tenge


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
