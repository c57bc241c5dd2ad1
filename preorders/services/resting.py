"""Repricing rests while a product is sold in advance, where its seller wants that."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from preorders.models import Preorder, PreorderState
from products.models import Market, Product
from products.services.corridors import change_product

ASKING = Q(state=PreorderState.ACTIVE, pauses_repricing=True)


def rest_or_wake(product_id: int, *, now: datetime) -> None:
    """Pause a product once for all its preorders that ask for it, and end that with the last.

    A pause that its seller made before stays theirs; and one that they end is not made again.
    """
    of_it = Preorder.rows.filter(product=product_id)
    if not of_it.filter(Q(has_paused=True) | ASKING).exists():
        return
    with transaction.atomic():
        product = _locked(product_id)
        rows = of_it.select_for_update().order_by("pk")
        asking = rows.filter(ASKING).first()
        is_held = rows.filter(has_paused=True).exists()
        if asking is not None and not is_held and not product.is_paused:
            _pause(product, now=now, is_paused=True)
            of_it.filter(pk=asking.pk).update(has_paused=True)
        elif is_held and asking is None:
            if product.is_paused:
                _pause(product, now=now, is_paused=False)
            of_it.update(has_paused=False)


def _locked(product_id: int) -> Product:
    """The product; markets before products, and both before preorders."""
    its_rows = Product.rows.filter(Q(pk=product_id) | Q(listing=product_id))
    markets = Market.objects.filter(pk__in=its_rows.values("market")).order_by("pk")
    list(markets.select_for_update().values_list("pk", flat=True))
    found = Product.rows.select_for_update(of=("self",)).select_related("store__user")
    return found.get(pk=product_id)


def _pause(product: Product, *, is_paused: bool, now: datetime) -> None:
    change_product(
        user=product.store.user,
        product_id=product.pk,
        changes={"is_paused": is_paused},
        now=now,
    )
