"""What the heart is to remember of a product: some of it in a column, the rest looked up."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from django.db.models import Max

from cube_demper.kernel.money import Money
from kaspi.models import OrderEntry
from products.models import Product
from products.pricing.model import Memory
from products.pricing.record import pack, unpack
from products.pricing.wars import War

logger = structlog.get_logger("products.wars")
# Statuses of orders, as Kaspi spells them.
NO_SALES = ("CANCELLED", "CANCELLING", "KASPI_DELIVERY_RETURN_REQUESTED", "RETURNED")


def kept(memory: Memory) -> dict[str, Any]:
    """What goes into the column: what was learned, and not what is looked up each time."""
    learned: dict[str, Any] = pack(
        replace(
            memory, in_force=None, stock=None, sold_at=None, at_war_since=None, is_cycling=False
        )
    )
    return learned


def learned(product: Product) -> Memory:
    """What was learned of a product, without what is looked up each time."""
    memory: Memory = unpack(Memory, product.memory)
    return memory


def memory_of(
    product: Product,
    *,
    under_way: Money | None,
    sold_at: datetime | None,
    war: War | None,
    now: datetime,
) -> Memory:
    """What is remembered of a product with its market.

    ``under_way`` is the price of its open change, if any. A war that is on no more is over now.
    """
    memory = learned(product)
    is_over = war is None and product.at_war_since is not None
    return replace(
        memory,
        in_force=product.price if under_way is None else under_way,
        stock=stock_of(product),
        sold_at=sold_at,
        at_war_since=war.since if war else None,
        peace_since=now if is_over else memory.peace_since,
        is_cycling=product.market is not None and product.market.cycling_since is not None,
    )


def known_war(product: Product) -> War | None:
    """The war that was on at the last look."""
    since = product.at_war_since
    return None if since is None else War(product.war_rival, since)


def note_war(product: Product, war: War | None) -> None:
    """Say on a product that a price war is on, and with whom; one that goes on keeps its start."""
    if war is None:
        product.at_war_since, product.war_rival = None, ""
    elif (product.at_war_since, product.war_rival) != (war.since, war.merchant_id):
        product.at_war_since, product.war_rival = war.since, war.merchant_id
        logger.warning(
            "products.war.begun",
            product_id=product.pk,
            rival=war.merchant_id,
            fell_tiyn=war.fell.tiyn if war.fell else None,
        )


def stock_of(product: Product) -> int | None:
    """Pieces at the points where it is on sale; ``None`` where nobody counts."""
    counts = [point.get("stock") for point in product.points if point.get("yes")]
    return sum(counts) if counts and None not in counts else None


def sales_of(products: Iterable[Product]) -> Mapping[int, datetime]:
    """When each product was ordered last, as far as its store's orders are read."""
    wanted = {(product.store_id, product.sku): product.pk for product in products}
    if not wanted:
        return {}
    entries = OrderEntry.objects.across_users(reason="one look decides for every seller on a card")
    rows = (
        entries.filter(
            order__store__in={store_id for store_id, _ in wanted},
            sku__in={sku for _, sku in wanted},
        )
        .exclude(order__status__in=NO_SALES)
        .values_list("order__store", "sku")
        .annotate(Max("order__placed_at"))
    )
    return {wanted[store, sku]: at for store, sku, at in rows if (store, sku) in wanted}
