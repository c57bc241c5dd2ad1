"""One market, one round: load what may move, look, decide, record, order the pushes.

    load watches ──► engine.look_all ──► record in one transaction ──► push job after commit

Every write repeats the lease. A worker that comes too late writes nothing; one that dies leaves
rows whose lease runs out.
"""

import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from cube_demper.kernel.rows import rewrite
from kaspi import runtime
from products.engine.look import look_all
from products.engine.model import Looked, LookFailed, LookOutcome, Watch
from products.models import Market, Round
from products.pricing.attention import Tempo
from products.pricing.cadence import next_look_at
from products.services.attention import gap_of, learn, tempo_of
from products.services.deadlines import BATCH_S, LOOK_S
from products.services.lines import order_pushes
from products.services.tape import changed_pages, doubted_pages, write_tape
from products.services.verdicts import record_verdicts
from products.services.watches import movable_by_market

logger = structlog.get_logger("products.batch")
PAGE_DOUBTED = "page-doubted"  # most of it is other than a moment ago: a second look tells
_EMPTY_PAUSE = timedelta(minutes=1)  # nobody may move here now: see again later


def reprice_batch(
    *, shard: int, market_ids: Sequence[int], lease: str, clock: Callable[[], datetime]
) -> None:
    """Look at the markets still under this lease and write down what follows."""
    started_at = clock()
    watches = load_watches(market_ids=market_ids, lease=lease, now=started_at)
    if not watches:
        return
    outcomes = runtime.run(
        lambda gateway: look_all(
            watches,
            storefront=gateway.storefront,
            seats=gateway.seats,
            look_s=LOOK_S,
            batch_s=BATCH_S,
            at=started_at,
        ),
        timeout_s=BATCH_S + 2,
    )
    record_round(shard=shard, lease=lease, outcomes=outcomes, began=started_at, now=clock())


def load_watches(*, market_ids: Sequence[int], lease: str, now: datetime) -> list[Watch]:
    """Turn leased rows into frozen watches. Markets where nobody may move are put off."""
    markets = list(
        Market.objects.under_lease(lease, now).filter(pk__in=market_ids).select_related("card")
    )
    products = movable_by_market([market.pk for market in markets], now=now)
    empty = [market.pk for market in markets if not products[market.pk]]
    Market.objects.under_lease(lease, now).filter(pk__in=empty).update(
        next_look_at=now + _EMPTY_PAUSE, lease="", leased_until=None
    )
    return [
        Watch(market.pk, market.card.master_sku, market.city_id, tuple(products[market.pk]))
        for market in markets
        if products[market.pk]
    ]


def record_round(
    *,
    shard: int,
    lease: str,
    outcomes: Sequence[LookOutcome],
    began: datetime,
    now: datetime,
) -> None:
    """Write a batch's outcomes in one transaction and order its pushes after commit."""
    with transaction.atomic():
        held = {
            market.pk: market
            for market in Market.objects.under_lease(lease, now)
            .select_for_update()
            .order_by("pk")
            .filter(pk__in=[outcome.market_id for outcome in outcomes])
        }
        kept = [outcome for outcome in outcomes if outcome.market_id in held]
        pages = changed_pages(outcome for outcome in kept if isinstance(outcome, Looked))
        doubted = doubted_pages(pages, now=now)
        kept = [_doubted(outcome) if outcome.market_id in doubted else outcome for outcome in kept]
        looked = [outcome for outcome in kept if isinstance(outcome, Looked)]
        verdicts = [verdict for outcome in looked for verdict in outcome.verdicts]
        recorded = record_verdicts(verdicts, now=now)
        write_tape((page for page in pages if page.looked.market_id not in doubted), now=now)
        tempo = tempo_of(shard)
        for outcome in kept:
            _settle_market(held[outcome.market_id], outcome, tempo, now)
        rewrite(Market.objects, held.values(), _MARKET_FIELDS)
        if recorded.change_ids:
            order_pushes(recorded.change_ids, now=now)
        counts: dict[str, Any] = {
            "looks": len(kept),
            "failures": len(kept) - len(looked),
            "decisions": len(verdicts),
            "changes": len(recorded.change_ids) + recorded.published,
        }
        Round.objects.create(shard=shard, started_at=began, finished_at=now, **counts)
    # One line a batch; a quiet one, where nothing moved and nothing failed, only for the curious.
    is_quiet = not (counts["changes"] or counts["failures"])
    logger.log(
        logging.DEBUG if is_quiet else logging.INFO,
        "products.batch.repriced",
        shard=shard,
        lost_leases=len(outcomes) - len(kept),
        duration_ms=round((now - began).total_seconds() * 1000),
        **counts,
    )


_MARKET_FIELDS = (
    "looked_at",
    "next_look_at",
    "lease",
    "leased_until",
    "failures",
    "failure",
    "cheapest",
    "offer_count",
    "changes",
    "seconds",
    "worth",
    "sight",
)


def _doubted(outcome: LookOutcome) -> LookFailed:
    return LookFailed(outcome.market_id, PAGE_DOUBTED)


def _settle_market(market: Market, outcome: LookOutcome, tempo: Tempo, now: datetime) -> None:
    if isinstance(outcome, LookFailed):
        market.failures += outcome.code != PAGE_DOUBTED
        market.failure = outcome.code
    else:
        learn(market, outcome, now=now)
        market.failures = 0
        market.failure = ""
        market.looked_at = now
        market.cheapest = outcome.cheapest
        market.offer_count = outcome.offer_count
    market.next_look_at = next_look_at(
        now=now,
        gap=tempo.shortest if market.failure == PAGE_DOUBTED else gap_of(market, tempo),
        failures=market.failures,
        jitter=random.random(),  # noqa: S311 -- spreads load, guards nothing
    )
    market.lease = ""
    market.leased_until = None
