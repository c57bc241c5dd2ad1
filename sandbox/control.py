"""The sandbox's own API for tests and demos, under `/_sandbox/` on the shop's address."""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from sandbox import replies
from sandbox.cities import CITIES
from sandbox.faults import BadFault, Handler, read_fault
from sandbox.listings import Listing
from sandbox.offers import Market, Offer
from sandbox.people import MERCHANTS
from sandbox.pushes import LOWEST_PRICE
from sandbox.settings import BadSetting
from sandbox.world import World

_REQUESTS_MOST = 5_000
_CARDS_MOST = 10_000


class BadRequest(ValueError):
    """The order makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Control:
    """Its endpoints over a world."""

    world: World
    endpoints: frozenset[str]

    def routes(self) -> list[tuple[str, str, Handler]]:
        at = "/_sandbox"
        return [
            ("GET", f"{at}/health", answered(self.health)),
            ("GET", f"{at}/cards", answered(self.cards)),
            ("GET", f"{at}/offers", answered(self.offers)),
            ("POST", f"{at}/offers", answered(self.change_offer)),
            ("GET", f"{at}/listings", answered(self.listings)),
            ("POST", f"{at}/sessions/expire", answered(self.expire)),
            ("POST", f"{at}/sessions/revoke", answered(self.revoke)),
            ("GET", f"{at}/faults", answered(self.faults)),
            ("POST", f"{at}/faults", answered(self.order_fault)),
            ("DELETE", f"{at}/faults", answered(self.clear_faults)),
            ("GET", f"{at}/requests", answered(self.requests)),
            ("DELETE", f"{at}/requests", answered(self.forget_requests)),
            ("GET", f"{at}/clock", answered(self.clock)),
            ("POST", f"{at}/clock", answered(self.change_clock)),
            ("GET", f"{at}/settings", answered(self.settings)),
            ("POST", f"{at}/settings", answered(self.change_settings)),
        ]

    async def health(self, _request: web.Request) -> Any:
        world = self.world
        return {
            "ok": True,
            "pid": os.getpid(),
            "now": world.clock.now(),
            "seed": world.seed,
            "cards": world.catalogue.size,
            "markets": len(world.markets.known),
            "moves": sum(market.moves for market in world.markets.known.values()),
            "pushes_under_way": len(world.pushes.under_way),
            "sessions": len(world.sessions.cabinet),
            "requests": world.journal.latest,
        }

    async def cards(self, request: web.Request) -> Any:
        """The codes of `count` cards from number `first` on, without opening their markets."""
        first = _whole(request.query.get("first", "0"), "first")
        count = min(_CARDS_MOST, _whole(request.query.get("count", "1000"), "count"))
        catalogue = self.world.catalogue
        numbers = range(first, min(first + count, catalogue.size))
        return {
            "size": catalogue.size,
            "cards": [catalogue.at(number).master_sku for number in numbers],
        }

    async def offers(self, request: web.Request) -> Any:
        """All offers on a card, absent ones too, with what moves them."""
        market = self._market(request.query.get("master_sku"))
        return {
            "master_sku": market.card.master_sku,
            "title": market.card.title,
            "offers": [_offer(offer) for offer in market.offers],
        }

    async def change_offer(self, request: web.Request) -> Any:
        """Set a rival's price (everywhere, or in one city), or remove it with a null price."""
        wanted = await read_object(request)
        market = self._market(wanted.get("master_sku"))
        offers = market.of(str(wanted.get("merchant_id")))
        if not offers:
            raise BadRequest(f"No merchant {wanted.get('merchant_id')!r} on this card.")
        if "price" not in wanted:
            raise BadRequest("price is required; null removes the offer.")
        for offer in offers:
            self._put(market, offer, wanted)
        return {"offers": [_offer(offer) for offer in offers]}

    async def listings(self, request: web.Request) -> Any:
        merchant_id = merchant_id_of(request.query)
        return {
            "merchant_id": merchant_id,
            "listings": [_listing(one) for one in self.world.listings.of(merchant_id)],
        }

    async def expire(self, request: web.Request) -> Any:
        """End cabinet sessions; with `sso` also what could renew them without credentials."""
        wanted = await read_object(request)
        merchant_id = wanted.get("merchant_id")
        if merchant_id is not None and merchant_id not in MERCHANTS:
            raise BadRequest(f"There is no merchant {merchant_id!r}.")
        expired = self.world.sessions.expire(
            merchant_id=merchant_id,
            sign_ons=wanted.get("sso", False) is True,
            after_s=_amount(wanted, "after_s"),
            after_requests=int(_amount(wanted, "after_requests")),
        )
        return {"expired": expired}

    async def revoke(self, request: web.Request) -> Any:
        """Take a merchant out of its account, or put it back; sessions live on without it."""
        wanted = await read_object(request)
        merchant_id = merchant_id_of(wanted)
        self.world.sessions.revoke(merchant_id, again=wanted.get("restore", False) is True)
        return {"revoked": sorted(self.world.sessions.revoked)}

    async def faults(self, _request: web.Request) -> Any:
        return {"faults": self.world.faults.listed(), "endpoints": sorted(self.endpoints)}

    async def order_fault(self, request: web.Request) -> Any:
        try:
            fault = read_fault(await read_object(request), endpoints=self.endpoints)
        except BadFault as bad:
            raise BadRequest(str(bad)) from bad
        self.world.faults.order(fault)
        return {"faults": self.world.faults.listed()}

    async def clear_faults(self, request: web.Request) -> Any:
        self.world.faults.clear(request.query.get("endpoint"))
        return {"faults": self.world.faults.listed()}

    async def requests(self, request: web.Request) -> Any:
        """Requests after `since` (a sequence number), oldest first; `next` asks for the rest."""
        since = _whole(request.query.get("since", "0"), "since")
        found = self.world.journal.since(
            since,
            endpoint=request.query.get("endpoint"),
            merchant_id=request.query.get("merchant_id"),
        )
        shown = [entry for _, entry in zip(range(_REQUESTS_MOST), found, strict=False)]
        complete = len(shown) < _REQUESTS_MOST
        return {
            "requests": shown,
            "next": self.world.journal.latest if complete else shown[-1]["seq"],
        }

    async def forget_requests(self, _request: web.Request) -> Any:
        self.world.journal.forget()
        return {"next": self.world.journal.latest}

    async def clock(self, _request: web.Request) -> Any:
        return {"now": self.world.clock.now(), "scale": self.world.clock.scale}

    async def change_clock(self, request: web.Request) -> Any:
        """Jump ahead, and have done what fell due; or run faster or slower from now on."""
        wanted = await read_object(request)
        advance_s, scale = _amount(wanted, "advance_s"), _amount(wanted, "scale")
        if scale:
            self.world.clock.run_at(scale)
        self.world.clock.advance(advance_s)
        self.world.agenda.settle()
        return await self.clock(request)

    async def settings(self, _request: web.Request) -> Any:
        return self.world.settings.as_dict()

    async def change_settings(self, request: web.Request) -> Any:
        """Change settings; `"reset_limits": true` also opens every lock."""
        wanted = await read_object(request)
        reset = wanted.pop("reset_limits", False) is True
        try:
            self.world.settings.change(wanted)
        except BadSetting as bad:
            raise BadRequest(str(bad)) from bad
        if reset:
            self.world.limits.forget()
            self.world.sessions.codes_sent.clear()
        for market in self.world.markets.known.values():
            market.answers.clear()
        return self.world.settings.as_dict()

    def _market(self, master_sku: Any) -> Market:
        market = self.world.markets.of(master_sku) if isinstance(master_sku, str) else None
        if market is None:
            raise BadRequest(f"There is no card {master_sku!r}.")
        return market

    def _put(self, market: Market, offer: Offer, wanted: dict[str, Any]) -> None:
        price, city_id = wanted["price"], wanted.get("city_id")
        if price is None:
            self.world.rivals.set_presence(market, offer, present=False)
            return
        if type(price) is not int or price < LOWEST_PRICE:
            raise BadRequest(f"price is a whole number of at least {LOWEST_PRICE} tenge.")
        if city_id is None:
            self.world.rivals.set_price(market, offer, price)
        elif city_id in CITIES:
            self.world.rivals.set_city_price(market, offer, city_id, price)
        else:
            raise BadRequest(f"There is no city {city_id!r}.")


def answered(handler: Callable[[web.Request], Awaitable[Any]]) -> Handler:
    """Answer JSON: 400 with a sentence when the order makes no sense."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return replies.json_reply(await handler(request))
        except BadRequest as bad:
            return replies.json_reply({"error": str(bad)}, status=400)

    return answered


async def read_object(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    try:
        body = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError:
        raise BadRequest("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise BadRequest("The body is an object.")
    return body


def merchant_id_of(wanted: Mapping[str, Any]) -> str:
    merchant_id = wanted.get("merchant_id")
    if not isinstance(merchant_id, str) or merchant_id not in MERCHANTS:
        raise BadRequest(f"There is no merchant {merchant_id!r}.")
    return merchant_id


def _amount(wanted: dict[str, Any], name: str) -> float:
    value = wanted.get(name, 0)
    if type(value) not in {int, float} or not 0 <= value < float("inf"):
        raise BadRequest(f"{name} is a number not below zero.")
    return float(value)


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BadRequest(f"{name} is a whole number.")
    return int(text)


def _offer(offer: Offer) -> dict[str, Any]:
    return {
        "merchant_id": offer.shop.merchant_id,
        "merchant_name": offer.shop.name,
        "sku": offer.sku,
        "price": offer.shown_price,
        "city_prices": offer.city_prices,
        "present": offer.present,
        "habit": offer.habit,
        "floor": offer.floor,
        "usual_price": offer.usual_price,
        "preorder": offer.preorder,
        "only_city": offer.only_city,
    }


def _listing(listing: Listing) -> dict[str, Any]:
    return {
        "sku": listing.sku,
        "master_sku": listing.card.master_sku,
        "title": listing.title,
        "price": listing.price,
        "city_prices": listing.city_prices,
        "points": {
            code: {
                "stock_count": at.stock_count,
                "stock_specified": at.stock_specified,
                "pre_order": at.pre_order,
            }
            for code, at in listing.points.items()
        },
        "on_sale": listing.on_sale,
        "reason": listing.reason,
        "pending": len(listing.pending),
    }
