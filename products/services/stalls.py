"""Tell of stores that silently stand still, and why.

Whoever is told by somebody else already (a dead session, a ban, a pause) is left out here.
"""

from collections import Counter
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Max, Q

from kaspi.models import Attention, Store
from kaspi.services.telling import tell_of_stores
from news.models import EventKind
from products.models import Market, Product, ShardTempo

logger = structlog.get_logger("products.stalls")
INTERVALS = 2
_LEAST = timedelta(minutes=2)  # however short the promise: a restart takes a moment
NOT_LOOKED = "not-looked-at"


def find_stalls(*, now: datetime, promised: timedelta) -> None:
    """Say on each live store whether looks reach it; take it back where they do again."""
    allowed = _longest_gaps(promised)
    stores = Store.objects.across_users(reason="stores of anybody may stand still").live()
    looks = (
        Product.objects.across_users(reason="stores of anybody may stand still")
        .repriced()
        .awake(now)
        .filter(store__in=stores.filter(attention__in=(Attention.NONE, Attention.STALLED)))
        .values_list("store", "market__shard")
        .annotate(Max("market__looked_at"), Max("store__connected_at"))
    )
    latest: dict[int, bool] = {}
    for store_id, shard, looked_at, connected_at in looks:
        silent_for = now - max(looked_at or connected_at, connected_at)
        limit = max(INTERVALS * allowed.get(shard, promised), _LEAST)
        latest[store_id] = latest.get(store_id, False) or silent_for > limit
    for store_id, is_stalled in sorted(latest.items()):
        if is_stalled:
            _tell(store_id, now=now)
    _take_back([store_id for store_id, is_stalled in latest.items() if not is_stalled], now=now)


def _take_back(store_ids: list[int], *, now: datetime) -> None:
    with transaction.atomic():
        stalled = Store.rows.filter(pk__in=store_ids, attention=Attention.STALLED)
        ids = list(stalled.select_for_update().order_by("pk").values_list("pk", flat=True))
        Store.rows.filter(pk__in=ids).update(attention=Attention.NONE, attention_cause="")
        tell_of_stores(ids, EventKind.STORE_GOES_ON, now=now)


def _longest_gaps(promised: timedelta) -> dict[int, timedelta]:
    rows = ShardTempo.objects.values_list("shard", "longest_s")
    return {shard: max(timedelta(seconds=longest_s), promised) for shard, longest_s in rows}


def _tell(store_id: int, *, now: datetime) -> None:
    markets = Market.objects.filter(products__store=store_id, is_watched=True)
    failures = Counter(markets.exclude(failure="").values_list("failure", flat=True))
    cause = failures.most_common(1)[0][0] if failures else NOT_LOOKED
    with transaction.atomic():
        told = (
            Store.rows.filter(pk=store_id)
            .exclude(Q(attention=Attention.STALLED, attention_cause=cause))
            .update(attention=Attention.STALLED, attention_cause=cause, attention_until=None)
        )
        if told:
            tell_of_stores([store_id], EventKind.STORE_STOPPED, now=now)
    if told:
        logger.error("products.store.stalled", store_id=store_id, cause=cause)
