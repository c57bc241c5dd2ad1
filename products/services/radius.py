"""How many prices may jump at once: in one store, and in the whole service.

A bad feed, a bug or an attack moves many prices far within minutes. Where more of them jump than a
market would make them, that scope stops and waits for a person. Repairs and what a seller asked for
count for nothing here.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from kaspi.models import Attention, Store
from kaspi.services.telling import tell_of_stores
from news.models import EventKind
from products.models import Change, Product
from products.services.brakes import pull_brake

logger = structlog.get_logger("products.radius")
WINDOW = timedelta(minutes=10)
STORE_LEAST = 10  # products that jumped: below that a share says little
SERVICE_LEAST = 50


@dataclass(frozen=True, slots=True)
class Radius:
    """What new changes would trip: these stores, or everything."""

    store_ids: frozenset[int]
    is_service: bool

    def stops(self, change: Change) -> bool:
        return self.is_service or change.product.store_id in self.store_ids


def measure(changes: Sequence[Change], *, now: datetime) -> Radius:
    """Count the jumps among new changes together with those of the last minutes."""
    jumps = Counter(change.product.store_id for change in changes if change.is_jump)
    if not jumps:
        return Radius(frozenset(), is_service=False)
    recent = Change.objects.across_users(reason="jumps are counted for stores and for all").filter(
        decided_at__gt=now - WINDOW
    )
    return Radius(_stores(jumps, recent), is_service=_is_service(changes, recent))


def stop(radius: Radius, *, now: datetime) -> None:
    """Pause the stores and pull the brake, once this transaction is through."""
    if radius.is_service:
        transaction.on_commit(lambda: _stop_service(now))
    elif radius.store_ids:
        transaction.on_commit(lambda: _stop_stores(radius.store_ids, now))


def _stores(jumps: Counter[int], recent: "QuerySet[Change]") -> frozenset[int]:
    rows = recent.filter(product__store__in=jumps, is_jump=True)
    jumps = jumps + Counter(
        dict(rows.values_list("product__store").annotate(Count("product", distinct=True)))
    )
    if max(jumps.values()) < STORE_LEAST:
        return frozenset()
    repriced = dict(
        Product.objects.across_users(reason="a share of each store's products")
        .repriced()
        .filter(store__in=jumps)
        .values_list("store")
        .annotate(Count("pk"))
    )
    return frozenset(
        store_id
        for store_id, number in jumps.items()
        if number >= STORE_LEAST
        and number * 100 > settings.STORE_JUMPS_PERCENT * repriced.get(store_id, 0)
    )


def _is_service(changes: Sequence[Change], recent: "QuerySet[Change]") -> bool:
    drops = sum(_is_drop(change) for change in changes)
    if not drops:
        return False
    seen = recent.aggregate(
        drops=Count("pk", filter=Q(is_jump=True, price__lt=F("old_price"))), all=Count("pk")
    )
    drops += int(seen["drops"])
    of = len(changes) + int(seen["all"])
    return drops >= SERVICE_LEAST and bool(drops * 100 > settings.SERVICE_FALLS_PERCENT * of)


def _is_drop(change: Change) -> bool:
    return change.is_jump and change.old_price is not None and change.price < change.old_price


def _stop_stores(store_ids: Iterable[int], now: datetime) -> None:
    for store_id in sorted(store_ids):
        with transaction.atomic():
            paused = Store.rows.filter(pk=store_id, is_paused=False).update(
                is_paused=True, attention=Attention.PRICES_JUMPED, attention_until=None
            )
            if paused:
                tell_of_stores([store_id], EventKind.STORE_STOPPED, now=now)
        if paused:
            logger.error("products.radius.store_stopped", store_id=store_id)


def _stop_service(now: datetime) -> None:
    pull_brake(reason="Too many prices fell at once", now=now)
