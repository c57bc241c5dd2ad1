"""Prices that somebody changed past us, in the cabinet or by a file: noticed, and not fought."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from cube_demper.kernel.money import Money
from products.engine.model import Verdict
from products.models import Change, Product
from products.pricing.model import Decision
from products.pricing.modes import Outside

logger = structlog.get_logger("products.outside")
LASTS = timedelta(days=1)  # or until the seller sets something here


def known_prices(
    verdicts: Iterable[Verdict], products: dict[int, Product], *, now: datetime
) -> set[tuple[int, Money]]:
    """Prices of our own of the last day, for the products that are shown at another than we think.

    A change that was given up may still come through late: that is no stranger's.
    """
    odd = [
        verdict.product_id
        for verdict in verdicts
        if verdict.shown is not None and verdict.shown != products[verdict.product_id].price
    ]
    if not odd:
        return set()
    changes = Change.objects.across_users(reason="one look decides for every seller on a card")
    recent = changes.filter(product__in=odd, decided_at__gt=now - LASTS)
    return {
        (product_id, price)
        for row in recent.values_list("product", "price", "old_price")
        for product_id, price in ((row[0], row[1]), (row[0], row[2]))
        if price is not None
    }


def see_price(
    product: Product, shown: Money, known: set[tuple[int, Money]], *, now: datetime
) -> None:
    """Take over what buyers see. Where it is nobody's price that we know of, note that."""
    is_first = product.price is None or product.decided_at is None
    if shown != product.price and not is_first and (product.pk, shown) not in known:
        product.outside_at = now
        logger.warning(
            "products.price.outside",
            product_id=product.pk,
            before_tiyn=None if product.price is None else product.price.tiyn,
            shown_tiyn=shown.tiyn,
        )
    product.price = shown


def is_left_alone(product: Product, verdict: Verdict, *, now: datetime) -> bool:
    """Whether somebody else's price stands for now. An illegal one is repaired all the same."""
    if product.outside_at is None or verdict.product.outside is Outside.OVERRIDE:
        return False
    is_repair = isinstance(verdict.decision, Decision) and verdict.decision.is_repair
    return now - product.outside_at < LASTS and not is_repair
