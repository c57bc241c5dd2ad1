"""A client of the stand-in, and somebody who listens to its webhooks."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.waha.environment import Environment, key_hash
from sandbox.waha.run import serving
from sandbox.waha.world import World
from tests.sandbox.waha.contract import Contract

KEY = "k" * 32
HMAC_KEY = "hook-key"
SELLER = "77019999999"
BUYER = "77010000001"
PATIENCE_S = 10
# Nothing takes time unless a test lets it.
AT_ONCE = {"start_s": 0, "login_s": 0, "ack_server_s": 0, "ack_device_s": 0, "ack_read_s": 0}


@dataclass
class Listener:
    """Somebody's endpoint for webhooks: `answers` are the next statuses, 200 afterwards."""

    url: str
    contract: Contract | None
    heard: list[dict[str, Any]] = field(default_factory=list)
    deliveries: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        envelope = json.loads(raw)
        if self.contract is not None:
            self.contract.judge_event(envelope)
        async with self._changed:
            self.deliveries.append(({k.lower(): v for k, v in request.headers.items()}, raw))
            self.heard.append(envelope)
            self._changed.notify_all()
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def hears(self, event: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until an event came so often; give all of its kind."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: len(self.of(event)) >= count)
        return self.of(event)

    async def hears_status(self, status: str) -> dict[str, Any]:
        """Wait until a session was told to have a state."""

        def told() -> list[dict[str, Any]]:
            return [one for one in self.of("session.status") if one["payload"]["status"] == status]

        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: bool(told()))
        return told()[-1]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [one for one in self.heard if one["event"] == event]

    def hook(self, *events: str, **more: Any) -> dict[str, Any]:
        """A webhook of a session's config that leads here."""
        return {"url": self.url, "events": list(events) or ["*"], **more}


@dataclass
class Visitor:
    """Asks with the container's key; every answer is held against the description."""

    world: World
    client: aiohttp.ClientSession
    contract: Contract | None
    asked: set[tuple[str, str]] = field(default_factory=set)

    async def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """Give the status and the answer: JSON where it is, else bytes."""
        given = {"X-Api-Key": KEY, **{name.replace("_", "-"): headers[name] for name in headers}}
        async with self.client.request(method, path, json=body, headers=given) as answer:
            raw, kind = await answer.read(), answer.content_type
            if self.contract is not None:
                plain = path.partition("?")[0]
                judged = self.contract.judge_answer(method, plain, answer.status, kind, raw)
                self.asked |= {judged} if judged else set()
            return answer.status, json.loads(raw) if kind == "application/json" else raw

    async def get(self, path: str) -> tuple[int, Any]:
        return await self.ask("GET", path)

    async def post(self, path: str, **body: Any) -> tuple[int, Any]:
        return await self.ask("POST", path, body)

    async def ask_blindly(self, method: str, path: str, **body: Any) -> tuple[int, bytes]:
        """Ask for what the description does not foresee: a proxy's refusal, half an answer."""
        whole = {"session": "default", "chatId": f"{BUYER}@c.us", **body}
        async with self.client.request(
            method, path, json=whole, headers={"X-Api-Key": KEY}
        ) as answer:
            return answer.status, await answer.read()

    async def order(self, method: str, path: str, **body: Any) -> Any:
        """Use the stand-in's own control."""
        async with self.client.request(method, f"/_control/{path}", json=body) as answer:
            return await answer.json()

    async def status(self, name: str = "default") -> str:
        _, session = await self.get(f"/api/sessions/{name}")
        return str(session["status"])

    async def until(self, status: str, name: str = "default") -> None:
        """Wait for a state of a session."""
        async with asyncio.timeout(PATIENCE_S):
            while (session := self.world.sessions[name]).status != status:
                await session.changed.wait()

    async def create(self, name: str = "default", **config: Any) -> None:
        await self.post("/api/sessions", name=name, config=config)

    async def log_in(self, name: str = "default", phone: str = SELLER, **config: Any) -> None:
        """Make a session that works."""
        await self.create(name, **config)
        await self.until("SCAN_QR_CODE", name)
        await self.order("POST", "sessions/scan", session=name, phone=phone)
        await self.until("WORKING", name)

    async def send(self, text: str = "Сәлем", to: str = BUYER, **more: Any) -> tuple[int, Any]:
        body = {"session": "default", "chatId": f"{to}@c.us", "text": text, **more}
        return await self.post("/api/sendText", **body)

    async def chat(self, with_: str = BUYER, session: str = "default") -> list[dict[str, Any]]:
        """What is in a chat, as the phones have it."""
        found = await self.order("GET", f"messages?session={session}&chat={with_}")
        return list(found["messages"])


@asynccontextmanager
async def visiting(
    contract: Contract | None, *, engine: str = "GOWS", **environment: Any
) -> AsyncIterator[Visitor]:
    """Ask a stand-in of one's own."""
    usual = {"engine": engine, "switches": AT_ONCE, "key_hash": key_hash(KEY)}
    told: dict[str, Any] = {**usual, **environment}
    settings = Environment(host="127.0.0.1", port=0, **told)
    async with (
        serving(settings) as (world, port),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        yield Visitor(world, client, contract)


@asynccontextmanager
async def listening(contract: Contract | None) -> AsyncIterator[Listener]:
    """Listen at an address of one's own."""
    listener = Listener("", contract)
    app = web.Application()
    app.router.add_post("/hooks/waha/", listener.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/waha/"
    try:
        yield listener
    finally:
        await runner.cleanup()
