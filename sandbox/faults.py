"""Faults to order: what goes wrong, where, how often, and for whom."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any, Final

from aiohttp import web

from sandbox import replies
from sandbox.dice import dice

KINDS: Final = (
    *("401", "403html", "403json", "405", "429", "500", "reset", "timeout"),
    *("html200", "truncated", "lostjob", "empty"),
)
_DEFAULT_TIMEOUT_S = 60.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BadFault(ValueError):
    """A fault that cannot be ordered; the text says why."""


@dataclass(slots=True)
class Fault:
    """One ordered fault. `after` lets the request take effect and spoils only the answer."""

    endpoint: str
    kind: str
    count: int | None = None
    probability: float = 1.0
    merchant_id: str | None = None
    after: bool = False
    timeout_s: float = _DEFAULT_TIMEOUT_S


@dataclass(slots=True)
class Faults:
    """The faults in force, by endpoint."""

    by_endpoint: dict[str, list[Fault]] = field(default_factory=dict)
    chance: Random = field(default_factory=lambda: dice("faults"))

    def order(self, fault: Fault) -> None:
        self.by_endpoint.setdefault(fault.endpoint, []).append(fault)

    def clear(self, endpoint: str | None = None) -> None:
        if endpoint is None:
            self.by_endpoint.clear()
        else:
            self.by_endpoint.pop(endpoint, None)

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(fault) for faults in self.by_endpoint.values() for fault in faults]

    def take(self, endpoint: str, merchant_id: str | None) -> Fault | None:
        """The fault that strikes this request, if one does; uses up one of its count."""
        for fault in self.by_endpoint.get(endpoint, ()):
            if fault.merchant_id not in (None, merchant_id):
                continue
            if fault.probability < 1 and self.chance.random() >= fault.probability:
                continue
            if fault.count is not None:
                self._use_up(fault)
            return fault
        return None

    def _use_up(self, fault: Fault) -> None:
        fault.count = (fault.count or 0) - 1
        if fault.count <= 0:
            self.by_endpoint[fault.endpoint].remove(fault)
            if not self.by_endpoint[fault.endpoint]:
                del self.by_endpoint[fault.endpoint]


def read_fault(wanted: Any, *, endpoints: frozenset[str]) -> Fault:
    """Read an ordered fault. Raises BadFault."""
    if not isinstance(wanted, dict):
        raise BadFault("A fault is an object.")
    unknown = set(wanted) - set(Fault.__slots__)
    if unknown:
        raise BadFault(f"A fault has no {', '.join(sorted(unknown))}.")
    fault = Fault(**{"endpoint": "", "kind": "", **wanted})
    if fault.endpoint not in endpoints:
        raise BadFault(f"endpoint is one of {', '.join(sorted(endpoints))}.")
    if fault.kind not in KINDS:
        raise BadFault(f"kind is one of {', '.join(KINDS)}.")
    if fault.kind == "lostjob" and fault.endpoint not in ("push", "batch"):
        raise BadFault("Only push and batch can lose a job.")
    _check_amounts(fault)
    return fault


def _check_amounts(fault: Fault) -> None:
    if fault.count is not None and (type(fault.count) is not int or fault.count < 1):
        raise BadFault("count is a whole number above zero.")
    if isinstance(fault.probability, bool) or not isinstance(fault.probability, int | float):
        raise BadFault("probability is a number.")
    if not 0 <= fault.probability <= 1:
        raise BadFault("probability is from 0 to 1.")
    if not isinstance(fault.after, bool):
        raise BadFault("after is true or false.")
    if fault.merchant_id is not None and not isinstance(fault.merchant_id, str):
        raise BadFault("merchant_id is text.")
    if isinstance(fault.timeout_s, bool) or not isinstance(fault.timeout_s, int | float):
        raise BadFault("timeout_s is a number of seconds.")


async def spoil(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer as the fault says, letting the request take effect first where it asks for that."""
    answer: web.StreamResponse | None = None
    if fault.after or fault.kind == "truncated":
        answer = await handler(request)
    if fault.kind == "timeout":
        await asyncio.sleep(fault.timeout_s)
    if fault.kind in ("reset", "timeout"):
        if request.transport is not None:
            request.transport.abort()
        return replies.empty(500)
    if fault.kind == "truncated":
        return _cut(answer)
    return _wrong_answer(fault.kind)


def _cut(answer: web.StreamResponse | None) -> web.StreamResponse:
    if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes):
        return replies.empty(500)
    half = answer.body[: len(answer.body) // 2]
    return web.Response(body=half, status=answer.status, content_type=answer.content_type)


def _wrong_answer(kind: str) -> web.Response:
    match kind:
        case "403html":
            return replies.wall()
        case "403json":
            return replies.message("Forbidden", status=403)
        case "html200":
            return replies.html_reply("<!DOCTYPE html><html><body>Вход</body></html>")
        case "empty":
            return replies.empty(200)
        case _:
            return replies.empty(int(kind))
