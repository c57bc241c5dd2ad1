"""Notifications on their way: sent, sent again, sometimes twice or late."""

import http.client
import json
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any, Final

from sandbox.clock import Clock
from sandbox.dice import dice, likely
from sandbox.tiptoppay import notices
from sandbox.tiptoppay.book import Address
from sandbox.tiptoppay.post import send
from sandbox.tiptoppay.switches import Switches

PAUSES_S: Final = (60.0, 120.0, 300.0, 600.0, 1800.0)
TRIES_MOST: Final = 100
MISHAPS: Final = ("lost", "twice", "late")
# What a refused Check makes of the payment.
_CHECKED: Final = {0: 0, 10: 3001, 11: 3002, 12: 3003, 13: 3008, 20: 3004}
_ODD, _SILENT, _UNREACHABLE = 3005, 3006, 3007
_KEPT: Final = 5_000
_OK: Final = 200


@dataclass(slots=True)
class Try:
    """One attempt to hand over a notification; status 0 where nobody answered."""

    number: int
    kind: str
    transaction_id: str
    attempt: int
    time: float
    url: str
    status: int
    code: Any


@dataclass(frozen=True, slots=True)
class Notification:
    number: int
    kind: str
    fields: Mapping[str, str]

    @property
    def about(self) -> str:
        return self.fields.get("TransactionId") or self.fields.get("Id", "")


@dataclass(slots=True)
class Mishap:
    """The next `count` notifications of a kind go wrong."""

    what: str
    kind: str
    count: int


@dataclass(slots=True)
class Outbox:
    """Every notification, and what came of it. `sleep` and `launch` are the world's."""

    clock: Clock
    switches: Switches
    addresses: Mapping[str, Address]
    secret: str
    sleep: Callable[[float], Awaitable[None]]
    launch: Callable[[Coroutine[Any, Any, None]], None]
    written: dict[int, Notification] = field(default_factory=dict)
    tries: deque[Try] = field(default_factory=lambda: deque(maxlen=_KEPT))
    mishaps: list[Mishap] = field(default_factory=list)
    chance: Random = field(default_factory=lambda: dice("notifications"))

    def announce(self, kind: str, fields: Mapping[str, str]) -> None:
        """Tell of something a moment later, until it is taken."""
        notification = self._write(kind, fields)
        for delay_s in self._copies(kind):
            self.launch(self._deliver(notification, delay_s=delay_s))

    async def announce_now(self, kind: str, fields: Mapping[str, str]) -> None:
        """Tell of something and wait for the first answer; the rest goes on behind."""
        notification = self._write(kind, fields)
        if not await self._is_taken(notification, attempt=1):
            self.launch(self._deliver(notification, delay_s=PAUSES_S[0], tried=1))

    async def ask(self, fields: Mapping[str, str]) -> int:
        """Ask whether a payment may be made; the reason for which it may not, 0 where it may."""
        if not self._is_wanted("check"):
            return 0
        status, code = await self._try(self._write("check", fields), attempt=1)
        if status == 0:
            return _SILENT if code == "timeout" else _UNREACHABLE
        is_code = status == _OK and type(code) is int
        return _CHECKED.get(code, _ODD) if is_code else _ODD

    def repeat(self, number: int) -> bool:
        """Send one again that was sent before; say whether there is such."""
        if number not in self.written:
            return False
        self.launch(self._deliver(self.written[number], delay_s=0.0))
        return True

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(one) for one in self.tries]

    def forget(self) -> None:
        self.written.clear()
        self.tries.clear()
        self.mishaps.clear()

    def _write(self, kind: str, fields: Mapping[str, str]) -> Notification:
        notification = Notification(len(self.written) + 1, kind, fields)
        self.written[notification.number] = notification
        return notification

    def _copies(self, kind: str) -> list[float]:
        """After how long each copy sets out."""
        soon, late = self.switches.notify_s, self.switches.late_s
        for mishap in self.mishaps:
            if mishap.kind in (kind, "*"):
                mishap.count -= 1
                if mishap.count <= 0:
                    self.mishaps.remove(mishap)
                return {"lost": [], "twice": [soon, soon], "late": [late]}[mishap.what]
        first = late if likely(self.chance, self.switches.hooks_late) else soon
        return [first, soon] if likely(self.chance, self.switches.hooks_twice) else [first]

    async def _deliver(self, notification: Notification, *, delay_s: float, tried: int = 0) -> None:
        """Try until it is taken; the address is the one of the moment."""
        await self.sleep(delay_s)
        for attempt in range(tried + 1, TRIES_MOST + 1):
            if await self._is_taken(notification, attempt=attempt):
                return
            await self.sleep(PAUSES_S[min(attempt, len(PAUSES_S)) - 1])

    async def _is_taken(self, notification: Notification, *, attempt: int) -> bool:
        if not self._is_wanted(notification.kind):
            return True
        return await self._try(notification, attempt=attempt) == (_OK, 0)

    def _is_wanted(self, kind: str) -> bool:
        return self.addresses[kind].IsEnabled and bool(self.addresses[kind].Address)

    async def _try(self, notification: Notification, *, attempt: int) -> tuple[int, Any]:
        """The status and the code answered; 0 and a word where nobody answered."""
        address = self.addresses[notification.kind]
        method, url, headers, body = self._request(address, notification)
        timeout_s = self.switches.hook_timeout_s
        try:
            status, said = await send(method, url, headers=headers, body=body, timeout_s=timeout_s)
            answer: tuple[int, Any] = (status, _code(said))
        except TimeoutError:
            answer = (0, "timeout")
        except (OSError, ValueError, http.client.HTTPException):
            answer = (0, "unreachable")
        about = (notification.number, notification.kind, notification.about)
        self.tries.append(Try(*about, attempt, self.clock.now(), address.Address, *answer))
        return answer

    def _request(
        self, address: Address, notification: Notification
    ) -> tuple[str, str, dict[str, str], bytes]:
        is_get = address.HttpMethod == "GET"
        is_form = is_get or self.switches.notifications == "form"
        write = notices.as_form if is_form else notices.as_json
        message = write(notification.fields)
        headers = {
            "Content-Type": f"application/{'x-www-form-urlencoded' if is_form else 'json'}",
            "User-Agent": "CloudPayments",
            **notices.signed(message, secret=self.secret, is_form=is_form),
        }
        if is_get:
            joint = "&" if "?" in address.Address else "?"
            return "GET", f"{address.Address}{joint}{message}", headers, b""
        return "POST", address.Address, headers, message.encode()


def _code(said: bytes) -> Any:
    """The code that a receiver answered; None where it answered anything else."""
    try:
        answer = json.loads(said)
    except ValueError:
        return None
    return answer.get("code") if isinstance(answer, dict) else None
