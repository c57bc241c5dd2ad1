"""One headless Chromium for the process: started when first needed, gone when idle.

Contexts are kept, one for each party, and pages are lent. Chromium is replaced when it crashes or
hangs, whoever holds what, and when it has served many pages and nobody holds anything.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from playwright.async_api import Page

from kaspi.clients import chromium
from kaspi.clients.chromium import quietly
from kaspi.clients.config import DIRECT, Address, KaspiConfig
from kaspi.clients.contexts import Contexts, Lent
from kaspi.clients.wires import Party
from kaspi.errors import BrowserGone
from kaspi.ports import CookieJar

logger = structlog.get_logger("kaspi.browser")
_PAGES_IN_A_LIFE = 200


class Browser:
    """Lends contexts and pages. Used on one event loop; ``aclose`` ends everything."""

    def __init__(self, config: KaspiConfig) -> None:
        self._config = config
        self._seats = asyncio.Semaphore(config.max_pages)
        self._door = asyncio.Lock()  # one start or end at a time
        self._contexts: Contexts | None = None
        self._lent = 0
        self._pages_served = 0
        self._idle_since = 0.0
        self._janitor: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Is there a Chromium at the moment?"""
        return self._contexts is not None and self._contexts.running.chromium.is_connected()

    @property
    def context_count(self) -> int:
        """How many contexts are open, kept or lent for once."""
        return len(self._contexts or ())

    @asynccontextmanager
    async def page(
        self,
        jar: CookieJar | None = None,
        *,
        address: Address = DIRECT,
        owner: str = "",
    ) -> AsyncIterator[Page]:
        """Lend a page with this jar's cookies, and close it afterwards.

        An ``owner``'s page is in the context that is kept for it; without one, in a context of its
        own that goes with the page. Raises BrowserGone when no page is free in time or Chromium
        can't be had.
        """
        async with self._seat(), self._at_work() as contexts:
            self._pages_served += 1
            if owner:
                lent = await contexts.lend(Party(owner, address), jar or CookieJar())
            else:
                lent = await contexts.lend_once(jar, address)
            try:
                page = await contexts.running.obey(lent.context.new_page())
                try:
                    yield page
                finally:
                    # One of its own goes with its context, which closes at once. The page itself,
                    # right after it could not be loaded, may not (seen with Chromium 156).
                    if owner:
                        await quietly(page.close(), limit_s=self._config.driver_timeout_s)
            finally:
                await contexts.give_back(lent)

    @asynccontextmanager
    async def context(self, party: Party, jar: CookieJar) -> AsyncIterator[Lent]:
        """Lend the context that is kept for this party and these cookies. Raises BrowserGone."""
        async with self._at_work() as contexts:
            lent = await contexts.lend(party, jar)
            try:
                yield lent
            finally:
                await contexts.give_back(lent)

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

    @asynccontextmanager
    async def _at_work(self) -> AsyncIterator[Contexts]:
        contexts = await self._open()
        try:
            yield contexts
        finally:
            self._lent -= 1
            self._idle_since = asyncio.get_running_loop().time()

    async def _open(self) -> Contexts:
        async with self._door:
            is_worn = self._pages_served >= _PAGES_IN_A_LIFE and not self._lent
            if self._contexts is not None and (is_worn or not self._contexts.running.is_well):
                await self._end()
            if self._contexts is None:
                self._contexts = Contexts(await chromium.start(self._config), self._config)
                if self._janitor is None or self._janitor.done():
                    # The one task that outlives its maker: it ends with the browser.
                    self._janitor = asyncio.create_task(self._look_after())
            self._lent += 1
            return self._contexts

    async def _end(self) -> None:
        if self._contexts is None:
            return
        ended, self._contexts = self._contexts, None
        await ended.running.end()
        logger.info("kaspi.browser.ended", pages_served=self._pages_served)
        self._pages_served = 0

    async def _look_after(self) -> None:
        """Collect idle contexts, and end an idle browser."""
        loop = asyncio.get_running_loop()
        round_s = min(self._config.browser_idle_s, self._config.context_idle_s)
        while self._contexts is not None:
            rest_s = self._idle_since + self._config.browser_idle_s - loop.time()
            await asyncio.sleep(round_s if self._lent else max(min(rest_s, round_s), 0.01))
            async with self._door:
                is_idle = loop.time() - self._idle_since >= self._config.browser_idle_s
                if is_idle and not self._lent:
                    await self._end()
                elif self._contexts.running.is_well:
                    await self._contexts.collect()
