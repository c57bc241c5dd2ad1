"""Listings: a merchant's own products as the cabinet knows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.cards import Card
from sandbox.cities import CITIES
from sandbox.clock import iso_without_zone
from sandbox.offers import Offer
from sandbox.people import Merchant

PROMISED_WITHIN_S: Final = 3_600


@dataclass(slots=True)
class Availability:
    """A product at one point: whether it is sold there, how many are left, how long to wait."""

    stock_count: int | None = None
    stock_specified: bool = False
    pre_order: int | None = None


@dataclass(slots=True)
class Listing:
    """One product of one merchant. Points it is not sold from are absent from `points`."""

    merchant: Merchant
    card: Card
    sku: str
    offer_id: str | None
    title: str
    price: int
    city_prices: dict[str, int]
    points: dict[str, Availability]
    updated_at: float
    reason: str | None = None
    old_price_percent: int = 0
    barcode: str | None = None
    # Whether anything about it is not as it was invented.
    is_touched: bool = False
    pending: list[float] = field(default_factory=list)

    @property
    def on_sale(self) -> bool:
        return bool(self.points)

    @property
    def lowest_price(self) -> int:
        return min(self.city_prices.values(), default=self.price)

    @property
    def highest_price(self) -> int:
        return max(self.city_prices.values(), default=self.price)

    def price_in(self, city_id: str) -> int:
        return self.city_prices.get(city_id) or self.price or self.highest_price

    def show_on(self, offer: Offer) -> None:
        """Make the storefront's offer say what the cabinet says."""
        offer.price = self.price
        offer.city_prices = dict(self.city_prices)
        offer.present = self.on_sale
        offer.preorder = max((at.pre_order or 0 for at in self.points.values()), default=0)
        offer.point = min(self.points, default=offer.point)


def item(
    listing: Listing, *, cities: Sequence[str] = tuple(CITIES), skew_s: float = 0.0
) -> dict[str, Any]:
    """Write a listing as `GET /bff/offer-view/list` does, with prices for buyers of `cities`."""
    return {
        **_names(listing),
        **_prices(listing, cities),
        "points": sorted(listing.points),
        "availabilities": [_availability(listing, code) for code in _codes(listing)],
        "stocks": [_stocks(listing)],
        **_state(listing, skew_s),
        **_looks(listing),
    }


def details(listing: Listing) -> dict[str, Any]:
    """Write a listing as `GET /bff/offer-view/details` does: by city."""
    merchant = listing.merchant
    return {
        "sku": listing.sku,
        "title": listing.title,
        "masterSku": listing.card.master_sku,
        "cityInfo": [
            {
                "id": point.city_id,
                "name": CITIES[point.city_id],
                "price": listing.price_in(point.city_id),
                "oldPrice": _old_price(listing, listing.price_in(point.city_id)),
                "pickupPoints": [
                    {
                        "name": point.store_id(merchant.merchant_id),
                        "displayName": point.code,
                        "available": point.code in listing.points,
                    }
                ],
            }
            for point in merchant.points
        ],
        "masterProduct": {"card": {"id": listing.card.master_sku, "title": listing.card.title}},
    }


def _names(listing: Listing) -> dict[str, Any]:
    card = listing.card
    return {
        "sku": listing.sku,
        "masterSku": card.master_sku,
        "offerId": listing.offer_id,
        "merchantUid": listing.merchant.merchant_id,
        "title": listing.title,
        "model": listing.title,
        "masterTitle": card.title,
        "brand": "",
        "brandName": card.brand,
        "brandCode": card.brand.lower().replace(" ", "-"),
        "masterCategory": card.master_category,
        "categoryCode": card.category_codes[0],
        "categoryPathCodes": list(card.category_codes),
        "verticalCategory": card.vertical,
        "familyId": card.family_id,
    }


def _prices(listing: Listing, cities: Sequence[str]) -> dict[str, Any]:
    lowest, highest = listing.lowest_price, listing.highest_price
    return {
        "price": listing.price,
        "minPrice": lowest,
        "maxPrice": highest,
        "rangePrice": {"MIN": lowest, "MAX": highest},
        "cityPrices": [
            {"cityId": city_id, "value": price} for city_id, price in listing.city_prices.items()
        ],
        "allCityPrices": _all_city_prices(listing, cities) if listing.on_sale else {},
    }


def _all_city_prices(listing: Listing, cities: Sequence[str]) -> dict[str, Any]:
    return {city_id: _city_price(listing, listing.price_in(city_id)) for city_id in cities}


def _city_price(listing: Listing, price: int) -> dict[str, Any]:
    old = _old_price(listing, price)
    discount = 0 if old is None else round((old - price) / old * 100)
    return {"price": price, "oldPrice": old, "discount": discount}


def _old_price(listing: Listing, price: int) -> int | None:
    if not listing.old_price_percent:
        return None
    return round(price * (100 + listing.old_price_percent) / 100)


def _codes(listing: Listing) -> list[str]:
    return [point.code for point in listing.merchant.points]


def _availability(listing: Listing, code: str) -> dict[str, Any]:
    at = listing.points.get(code)
    shown = at or Availability()
    return {
        "storeId": f"{listing.merchant.merchant_id}_{code}",
        "available": "no" if at is None else "yes",
        "stockCount": shown.stock_count,
        "stockEnabled": shown.stock_specified,
        "stockSpecified": shown.stock_specified,
        "preOrder": shown.pre_order,
    }


def _stocks(listing: Listing) -> dict[str, Any]:
    return {
        "stockLevel": {
            f"{listing.merchant.merchant_id}_{code}": {"value": at.stock_count}
            for code, at in listing.points.items()
            if at.stock_specified
        }
    }


def _state(listing: Listing, skew_s: float) -> dict[str, Any]:
    waiting = bool(listing.pending)
    promised = max(listing.pending) + PROMISED_WITHIN_S + skew_s if waiting else None
    updated = iso_without_zone(listing.updated_at + skew_s)
    return {
        "available": listing.on_sale,
        "active": listing.on_sale,
        "status": "ACTIVE" if listing.on_sale else "ARCHIVED",
        "archiveReason": listing.reason,
        "archivedAt": None if listing.on_sale else updated,
        "updatedAt": updated,
        "operationType": "IN_PROGRESS" if waiting else None,
        "processed": not waiting,
        "appliedBeforeDateTime": iso_without_zone(promised)[:19] if promised else None,
    }


def _looks(listing: Listing) -> dict[str, Any]:
    card = listing.card
    picture = f"h{card.master_sku[:2]}/h{card.master_sku[2:4]}/{card.master_sku}.jpg"
    barcode = {"barcode": listing.barcode, "ntin": None, "gtin": None}
    return {
        "images": [picture],
        "imagesV2": [{"small": picture, "medium": picture, "large": picture, "verified": True}],
        "shopLink": f"/p/{card.path}/",
        "barcode": barcode if listing.barcode else None,
        "contentRating": {"ratingEvaluation": {"rating": 5}},
        "attributes": [],
        "colourCode": None,
        "anyPickup": True,
        "anyKaspiDelivery": True,
        "anyKaspiDeliveryLocal": True,
        "anyKaspiDeliveryExpress": False,
        "anyMerchantDelivery": False,
    }
