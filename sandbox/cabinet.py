"""The cabinet's doors and its catalogue: the OAuth callback, `/s/m`, and the `bff` reads."""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from sandbox import replies
from sandbox.access import Access, whole_query
from sandbox.cities import CITIES, shown_cities
from sandbox.gate import Addresses, Role, Route, set_sid
from sandbox.listings import Listing, details, item
from sandbox.pages import page
from sandbox.paging import window
from sandbox.people import Merchant
from sandbox.sessions import merchants_of
from sandbox.world import World

_WALK: Final = "mc_arr"
_CLIENT_ID: Final = "merchant-cabinet"
_PAGE_DEFAULT: Final = 10
_LOW_STOCK: Final = 5


@dataclass(frozen=True, slots=True)
class Cabinet:
    """Its endpoints over a world."""

    world: World
    addresses: Addresses
    access: Access

    def routes(self) -> list[Route]:
        role = Role.CABINET
        return [
            Route(role, "GET", "/", "cabinet_home", self.home),
            Route(role, "GET", "/oauth2/authorization/1", "walk", self.begin_walk),
            Route(role, "GET", "/login/oauth2/code/1", "callback", self.finish_walk),
            Route(role, "GET", "/s/m", "merchants", self.merchants, walled=True),
            Route(role, "GET", "/bff/offer-view/list", "list", self.catalogue, walled=True),
            Route(role, "GET", "/bff/offer-view/details", "details", self.details, walled=True),
            Route(role, "GET", "/bff/offer-view/count", "count", self.count, walled=True),
            Route(role, "GET", "/offers/api/v1/offer/count", "count", self.count, walled=True),
            Route(role, "GET", "/bff/offer-view/points", "points", self.points, walled=True),
            Route(role, "GET", "/offers/api/v1/price/lowest", "lowest", self.lowest, walled=True),
        ]

    async def home(self, request: web.Request) -> web.Response:
        self.access.session(request)
        return replies.empty(200)

    async def begin_walk(self, request: web.Request) -> web.Response:
        """Send the browser to the identity server, remembering where it wants to end."""
        shop = self.addresses.url_for(request, Role.SHOP)
        wanted = request.query.get("redirectUrl", "")
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        key, walk = self.world.sessions.begin_walk(
            challenge=challenge,
            redirect_url=wanted if wanted.startswith(f"{shop}/") else f"{shop}/mc/",
        )
        query = {
            "response_type": "code",
            "client_id": _CLIENT_ID,
            "scope": "openid",
            "state": walk.state,
            "redirect_uri": f"{self.addresses.url_for(request, Role.CABINET)}/login/oauth2/code/1",
            "nonce": secrets.token_urlsafe(18),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        identity = self.addresses.url_for(request, Role.IDENTITY)
        answer = _found(f"{identity}/oauth2/authorize?{urlencode(query)}")
        answer.set_cookie(_WALK, key, httponly=True, samesite="Lax")
        return answer

    async def finish_walk(self, request: web.Request) -> web.Response:
        """Open a session for a walk that began here; anything else fails, and opens none."""
        done = self.world.sessions.finish_walk(
            key=request.cookies.get(_WALK),
            code=request.query.get("code", ""),
            state=request.query.get("state", ""),
        )
        if done is None:
            walk = f"{self.addresses.url_for(request, Role.CABINET)}/oauth2/authorization/1"
            return replies.html_reply(page("login_failed.html", again=walk), status=401)
        session, redirect_url = done
        self.world.say(f"session opened for {session.login}")
        answer = _found(redirect_url)
        answer.del_cookie(_WALK)
        set_sid(answer, session.sid)
        answer.set_cookie("XSRF-TOKEN", secrets.token_urlsafe(18), samesite="Lax")
        return answer

    async def merchants(self, request: web.Request) -> web.Response:
        return replies.json_reply({"merchants": merchants_of(self.access.session(request))})

    async def catalogue(self, request: web.Request) -> web.Response:
        """One page of the catalogue; `total` counts the asked mode and search only."""
        merchant = self._merchant(request)
        page_number = whole_query(request, "p", 0)
        settings = self.world.settings
        size = min(settings.list_most, whole_query(request, "l", _PAGE_DEFAULT))
        found = self._found(request, merchant)
        shown = found[window(request, page=page_number, size=size)]
        rows = [
            item(
                listing,
                cities=shown_cities(settings.all_city_prices),
                skew_s=settings.clock_skew_s,
            )
            for listing in shown
        ]
        return replies.json_reply({"total": len(found), "data": rows})

    async def details(self, request: web.Request) -> web.Response:
        merchant = self._merchant(request)
        listing = self.world.listings.find(merchant.merchant_id, request.query.get("s", ""))
        if listing is None:
            return replies.message("Offer not found", status=404)
        return replies.json_reply(details(listing))

    async def count(self, request: web.Request) -> web.Response:
        listings = self.world.listings.of(self._merchant(request).merchant_id)
        active = sum(listing.on_sale for listing in listings)
        return replies.json_reply({"active": active, "archive": len(listings) - active})

    async def points(self, request: web.Request) -> web.Response:
        return replies.json_reply(points_of(self._merchant(request)))

    async def lowest(self, request: web.Request) -> web.Response:
        self.access.session(request)
        market = self.world.markets.of(request.query.get("s", ""))
        lowest = market.cheapest() if market else None
        if lowest is None:
            return replies.message("Product not found", status=404)
        return replies.json_reply({"price": float(lowest)})

    def _merchant(self, request: web.Request) -> Merchant:
        asked = request.query.get("m") or request.query.get("merchantUid") or ""
        return self.access.merchant(request, asked)

    def _found(self, request: web.Request, merchant: Merchant) -> Sequence[Listing]:
        text, mode = request.query.get("t", "").strip(), request.query.get("a")
        if mode is None and self.world.settings.list_without_a == "archive":
            mode = "false"
        return [
            listing
            for listing in self.world.listings.of(merchant.merchant_id)
            if (mode is None or listing.on_sale == (mode == "true"))
            and (not text or text in listing.sku or text in listing.card.master_sku)
            and _is_on_tab(listing, request)
        ]


def _is_on_tab(listing: Listing, request: web.Request) -> bool:
    """The cabinet's tabs: a category, little in stock, no stock specified."""
    counts = [at.stock_count or 0 for at in listing.points.values() if at.stock_specified]
    if request.query.get("c", listing.card.category) not in {
        listing.card.category,
        *listing.card.category_codes,
    }:
        return False
    if request.query.get("lowStock") == "true":
        return bool(counts) and sum(counts) <= _LOW_STOCK
    return request.query.get("notSpecifiedStock") != "true" or not counts


def points_of(merchant: Merchant) -> list[dict[str, Any]]:
    """Write a merchant's points as the cabinet does."""
    return [
        {
            "id": point.store_id(merchant.merchant_id),
            "enabled": True,
            "name": point.code,
            "type": "WAREHOUSE" if number else "PICKUP_POINT",
            "virtual": False,
            "city": {"id": point.city_id, "name": CITIES[point.city_id]},
            "address": {
                "streetName": "Абая",
                "streetNumber": str(10 + number),
                "building": None,
                "phone": None,
                "name": f"{CITIES[point.city_id]}, Абая {10 + number}",
            },
            "schedule": {
                "weekDays": [
                    {"dayOfWeek": day, "openingTime": "10:00", "closingTime": "19:00"}
                    for day in ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY")
                ]
            },
        }
        for number, point in enumerate(merchant.points)
    ]


def _found(location: str) -> web.Response:
    return web.Response(status=302, headers={"Location": location})
