"""A marketplace in memory, behind the ports: what the engine is tested with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cube_demper.kernel.money import Money
from kaspi.errors import ListingMissing
from kaspi.ports import (
    CookieJar,
    Listing,
    Offer,
    OffersPage,
    PushReceipt,
    SessionTicket,
)
from kaspi.push_ports import Taken
from products.engine.orders import ChangeOrder
from products.pricing.model import Corridor

ALMATY = "750000000"


class FakeStorefront:
    """Shows the offers it was given; ``troubles`` maps a card to what is raised for it."""

    def __init__(self, offers=None, troubles=None) -> None:
        self.cards = offers or {}
        self.troubles = troubles or {}
        self.asked: list[str] = []
        self.at_once = 0
        self.most_at_once = 0

    async def offers(self, master_sku, *, city_id, own_merchant_ids=frozenset()):
        self.asked.append(master_sku)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            trouble = self.troubles.get(master_sku)
            if isinstance(trouble, asyncio.Event):
                await trouble.wait()
            elif trouble is not None:
                raise trouble
        finally:
            self.at_once -= 1
        offers = tuple(self.cards.get(master_sku, ()))
        return OffersPage(offers, len(offers))


class FakeCabinet:
    """A catalogue of listings by sku, and a record of what was pushed."""

    def __init__(
        self,
        listings,
        *,
        on_push=None,
        on_read=None,
        renewed=None,
        bundle_most=1,
        answers=None,
        rows=None,
    ) -> None:
        self.bundle_most = bundle_most
        self.answers = answers or {}
        self.rows = rows or {}
        self.bundles: list[list[str]] = []
        self.shelf = {listing.sku: listing for listing in listings}
        self.on_push = on_push
        self.on_read = on_read
        self.pushed: list[tuple[str, Money]] = []
        self.cities: list[dict[str, Money]] = []
        self.read = 0
        self.jar = renewed or CookieJar()
        self.is_renewed = renewed is not None

    async def listing(self, sku):
        self.read += 1
        if self.on_read is not None:
            raise self.on_read
        if sku not in self.shelf:
            raise ListingMissing
        return self.shelf[sku]

    async def push(self, listing, price, *, city_prices):
        self.pushed.append((listing.sku, price))
        self.cities.append(dict(city_prices))
        if self.on_push is not None:
            raise self.on_push
        return PushReceipt(f"job-{len(self.pushed)}")

    async def protocol(self, skus):
        if isinstance(self.rows, Exception):
            raise self.rows
        return {sku: self.rows[sku] for sku in skus if sku in self.rows}

    async def push_bundle(self, changes):
        skus = [change.listing.sku for change in changes]
        self.bundles.append(skus)
        if "bundle" in self.answers:
            raise self.answers["bundle"]
        return tuple(self.answers.get(sku, Taken(sku, "job-of-all")) for sku in skus)


def opening(cabinets):
    """Open the cabinet of the ticket's store: store id → cabinet."""

    @asynccontextmanager
    async def open_cabinet(ticket) -> AsyncIterator[FakeCabinet]:
        yield cabinets[ticket.store_id]

    return open_cabinet


def an_offer(price, *, merchant_id="87654321", name="ProUnit"):
    return Offer(merchant_id=merchant_id, merchant_name=name, price=Money.tenge(price))


def a_corridor(floor=900, ceiling=1500, step=1):
    return Corridor(Money.tenge(floor), Money.tenge(ceiling), Money.tenge(step))


def a_ticket(store_id=1):
    return SessionTicket(
        store_id=store_id,
        session_id=store_id * 10,
        version=1,
        merchant_id=str(store_id),
        jar=CookieJar(),
    )


def an_order(change_id=1, *, store_id=1, sku="CHAIR-77", price=1199, corridor=None, **facts):
    return ChangeOrder(
        change_id=change_id,
        ticket=a_ticket(store_id),
        sku=sku,
        city_id=ALMATY,
        price=Money.tenge(price),
        corridor=corridor or a_corridor(),
        **facts,
    )


def a_listing(sku="CHAIR-77", *, price=1300, is_settled=True, **facts):
    stated = {
        "sku": sku,
        "master_sku": "100200301",
        "title": "Стул",
        "card_title": "Стул серый",
        "brand": "Example",
        "category": "Chairs",
        "category_codes": ("Chairs",),
        "price": Money.tenge(price),
        "city_prices": {},
        "points": (),
        "is_on_sale": True,
        "is_settled": is_settled,
        "shop_link": "",
    }
    return Listing(**{**stated, **facts})
