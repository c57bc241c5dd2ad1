"""The stand-in's own side: what it is to answer, how it behaves, what it was asked.

| call | effect |
|---|---|
| `POST /_control/script` | `{"steps": [{…}]}`: answers to come, behind those that wait |
| `DELETE /_control/script` | none waits any more |
| `POST /_control/settings` | `first_s`, `chunk_s`, `requests_per_minute`, `offers_moderation` |
| `POST /_control/models` | `{"models": [...]}`: those there are from now on |
| `GET`, `DELETE /_control/requests` | bodies of requests, oldest first; forget them |
| `GET /_control/streams` | how many streams are open |
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.openai.calls import World
from sandbox.openai.script import BadOrder, Script, change, read_step

Answer = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class Control:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        rows: list[tuple[str, str, Answer]] = [
            ("POST", "script", self._order),
            ("GET", "script", self._script),
            ("DELETE", "script", self._forget_script),
            ("POST", "settings", self._change),
            ("POST", "models", self._models),
            ("GET", "requests", self._requests),
            ("DELETE", "requests", self._forget_requests),
            ("GET", "streams", self._streams),
        ]
        return [
            web.route(method, f"/_control/{path}", _answered(one)) for method, path, one in rows
        ]

    async def _order(self, body: dict[str, Any]) -> dict[str, Any]:
        steps = [read_step(one) for one in body.get("steps", ())]
        self._world.script.steps += steps
        return await self._script(body)

    async def _script(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"steps": self._world.script.listed()}

    async def _forget_script(self, _: dict[str, Any]) -> dict[str, Any]:
        self._world.script = Script()
        return {"steps": []}

    async def _change(self, body: dict[str, Any]) -> dict[str, Any]:
        change(self._world.switches, body)
        self._world.moments.clear()
        return asdict(self._world.switches)

    async def _models(self, body: dict[str, Any]) -> dict[str, Any]:
        self._world.models = [str(one) for one in body.get("models", ())]
        return {"models": self._world.models}

    async def _requests(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"requests": list(self._world.asked)}

    async def _forget_requests(self, _: dict[str, Any]) -> dict[str, Any]:
        self._world.asked.clear()
        return {"requests": []}

    async def _streams(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"open": self._world.streams_open}


def _answered(answer: Answer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await answer(_read(await request.read())))
        except (BadOrder, ValueError, TypeError) as bad:
            return web.json_response({"error": str(bad)}, status=400)

    return answered


def _read(raw: bytes) -> dict[str, Any]:
    body = json.loads(raw) if raw else {}
    if not isinstance(body, dict):
        raise BadOrder("An order is an object.")
    return body
