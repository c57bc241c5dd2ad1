"""Look at markets, decide for every product on them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from cube_demper.kernel.errors import DomainError
from kaspi.ports import Offer, Storefront
from products.engine.model import (
    Looked,
    LookFailed,
    LookOutcome,
    Verdict,
    Watch,
    WatchedProduct,
)
from products.pricing.decide import Situation, decide
from products.pricing.model import Delivery, Rival
from products.pricing.remember import remember

_DELIVERIES = {delivery.value: delivery for delivery in Delivery}


async def look_all(
    watches: Sequence[Watch],
    *,
    storefront: Storefront,
    seats: asyncio.Semaphore,
    look_s: float,
    batch_s: float,
    at: datetime,
) -> list[LookOutcome]:
    """Look at every market once, as many at a time as there are ``seats``.

    A market that fails, or whose time is up (``look_s`` for itself, ``batch_s`` for all), becomes
    ``LookFailed`` and disturbs no other. The order of the watches is kept.
    """
    deadline = asyncio.get_running_loop().time() + batch_s

    async def guarded(watch: Watch) -> LookOutcome:
        try:
            async with asyncio.timeout_at(deadline), seats, asyncio.timeout(look_s):
                return await look(watch, storefront=storefront, at=at)
        except DomainError as error:
            return LookFailed(watch.market_id, error.code)
        except TimeoutError:
            return LookFailed(watch.market_id, "deadline")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(guarded(watch)) for watch in watches]
    return [task.result() for task in tasks]


async def look(watch: Watch, *, storefront: Storefront, at: datetime) -> Looked:
    """Read the offers of one market and decide for each product on it, as of a moment."""
    own_merchant_ids = frozenset(product.merchant_id for product in watch.products)
    page = await storefront.offers(
        watch.master_sku, city_id=watch.city_id, own_merchant_ids=own_merchant_ids
    )
    offers = tuple(as_rival(offer) for offer in page.offers)
    return Looked(
        market_id=watch.market_id,
        offers=offers,
        verdicts=tuple(judge(product, offers, at=at) for product in watch.products),
        cheapest=min((offer.price for offer in page.offers), default=None),
        offer_count=max(page.total, len(page.offers)),
    )


def judge(product: WatchedProduct, offers: Sequence[Rival], *, at: datetime) -> Verdict:
    """Decide for one product among these offers."""
    situation = Situation(
        merchant_id=product.merchant_id,
        own_merchant_ids=product.own_merchant_ids,
        offers=tuple(offers),
        rules=product.rules,
        memory=product.memory,
        at=at,
    )
    decision = decide(situation)
    shown = min(
        (offer.price for offer in offers if offer.merchant_id == product.merchant_id), default=None
    )
    return Verdict(product, situation, decision, remember(situation, decision), shown)


def as_rival(offer: Offer) -> Rival:
    """What the heart knows of an offer."""
    return Rival(
        merchant_id=offer.merchant_id,
        name=offer.merchant_name,
        price=offer.price,
        rating=None if offer.rating is None else round(offer.rating * 100),
        reviews=offer.reviews,
        delivery=_DELIVERIES.get(offer.delivery_duration or ""),
        preorder_days=offer.preorder_days,
        by_kaspi=offer.is_kaspi_delivery,
    )
