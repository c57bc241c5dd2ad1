"""The server about itself, and the keys to it."""

from dataclasses import dataclass
from typing import Any

from sandbox.waha import replies, shapes
from sandbox.waha.keys import Action
from sandbox.waha.routes import Call, Route
from sandbox.waha.wire import Answer, json_answer
from sandbox.waha.world import World


@dataclass(frozen=True, slots=True)
class ServerCalls:
    world: World

    def routes(self) -> list[Route]:
        server, keys, admin = "/api/server", "/api/keys", Action.ADMIN
        return [
            Route("GET", "/ping", "ping", self.ping, None),
            Route("GET", "/health", "health", self.health, admin),
            Route("GET", f"{server}/version", "version", self.version, admin),
            Route("GET", f"{server}/status", "status", self.status, admin),
            Route("POST", f"{server}/stop", "stop_server", self.stop, admin),
            Route("GET", keys, "keys", self.keys, admin),
            Route("POST", keys, "create_key", self.create_key, admin),
            Route("POST", f"{keys}/media", "media_key", self.media_key, admin),
            Route("POST", f"{keys}/control", "control_key", self.control_key, admin),
            Route("PUT", f"{keys}/{{id}}", "update_key", self.update_key, admin),
            Route("DELETE", f"{keys}/{{id}}", "delete_key", self.delete_key, admin),
        ]

    async def ping(self, _call: Call) -> Answer:
        return json_answer({"message": "pong"})

    async def health(self, _call: Call) -> Answer:
        """Say whether the folders have room."""
        is_well = self.world.switches.is_healthy
        checks = {
            name: {"status": "up" if is_well else "down", "path": path}
            for name, path in (
                ("mediaFiles.space", "/app/.media"),
                ("sessionsFiles.space", "/app/.sessions"),
            )
        }
        told = {
            "status": "ok" if is_well else "error",
            "info": checks if is_well else {},
            "error": {} if is_well else checks,
            "details": checks,
        }
        return json_answer(told, status=200 if is_well else 503)

    async def version(self, _call: Call) -> Answer:
        return json_answer(shapes.environment(self.world.engine, self.world.environment.worker))

    async def status(self, _call: Call) -> Answer:
        began_at, now = self.world.began_at, self.world.clock.now()
        return json_answer(
            {
                "startTimestamp": int(began_at * 1000),
                "uptime": int((now - began_at) * 1000),
                "worker": {"id": self.world.environment.worker},
            }
        )

    async def stop(self, _call: Call) -> Answer:
        """End the process; whoever watches over it may start it again."""
        self.world.stopping.set()
        return json_answer({"stopping": True}, status=201)

    async def keys(self, _call: Call) -> Answer:
        return json_answer([key.as_dict() for key in self.world.keys.made.values()])

    async def create_key(self, call: Call) -> Answer:
        key = self.world.keys.make(**_terms(call.body()))
        return json_answer(key.as_dict(), status=201)

    async def media_key(self, call: Call) -> Answer:
        return self._scoped(call, Action.READ)

    async def control_key(self, call: Call) -> Answer:
        return self._scoped(call, Action.CONTROL)

    async def update_key(self, call: Call) -> Answer:
        key = self.world.keys.made.get(call.steps["id"])
        if key is None:
            raise replies.refusal(404, "Api key not found")
        for name, value in _terms(call.body()).items():
            setattr(key, name, value)
        return json_answer(key.as_dict())

    async def delete_key(self, call: Call) -> Answer:
        self.world.keys.made.pop(call.steps["id"], None)
        return Answer(200)

    def _scoped(self, call: Call, action: Action) -> Answer:
        key = self.world.keys.scoped(str(call.body().get("session")), action)
        return json_answer(key.as_dict(), status=201)


def _terms(wanted: dict[str, Any]) -> dict[str, Any]:
    return {
        "session": wanted.get("session"),
        "is_admin": bool(wanted.get("isAdmin")),
        "is_active": bool(wanted.get("isActive", True)),
        "actions": wanted.get("actions"),
    }
