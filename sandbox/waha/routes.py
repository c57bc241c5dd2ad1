"""What may be asked: an address, a handler, and what a key must be good for."""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.waha import replies
from sandbox.waha.keys import Action
from sandbox.waha.session import Session, Status
from sandbox.waha.wire import Answer, Request
from sandbox.waha.world import World

_WORKS = (Status.WORKING,)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that found its endpoint. `steps` are the named parts of its path."""

    world: World
    request: Request
    steps: dict[str, str]

    def body(self) -> dict[str, Any]:
        """The body as an object; nothing of it is checked, as nothing is there."""
        if not self.request.body:
            return {}
        try:
            read = json.loads(self.request.body)
        except ValueError:
            raise replies.refusal(400, "Unexpected token in JSON") from None
        return read if isinstance(read, dict) else {}

    @property
    def query(self) -> dict[str, str]:
        return self.request.query

    def session_name(self) -> str | None:
        """The session a request is about, wherever it is named."""
        if "session" in self.steps:
            return self.steps["session"]
        if self.request.method == "GET":
            return self.query.get("session")
        try:
            named = self.body().get("session")
        except replies.Refused:
            return None
        return named if isinstance(named, str) else None

    def known(self) -> Session:
        """The session by its name, running or not. 404 where there is none."""
        session = self.world.sessions.get(self.session_name() or "default")
        if session is None:
            raise replies.unknown_session()
        return session

    def running(self) -> Session:
        name = self.session_name() or "default"
        session = self.world.sessions.get(name)
        if session is None or not session.is_running:
            raise replies.not_running(name)
        return session

    async def in_state(self, *expected: Status) -> Session:
        """The session, once it has one of these states: waited for as the original waits."""
        session = self.running()
        within_s = self.world.switches.wait_s
        if not await self.world.reach(session, expected, within_s=within_s):
            raise replies.not_as_expected(session, expected)
        return session

    async def working(self) -> Session:
        return await self.in_state(*_WORKS)

    def whole(self, name: str, usual: int) -> int:
        text = self.query.get(name, "")
        return int(text) if text.isascii() and text.isdigit() else usual


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint. Without an action it asks for no key."""

    method: str
    path: str
    name: str
    handler: Handler
    action: Action | None = Action.READ

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(part for part in self.path.split("/") if part)


@dataclass(slots=True)
class Routes:
    """Finds the endpoint of a request; a written-out step wins over a named one."""

    _by_shape: dict[tuple[str, int], list[Route]] = field(default_factory=dict)

    def add(self, routes: Iterable[Route]) -> None:
        for route in routes:
            shaped = self._by_shape.setdefault((route.method, len(route.parts)), [])
            shaped.append(route)
            shaped.sort(key=lambda one: [part.startswith("{") for part in one.parts])

    def find(self, request: Request) -> tuple[Route, dict[str, str]] | None:
        steps = request.steps
        for route in self._by_shape.get((request.method, len(steps)), ()):
            named = _matched(route.parts, steps)
            if named is not None:
                return route, named
        return None

    def names(self) -> frozenset[str]:
        return frozenset(route.name for shaped in self._by_shape.values() for route in shaped)


def _matched(parts: tuple[str, ...], steps: tuple[str, ...]) -> dict[str, str] | None:
    named: dict[str, str] = {}
    for part, step in zip(parts, steps, strict=True):
        if part.startswith("{"):
            named[part[1:-1]] = step
        elif part != step:
            return None
    return named
