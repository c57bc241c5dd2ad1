"""A browser context's own requests, for a marketplace that ties a session to its browser.

The driver sends them: no page is opened, and Chromium itself hears only of new cookies.
"""

import asyncio
import re
import sys
import time

from playwright.async_api import APIResponse
from playwright.async_api import Error as DriverError
from playwright.async_api import TimeoutError as DriverTimeout

from kaspi.clients import cookies
from kaspi.clients.answers import Answer
from kaspi.clients.browser import Browser
from kaspi.clients.config import KaspiConfig
from kaspi.clients.contexts import Lent
from kaspi.clients.wires import Lost, Party, Reply, Request
from kaspi.errors import BrowserGone
from kaspi.ports import CookieJar

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_NEVER_CONNECTED = re.compile(r"\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)\b")
_CLOSED = re.compile(r"\b(closed|disposed)\b")


class BrowserWire:
    """The ``Wire`` over the contexts of a browser. Each party has one of its own."""

    def __init__(self, browser: Browser, config: KaspiConfig) -> None:
        self._browser = browser
        self._config = config

    async def prepare(self, *, party: Party, jar: CookieJar | None) -> None:
        """Start the browser and make the party's context, if need be. Raises Lost."""
        try:
            async with self._browser.context(party, jar or CookieJar()):
                pass
        except BrowserGone:
            raise Lost("BrowserGone", is_unsent=True) from None

    async def send(self, request: Request, *, party: Party, jar: CookieJar | None) -> Reply:
        """Send once with the jar's cookies, and read the answer to its end. Raises Lost."""
        try:
            async with self._browser.context(party, jar or CookieJar()) as lent:
                reply = await self._carry(lent, request, jar or CookieJar())
                await self._remember(lent, reply, request, is_somebodys=jar is not None)
                return reply
        except BrowserGone:
            raise Lost("BrowserGone", is_unsent=True) from None

    async def aclose(self) -> None:
        """Nothing is held: the browser belongs to whoever made it."""

    async def _carry(self, lent: Lent, request: Request, jar: CookieJar) -> Reply:
        try:
            # The driver keeps the time; that it keeps it at all is watched from here.
            async with asyncio.timeout(self._config.call_timeout_s + self._config.driver_timeout_s):
                return await self._fetch(lent, request, jar)
        except asyncio.CancelledError:
            lent.spoil()  # the driver knows nothing of it and goes on
            raise
        except DriverTimeout:
            lent.spoil()  # if Chromium itself is to blame, the next context will show it
            raise Lost("TimeoutError") from None
        except TimeoutError:
            lent.spoil()
            lent.running.is_stuck = True
            raise Lost("TimeoutError") from None
        except DriverError as error:
            raise _lost(lent, error) from None

    async def _fetch(self, lent: Lent, request: Request, jar: CookieJar) -> Reply:
        response = await lent.context.request.fetch(
            str(request.url),
            method=request.method,
            headers={**request.headers, **cookies.header(jar, request.url)},
            data=request.body,
            max_redirects=0,  # a redirect means something here: the end of a session
            timeout=self._config.call_timeout_s * 1000,
        )
        body = await response.body()
        await response.dispose()  # the driver would keep the body as long as the context
        return _reply(response, body)

    async def _remember(
        self, lent: Lent, reply: Reply, request: Request, *, is_somebodys: bool
    ) -> None:
        """Follow what the driver did with the answer's cookies; nobody's are forgotten."""
        if not reply.set_cookies:
            return
        if is_somebodys:
            lent.jar = cookies.renewed(
                lent.jar, reply.set_cookies, url=request.url, now=time.time()
            )
        else:
            try:
                await lent.running.obey(lent.context.clear_cookies())
            except BrowserGone:
                lent.spoil()  # the answer is here all the same


def _reply(response: APIResponse, body: bytes) -> Reply:
    headers: dict[str, str] = {}
    set_cookies: list[str] = []
    for one in response.headers_array:
        name = one["name"].lower()
        if name == "set-cookie":
            set_cookies.append(one["value"])
        headers.setdefault(name, one["value"])
    if headers.get("content-encoding", "").lower() == "zstd":
        body = _unpacked(body)  # the one packing that the driver leaves to us
    return Reply(Answer(response.status, headers, body), tuple(set_cookies))


def _unpacked(body: bytes) -> bytes:
    try:
        return zstd.decompress(body)
    except (zstd.ZstdError, EOFError):
        raise Lost("ContentEncodingError") from None


def _lost(lent: Lent, error: DriverError) -> Lost:
    said = error.message.partition("\n")[0]  # what follows quotes cookies
    if _CLOSED.search(said):
        lent.spoil()
    reason = said.removeprefix("APIRequestContext.fetch: ")[:100]
    return Lost(reason, is_unsent=bool(_NEVER_CONNECTED.search(said)))
