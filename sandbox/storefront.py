"""The public storefront: offers on a card, and the card's page."""

from collections import Counter, OrderedDict
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

import orjson
from aiohttp import web

from sandbox import replies
from sandbox.cities import ALMATY, CITIES
from sandbox.clock import iso as _written
from sandbox.gate import Addresses, Role, Route
from sandbox.mishaps import fault_of
from sandbox.offers import Market, Offer
from sandbox.pages import page
from sandbox.product_page import product_page
from sandbox.settings import Settings
from sandbox.world import World

_DAY_S: Final = 86_400
_ANSWER_AGE_S: Final = 3_600
_ANSWERS_KEPT: Final = 20_000
_EMPTY: Final = orjson.dumps(
    {"offers": [], "total": 0, "offersCount": 0, "pcmResponsePresent": False}
)
_DURATIONS: Final = (
    (0, "TODAY"),
    (1, "TOMORROW"),
    (3, "TILL_3_DAYS"),
    (5, "TILL_5_DAYS"),
    (7, "TILL_7_DAYS"),
)

# Most moments in answers are the same few: midnights, and hours after them.
iso = lru_cache(maxsize=4_096)(_written)


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader of offers asked for, as far as it changes the answer."""

    city_id: str
    by_price: bool
    limit: int
    page: int
    merchant_ids: tuple[str, ...] = ()
    # How many rows came in before this page while it was being asked for.
    moved: int = 0


@dataclass(slots=True)
class Storefront:
    """Its endpoints over a world. Answers are kept as bytes until their market changes."""

    world: World
    addresses: Addresses
    _fresh: OrderedDict[int, Market] = field(default_factory=OrderedDict)

    def routes(self) -> list[Route]:
        role = Role.SHOP
        offers = "/yml/offer-view/offers/{master_sku}"
        return [
            Route(role, "POST", offers, "offers", self.offers, walled=True),
            Route(role, "GET", offers, "offers", self.offers_by_get, walled=True),
            Route(role, "GET", "/shop/p/{path}/", "product_page", self.product_page),
            Route(role, "GET", "/p/{path}/", "product_page", self.product_page),
            Route(role, "GET", "/mc/", "cabinet_page", self.cabinet_page),
        ]

    async def offers(self, request: web.Request) -> web.Response:
        """Answer who sells a card in a city, or put up the wall."""
        world = self.world
        now = world.clock.now()
        if not world.limits.may_read_offers(address=request.remote or "", now=now):
            return replies.wall()
        if _looks_like_a_machine(request, world.settings):
            return replies.wall()
        question = _read(await request.read(), request, world.settings)
        if question is None:
            return replies.message("Bad Request", status=400)
        market = world.markets.of(request.match_info["master_sku"])
        if market is None or question.city_id not in CITIES:
            return replies.json_bytes(_EMPTY)
        return replies.json_bytes(self._answer(market, question, world.told_now()))

    async def offers_by_get(self, request: web.Request) -> web.Response:
        """The same by GET, with the city in a header, if the marketplace allows it."""
        if not self.world.settings.offers_by_get:
            return replies.empty(405)
        return await self.offers(request)

    async def product_page(self, request: web.Request) -> web.Response:
        """A card's page; `c` is the city whose price it shows."""
        master_sku = request.match_info["path"].rpartition("-")[2]
        market = self.world.markets.of(master_sku)
        if market is None:
            return replies.html_reply(page("not_found.html"), status=404)
        siblings = self.world.catalogue.siblings(market.card)
        return replies.html_reply(product_page(market, siblings, request.query.get("c", ALMATY)))

    async def cabinet_page(self, request: web.Request) -> web.Response:
        """The cabinet's page: it holds no data and opens no session."""
        return replies.html_reply(
            page(
                "cabinet.html",
                cabinet=self.addresses.url_for(request, Role.CABINET),
                identity=self.addresses.url_for(request, Role.IDENTITY),
            )
        )

    def _answer(self, market: Market, question: Question, now: float) -> bytes:
        # Delivery dates are in the answer, so it goes stale with the hour even if nobody moves.
        key = (question, now // _ANSWER_AGE_S)
        known = market.answers.get(key)
        if known is None:
            twice = self.world.settings.merchant_twice
            known = market.answers[key] = orjson.dumps(_body(market, question, now, twice=twice))
            self._keep_few(market)
        return known

    def _keep_few(self, market: Market) -> None:
        """Remember whose answers are kept, and drop the oldest market's when there are many."""
        self._fresh[id(market)] = market
        self._fresh.move_to_end(id(market))
        if len(self._fresh) > _ANSWERS_KEPT:
            self._fresh.popitem(last=False)[1].answers.clear()


def _looks_like_a_machine(request: web.Request, settings: Settings) -> bool:
    wanted = ["Referer"] if settings.require_browser else []
    wanted += ["Sec-Fetch-Mode"] if settings.require_sec_fetch else []
    return any(name not in request.headers for name in wanted)


def _read(raw: bytes, request: web.Request, settings: Settings) -> Question | None:
    """Read the question; None if it makes no sense."""
    try:
        body = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError:
        return None
    if not isinstance(body, dict):
        return None
    limit, number = body.get("limit", settings.offers_default_limit), body.get("page", 0)
    if type(limit) is not int or type(number) is not int or limit < 0 or number < 0:
        return None
    merchant_ids = body.get("merchantUID") or ()
    if not isinstance(merchant_ids, str | list | tuple):
        return None
    moved = 1 if number and fault_of(request, "duplicates") else 0
    return Question(
        city_id=str(body.get("cityId") or request.headers.get("X-KS-City") or ALMATY),
        by_price=body.get("sortOption") == "PRICE" or body.get("sort") is True,
        limit=min(limit, settings.offers_most),
        page=number,
        merchant_ids=(merchant_ids,)
        if isinstance(merchant_ids, str)
        else tuple(map(str, merchant_ids)),
        moved=moved,
    )


def _body(market: Market, question: Question, now: float, *, twice: bool = False) -> dict[str, Any]:
    priced = [
        (price, offer)
        for offer in market.offers
        if (price := offer.price_in(question.city_id)) is not None
        and (not question.merchant_ids or offer.shop.merchant_id in question.merchant_ids)
    ]
    if twice and priced:
        # The first merchant once more, from another point: not documented, but seen by some.
        price, offer = priced[0]
        priced.append((price, replace(offer, delivery_type="PICKUP", point="PP2")))
    if question.by_price:
        priced.sort(key=lambda pair: pair[0])
    start = max(0, question.page * question.limit - question.moved)
    durations = Counter(_duration(offer) for _, offer in priced)
    return {
        "offers": [
            _offer(market, offer, price, now)
            for price, offer in priced[start : start + question.limit]
        ],
        "total": len(priced),
        "offersCount": len(priced),
        "deliveryDurationFacetValues": dict(durations),
        "badges": [],
        "highRatingPresent": any((offer.shop.rating or 0) >= 4.8 for _, offer in priced),  # noqa: PLR2004 -- theirs
        "pcmResponsePresent": False,
    }


def _offer(market: Market, offer: Offer, price: int, now: float) -> dict[str, Any]:
    shop, midnight = offer.shop, now // _DAY_S * _DAY_S
    point = f"{shop.merchant_id}_{offer.point}"
    days = offer.delivery_days + offer.preorder
    row: dict[str, Any] = {
        "masterSku": market.card.master_sku,
        "masterCategory": market.card.master_category,
        "merchantId": shop.merchant_id,
        "merchantName": shop.name,
        "merchantSku": offer.sku,
        "title": offer.title,
        "price": float(price),
        "delivery": iso(midnight + days * _DAY_S + 18 * 3_600),
        "deliveryMovedBySlot": False,
        "kdPickupDate": iso(midnight + (max(days, 1) - 1) * _DAY_S + 15 * 3_600),
        "availabilityDate": iso(now if not offer.preorder else midnight + offer.preorder * _DAY_S),
        "kaspiDelivery": offer.kaspi_delivery,
        "kdPoints": [point],
        "preorder": offer.preorder,
        "locatedInPoint": point,
        "deliveryType": offer.delivery_type,
        "deliveryDuration": _duration(offer),
        "postomat": iso(midnight + (days + 1) * _DAY_S + 18 * 3_600),
        "purchaseCount": offer.purchases,
    }
    if shop.rating is not None:
        row["merchantRating"] = shop.rating
        row["merchantReviewsQuantity"] = shop.reviews
    if offer.delivery_type != "TO_DOOR":
        row["pickup"] = iso(midnight + offer.preorder * _DAY_S + 19 * 3_600)
        row["pointsWithAvailability"] = [point]
    return row


def _duration(offer: Offer) -> str:
    days = offer.delivery_days + offer.preorder
    return next((name for most, name in _DURATIONS if days <= most), "OTHER")
