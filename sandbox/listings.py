"""Listings: a merchant's own products as the cabinet knows them."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from sandbox.cards import RECORDED_SKU, Card, Catalogue
from sandbox.cities import CITIES
from sandbox.clock import iso_without_zone
from sandbox.dice import dice, likely
from sandbox.offers import Habit, Market, Offer, Shop
from sandbox.people import DAULET, MERCHANTS, Merchant
from sandbox.rivals import Markets


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
    offer_id: str
    title: str
    price: int
    city_prices: dict[str, int]
    points: dict[str, Availability]
    updated_at: float
    reason: str | None = None
    old_price_percent: int = 0
    barcode: str | None = None
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


def item(listing: Listing) -> dict[str, Any]:
    """Write a listing as `GET /bff/offer-view/list` does."""
    return {
        **_names(listing),
        **_prices(listing),
        "points": sorted(listing.points),
        "availabilities": [_availability(listing, code) for code in _codes(listing)],
        "stocks": [_stocks(listing)],
        **_state(listing),
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


def _prices(listing: Listing) -> dict[str, Any]:
    lowest, highest = listing.lowest_price, listing.highest_price
    return {
        "price": listing.price,
        "minPrice": lowest,
        "maxPrice": highest,
        "rangePrice": {"MIN": lowest, "MAX": highest},
        "cityPrices": [
            {"cityId": city_id, "value": price} for city_id, price in listing.city_prices.items()
        ],
        "allCityPrices": _all_city_prices(listing) if listing.on_sale else {},
    }


def _all_city_prices(listing: Listing) -> dict[str, Any]:
    return {city_id: _city_price(listing, listing.price_in(city_id)) for city_id in CITIES}


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


def _state(listing: Listing) -> dict[str, Any]:
    waiting = bool(listing.pending)
    promised = iso_without_zone(max(listing.pending) + 3_600)[:19] if waiting else None
    return {
        "available": listing.on_sale,
        "active": listing.on_sale,
        "status": "ACTIVE" if listing.on_sale else "ARCHIVED",
        "archiveReason": listing.reason,
        "archivedAt": None if listing.on_sale else iso_without_zone(listing.updated_at),
        "updatedAt": iso_without_zone(listing.updated_at),
        "operationType": "IN_PROGRESS" if waiting else None,
        "processed": not waiting,
        "appliedBeforeDateTime": promised,
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


@dataclass(slots=True)
class Listings:
    """All merchants' products by merchant and sku, and the offers buyers see of them."""

    by_merchant: dict[str, dict[str, Listing]] = field(default_factory=dict)
    _offers: dict[tuple[str, str], tuple[Market, Offer]] = field(default_factory=dict)

    def of(self, merchant_id: str) -> list[Listing]:
        return list(self.by_merchant.get(merchant_id, {}).values())

    def find(self, merchant_id: str, sku: str) -> Listing | None:
        return self.by_merchant.get(merchant_id, {}).get(sku)

    def shown(self, listing: Listing) -> tuple[Market, Offer]:
        """The market a listing is on, and the offer that buyers see there."""
        return self._offers[listing.merchant.merchant_id, listing.sku]

    def add(self, listing: Listing, market: Market) -> None:
        merchant = listing.merchant
        offer = Offer(
            shop=Shop(merchant.merchant_id, merchant.name, 4.7, 180),
            sku=listing.sku,
            title=listing.title,
            price=listing.price,
            habit=Habit.SELLER,
        )
        listing.show_on(offer)
        market.offers.append(offer)
        self.by_merchant.setdefault(merchant.merchant_id, {})[listing.sku] = listing
        self._offers[merchant.merchant_id, listing.sku] = (market, offer)


def stock(*, catalogue: Catalogue, markets: Markets, seed: int, now: float) -> Listings:
    """Give every merchant its products, near the going price of their cards."""
    listings = Listings()
    shared = _shared_numbers(catalogue, seed)
    for merchant in MERCHANTS.values():
        chance = dice(seed, "listings", merchant.merchant_id)
        for number in _chosen_numbers(catalogue, merchant, shared, chance):
            market = markets.of(catalogue.at(number).master_sku)
            if market is not None:
                listings.add(_invent(merchant, market, chance, now), market)
    return listings


def _shared_numbers(catalogue: Catalogue, seed: int) -> list[int]:
    """Choose the cards on which the two demo sellers meet: the recorded one, and others."""
    wanted = min(MERCHANTS[DAULET].shared, catalogue.size)
    others = range(1, catalogue.size)
    return [0, *dice(seed, "shared").sample(others, max(0, wanted - 1))]


def _chosen_numbers(
    catalogue: Catalogue, merchant: Merchant, shared: list[int], chance: Random
) -> list[int]:
    count = merchant.listings - merchant.shared
    # A few more than wanted, because those shared by the demo sellers are not for others.
    drawn = chance.sample(range(catalogue.size), min(count + len(shared), catalogue.size))
    own = [number for number in drawn if number not in shared]
    return [*shared[: merchant.shared], *own[:count]]


def _invent(merchant: Merchant, market: Market, chance: Random, now: float) -> Listing:
    card = market.card
    level = market.cheapest() or card.usual_price
    price = max(10, int(level * chance.uniform(0.99, 1.08)))
    codes = [point.code for point in merchant.points]
    withdrawn = likely(chance, 0.08) and card.master_sku != RECORDED_SKU
    sold_from = [] if withdrawn else chance.sample(codes, chance.randint(1, len(codes)))
    city_prices = _city_prices(merchant, sold_from, price, chance)
    return Listing(
        merchant=merchant,
        card=card,
        sku=_sku(card, chance),
        offer_id=f"{chance.randrange(16**24):024x}",
        title=card.title if likely(chance, 0.8) else f"{card.title}, гарантия",
        price=0 if city_prices and likely(chance, 0.06) else price,
        city_prices=city_prices,
        points={code: _invent_availability(chance) for code in sorted(sold_from)},
        updated_at=now - chance.uniform(3_600, 864_000),
        reason="Снят с продажи" if withdrawn else None,
        old_price_percent=chance.choice((5, 10, 15)) if likely(chance, 0.1) else 0,
        barcode=str(chance.randrange(10**12, 10**13)) if likely(chance, 0.6) else None,
    )


def _invent_availability(chance: Random) -> Availability:
    if likely(chance, 0.1):
        return Availability(pre_order=chance.randrange(1, 31))
    if likely(chance, 0.4):
        return Availability(stock_count=chance.randrange(1, 40), stock_specified=True, pre_order=0)
    return Availability(pre_order=chance.choice((0, None)))


def _city_prices(
    merchant: Merchant, codes: list[str], price: int, chance: Random
) -> dict[str, int]:
    """Prices of the cities sold from; a third of the products has one price for all."""
    if likely(chance, 0.33):
        return {}
    cities = [point.city_id for point in merchant.points if point.code in codes]
    dearer = price + chance.choice((0, 0, 0, 500))
    return {city_id: price if place == 0 else dearer for place, city_id in enumerate(cities)}


def _sku(card: Card, chance: Random) -> str:
    if likely(chance, 0.75):
        return f"{card.master_sku}_{chance.randrange(10**8, 10**9)}"
    return f"ART-{chance.randrange(10**4, 10**5)}-{card.master_sku[-4:]}"
