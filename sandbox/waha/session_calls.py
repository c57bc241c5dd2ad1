"""Sessions: made, changed, started, stopped, restarted, logged out, deleted, looked at."""

import re
from dataclasses import dataclass
from typing import Any, Final

from sandbox.waha import replies, shapes
from sandbox.waha.keys import Action
from sandbox.waha.lives import Lives
from sandbox.waha.routes import Call, Route
from sandbox.waha.session import Session, Status, ulid
from sandbox.waha.wire import Answer, json_answer
from sandbox.waha.world import World

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,54}")
_BAD_NAME: Final = "Session name can contain only letters, digits, '-' and '_'; 54 at most"


@dataclass(frozen=True, slots=True)
class SessionCalls:
    world: World
    lives: Lives

    def routes(self) -> list[Route]:
        at, one = "/api/sessions", "/api/sessions/{session}"
        return [
            Route("GET", at, "sessions", self.sessions),
            Route("POST", at, "create", self.create, Action.SETTING),
            Route("GET", one, "session", self.session),
            Route("PUT", one, "update", self.update, Action.SETTING),
            Route("DELETE", one, "delete", self.delete, Action.DELETE),
            Route("GET", f"{one}/me", "me", self.me),
            Route("POST", f"{one}/start", "start", self.start, Action.CONTROL),
            Route("POST", f"{one}/stop", "stop", self.stop, Action.CONTROL),
            Route("POST", f"{one}/restart", "restart", self.restart, Action.CONTROL),
            Route("POST", f"{one}/logout", "logout", self.logout, Action.CONTROL),
            Route("GET", f"{one}/timelock", "timelock", self.timelock),
            Route("GET", f"{one}/capping", "capping", self.capping),
        ]

    async def sessions(self, call: Call) -> Answer:
        """List the running ones, or all."""
        wants_all = call.query.get("all", "").lower() == "true"
        shown = [one for one in self.world.sessions.values() if wants_all or one.is_running]
        return json_answer([self.world.card(one) for one in shown])

    async def create(self, call: Call) -> Answer:
        wanted = call.body()
        name = wanted.get("name") or f"session_{ulid(self.world.clock.now())}"
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise replies.refusal(400, [_BAD_NAME])
        if name in self.world.sessions:
            raise replies.refusal(422, f"Session '{name}' already exists. Use PUT to update it.")
        session = self.lives.create(name, _config(wanted))
        if wanted.get("start", True):
            self.lives.start(session)
        return json_answer(self.world.card(session), status=201)

    async def session(self, call: Call) -> Answer:
        return json_answer(self.world.card(call.known()))

    async def update(self, call: Call) -> Answer:
        """Replace the whole config; a running session is stopped and started."""
        session, config = call.known(), _config(call.body())
        was_running = session.is_running
        await self._stop(session)
        session.config = config
        self.world.store.keep(session)
        if was_running:
            self.lives.start(session)
        return json_answer(self.world.card(session))

    async def delete(self, call: Call) -> Answer:
        """Forget all of it; what is not there is deleted already."""
        session = self.world.sessions.get(call.steps["session"])
        if session is not None:
            await self._stop(session)
            self.lives.delete(session)
        return Answer(200)

    async def me(self, call: Call) -> Answer:
        return json_answer(self.world.me(call.running()))

    async def start(self, call: Call) -> Answer:
        """Start what does not run; of what runs, failed or not, nothing changes."""
        session = call.known()
        if session.is_worn_out:
            raise replies.refusal(422, f"Session '{session.name}' is already started.")
        if not session.is_running:
            self.lives.start(session)
        return json_answer(self.world.card(session), status=201)

    async def stop(self, call: Call) -> Answer:
        session = call.known()
        await self._stop(session)
        return json_answer(self.world.card(session), status=201)

    async def restart(self, call: Call) -> Answer:
        session = call.known()
        await self._stop(session)
        self.lives.start(session)
        return json_answer(self.world.card(session), status=201)

    async def logout(self, call: Call) -> Answer:
        """Forget the login, not the config; what was running starts again."""
        session = call.known()
        was_running = session.is_running
        await self._stop(session)
        self.lives.log_out(session)
        if was_running:
            self.lives.start(session)
        return json_answer(self.world.card(session), status=201)

    async def timelock(self, call: Call) -> Answer:
        session = await self._on("GOWS", "NOWEB", call=call)
        free = {"isActive": False, "timeEnforcementEnds": None, "enforcementType": None}
        return json_answer(self.world.timelock(session) or free)

    async def capping(self, call: Call) -> Answer:
        session = await self._on("GOWS", call=call)
        return json_answer(shapes.capping(self.world.account_of(session)))

    async def _on(self, *engines: str, call: Call) -> Session:
        if self.world.engine not in engines:
            raise replies.not_by_this_engine(self.world.engine)
        return await call.in_state(Status.WORKING)

    async def _stop(self, session: Session) -> None:
        if session.is_running and self.world.switches.stop_s:
            await self.world.sleep(self.world.switches.stop_s)
        self.lives.stop(session)


def _config(wanted: dict[str, Any]) -> dict[str, Any]:
    config = wanted.get("config") or {}
    if not isinstance(config, dict):
        raise replies.refusal(400, ["config must be an object"])
    return config
