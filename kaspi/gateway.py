"""Picks and opens the adapters: one gateway per process, opened and used on its event loop.

The only place where settings become the clients' frozen config.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from django.conf import settings

from cube_demper.kernel.limiting.redis import RedisLimiter
from kaspi.clients.browser import Browser
from kaspi.clients.cabinet import KaspiCabinet
from kaspi.clients.config import KaspiConfig
from kaspi.clients.login import BrowserLogins
from kaspi.clients.storefront import KaspiStorefront
from kaspi.clients.transport import Transport
from kaspi.ports import Cabinet, Logins, SessionTicket, Storefront

# An ordinary browser's name: some of Kaspi's addresses answer 403 without one.
USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36"
)


class Gateway:
    """Everything of Kaspi's that a process holds open."""

    def __init__(self, *, config: KaspiConfig, redis_url: str, fallback_rps: float) -> None:
        """``fallback_rps``: what this process may read a second when Redis is gone."""
        self._config = config
        self._limiter = RedisLimiter(url=redis_url, fallback_rps=fallback_rps)
        self._transport = Transport(config=config, limiter=self._limiter)
        self._browser = Browser(config)
        self._public = self._transport.session()
        self.storefront: Storefront = KaspiStorefront(session=self._public, config=config)
        self.logins: Logins = BrowserLogins(
            browser=self._browser, transport=self._transport, config=config
        )
        self.seats = asyncio.Semaphore(config.max_connections)

    @asynccontextmanager
    async def open_cabinet(self, ticket: SessionTicket) -> AsyncIterator[Cabinet]:
        """Open one store's cabinet with its seller's session, and no other."""
        async with self._transport.session(ticket.jar) as session:
            yield KaspiCabinet(
                session=session, config=self._config, merchant_id=ticket.merchant_id
            )

    async def aclose(self) -> None:
        """Close the browser, then the connections."""
        await self._browser.aclose()
        await self._public.aclose()
        await self._transport.aclose()
        await self._limiter.aclose()


async def open_gateway() -> Gateway:
    """Make this process's gateway from the settings, on the loop that will use it."""
    config = KaspiConfig(
        identity_url=settings.KASPI_IDENTITY_URL,
        cabinet_url=settings.KASPI_CABINET_URL,
        shop_url=settings.KASPI_SHOP_URL,
        user_agent=USER_AGENT,
        fleet_rps=settings.GLOBAL_RPS,
        offers_rps=settings.KASPI_OFFERS_RPS,
        push_rps=settings.KASPI_PUSH_RPS,
        max_connections=settings.MAX_CONCURRENT_TASKS,
        chromium_path=settings.CHROMIUM_PATH or None,
    )
    return Gateway(
        config=config,
        redis_url=settings.REDIS_URL,
        # Several processes a shard worker's share at most: four times as many as instances.
        fallback_rps=settings.GLOBAL_RPS / (settings.INSTANCE_COUNT * 4),
    )
