"""Webhooks: written, signed, sent, sent again; sometimes twice, sometimes not at all."""

import asyncio
import hashlib
import hmac
import json
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any, Final

from sandbox.clock import Clock
from sandbox.dice import dice, likely
from sandbox.waha.post import post
from sandbox.waha.session import Session, ulid
from sandbox.waha.shapes import VERSION
from sandbox.waha.switches import Switches

_KEPT: Final = 5_000
_JITTER: Final = 0.2
_USUAL_RETRIES: Final = {"policy": "constant", "delaySeconds": 2, "attempts": 15}
EVENTS: Final = ("message", "message.any", "message.ack", "session.status")
KINDS: Final = ("lost", "twice")


@dataclass(slots=True)
class Try:
    """One attempt to hand over an event; status 0 where nobody answered."""

    time: float
    url: str
    event: str
    session: str
    id: str
    attempt: int
    status: int


@dataclass(slots=True)
class Mishap:
    """The next `count` events of a name go wrong."""

    kind: str
    event: str
    count: int


@dataclass(slots=True)
class Hooks:
    """Everybody who wants to be told, and what they were told."""

    clock: Clock
    switches: Switches
    sleep: Callable[[float], Awaitable[None]]
    start: Callable[[Coroutine[Any, Any, None]], None]
    everywhere: Mapping[str, Any] | None
    tries: deque[Try] = field(default_factory=lambda: deque(maxlen=_KEPT))
    mishaps: list[Mishap] = field(default_factory=list)
    chance: Random = field(default_factory=lambda: dice("hooks"))
    under_way: int = 0

    def announce(self, session: Session, event: str, told: Mapping[str, Any]) -> None:
        """Tell everybody who listens to an event of a session; the same id goes to all."""
        now = self.clock.now()
        if event != "session.status":
            session.activity = now
        envelope = {
            "id": f"evt_{ulid(now)}",
            "timestamp": int(now * 1000),
            "event": event,
            "session": session.name,
            "metadata": session.config.get("metadata") or {},
            **told,
        }
        body = json.dumps(envelope, ensure_ascii=False).encode()
        for hook in self._listening(session, event):
            for _ in range(self._copies(event)):
                self.start(self._deliver(hook, envelope, body))

    def _listening(self, session: Session, event: str) -> Iterator[Mapping[str, Any]]:
        own = session.config.get("webhooks") or []
        for hook in (*own, *([self.everywhere] if self.everywhere else [])):
            if {event, "*"} & set(hook.get("events") or []):
                yield hook

    def _copies(self, event: str) -> int:
        for mishap in self.mishaps:
            if mishap.event in (event, "*"):
                mishap.count -= 1
                if mishap.count <= 0:
                    self.mishaps.remove(mishap)
                return 0 if mishap.kind == "lost" else 2
        if likely(self.chance, self.switches.hooks_lost):
            return 0
        return 2 if likely(self.chance, self.switches.hooks_twice) else 1

    async def _deliver(
        self, hook: Mapping[str, Any], envelope: Mapping[str, Any], body: bytes
    ) -> None:
        """Try until somebody answers 2xx or the attempts are used up; a restart forgets it."""
        headers = signed_headers(hook, body, now=self.clock.now())
        retries = {**_USUAL_RETRIES, **(hook.get("retries") or {})}
        self.under_way += 1
        try:
            for attempt in range(int(retries["attempts"]) + 1):
                if attempt:
                    await self.sleep(pause_s(retries, attempt, self.chance))
                if await self._try(hook["url"], headers, envelope, body, attempt):
                    return
        finally:
            self.under_way -= 1

    async def _try(
        self,
        url: str,
        headers: Mapping[str, str],
        envelope: Mapping[str, Any],
        body: bytes,
        attempt: int,
    ) -> bool:
        try:
            timeout_s = self.switches.hook_timeout_s
            status = await post(url, headers=headers, body=body, timeout_s=timeout_s)
        except (OSError, TimeoutError, ValueError, asyncio.LimitOverrunError):
            status = 0
        names = (envelope["event"], envelope["session"], envelope["id"])
        self.tries.append(Try(self.clock.now(), url, *names, attempt + 1, status))
        return 200 <= status < 300  # noqa: PLR2004 -- what HTTP calls a success

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(one) for one in self.tries]


def signed_headers(hook: Mapping[str, Any], body: bytes, *, now: float) -> dict[str, str]:
    """The headers of one delivery: its own, and those its receiver asked for."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"WAHA/{VERSION}",
        "X-Webhook-Request-Id": secrets.token_hex(16),
        "X-Webhook-Timestamp": str(int(now * 1000)),
    }
    key = (hook.get("hmac") or {}).get("key")
    if key:
        signature = hmac.new(str(key).encode(), body, hashlib.sha512).hexdigest()
        headers["X-Webhook-Hmac"] = signature
        headers["X-Webhook-Hmac-Algorithm"] = "sha512"
    custom = {str(one["name"]): str(one["value"]) for one in hook.get("customHeaders") or []}
    return headers | custom


def pause_s(retries: Mapping[str, Any], attempt: int, chance: Random) -> float:
    """How long to wait before the attempt of this number, counted from one."""
    delay_s = float(retries["delaySeconds"])
    if retries["policy"] == "linear":
        return delay_s * attempt
    if retries["policy"] == "exponential":
        grown = delay_s * 2.0 ** (attempt - 1)
        return grown * (1 + _JITTER * (2 * chance.random() - 1))
    return delay_s
