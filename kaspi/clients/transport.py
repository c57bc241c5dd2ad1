"""The one way out to the marketplace: turns, time limits, retries of reads, a line in the log.

One transport a process; one session a seller, with that seller's cookies and nobody else's, behind
one address. A wall or a ban that one caller meets closes the bucket for everyone. What carries the
requests is a wire, chosen in the settings (``wires.py``).
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from types import TracebackType
from typing import Self, TypeVar

import structlog
from yarl import URL

from cube_demper.kernel.limiting.ports import Bucket, Budget, Limiter, Priority, Quota
from kaspi.clients import cookies
from kaspi.clients.answers import Answer
from kaspi.clients.config import DIRECT, Address, KaspiConfig, WireKind
from kaspi.clients.http_wire import HttpWire
from kaspi.clients.wires import ACCEPTED_ENCODINGS, Lost, Party, Reply, Request, Wire
from kaspi.errors import KaspiSilent, KaspiUnavailable, PushBanned, PushUnanswered, WalledOff
from kaspi.ports import CookieJar

T = TypeVar("T")
logger = structlog.get_logger("kaspi.clients")
_NOBODY = "nobody"
Witness = Callable[[Request, Answer, int], None]


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Its turn is taken in ``bans`` and ``quota`` (if any), ``walls`` and the fleet.

    A wall closes ``walls`` for everyone behind this address, a ban ``bans`` for one shop. Of the
    quota it takes ``quota_uses`` at once, all or none.
    """

    name: str
    method: str
    url: str
    walls: Bucket
    bans: Bucket | None = None
    quota: Quota | None = None
    quota_uses: int = 1
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Transport:
    """Everything that sessions share. Made anywhere, used on one event loop, closed there."""

    def __init__(
        self,
        *,
        config: KaspiConfig,
        limiter: Limiter,
        browser_wire: Wire | None = None,
        on_wall: Callable[[Address, float], None] | None = None,
        dice: random.Random | None = None,
    ) -> None:
        """``browser_wire`` is needed where the config asks for one.

        ``on_wall`` is told of every wall: the address that met it and for how many seconds.
        ``dice`` spreads the pauses before retries; seed it where chance must be repeatable.
        """
        self.config = config
        self.limiter = limiter
        self.on_wall = on_wall or _tell_nobody
        self.witness: Witness = _see_nothing  # is shown every request and what was answered
        self.dice = dice or random.Random()  # noqa: S311 -- pauses, not secrets
        self._wires: dict[WireKind, Wire] = {WireKind.HTTP: HttpWire(config)}
        if browser_wire is not None:
            self._wires[WireKind.BROWSER] = browser_wire

    def session(
        self,
        jar: CookieJar | None = None,
        *,
        address: Address = DIRECT,
        owner: str = "",
        priority: Priority = Priority.BACKGROUND,
        wire: WireKind | None = None,
    ) -> "HttpSession":
        """Open a session with a seller's jar; without one, nobody's, that keeps no cookies.

        ``priority`` is who waits for its answers: a person, or work that nobody watches.

        ``owner`` names whose it is, so that a wire can keep something for it from one session to
        the next; without it, sessions with the same cookies are one owner's. ``wire`` overrules
        the config where only one will do.
        """
        if jar is None:
            wire, owner = wire or self.config.storefront_wire, _NOBODY
        else:
            wire, owner = wire or self.config.cabinet_wire, owner or cookies.fingerprint(jar)
        return HttpSession(self, self._wires[wire], jar, Party(owner, address), priority)

    async def aclose(self) -> None:
        """Close all connections."""
        for wire in self._wires.values():
            await wire.aclose()


class HttpSession:
    """One seller's way out. Cheap to open: what is costly belongs to the wire."""

    def __init__(
        self,
        transport: Transport,
        wire: Wire,
        jar: CookieJar | None,
        party: Party,
        priority: Priority,
    ) -> None:
        self._config = transport.config
        self._limiter = transport.limiter
        self._on_wall = transport.on_wall
        self._witness = transport.witness
        self._dice = transport.dice
        self._wire = wire
        self._party = party
        self._priority = priority
        self._opened_with = jar or CookieJar()
        self._keeps_cookies = jar is not None
        self.jar = self._opened_with

    @property
    def address(self) -> Address:
        """The way out that the marketplace sees."""
        return self._party.address

    @property
    def is_renewed(self) -> bool:
        """Has an answer changed the session's cookies since it was opened?"""
        return cookies.essence(self.jar) != cookies.essence(self._opened_with)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is held: connections and contexts stay with the wire."""

    async def read(self, call: Call, judge: Callable[[Answer], T]) -> T:
        """Send, judge the answer, and send again a few times if Kaspi was only unavailable."""
        for attempt in range(self._config.read_retries):
            try:
                return await self._once(call, judge)
            except KaspiUnavailable as error:
                logger.info("kaspi.call.again", call=call.name, reason=error.detail)
            # Between half and all of a pause that doubles: callers that failed together part.
            pause_s = self._config.retry_pause_s * 2**attempt
            await asyncio.sleep(pause_s * self._dice.uniform(0.5, 1))
        return await self._once(call, judge)

    async def write(self, call: Call, judge: Callable[[Answer], T]) -> T:
        """Send once. Raises PushUnanswered if it may have arrived and no answer came back."""
        return await self._once(call, judge, is_write=True)

    async def _once(self, call: Call, judge: Callable[[Answer], T], *, is_write: bool = False) -> T:
        await self._prepare()
        await self._limiter.acquire(
            *self._budgets(call),
            deadline_s=self._config.turn_timeout_s,
            is_write=is_write,
            priority=self._priority,
        )
        try:
            return judge(await self._answer(call, is_write=is_write))
        except WalledOff as error:
            wait_s = error.wait_s or self._config.wall_s
            self._on_wall(self.address, wait_s)
            await self._limiter.freeze(call.walls.key, seconds=wait_s)
            raise
        except PushBanned as error:
            wait_s = error.wait_s or self._config.push_ban_s
            await self._limiter.freeze((call.bans or call.walls).key, seconds=wait_s)
            raise

    def _budgets(self, call: Call) -> Iterator[Budget]:
        if call.bans is not None:
            yield call.bans
        if call.quota is not None:
            yield from repeat(call.quota, call.quota_uses)
        yield call.walls
        yield self._config.fleet

    async def _prepare(self) -> None:
        try:
            await self._wire.prepare(party=self._party, jar=self._cookies)
        except Lost as error:
            raise _unanswered(error, is_write=False) from None

    @property
    def _cookies(self) -> CookieJar | None:
        return self.jar if self._keeps_cookies else None

    async def _answer(self, call: Call, *, is_write: bool) -> Answer:
        started = time.perf_counter()
        outcome: int | str = "cancelled"
        request = self._request(call)
        try:
            reply = await self._wire.send(request, party=self._party, jar=self._cookies)
            outcome = reply.answer.status
        except Lost as error:
            outcome = error.reason
            raise _unanswered(error, is_write=is_write) from None
        finally:
            duration_ms = round((time.perf_counter() - started) * 1000)
            logger.debug("kaspi.call", call=call.name, outcome=outcome, duration_ms=duration_ms)
        self._witness(request, reply.answer, duration_ms)
        self._renew(reply, request.url)
        return reply.answer

    def _request(self, call: Call) -> Request:
        headers = {
            "User-Agent": self._config.user_agent,
            "Accept": "application/json, text/plain, */*",
            "Accept-Language": "ru-RU,ru;q=0.9,kk;q=0.8",
            "Accept-Encoding": ACCEPTED_ENCODINGS,
            **call.headers,
        }
        if token := cookies.value_of(self.jar, cookies.XSRF_COOKIE):
            headers["X-XSRF-TOKEN"] = token
        url = URL(call.url)
        return Request(call.method, url.update_query(call.params), headers, call.body)

    def _renew(self, reply: Reply, url: URL) -> None:
        if self._keeps_cookies and reply.set_cookies:
            self.jar = cookies.renewed(self.jar, reply.set_cookies, url=url, now=time.time())


def _unanswered(error: Lost, *, is_write: bool) -> KaspiUnavailable:
    problem = f"Talking to Kaspi failed: {error.reason}."
    if is_write and not error.is_unsent:
        return PushUnanswered(problem)
    return KaspiSilent(problem) if error.is_silent else KaspiUnavailable(problem)


def _see_nothing(_request: Request, _answer: Answer, _duration_ms: int) -> None:
    """Nobody looks on."""


def _tell_nobody(_address: Address, _seconds: float) -> None:
    """Nobody keeps count of walls."""
