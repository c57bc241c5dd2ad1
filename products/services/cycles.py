"""Tell the markets whose best price goes round: a warning to whoever sells there."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Mod

from products.models import Market
from products.pricing.wars import CYCLE_WINDOW, is_cycling
from products.services.tape import bests_of

logger = structlog.get_logger("products.cycles")
_PARTS = 24  # so many calls, an hour apart, go over all markets once: a cycle takes days
_AT_ONCE = 100
_HOUR_S = 3600


def find_cycles(*, now: datetime) -> None:
    """Judge this hour's part of the watched markets by their last days."""
    part = int(now.timestamp()) // _HOUR_S % _PARTS
    markets = Market.objects.annotate(part=Mod(F("pk"), _PARTS)).filter(is_watched=True, part=part)
    ids = list(markets.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _AT_ONCE):
        judge_cycles(ids[start : start + _AT_ONCE], now=now)


def judge_cycles(market_ids: Sequence[int], *, now: datetime) -> None:
    """Say on these markets whether they go round, since when, and log those that begin."""
    bests = bests_of(market_ids, since=now - CYCLE_WINDOW)
    round_ids = {market_id for market_id, tape in bests.items() if is_cycling(tape)}
    some = Market.objects.filter(pk__in=market_ids)
    with transaction.atomic():
        begins = _locked(some.filter(pk__in=round_ids, cycling_since=None))
        ends = _locked(some.exclude(pk__in=round_ids).exclude(cycling_since=None))
        some.filter(pk__in=begins).update(cycling_since=now)
        some.filter(pk__in=ends).update(cycling_since=None)
    for market_id in begins:
        logger.warning("products.cycle.begun", market_id=market_id)


def _locked(markets: "QuerySet[Market]") -> list[int]:
    return list(markets.select_for_update().order_by("pk").values_list("pk", flat=True))
