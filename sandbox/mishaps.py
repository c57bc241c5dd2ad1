"""What a fault does to one request: another answer, a bent one, or one that does not arrive."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from random import Random
from typing import Final

from aiohttp import web

from sandbox import replies
from sandbox.distortions import distort
from sandbox.faults import BODIES, INSTEAD, Fault, Handler

FAULT: Final = web.RequestKey("fault", Fault)

# Where nothing was answered the journal says so.
_NOTHING = 0
_SLOW_PIECES = 20
_LOGIN_PAGE: Final = "<!DOCTYPE html><html><body>Вход</body></html>"
_ERRORS: Final = {"errors": [{"message": "Internal error"}], "data": None}
_BENT: Final = frozenset({*BODIES, "text", "drift"})


def fault_of(request: web.Request, *kinds: str) -> Fault | None:
    """The fault that strikes this request, if it is of one of these kinds."""
    fault: Fault | None = request.get(FAULT)
    return fault if fault is not None and fault.kind in kinds else None


async def spoil(
    fault: Fault, request: web.Request, handler: Handler, *, login_url: str, chance: Random
) -> web.StreamResponse:
    """Answer as the fault says, letting the request take effect first where it asks for that."""
    request[FAULT] = fault
    answer: web.StreamResponse | None = None
    if fault.after or fault.kind not in INSTEAD:
        answer = await handler(request)
    if fault.kind in INSTEAD or answer is None:
        return _instead(fault, login_url)
    if fault.kind in _BENT:
        distort(answer, fault, chance)
    return answer


async def send(
    fault: Fault, request: web.Request, answer: web.StreamResponse
) -> web.StreamResponse:
    """Send the answer, or as much of it as the fault lets through."""
    if _is_silent(fault, answer):
        if fault.kind != "reset":
            await asyncio.sleep(fault.timeout_s)
        return _abort(request, answer)
    if fault.kind in {"stall", "slow", "cut"} and isinstance(answer, web.Response):
        return await _send_part(fault, request, answer)
    return answer


def status_seen(fault: Fault | None, answer: web.StreamResponse) -> int:
    """What the caller can have read: 0 where the connection breaks before the first byte."""
    return _NOTHING if fault is not None and _is_silent(fault, answer) else answer.status


def _is_silent(fault: Fault, answer: web.StreamResponse) -> bool:
    """Whether nothing at all arrives. From abroad, only refusals do."""
    is_data = answer.status < HTTPStatus.BAD_REQUEST
    return fault.kind in {"reset", "timeout"} or (fault.kind == "abroad" and is_data)


def _instead(fault: Fault, login_url: str) -> web.Response:
    answer = _wrong_answer(fault.kind, login_url)
    if fault.retry_after_s is not None:
        answer.headers["Retry-After"] = str(fault.retry_after_s)
    return answer


def _wrong_answer(kind: str, login_url: str) -> web.Response:
    made: dict[str, Callable[[], web.Response]] = {
        "302": lambda: web.Response(status=302, headers={"Location": login_url}),
        "403html": replies.wall,
        "403json": lambda: replies.message("Forbidden", status=403),
        "html200": lambda: replies.html_reply(_LOGIN_PAGE),
        "errors": lambda: replies.json_reply(_ERRORS),
        "empty": lambda: replies.empty(200),
        "reset": lambda: replies.empty(500),
        "timeout": lambda: replies.empty(500),
    }
    return made[kind]() if kind in made else replies.empty(int(kind))


async def _send_part(
    fault: Fault, request: web.Request, answer: web.Response
) -> web.StreamResponse:
    """Promise the whole body and send half of it; or all of it, a piece at a time."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    stream = web.StreamResponse(status=answer.status, headers=answer.headers)
    stream.cookies.update(answer.cookies)
    stream.content_length = len(body)
    await stream.prepare(request)
    if fault.kind == "slow":
        size = len(body) // _SLOW_PIECES + 1
        for start in range(0, len(body), size):
            await stream.write(body[start : start + size])
            await asyncio.sleep(fault.timeout_s / _SLOW_PIECES)
        await stream.write_eof()
        return stream
    await stream.write(body[: len(body) // 2])
    if fault.kind == "stall":
        await asyncio.sleep(fault.timeout_s)
    return _abort(request, stream)


def _abort(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return answer
