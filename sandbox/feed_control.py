"""Price lists in the sandbox's own API: where one lies, how it went, and one fetched at once."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from sandbox.control import BadRequest, answered, merchant_id_of, read_object
from sandbox.export import price_list_of
from sandbox.faults import Handler
from sandbox.feeds import Feed
from sandbox.people import MERCHANTS
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class FeedControl:
    """Its endpoints over a world."""

    world: World

    def routes(self) -> list[tuple[str, str, Handler]]:
        at = "/_sandbox/price-lists"
        return [
            ("GET", at, answered(self.show)),
            ("POST", at, answered(self.register)),
            ("POST", f"{at}/fetch", answered(self.fetch)),
            ("POST", f"{at}/check", answered(self.check)),
            ("GET", f"{at}/export", self.export),
        ]

    async def show(self, request: web.Request) -> Any:
        return self._shown(merchant_id_of(request.query))

    async def register(self, request: web.Request) -> Any:
        """Fetch a merchant's price list from `url` every hour; null stops that."""
        wanted = await read_object(request)
        merchant_id = merchant_id_of(wanted)
        url = wanted.get("url")
        if url is not None and not (isinstance(url, str) and url.startswith(("http:", "https:"))):
            raise BadRequest("url is an http address, or null.")
        feed = Feed(url, _text(wanted, "login"), _text(wanted, "password")) if url else None
        self.world.feeds.register(merchant_id, feed)
        return self._shown(merchant_id)

    async def fetch(self, request: web.Request) -> Any:
        """Fetch now instead of at the next tick, and tell how it went."""
        merchant_id = merchant_id_of(await read_object(request))
        if merchant_id not in self.world.feeds.by_merchant:
            raise BadRequest(f"Merchant {merchant_id} has no address to fetch from.")
        return asdict(await self.world.feeds.fetch(MERCHANTS[merchant_id]))

    async def check(self, request: web.Request) -> Any:
        """Judge the document in the body; nothing of it takes effect."""
        merchant = MERCHANTS[merchant_id_of(request.query)]
        return asdict(self.world.feeds.check(merchant, await request.read()))

    async def export(self, request: web.Request) -> web.Response:
        """The merchant's own price list as the cabinet exports it: ACTIVE, or ARCHIVE."""
        merchant_id = request.query.get("merchant_id", "")
        if merchant_id not in MERCHANTS:
            raise web.HTTPNotFound
        is_on_sale = request.query.get("available", "ACTIVE") == "ACTIVE"
        listings = [
            listing
            for listing in self.world.listings.of(merchant_id)
            if listing.on_sale == is_on_sale
        ]
        document = price_list_of(MERCHANTS[merchant_id], listings, now=self.world.told_now())
        return web.Response(body=document, content_type="text/xml", charset="utf-8")

    def _shown(self, merchant_id: str) -> dict[str, Any]:
        feed = self.world.feeds.by_merchant.get(merchant_id)
        return {
            "merchant_id": merchant_id,
            "url": feed.url if feed else None,
            "next_at": feed.next_at if feed else None,
            "reports": [asdict(one) for one in self.world.feeds.reports.get(merchant_id, ())],
        }


def _text(wanted: Mapping[str, Any], name: str) -> str | None:
    value = wanted.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRequest(f"{name} is text.")
    return value
