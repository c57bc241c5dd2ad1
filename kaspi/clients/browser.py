"""One headless Chromium for the process: started when first needed, gone when idle.

Pages are lent, each in a context of its own, so no two logins ever share a cookie. Chromium is
replaced when it crashes and when it has served many pages. The driver ignores signals: whoever owns
the process closes the browser, and if the process is killed, the driver and Chromium follow it.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import structlog
from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, Page, Playwright, async_playwright
from playwright.async_api import Error as DriverError
from playwright.async_api import TimeoutError as DriverTimeout

from kaspi.clients.config import KaspiConfig
from kaspi.errors import BrowserGone, KaspiUnavailable, LoginTimedOut
from kaspi.ports import CookieJar

T = TypeVar("T")
logger = structlog.get_logger("kaspi.browser")
_PAGES_IN_A_LIFE = 200
_ENDING_S = 10.0  # a driver that starts at all has started by then, and one that ends has ended
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
)


@dataclass(slots=True)
class _Running:
    """A started Chromium and the driver that steers it."""

    driver: Playwright
    chromium: Chromium
    pid: int
    is_stuck: bool = False
    pages_served: int = 0

    @property
    def is_worn(self) -> bool:
        return self.is_stuck or self.pages_served >= _PAGES_IN_A_LIFE


class Browser:
    """Lends pages. Used on one event loop; ``aclose`` ends everything."""

    def __init__(self, config: KaspiConfig) -> None:
        self._config = config
        self._seats = asyncio.Semaphore(config.max_pages)
        self._door = asyncio.Lock()  # one start or end at a time
        self._running: _Running | None = None
        self._lent = 0
        self._idle_since = 0.0
        self._janitor: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Is there a Chromium at the moment?"""
        return self._running is not None and self._running.chromium.is_connected()

    @asynccontextmanager
    async def page(self, jar: CookieJar | None = None) -> AsyncIterator[Page]:
        """Lend a page with this jar's cookies, and close it and its context afterwards.

        Raises BrowserGone when no page is free in time or Chromium can't be had.
        """
        async with self._seat():
            running = await self._lend()
            try:
                context = await self._context(running)
                try:
                    yield await self._page(running, context, jar)
                finally:
                    await _quietly(context.close(), limit_s=self._config.driver_timeout_s)
            finally:
                self._lent -= 1
                self._idle_since = asyncio.get_running_loop().time()

    async def aclose(self) -> None:
        """End Chromium and its driver, whoever still holds a page."""
        async with self._door:
            if self._janitor is not None:
                self._janitor.cancel()
            await self._end()

    @asynccontextmanager
    async def _seat(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._config.turn_timeout_s):
                await self._seats.acquire()
        except TimeoutError:
            raise BrowserGone("All pages of the browser are in use.") from None
        try:
            yield
        finally:
            self._seats.release()

    async def _lend(self) -> _Running:
        async with self._door:
            if self._running is not None and self._running.is_worn and not self._lent:
                await self._end()
            if self._running is None or not self._running.chromium.is_connected():
                await self._end()
                self._running = await self._start()
                if self._janitor is None or self._janitor.done():
                    # The one task that outlives its maker: it ends with the browser.
                    self._janitor = asyncio.create_task(self._end_when_idle())
            self._lent += 1
            self._running.pages_served += 1
            return self._running

    async def _start(self) -> _Running:
        driver = await self._start_driver()
        try:
            with driver_errors():
                chromium = await driver.chromium.launch(
                    executable_path=self._config.chromium_path,
                    timeout=self._config.browser_start_timeout_s * 1000,
                    args=_QUIET,
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                )
                pid = await asyncio.wait_for(_pid_of(chromium), self._config.driver_timeout_s)
        except BaseException:
            await _quietly(driver.stop(), limit_s=_ENDING_S)
            raise
        logger.info("kaspi.browser.started", version=chromium.version)
        return _Running(driver, chromium, pid)

    async def _start_driver(self) -> Playwright:
        starting = asyncio.ensure_future(async_playwright().start())
        try:
            limit_s = self._config.browser_start_timeout_s
            return await asyncio.wait_for(asyncio.shield(starting), limit_s)
        except BaseException as error:
            # A start that is cut short would leave its process behind: let it end, then stop it.
            await asyncio.wait({starting}, timeout=_ENDING_S)
            if starting.done() and not starting.cancelled() and starting.exception() is None:
                await _quietly(starting.result().stop(), limit_s=_ENDING_S)
            if isinstance(error, Exception):
                raise BrowserGone("The browser's driver does not start.") from error
            raise

    async def _end(self) -> None:
        if self._running is None:
            return
        running, self._running = self._running, None
        closing = running.chromium.close()
        if not await _quietly(closing, limit_s=self._config.driver_timeout_s):
            with suppress(ProcessLookupError):
                os.kill(running.pid, signal.SIGKILL)  # frozen: the driver would wait half a minute
        await _quietly(running.driver.stop(), limit_s=_ENDING_S)
        logger.info("kaspi.browser.ended", pages_served=running.pages_served)

    async def _end_when_idle(self) -> None:
        loop = asyncio.get_running_loop()
        while self._running is not None:
            rest_s = self._idle_since + self._config.browser_idle_s - loop.time()
            await asyncio.sleep(self._config.browser_idle_s if self._lent else max(rest_s, 0.01))
            async with self._door:
                is_idle = loop.time() - self._idle_since >= self._config.browser_idle_s
                if is_idle and not self._lent:
                    await self._end()

    async def _context(self, running: _Running) -> BrowserContext:
        order = running.chromium.new_context(
            user_agent=self._config.user_agent,
            locale="ru-RU",
            accept_downloads=False,
            service_workers="block",
        )
        return await self._drive(running, order)

    async def _page(
        self, running: _Running, context: BrowserContext, jar: CookieJar | None
    ) -> Page:
        context.set_default_timeout(self._config.driver_timeout_s * 1000)
        if jar is not None:
            await self._drive(running, context.add_cookies(jar.to_browser()))  # type: ignore[arg-type]  # its cookies are a TypedDict, ours the same keys from JSON
        return await self._drive(running, context.new_page())

    async def _drive(self, running: _Running, order: Awaitable[T]) -> T:
        try:
            with driver_errors():
                return await asyncio.wait_for(order, self._config.driver_timeout_s)
        except LoginTimedOut:
            running.is_stuck = True
            raise BrowserGone("The browser does not react.") from None


@contextmanager
def driver_errors() -> Iterator[None]:
    """Say in our words what goes wrong with a page: LoginTimedOut, KaspiUnavailable, BrowserGone.

    Only the first line of what the driver says is kept, and no chain: its call logs may quote what
    was typed.
    """
    try:
        yield
    except (DriverTimeout, TimeoutError):
        raise LoginTimedOut from None
    except DriverError as error:
        said = error.message.partition("\n")[0]
        if "net::ERR_" in said:
            reason = said.partition("net::")[2].partition(" ")[0]
            raise KaspiUnavailable(f"Kaspi's page can't be reached ({reason}).") from None
        raise BrowserGone(f"The browser failed: {said:.200}") from None


async def _pid_of(chromium: Chromium) -> int:
    session = await chromium.new_browser_cdp_session()
    answer = await session.send("SystemInfo.getProcessInfo")
    await session.detach()
    pids: list[int] = [one["id"] for one in answer["processInfo"] if one["type"] == "browser"]
    return pids[0]


async def _quietly(order: Awaitable[None], *, limit_s: float) -> bool:
    """Close something that may be gone already. Says whether it went well."""
    try:
        await asyncio.wait_for(order, limit_s)
    except (DriverError, TimeoutError) as error:
        logger.warning("kaspi.browser.closing_failed", reason=type(error).__name__)
        return False
    return True
