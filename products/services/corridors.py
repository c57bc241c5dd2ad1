"""What a seller may set on a product."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from cube_demper.kernel.money import Money
from products.errors import CorridorIncomplete, FloorAboveCeiling, ProductMissing
from products.models import Market, Product

MINIMUM_PRICE_TENGE = 10  # Kaspi's own minimum, as one source has it
MAXIMUM_PRICE_TENGE = 1_000_000_000
DEFAULT_STEP = Money.tenge(1)


def change_product(
    *, user: User, product_id: int, changes: Mapping[str, Any], now: datetime
) -> Product:
    """Set what ``changes`` names (``floor``, ``ceiling``, ``step``, ``is_paused``) and look soon.

    Raises ProductMissing for a foreign id, CorridorIncomplete and FloorAboveCeiling; then nothing
    is written.
    """
    with transaction.atomic():
        own = Product.objects.for_user(user).filter(pk=product_id)
        # The market is locked first: every writer takes markets before products.
        list(Market.objects.select_for_update().filter(pk__in=own.values("market")))
        product: Product | None = (
            own.select_for_update(of=("self",)).select_related("store", "market__card").first()
        )
        if product is None:
            raise ProductMissing
        for name, value in changes.items():
            setattr(product, name, value)
        _check_corridor(product)
        product.save(update_fields=["floor", "ceiling", "step", "is_paused"])
        watch_markets([product.market_id], now=now)
        Market.objects.filter(pk=product.market_id).update(next_look_at=now)
    return product


def _check_corridor(product: Product) -> None:
    if product.floor is None and product.ceiling is None:
        product.step = None
        return
    if product.floor is None or product.ceiling is None:
        raise CorridorIncomplete("Set floor_tiyn and ceiling_tiyn together.")
    if product.floor > product.ceiling:
        raise FloorAboveCeiling(
            f"The floor, {product.floor}, is above the ceiling, {product.ceiling}."
        )
    if product.step is None:
        product.step = DEFAULT_STEP


def watch_markets(market_ids: Iterable[int], *, now: datetime) -> None:
    """Watch exactly those of the markets where some product may move."""
    with transaction.atomic():
        locked = list(
            Market.objects.select_for_update()
            .filter(pk__in=list(market_ids))
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        repriced = Product.objects.across_users(reason="a market is watched for all who sell there")
        is_wanted = Exists(repriced.repriced().filter(market=OuterRef("pk")))
        markets = Market.objects.filter(pk__in=locked)
        markets.filter(is_wanted, is_watched=False).update(is_watched=True, next_look_at=now)
        markets.filter(~is_wanted, is_watched=True).update(is_watched=False)
