"""What looks teach of a market, and how often each shard can afford to look.

a look ──► changed or not ──► the market's rate ──┐
products on it ──► its worth ─────────────────────┼──► tempo of the shard, each minute
budget, promise, politeness ──────────────────────┘
"""

import logging
import math
from binascii import crc32
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, FloatField
from django.db.models.functions import Cast, Ln, Round

from products.engine.model import Looked, Verdict
from products.models import SHARD_COUNT, Market, ShardTempo
from products.pricing.attention import ChangeRate, Tempo, tempo_for
from products.pricing.model import Decision

logger = structlog.get_logger("products.attention")
_BUCKETS = 4  # an e-fold: markets whose urgencies differ by less than a seventh count as alike
_PRIORITY = 4  # a product that goes first is worth so many of its price


def learn(market: Market, outcome: Looked, *, now: datetime) -> None:
    """Note what a look taught: whether what decides prices here changed, and what is at stake."""
    sight = sight_of(outcome)
    if market.looked_at is not None and market.sight is not None:
        rate = ChangeRate(market.changes, market.seconds).learn(
            gap=now - market.looked_at, has_changed=market.sight != sight
        )
        market.changes, market.seconds = rate.changes, rate.seconds
    market.sight = sight
    market.worth = sum(_worth(verdict) for verdict in outcome.verdicts)


def sight_of(outcome: Looked) -> int:
    """A short name for whom our prices follow here, and at what price; no matter who we are.

    What we changed ourselves does not show in it.
    """
    decisions = [verdict.decision for verdict in outcome.verdicts]
    rivals = {
        (decision.rival.merchant_id, decision.rival.price.tiyn)
        for decision in decisions
        if isinstance(decision, Decision) and decision.rival is not None
    }
    return crc32(repr(sorted(rivals)).encode())


def _worth(verdict: Verdict) -> float:
    price = verdict.situation.memory.in_force or verdict.price or verdict.product.corridor.floor
    return price.tiyn * (_PRIORITY if verdict.product.is_priority else 1)


def gap_of(market: Market, tempo: Tempo) -> timedelta:
    """How long to leave a market alone at this tempo."""
    return tempo.gap(worth=market.worth, rate=ChangeRate(market.changes, market.seconds))


def tempo_of(shard: int) -> Tempo:
    """The shard's tempo; before the first is reckoned, as often as politeness allows."""
    row = ShardTempo.objects.filter(shard=shard).first()
    return row.tempo if row else tempo_for([], **_bounds(1.0))


def reckon(*, now: datetime) -> None:
    """Reckon every shard's tempo anew. Twice at once does no harm."""
    for shard in range(SHARD_COUNT):
        markets = _urgencies(shard)
        tempo = tempo_for(markets, **_bounds(shard_rate()))
        with transaction.atomic():
            ShardTempo.objects.update_or_create(
                shard=shard,
                defaults={
                    "multiplier": tempo.multiplier,
                    "shortest_s": tempo.shortest.total_seconds(),
                    "longest_s": tempo.longest.total_seconds(),
                    "reckoned_at": now,
                },
            )
        promised_s = settings.LOOK_INTERVAL_S
        logger.log(
            logging.WARNING if tempo.longest.total_seconds() > promised_s else logging.DEBUG,
            "products.tempo.reckoned",
            shard=shard,
            markets=sum(number for _, number in markets),
            looks_per_s=round(tempo.per_s(markets), 2),
            longest_s=round(tempo.longest.total_seconds()),
        )


def shard_rate() -> float:
    """How many looks a second one shard can count on.

    Public offers are limited by address too, and there is one address so far.
    """
    return float(min(settings.GLOBAL_RPS, settings.KASPI_OFFERS_RPS) / SHARD_COUNT)


def _urgencies(shard: int) -> list[tuple[float, int]]:
    """How many watched markets there are of each urgency, near enough, in one pass."""
    urgency = F("worth") * F("changes") / F("seconds")
    rows = (
        Market.objects.filter(shard=shard, is_watched=True, worth__gt=0)
        .annotate(bucket=Round(Ln(Cast(urgency, FloatField())) * _BUCKETS))
        .values_list("bucket")
        .annotate(Count("pk"))
        .order_by("bucket")
    )
    return [(math.exp(bucket / _BUCKETS), number) for bucket, number in rows]


def _bounds(budget_per_s: float) -> dict[str, Any]:
    promised = timedelta(seconds=settings.LOOK_INTERVAL_S)
    return {
        "budget_per_s": budget_per_s,
        "shortest": min(timedelta(seconds=settings.LOOK_SHORTEST_S), promised),
        "promised": promised,
    }
