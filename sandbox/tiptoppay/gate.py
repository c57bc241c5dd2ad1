"""The way in to every call: its key, how many at once, and a memory for ids that come again."""

import asyncio
import base64
import hmac
import sys
import traceback
from dataclasses import dataclass, field, replace
from typing import Final

from sandbox.tiptoppay import shapes
from sandbox.tiptoppay.faults import BROKEN, STATUSES, Fault
from sandbox.tiptoppay.params import BadParams, Params, read_params
from sandbox.tiptoppay.payments import NotPossible
from sandbox.tiptoppay.routes import Call, Route, Routes
from sandbox.tiptoppay.world import World
from sandbox.waha.wire import Answer, Request

_REMEMBERED_S: Final = 3_600.0
_REMEMBERED_MOST: Final = 50_000
_ID: Final = "x-request-id"


@dataclass(slots=True)
class Gate:
    """Answers requests with what the routes hold. Pages and control ask for no key."""

    world: World
    routes: Routes
    ours: Routes
    at_once: int = 0
    most_at_once: int = 0
    _first: dict[str, tuple[float, asyncio.Future[Answer]]] = field(default_factory=dict)

    def forget(self) -> None:
        self._first.clear()
        self.most_at_once = 0

    async def answer(self, request: Request) -> Answer | None:
        own = self.ours.find(request)
        if own is not None:
            route, step = own
            return await self._handled(route, request, step)
        found = self.routes.find(request)
        if found is None:
            return Answer(404)
        route, _ = found
        names = _named(request)
        fault = self.world.faults.take(route.name, names)
        if fault is None:
            answer: Answer | None = await self._let_in(route, request)
        else:
            answer = await self._spoilt(fault, route, request)
        self.world.journal.write(
            time=self.world.clock.now(),
            endpoint=route.name,
            method=request.method,
            path=request.path,
            session=next(iter(names), None),
            request_id=request.headers.get(_ID, ""),
            status=answer.status if answer else 0,
            fault=fault.kind if fault else None,
            body=request.body,
        )
        return answer

    async def _let_in(self, route: Route, request: Request) -> Answer:
        if not self._knows(request.headers.get("authorization", "")):
            return Answer(401)
        if self.at_once >= self.world.switches.most_at_once:
            return Answer(429)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._once(route, request)
        finally:
            self.at_once -= 1

    async def _once(self, route: Route, request: Request) -> Answer:
        """Do it, or give the first answer again where the id came within the hour."""
        request_id = request.headers.get(_ID, "")
        if not request_id:
            return await self._handled(route, request, "")
        now = self.world.clock.now()
        known = self._first.get(request_id)
        if known is not None and now - known[0] < _REMEMBERED_S:
            return _copy(await asyncio.shield(known[1]))
        if len(self._first) > _REMEMBERED_MOST:
            self._first = {
                one: first for one, first in self._first.items() if now - first[0] < _REMEMBERED_S
            }
        first: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._first[request_id] = (now, first)
        # Behind the caller's back: whoever asks again joins it, whoever hung up changes nothing.
        self.world.launch(self._do_first(first, route, request))
        return _copy(await asyncio.shield(first))

    async def _do_first(
        self, first: "asyncio.Future[Answer]", route: Route, request: Request
    ) -> None:
        first.set_result(await self._handled(route, request, ""))

    async def _handled(self, route: Route, request: Request, step: str) -> Answer:
        try:
            is_ours = request.path.startswith("/_control/") or request.method == "GET"
            params = Params({}) if is_ours else read_params(request)
            return await route.handler(Call(request, params, step))
        except (BadParams, NotPossible) as refused:
            return shapes.refusal(str(refused))
        except Exception:  # noqa: BLE001 -- one bad request must not end the play
            traceback.print_exc(file=sys.stderr)
            return Answer(500)

    async def _spoilt(self, fault: Fault, route: Route, request: Request) -> Answer | None:
        """Answer as the fault has it; the work is done where it struck `after`."""
        answer = await self._let_in(route, request) if fault.does_work else None
        if fault.kind in ("hang", "slow"):
            await asyncio.sleep(fault.timeout_s)
        if fault.kind in BROKEN:
            return None
        if fault.kind in STATUSES:
            headers = {"Location": "/elsewhere"} if fault.kind == "301" else {}
            return Answer(STATUSES[fault.kind], headers=headers)
        if answer is not None and fault.kind == "truncated":
            answer = replace(answer, body=answer.body[: len(answer.body) // 2])
        return answer

    def _knows(self, authorization: str) -> bool:
        environment = self.world.environment
        key = f"{environment.public_id}:{environment.api_secret}".encode()
        right = f"Basic {base64.b64encode(key).decode()}"
        return hmac.compare_digest(authorization.encode("latin-1", "replace"), right.encode())


def _named(request: Request) -> list[str]:
    """Whose call it is: the account and the invoice that it names."""
    try:
        params = read_params(request)
    except BadParams:
        return []
    return [name for name in (params.text("AccountId"), params.text("InvoiceId")) if name]


def _copy(answer: Answer) -> Answer:
    return replace(answer, headers=dict(answer.headers))
