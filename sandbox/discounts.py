"""Discounts: a price beside the one that is crossed out, for products whose price stood still."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox import replies
from sandbox.access import Access, json_body
from sandbox.cities import CITIES
from sandbox.clock import iso
from sandbox.gate import Role, Route
from sandbox.listings import Listing
from sandbox.pushes import LOWEST_PRICE
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Discounts:
    """Its endpoint over a world."""

    world: World
    access: Access

    def routes(self) -> list[Route]:
        at = "/price/trends/api/v1/mc/discount"
        return [Route(Role.CABINET, "POST", at, "discount", self.discount, walled=True)]

    async def discount(self, request: web.Request) -> web.Response:
        """Ask less in some cities, with the price until now crossed out."""
        body = await json_body(request)
        asked = body if isinstance(body, dict) else {}
        merchant = self.access.merchant(request, str(asked.get("merchantUID") or ""))
        listing = self.world.listings.find(merchant.merchant_id, str(asked.get("merchantSKU")))
        if listing is None:
            return replies.message("Offer not found", status=404)
        prices = _prices(asked.get("entries"), listing)
        if prices is None:
            return replies.message("Bad Request", status=400)
        suitable_at = listing.updated_at + self.world.settings.discount_history_s
        if listing.is_touched and self.world.clock.now() < suitable_at:
            refusal = {"code": "NOT_ENOUGH_HISTORY", "firstSuitableDate": iso(suitable_at)[:10]}
            return replies.json_reply(refusal, status=400)
        city_id, lowest = min(prices.items(), key=lambda entry: entry[1])
        old = listing.price_in(city_id) or lowest
        listing.city_prices |= prices
        listing.old_price_percent = round((old - lowest) / lowest * 100)
        self.world.pushes.show_soon(listing)
        self.world.changes.note()
        return replies.empty(200)


def _prices(entries: Any, listing: Listing) -> dict[str, int] | None:
    """The price for each city; None unless each is one, and below the price until now."""
    if not isinstance(entries, list) or not entries:
        return None
    prices = {}
    for entry in entries:
        city_id = entry.get("city") if isinstance(entry, dict) else None
        price = entry.get("price") if isinstance(entry, dict) else None
        if city_id not in CITIES or type(price) is not int:
            return None
        if not LOWEST_PRICE <= price < (listing.price_in(city_id) or 0):
            return None
        prices[city_id] = price
    return prices
