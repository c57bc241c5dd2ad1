"""The one way out to the marketplace: turns, time limits, retries of reads, a line in the log.

One connector a process; one session a seller, with that seller's cookies and nobody else's. A wall
or a ban that one caller meets closes the bucket for everyone.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
import structlog

from cube_demper.kernel.limiting.ports import Bucket, Limiter
from kaspi.clients import cookies
from kaspi.clients.answers import Answer
from kaspi.clients.config import KaspiConfig
from kaspi.errors import KaspiUnavailable, PushBanned, PushUnanswered, WalledOff
from kaspi.ports import CookieJar

T = TypeVar("T")
logger = structlog.get_logger("kaspi.clients")


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Its turns are taken in ``bans`` (if any), ``walls`` and the fleet.

    A wall closes ``walls`` for everyone behind this address, a ban ``bans`` for one shop.
    """

    name: str
    method: str
    url: str
    walls: Bucket
    bans: Bucket | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Transport:
    """Everything that sessions share. Made anywhere, used on one event loop, closed there."""

    def __init__(
        self, *, config: KaspiConfig, limiter: Limiter, dice: random.Random | None = None
    ) -> None:
        """``dice`` spreads the pauses before retries; seed it where chance must be repeatable."""
        self.config = config
        self.limiter = limiter
        self.dice = dice or random.Random()  # noqa: S311 -- pauses, not secrets
        self._connector: aiohttp.TCPConnector | None = None

    @property
    def connector(self) -> aiohttp.TCPConnector:
        """The pool of connections, made on first use: it belongs to the running loop."""
        if self._connector is None or self._connector.closed:
            self._connector = aiohttp.TCPConnector(limit=self.config.max_connections)
        return self._connector

    def session(self, jar: CookieJar | None = None) -> "HttpSession":
        """Open a session with a seller's jar; without one, nobody's, that keeps no cookies."""
        return HttpSession(self, jar)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._connector is not None:
            await self._connector.close()


class HttpSession:
    """One seller's way out. Cheap to open: connections belong to the transport."""

    def __init__(self, transport: Transport, jar: CookieJar | None) -> None:
        self._config = transport.config
        self._limiter = transport.limiter
        self._dice = transport.dice
        self._opened_with = jar or CookieJar()
        self._keeps_cookies = jar is not None
        self.jar = self._opened_with
        self._http = aiohttp.ClientSession(
            connector=transport.connector,
            connector_owner=False,
            cookie_jar=cookies.living(jar) if jar is not None else aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=self._config.call_timeout_s,
                sock_connect=self._config.connect_timeout_s,
                sock_read=self._config.read_timeout_s,
            ),
            headers={
                "User-Agent": self._config.user_agent,
                "Accept": "application/json, text/plain, */*",
                "Accept-Language": "ru-RU,ru;q=0.9,kk;q=0.8",
                "Accept-Encoding": "gzip, deflate",  # what we can surely decode
            },
        )

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
        await self.aclose()

    async def aclose(self) -> None:
        """Forget the cookies. Connections stay with the transport."""
        await self._http.close()

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
        buckets = [bucket for bucket in (call.bans, call.walls, self._config.fleet) if bucket]
        await self._limiter.acquire(
            *buckets, deadline_s=self._config.turn_timeout_s, is_write=is_write
        )
        try:
            return judge(await self._answer(call, is_write=is_write))
        except WalledOff as error:
            wait_s = error.wait_s or self._config.wall_s
            await self._limiter.freeze(call.walls.key, seconds=wait_s)
            raise
        except PushBanned as error:
            wait_s = error.wait_s or self._config.push_ban_s
            await self._limiter.freeze((call.bans or call.walls).key, seconds=wait_s)
            raise

    async def _answer(self, call: Call, *, is_write: bool) -> Answer:
        started = time.perf_counter()
        outcome: int | str = "cancelled"
        try:
            answer = await self._exchange(call)
            outcome = answer.status
        except (aiohttp.ClientError, OSError) as error:
            outcome = type(error).__name__
            raise _network_error(error, is_write=is_write) from None
        finally:
            duration_ms = round((time.perf_counter() - started) * 1000)
            logger.debug("kaspi.call", call=call.name, outcome=outcome, duration_ms=duration_ms)
        return answer

    async def _exchange(self, call: Call) -> Answer:
        async with self._http.request(
            call.method,
            call.url,
            params=call.params,
            data=call.body,
            headers={**call.headers, **self._xsrf()},
            allow_redirects=False,  # a redirect means something here: the end of a session
        ) as response:
            body = await response.read()
        if self._keeps_cookies and response.cookies:
            self.jar = cookies.renewed(
                self.jar, response.cookies.values(), url=response.url, now=time.time()
            )
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, headers, body)

    def _xsrf(self) -> dict[str, str]:
        token = cookies.value_of(self.jar, cookies.XSRF_COOKIE)
        return {"X-XSRF-TOKEN": token} if token else {}


def _network_error(error: Exception, *, is_write: bool) -> KaspiUnavailable:
    never_connected = isinstance(
        error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError
    )
    problem = f"Talking to Kaspi failed: {type(error).__name__}."
    return (
        PushUnanswered(problem) if is_write and not never_connected else KaspiUnavailable(problem)
    )
