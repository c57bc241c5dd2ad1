"""A shop that calls the stand-in, and its house, which is told what happens."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.tiptoppay.environment import Environment
from sandbox.tiptoppay.run import serving
from sandbox.tiptoppay.world import World
from tests.sandbox.tiptoppay.contract import Contract

PUBLIC_ID = "test_api_of_this_test"
SECRET = "secret-of-this-test"
PATIENCE_S = 10
NO_3DS = "4000 0000 0000 3055"
ASKS_3DS = "4242 4242 4242 4242"
ONCE_ONLY = "4111 1111 1111 1111"
NO_FUNDS = "4000 0566 5566 5556"
KINDS = ("check", "pay", "fail", "confirm", "refund", "cancel", "recurrent")


@dataclass
class House:
    """Our address for notifications: `answers` are the next ones by kind, then it takes all."""

    url: str
    contract: Contract | None
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    # Nothing is answered before it is set.
    pause: asyncio.Event | None = None
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read() or request.raw_path.partition("?")[2].encode()
        kind, headers = request.match_info["kind"], dict(request.headers)
        if self.contract is not None:
            self.contract.judge_notification(kind, headers, raw)
        async with self._changed:
            self.heard.append((kind, headers, raw))
            self._changed.notify_all()
        if self.pause is not None:
            await self.pause.wait()
        waiting = self.answers.get(kind)
        status, body = waiting.pop(0) if waiting else (200, '{"code":0}')
        return web.Response(status=status, text=body, content_type="application/json")

    @property
    def kinds(self) -> list[str]:
        """What was heard of, in its order."""
        return [kind for kind, _, _ in self.heard]

    async def hears(self, *kinds: str) -> None:
        """Wait until it heard so many notifications, and of these kinds."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: sorted(self.kinds) == sorted(kinds))


@dataclass
class Shop:
    """Calls with the terminal's key; every answer is held against the description."""

    world: World
    client: aiohttp.ClientSession
    contract: Contract | None
    key: str = aiohttp.encode_basic_auth(PUBLIC_ID, SECRET)
    asked: set[str] = field(default_factory=set)

    async def call(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Give the status and the answer."""
        status, raw = await self.call_blindly(path, body, **headers)
        if self.contract is not None:
            self.contract.judge_answer(path, status, raw)
        return status, json.loads(raw) if raw else None

    async def call_blindly(self, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        given = {name.replace("_", "-"): headers[name] for name in headers}
        given["Authorization"] = self.key
        async with self.client.post(
            path, json=body or {}, headers=given, allow_redirects=False
        ) as answer:
            self.asked.add(path)
            return answer.status, await answer.read()

    async def done(self, path: str, **body: Any) -> Any:
        """Call for something that succeeds; give its model."""
        status, said = await self.call(path, body)
        assert (status, said["Success"]) == (200, True), said
        return said.get("Model")

    async def refused(self, path: str, **body: Any) -> str:
        """Call for something that is not done; give what was said of it."""
        status, said = await self.call(path, body)
        assert (status, said["Success"]) == (200, False), said
        return str(said["Message"])

    async def order(self, method: str, path: str, **body: Any) -> Any:
        """Use the stand-in's own control."""
        async with self.client.request(method, f"/_control/{path}", json=body) as answer:
            return await answer.json()

    async def advance(self, **units: float) -> None:
        """Let time pass, and wait until what fell due was done."""
        sizes = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
        seconds = sum(sizes[unit] * count for unit, count in units.items())
        await self.order("POST", "clock", advance_s=seconds)
        await self.order("POST", "quiet")

    async def listen(self, house: House, *kinds: str) -> None:
        """Have the house told of things of some kinds, or of all."""
        for kind in kinds or KINDS:
            address = f"{house.url}/{kind}"
            await self.done(
                f"/site/notifications/{kind}/update",
                IsEnabled=True,
                Address=address,
                HttpMethod="POST",
            )

    async def pay(self, card: str = NO_3DS, **more: Any) -> Any:
        """A payer pays in the widget; gives the transaction."""
        widget = {
            "amount": 21990,
            "currency": "KZT",
            "externalId": "inv-1",
            "userInfo": {"accountId": "tenant-1"},
            **more.pop("widget", {}),
        }
        return await self.order("POST", "widget/pay", card=card, widget=widget, **more)

    def charge(self, token: str, **more: Any) -> dict[str, Any]:
        """What a charge of a saved card says."""
        usual = {
            "Amount": 21990,
            "Currency": "KZT",
            "AccountId": "tenant-1",
            "TrInitiatorCode": 0,
            "PaymentScheduled": 1,
            "Token": token,
            "InvoiceId": "inv-2",
        }
        return usual | more


@asynccontextmanager
async def visiting(contract: Contract | None, **environment: Any) -> AsyncIterator[Shop]:
    """Call a stand-in of one's own, where nothing takes time."""
    switches = {"notify_s": 0, **environment.pop("switches", {})}
    settings = Environment(
        port=0, public_id=PUBLIC_ID, api_secret=SECRET, switches=switches, **environment
    )
    async with serving(settings) as world, aiohttp.ClientSession(world.home) as client:
        yield Shop(world, client, contract)


@asynccontextmanager
async def housing(contract: Contract | None) -> AsyncIterator[House]:
    """Listen at an address of one's own."""
    house = House("", contract)
    app = web.Application()
    app.router.add_route("*", "/{kind}", house.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    house.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield house
    finally:
        await runner.cleanup()
