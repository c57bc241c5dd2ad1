"""Look at markets, decide for every product on them."""

import asyncio
from collections.abc import Sequence

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
from products.pricing.decide import decide
from products.pricing.explain import explain
from products.pricing.model import Rival


async def look_all(
    watches: Sequence[Watch],
    *,
    storefront: Storefront,
    seats: asyncio.Semaphore,
    look_s: float,
    batch_s: float,
) -> list[LookOutcome]:
    """Look at every market once, as many at a time as there are ``seats``.

    A market that fails, or whose time is up (``look_s`` for itself, ``batch_s`` for all), becomes
    ``LookFailed`` and disturbs no other. The order of the watches is kept.
    """
    deadline = asyncio.get_running_loop().time() + batch_s

    async def guarded(watch: Watch) -> LookOutcome:
        try:
            async with asyncio.timeout_at(deadline), seats, asyncio.timeout(look_s):
                return await look(watch, storefront=storefront)
        except DomainError as error:
            return LookFailed(watch.market_id, error.code)
        except TimeoutError:
            return LookFailed(watch.market_id, "deadline")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(guarded(watch)) for watch in watches]
    return [task.result() for task in tasks]


async def look(watch: Watch, *, storefront: Storefront) -> Looked:
    """Read the offers of one market and decide for each product on it."""
    own_merchant_ids = frozenset(product.merchant_id for product in watch.products)
    page = await storefront.offers(
        watch.master_sku, city_id=watch.city_id, own_merchant_ids=own_merchant_ids
    )
    return Looked(
        market_id=watch.market_id,
        verdicts=tuple(judge(product, page.offers) for product in watch.products),
        cheapest=min((offer.price for offer in page.offers), default=None),
        offer_count=max(page.total, len(page.offers)),
    )


def judge(product: WatchedProduct, offers: Sequence[Offer]) -> Verdict:
    """Decide for one product, which never competes with its own seller's shops."""
    rivals = [
        Rival(offer.merchant_id, offer.merchant_name, offer.price)
        for offer in offers
        if offer.merchant_id not in product.own_merchant_ids
    ]
    decision = decide(rivals=rivals, corridor=product.corridor)
    shown = min(
        (offer.price for offer in offers if offer.merchant_id == product.merchant_id), default=None
    )
    return Verdict(
        product_id=product.product_id,
        corridor=product.corridor,
        decision=decision,
        explanation=explain(decision, product.corridor),
        shown=shown,
    )
