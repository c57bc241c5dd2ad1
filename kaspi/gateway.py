"""Picks and opens the adapters: one gateway per process, opened and used on its event loop.

The only place where settings become the clients' frozen config.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

from django.conf import settings

from cube_demper.kernel.limiting.ports import Limiter, Priority
from cube_demper.kernel.limiting.redis import RedisLimiter
from kaspi.clients.browser import Browser
from kaspi.clients.browser_wire import BrowserWire
from kaspi.clients.cabinet import KaspiCabinet
from kaspi.clients.config import KaspiConfig, QuotaCounts, WireKind
from kaspi.clients.egress import Egress
from kaspi.clients.login import BrowserLogins
from kaspi.clients.orders import KaspiOrders
from kaspi.clients.roaming import RoamingStorefront
from kaspi.clients.transport import Transport, Witness
from kaspi.login_ports import Logins
from kaspi.order_ports import Orders, OrdersTicket
from kaspi.ports import SessionTicket, Storefront
from kaspi.push_ports import PushingCabinet

# An ordinary browser's name: some of Kaspi's addresses answer 403 without one.
USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36"
)


class Gateway:
    """Everything of Kaspi's that a process holds open."""

    def __init__(self, *, config: KaspiConfig, limiter: Limiter) -> None:
        """Make it on the loop that will use it; ``open_gateway`` does."""
        self._config = config
        self._limiter = limiter
        browser = Browser(config)
        self.egress = Egress(config)
        self._transport = Transport(
            config=config,
            limiter=limiter,
            browser_wire=BrowserWire(browser, config),
            on_wall=self.egress.meet_wall,
        )
        self.storefront: Storefront = RoamingStorefront(
            transport=self._transport, config=config, egress=self.egress
        )
        self.logins: Logins = BrowserLogins(
            browser=browser, transport=self._transport, config=config, way_out=self.egress.seat
        )
        self.seats = asyncio.Semaphore(config.max_connections)
        self._closing = AsyncExitStack()  # in reverse: the browser first, the limiter last
        for part in (limiter, self._transport, browser):
            self._closing.push_async_callback(part.aclose)

    @asynccontextmanager
    async def open_cabinet(
        self, ticket: SessionTicket, *, priority: Priority = Priority.BACKGROUND
    ) -> AsyncIterator[PushingCabinet]:
        """Open one store's cabinet with its seller's session, and no other."""
        owner = f"session:{ticket.session_id}"
        address = self.egress.seat(
            ticket.account, session_id=ticket.session_id, kept=ticket.egress_id
        )
        session = self._transport.session(
            ticket.jar, address=address, owner=owner, priority=priority
        )
        with self.egress.used(address):
            async with session:
                yield KaspiCabinet(
                    session=session, config=self._config, merchant_id=ticket.merchant_id
                )

    @asynccontextmanager
    async def open_orders(self, ticket: OrdersTicket) -> AsyncIterator[Orders]:
        """Open one store's orders with its token: over plain HTTP, with nobody's cookies."""
        address = self.egress.seat(ticket.merchant_id)
        session = self._transport.session(address=address, wire=WireKind.HTTP)
        with self.egress.used(address):
            yield KaspiOrders(session=session, config=self._config, ticket=ticket)

    async def remember_changes(self, merchant_id: str, *, used_at: Sequence[datetime]) -> None:
        """Say when a shop's price changes of the last half hour were sent. Raises Unavailable."""
        await self._limiter.remember(self._config.changes(merchant_id), used_at=used_at)

    def show(self, witness: Witness) -> None:
        """Show every request from now on, and what was answered. For one who probes by hand."""
        self._transport.witness = witness

    async def aclose(self) -> None:
        """Close the browser and the connections."""
        await self._closing.aclose()


async def open_gateway() -> Gateway:
    """Make this process's gateway from the settings, on the loop that will use it."""
    config = KaspiConfig(
        identity_url=settings.KASPI_IDENTITY_URL,
        cabinet_url=settings.KASPI_CABINET_URL,
        shop_url=settings.KASPI_SHOP_URL,
        user_agent=USER_AGENT,
        storefront_wire=WireKind(settings.KASPI_STOREFRONT_TRANSPORT),
        cabinet_wire=WireKind(settings.KASPI_CABINET_TRANSPORT),
        fleet_rps=settings.GLOBAL_RPS,
        offers_rps=settings.KASPI_OFFERS_RPS,
        push_rps=settings.KASPI_PUSH_RPS,
        bundle_most=settings.KASPI_BUNDLE_MOST,
        quota_counts=QuotaCounts(settings.KASPI_QUOTA_COUNTS),
        orders_rps=settings.KASPI_ORDERS_RPS,
        orders_window=timedelta(days=settings.KASPI_ORDERS_WINDOW_DAYS),
        orders_by_state=settings.KASPI_ORDERS_BY_STATE,
        orders_name_merchant=settings.KASPI_ORDERS_NAME_MERCHANT,
        max_connections=settings.MAX_CONCURRENT_TASKS,
        chromium_path=settings.CHROMIUM_PATH or None,
    )
    limiter = RedisLimiter(
        url=settings.REDIS_URL,
        # Without Redis nobody counts for all: each process keeps to a safe share of its own.
        fallback_rps=settings.GLOBAL_RPS / (settings.INSTANCE_COUNT * 4),
    )
    return Gateway(config=config, limiter=limiter)
