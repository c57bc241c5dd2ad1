"""A client of the stand-in that sees every byte."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.openai.calls import World
from sandbox.openai.run import Environment, serving

KEY = "sk-of-this-test"
ASKED = {"model": "sandbox-large", "messages": [{"role": "user", "content": "Сәлем"}]}


@dataclass
class Visitor:
    world: World
    client: aiohttp.ClientSession

    async def post(self, path: str, key: str = KEY, **body: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {key}"}
        async with self.client.post(f"/v1/{path}", json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def chat(self, **more: Any) -> tuple[int, Any]:
        return await self.post("chat/completions", **{**ASKED, **more})

    async def stream(self, **more: Any) -> list[Any]:
        """The parts of a stream; its end is the word that ends it."""
        body = {**ASKED, "stream": True, **more}
        headers = {"Authorization": f"Bearer {KEY}"}
        async with self.client.post("/v1/chat/completions", json=body, headers=headers) as answer:
            lines = [line.decode().strip() async for line in answer.content]
        told = [line.removeprefix("data: ") for line in lines if line]
        return [one if one == "[DONE]" else json.loads(one) for one in told]

    async def order(self, path: str, **body: Any) -> Any:
        async with self.client.post(f"/_control/{path}", json=body) as answer:
            return await answer.json()

    async def script(self, *steps: dict[str, Any]) -> None:
        await self.order("script", steps=list(steps))


@asynccontextmanager
async def visiting() -> AsyncIterator[Visitor]:
    async with (
        serving(Environment(port=0, key=KEY)) as (world, url),
        aiohttp.ClientSession(url) as client,
    ):
        yield Visitor(world, client)
