"""The market to look at: all cards, and one card with its prices over time."""

from dataclasses import dataclass

from aiohttp import web

from sandbox import replies
from sandbox.faults import Handler
from sandbox.pages import page
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class MarketPages:
    """Server-rendered pages over a world."""

    world: World

    def routes(self) -> list[tuple[str, str, Handler]]:
        return [("GET", "/market/{master_sku}", self.market)]

    async def index(self, _request: web.Request) -> web.Response:
        return replies.html_reply(page("not_found.html"))

    async def market(self, _request: web.Request) -> web.Response:
        return replies.html_reply(page("not_found.html"))
