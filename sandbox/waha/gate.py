"""The way in to every endpoint: its key, the faults, the journal, the number of the request."""

import asyncio
import secrets
import sys
import traceback
from dataclasses import dataclass
from typing import Final

from sandbox.waha import replies, shapes
from sandbox.waha.faults import BROKEN, STATUSES, Fault
from sandbox.waha.replies import Refused, Thrown
from sandbox.waha.routes import Call, Route, Routes
from sandbox.waha.wire import Answer, Request
from sandbox.waha.world import World

_NUMBER: Final = "x-request-id"
_KEY: Final = "x-api-key"


@dataclass(frozen=True, slots=True)
class Gate:
    """Answers requests with what the routes hold. Our own need no key and leave no trace."""

    world: World
    routes: Routes
    ours: Routes

    async def answer(self, request: Request) -> Answer | None:
        own = self.ours.find(request)
        if own is not None:
            return await self._handled(own[0], Call(self.world, request, own[1]))
        found = self.routes.find(request)
        if found is None:
            return replies.no_such_path(request)
        route, steps = found
        call = Call(self.world, request, steps)
        fault = self.world.faults.take(route.name, call.session_name())
        answer = (
            await self._spoilt(fault, route, call) if fault else await self._let_in(route, call)
        )
        number = request.headers.get(_NUMBER) or secrets.token_hex(8)
        if answer is not None:
            answer.headers["X-Request-Id"] = number
        self.world.journal.write(
            time=self.world.clock.now(),
            endpoint=route.name,
            method=request.method,
            path=request.path,
            session=call.session_name(),
            request_id=number,
            status=answer.status if answer else 0,
            fault=fault.kind if fault else None,
            body=request.body,
        )
        return answer

    async def _let_in(self, route: Route, call: Call) -> Answer:
        if route.action is not None and call.request.path.strip("/") not in self._open():
            key = call.request.headers.get(_KEY) or call.query.get(_KEY) or ""
            if not self.world.keys.knows(key):
                return replies.unauthorized()
            if not self.world.keys.allows(key, route.action, call.session_name()):
                return replies.forbidden()
        return await self._handled(route, call)

    def _open(self) -> frozenset[str]:
        return self.world.environment.open_paths

    async def _handled(self, route: Route, call: Call) -> Answer:
        try:
            return await route.handler(call)
        except Refused as refused:
            return refused.answer
        except Thrown as error:
            return self._thrown(error, call)
        except Exception as error:  # noqa: BLE001 -- one bad request must not end the play
            traceback.print_exc(file=sys.stderr)
            return self._thrown(Thrown(f"{type(error).__name__}: {error}"), call)

    def _thrown(self, error: Thrown, call: Call) -> Answer:
        environment = self.world.environment
        version = shapes.environment(environment.engine, environment.worker)
        return replies.thrown(error, call.request, now=self.world.clock.now(), version=version)

    async def _spoilt(self, fault: Fault, route: Route, call: Call) -> Answer | None:
        """Answer as the fault has it; the request takes effect where it struck `after`."""
        takes_effect = fault.after or fault.kind in ("slow", "truncated")
        answer = await self._let_in(route, call) if takes_effect else None
        if fault.kind in ("hang", "slow"):
            await asyncio.sleep(fault.timeout_s)
        if fault.kind in BROKEN:
            return None
        if fault.kind == "500":
            return self._thrown(Thrown("Protocol error: Target closed."), call)
        if fault.kind in STATUSES:
            return replies.refusal(STATUSES[fault.kind], "Ordered by a test").answer
        if answer is not None and fault.kind == "truncated":
            answer.body = answer.body[: len(answer.body) // 2]
        return answer
