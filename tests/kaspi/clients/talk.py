"""Calls of our clients to scripted answers, and what came of them."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cube_demper.kernel.money import Money
from kaspi.clients.cabinet import KaspiCabinet
from kaspi.clients.config import KaspiConfig
from kaspi.clients.orders import KaspiOrders
from kaspi.clients.storefront import KaspiStorefront
from kaspi.clients.transport import Transport
from kaspi.order_ports import OrdersTicket
from kaspi.ports import Cookie, CookieJar, OffersPage
from kaspi.push_ports import NewPrice
from tests.kaspi.clients.stand_ins import BROWSER, Unlimited, scripted

DAY = datetime(2026, 9, 1, tzinfo=UTC)
JAR = CookieJar((Cookie("mc-sid", "the-session", "127.0.0.1"),))


class Talk:
    """Our clients before scripted answers: how many requests they made, what they closed."""

    def __init__(self, *answers: Any) -> None:
        self.answers = answers
        self.requests = 0
        self.frozen: list[tuple[str, float]] = []

    def offers(self, **more: Any) -> Any:
        return self._run(None, lambda here, session: read_offers(here, session, **more))

    def listings(self) -> Any:
        return self._cabinet(_listings)

    def merchants(self) -> Any:
        return self._cabinet(lambda cabinet: cabinet.merchants())

    def listing(self, sku: str = "CHAIR-77") -> Any:
        return self._cabinet(lambda cabinet: cabinet.listing(sku))

    def push(self) -> Any:
        """Read the listing with the first answer, and push with the second."""

        async def pushed(cabinet: KaspiCabinet) -> Any:
            listing = await cabinet.listing("CHAIR-77")
            return await cabinet.push(listing, Money.tenge(900))

        return self._cabinet(pushed)

    def bundle(self, **config: Any) -> Any:
        """Read the listing with the first answer, and push it in a bundle with the second."""

        async def pushed(cabinet: KaspiCabinet) -> Any:
            listing = await cabinet.listing("CHAIR-77")
            return await cabinet.push_bundle([NewPrice(listing, Money.tenge(900))])

        return self._cabinet(pushed, **config)

    def protocol(self) -> Any:
        return self._cabinet(lambda cabinet: cabinet.protocol(["CHAIR-77"]))

    def orders(self, **changes: Any) -> Any:
        """Read a day's orders, whatever their state."""

        async def read(orders: KaspiOrders) -> Any:
            day = orders.orders(since=DAY - timedelta(days=1), until=DAY)
            return [order async for page in day for order in page.orders]

        return self._orders(read, **changes)

    def entries(self) -> Any:
        return self._orders(lambda orders: orders.entries("MTIz"))

    def _orders(self, use: Any, **changes: Any) -> Any:
        ticket = OrdersTicket(store_id=1, merchant_id="12345678", token="t")
        settings = {"orders_by_state": False} | changes

        def asked(here: KaspiConfig, session: Any) -> Any:
            there = replace(here, **settings)
            return use(KaspiOrders(session=session, config=there, ticket=ticket))

        return self._run(None, asked)

    def _cabinet(self, use: Any, **changes: Any) -> Any:
        def used(here: KaspiConfig, session: Any) -> Any:
            there = replace(here, **changes)
            return use(KaspiCabinet(session=session, config=there, merchant_id="12345678"))

        return self._run(JAR, used)

    def _run(self, jar: CookieJar | None, use: Any) -> Any:
        async def talked() -> Any:
            async with scripted(*self.answers) as script:
                config = KaspiConfig(
                    identity_url=script.url,
                    cabinet_url=script.url,
                    shop_url=script.url,
                    user_agent=BROWSER,
                    retry_pause_s=0.001,
                    read_timeout_s=0.3,
                    call_timeout_s=0.5,
                )
                limiter = Unlimited()
                transport = Transport(config=config, limiter=limiter)
                async with aclosing(transport), transport.session(jar) as session:
                    try:
                        return await use(config, session)
                    except Exception as error:  # noqa: BLE001 -- the outcome under test
                        return type(error)
                    finally:
                        self.requests = len(script.requests)
                        self.frozen = limiter.frozen

        return asyncio.run(talked())


async def read_offers(config: KaspiConfig, session: Any, **more: Any) -> OffersPage:
    storefront = KaspiStorefront(session=session, config=config)
    return await storefront.offers("100200301", city_id="750000000", **more)


async def _listings(cabinet: KaspiCabinet) -> list[str]:
    return [listing.sku async for page in cabinet.listings() for listing in page.listings]
