"""A visitor to the sandbox: an HTTP client with a browser's headers and its cookies."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from sandbox.gate import Addresses, Role
from sandbox.people import PASSWORD
from sandbox.run import Options, serving
from sandbox.world import World

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0", "x-auth-version": "3"}
PATIENCE_S = 10
PUSH = "/pricefeed/upload/merchant/process"
BATCH = "/pricefeed/upload/merchant/process/process/batch"
LIST = "/bff/offer-view/list"


class Visitor:
    """Speaks to the three hosts of one sandbox."""

    def __init__(self, world: World, addresses: Addresses, client: aiohttp.ClientSession) -> None:
        self.world = world
        self.client = client
        self.identity, self.cabinet, self.shop = (addresses.url(role) for role in Role)

    async def begin_walk(self) -> aiohttp.ClientResponse:
        return await self.client.get(
            f"{self.cabinet}/oauth2/authorization/1", params={"redirectUrl": f"{self.shop}/mc/"}
        )

    async def say(self, **body: Any) -> tuple[int, Any]:
        """Take one step of a login."""
        answer = await self.client.post(f"{self.identity}/api/p/login", json=body)
        is_json = answer.content_type == "application/json"
        return answer.status, await answer.json() if is_json else await answer.text()

    async def log_in(self, email: str) -> None:
        await self.begin_walk()
        _, answer = await self.say(_u=email, _p=PASSWORD)
        await self.client.get(answer["redirectUrl"])

    async def read(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(f"{self.cabinet}{path}", params=query)
        answer.raise_for_status()
        return await answer.json()

    async def item(self, merchant_id: str, sku: str) -> Any:
        page = await self.read(LIST, m=merchant_id, t=sku)
        return page["data"][0]

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        answer = await self.client.post(f"{self.cabinet}{path}", json=body)
        is_json = answer.content_type == "application/json"
        return answer.status, await answer.json() if is_json else await answer.text()

    async def offers(self, master_sku: str, **question: Any) -> tuple[int, Any]:
        answer = await self.client.post(
            f"{self.shop}/yml/offer-view/offers/{master_sku}",
            json={"cityId": "750000000", "limit": 100, **question},
            headers={"Referer": f"{self.shop}/shop/p/-{master_sku}/"},
        )
        is_json = answer.content_type == "application/json"
        return answer.status, await answer.json() if is_json else await answer.text()

    async def shown_price(self, master_sku: str, merchant_id: str) -> float | None:
        _, answer = await self.offers(master_sku)
        prices = [o["price"] for o in answer["offers"] if o["merchantId"] == merchant_id]
        return prices[0] if prices else None

    async def order(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Use the sandbox's own control API."""
        answer = await self.client.request(method, f"{self.shop}/_sandbox/{path}", json=body)
        return answer.status, await answer.json()

    async def spoil(self, endpoint: str, kind: str, **more: Any) -> None:
        await self.order("POST", "faults", {"endpoint": endpoint, "kind": kind, **more})


@asynccontextmanager
async def visiting(options: Options) -> AsyncIterator[Visitor]:
    async with serving(options) as (world, addresses), a_client() as client:
        yield Visitor(world, addresses, client)


def a_client(**headers: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        headers={**BROWSER, **headers}, cookie_jar=aiohttp.CookieJar(unsafe=True)
    )


async def until(question: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again until the answer is yes."""
    async with asyncio.timeout(PATIENCE_S):
        while not await question():  # noqa: ASYNC110 -- another process may be asked
            await asyncio.sleep(0.01)
