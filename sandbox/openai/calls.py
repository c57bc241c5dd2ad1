"""The provider's endpoints."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.openai import shapes
from sandbox.openai.script import REFUSALS, Script, Step, Switches

MODELS = ("sandbox-large", "sandbox-small", "sandbox-embedding", "sandbox-moderation")
FLAGGED = "forbidden-word"
_EMBEDDING_SIZE = 256
_MINUTE_S = 60.0
_ROLES = {"developer", "system", "user", "assistant", "tool"}
_KEPT = 2_000

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(
        self, status: int, body: dict[str, Any], retry_after_s: float | None = None
    ) -> None:
        super().__init__(status)
        self.status, self.body, self.retry_after_s = status, body, retry_after_s


@dataclass(slots=True)
class World:
    """What the stand-in knows: its key, its models, its script, and what it was asked."""

    key: str = ""
    models: list[str] = field(default_factory=lambda: list(MODELS))
    script: Script = field(default_factory=Script)
    switches: Switches = field(default_factory=Switches)
    asked: "deque[dict[str, Any]]" = field(default_factory=lambda: deque(maxlen=_KEPT))
    moments: "deque[float]" = field(default_factory=deque)
    prompts: set[str] = field(default_factory=set)
    streams_open: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)  # set when the last stream ends


class Calls:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/chat/completions", self._guarded(self._chat)),
            web.post("/v1/embeddings", self._guarded(self._embeddings)),
            web.post("/v1/moderations", self._guarded(self._moderations)),
            web.get("/v1/models", self._guarded(self._models)),
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self._admit(request)
                return await handler(request)
            except Refused as refused:
                after = refused.retry_after_s
                headers = {} if after is None else {"Retry-After": f"{after:g}"}
                return web.json_response(refused.body, status=refused.status, headers=headers)

        return guarded

    def _admit(self, request: web.Request) -> None:
        """Ask for the key, and count. Raises Refused."""
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not given or (self._world.key and given != self._world.key):
            raise _refused("invalid_api_key")
        limit, moments, now = (
            self._world.switches.requests_per_minute,
            self._world.moments,
            time.monotonic(),
        )
        while moments and moments[0] < now - _MINUTE_S:
            moments.popleft()
        if limit and len(moments) >= limit:
            raise _refused("rate_limit_exceeded", moments[0] + _MINUTE_S - now)
        moments.append(now)

    async def _read(self, request: web.Request) -> dict[str, Any]:
        try:
            body = json.loads(await request.read())
        except ValueError:
            raise _invalid("We could not parse the JSON body of your request.") from None
        if not isinstance(body, dict):
            raise _invalid("The body must be an object.")
        self._world.asked.append({"path": request.path, "body": body})
        if not isinstance(body.get("model"), str):
            raise _invalid("You must provide a model parameter.", "model")
        if body["model"] not in self._world.models:
            raise _refused("model_not_found")
        return body

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await self._read(request)
        messages = _messages(body)
        last = _last(messages, "user")
        step = self._world.script.take(last) or Step(text="{user}")
        if step.delay_s:
            await asyncio.sleep(step.delay_s)
        if step.fault in REFUSALS:
            raise _refused(step.fault, step.retry_after_s)
        if step.fault in {"reset", "hang"} and request.transport is not None:
            request.transport.close()
        said = step.text.replace("{user}", last).replace("{tool}", _last(messages, "tool"))
        known = self._is_known(messages)
        wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        usage = shapes.usage_of(messages, step, said, known=known)
        if not body.get("stream") or step.fault == "plain":
            answer = shapes.completion(
                model=body["model"],
                step=step,
                said=said,
                usage=None if step.fault == "silent" else usage,
            )
            return web.json_response(answer)
        has_usage = wants_usage and step.fault != "silent"
        parts = shapes.chunks(
            model=body["model"], step=step, said=said, usage=usage if has_usage else None
        )
        return await self._stream(request, step, list(parts))

    async def _stream(
        self, request: web.Request, step: Step, parts: list[dict[str, Any]]
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        self._world.streams_open += 1
        try:
            await asyncio.sleep(self._world.switches.first_s)
            await response.prepare(request)
            if step.fault == "garbled":
                await response.write(b'data: {"id": "chatcmpl-\n\n')
            for number, part in enumerate(parts):
                if step.fault == "broken" and number > step.after_chunks:
                    if request.transport is not None:
                        request.transport.close()
                    return response
                await response.write(f"data: {json.dumps(part, ensure_ascii=False)}\n\n".encode())
                await asyncio.sleep(self._world.switches.chunk_s)
            await response.write(b"data: [DONE]\n\n")
        except ConnectionError:
            pass  # whoever asked has gone
        finally:
            self._world.streams_open -= 1
            if not self._world.streams_open:
                self._world.idle.set()
        return response

    def _is_known(self, messages: list[dict[str, Any]]) -> bool:
        """Whether a conversation that begins so was seen before: then its beginning is cached."""
        begins = shapes.text_of(messages[0].get("content"))
        known = begins in self._world.prompts
        self._world.prompts.add(begins)
        return known

    async def _embeddings(self, request: web.Request) -> web.StreamResponse:
        body = await self._read(request)
        size = body.get("dimensions", _EMBEDDING_SIZE)
        return web.json_response(
            shapes.embeddings(
                _texts(body),
                model=body["model"],
                size=size,
                as_text=body.get("encoding_format") == "base64",
            )
        )

    async def _moderations(self, request: web.Request) -> web.StreamResponse:
        if not self._world.switches.offers_moderation:
            raise Refused(404, shapes.refusal(None, "invalid_request_error", "Unknown address."))
        body = await self._read(request)
        return web.json_response(
            shapes.moderation(_texts(body), model=body["model"], flags=FLAGGED)
        )

    async def _models(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(shapes.models(self._world.models))


def _messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _invalid("Invalid 'messages': expected at least one.", "messages")
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            raise _invalid("Invalid role.", f"messages[{number}].role")
    _check_tool_answers(messages)
    return messages


def _check_tool_answers(messages: list[dict[str, Any]]) -> None:
    """Every call of a tool is answered right behind it, and nothing else is."""
    open_calls: set[str] = set()
    for number, message in enumerate(messages):
        if message["role"] == "tool":
            if message.get("tool_call_id") not in open_calls:
                raise _invalid("No such tool call.", f"messages[{number}].tool_call_id")
            open_calls.discard(message["tool_call_id"])
            continue
        if open_calls:
            raise _invalid("A tool call was not answered.", f"messages[{number}].role")
        open_calls = {call["id"] for call in message.get("tool_calls") or ()}
    if open_calls:
        raise _invalid("A tool call was not answered.", "messages")


def _last(messages: list[dict[str, Any]], role: str) -> str:
    said = [shapes.text_of(one.get("content")) for one in messages if one["role"] == role]
    return said[-1] if said else ""


def _texts(body: dict[str, Any]) -> list[str]:
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(one, str) for one in texts):
        raise _invalid("Invalid 'input'.", "input")
    return texts


def _refused(code: str, retry_after_s: float | None = None) -> Refused:
    status, kind, message = REFUSALS[code]
    return Refused(status, shapes.refusal(code, kind, message), retry_after_s)


def _invalid(message: str, param: str | None = None) -> Refused:
    body = shapes.refusal(None, "invalid_request_error", message, param)
    return Refused(400, body)
