"""Lesser reads of offers in the cabinet: several by sku, and a look before bulk changes."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox import replies
from sandbox.access import Access, json_body
from sandbox.gate import Role, Route
from sandbox.listings import Listing
from sandbox.pushes import BadStatement, read_statement
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class OfferReads:
    """Its endpoints over a world."""

    world: World
    access: Access

    def routes(self) -> list[Route]:
        role = Role.CABINET
        details = "/offers/api/v1/offer/details"
        validate = "/offer-validation-api/merchant/offer/validate/v2"
        return [
            Route(role, "POST", details, "details", self.details, walled=True),
            Route(role, "POST", validate, "validate", self.validate, walled=True),
            Route(role, "GET", "/auth/api/oauth2", "principal", self.principal, walled=True),
        ]

    async def details(self, request: web.Request) -> web.Response:
        """Prices by city of the skus asked for; unknown ones are left out."""
        merchant = self.access.merchant(request, request.query.get("m", ""))
        body = await json_body(request)
        skus = body.get("sku") if isinstance(body, dict) else None
        if not isinstance(skus, list):
            return replies.message("sku is a list", status=400)
        listings = self.world.listings
        found = [
            listing
            for sku in skus
            if isinstance(sku, str) and (listing := listings.find(merchant.merchant_id, sku))
        ]
        return replies.json_reply([_details(listing) for listing in found])

    async def validate(self, request: web.Request) -> web.Response:
        """Say which offers of a bulk change would not do. A push does not need this."""
        body = await json_body(request)
        asked = body if isinstance(body, dict) else {}
        merchant = self.access.merchant(request, str(asked.get("merchantUid") or ""))
        offers = asked.get("offers")
        if not isinstance(offers, list):
            return replies.message("offers is a list", status=400)
        wrong = [
            {"sku": offer.get("sku") if isinstance(offer, dict) else None, "message": why}
            for offer in offers
            if (why := _complaint(offer, merchant.merchant_id))
        ]
        uid = merchant.merchant_id
        return replies.json_reply({"merchantUid": uid, "valid": not wrong, "errorOffers": wrong})

    async def principal(self, request: web.Request) -> web.Response:
        """The first of the session's merchants."""
        merchant_ids = self.access.session(request).merchant_ids
        return replies.json_reply({"merchantId": merchant_ids[0] if merchant_ids else None})


def _complaint(offer: Any, merchant_id: str) -> str | None:
    try:
        read_statement({"merchantUid": merchant_id, **offer} if isinstance(offer, dict) else offer)
    except BadStatement as bad:
        return str(bad)
    return None


def _details(listing: Listing) -> dict[str, Any]:
    merchant = listing.merchant
    return {
        "sku": listing.sku,
        "masterSku": listing.card.master_sku,
        "cities": [
            {
                "cityId": city_id,
                "price": listing.price_in(city_id),
                "points": [
                    {
                        "pointId": point.store_id(merchant.merchant_id),
                        "available": point.code in listing.points,
                    }
                    for point in merchant.points
                    if point.city_id == city_id
                ],
            }
            for city_id in dict.fromkeys(point.city_id for point in merchant.points)
        ],
    }
