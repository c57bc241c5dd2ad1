"""A million markets with a million and a half products on them, as they stand after days of looks.

One of each row is brought there by the services themselves, and copied in the database.
"""

import os
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from cube_demper.kernel.money import Money
from products.engine.look import judge
from products.engine.model import Looked, Watch
from products.models import (
    SHARD_COUNT,
    Change,
    ChangeState,
    DecisionRecord,
    Market,
    MarketFace,
    Product,
    TapeEntry,
)
from products.pricing.model import Delivery, Rival
from products.services.reprice import load_watches, record_round
from tests.copies import BASE, copy_row
from tests.factories import make_market, make_product, make_store, make_user

MARKETS = int(os.environ.get("BENCH_MARKETS", "1000000"))
PRODUCTS, CHANGES = MARKETS * 3 // 2, MARKETS * 3 // 10
_STORES = 150
_DUE_SHARE, _GAP_S = 100, 20_000  # one market in so many is due; the others within so many seconds
OFFERS = tuple(
    Rival(f"3070{n:04}", f"Rival {n}", Money.tenge(990 + n * 7), 480, 120 + n, Delivery.TOMORROW)
    for n in range(8)
)


def fill(*, now: datetime) -> float:
    """Make all rows; return how many seconds that took."""
    began = time.perf_counter()
    market = _prototype(now)
    market.refresh_from_db()
    product = Product.rows.get()
    number = "n - 1"
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # all keys are right: no checks
    copy_row(market.card, MARKETS, master_sku=f"({BASE} + n)::text")
    copy_row(
        market,
        MARKETS,
        card_id=f"{BASE} + n",
        shard=f"mod(n, {SHARD_COUNT})",
        next_look_at=f"one.next_look_at + mod(n, {_GAP_S}) * interval '1 second'"
        f" - interval '{_GAP_S // _DUE_SHARE} seconds'",
    )
    copy_row(MarketFace.objects.get(), MARKETS, market_id=f"{BASE} + n")
    copy_row(TapeEntry.objects.get(), MARKETS, market_id=f"{BASE} + n")
    store = f"{product.store_id} + mod({number}, {_STORES})"
    on = f"{BASE} + 1 + mod({number}, {MARKETS})"
    copy_row(product, PRODUCTS, sku="'copy-' || n", store_id=store, market_id=on)
    of = {"product_id": f"{BASE} + n"}
    copy_row(DecisionRecord.rows.get(), CHANGES, **of)
    decision = {"decision_id": f"{BASE} + n"}
    copy_row(Change.rows.get(), CHANGES, store_id=store, **of, **decision)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM (ANALYZE)")  # as the server does by itself in a while
    return time.perf_counter() - began


def look(watch: Watch, offers: Sequence[Rival], *, at: datetime) -> Looked:
    """What a look at these offers comes back with."""
    verdicts = tuple(judge(product, offers, at=at) for product in watch.products)
    cheapest = min(offer.price for offer in offers)
    return Looked(watch.market_id, tuple(offers), verdicts, cheapest, len(offers))


def _prototype(now: datetime) -> Market:
    """Look twice at one market: the first time its price moves, the second time nothing does."""
    stores = [make_store(user=make_user()) for _ in range(_STORES)]
    market = make_market()
    make_product(store=stores[0], market=market)
    for at in (now - timedelta(days=2), now - timedelta(days=1)):
        lease = {"lease": "first", "leased_until": at + timedelta(minutes=1)}
        Market.objects.filter(pk=market.pk).update(**lease)
        [watch] = load_watches(market_ids=[market.pk], lease="first", now=at)
        looked = look(watch, OFFERS, at=at)
        record_round(shard=0, lease="first", outcomes=[looked], began=at, now=at)
        Product.rows.update(price=Money.tenge(989))
        Change.rows.update(state=ChangeState.APPLIED, sent_at=at, settled_at=at)
    Market.objects.filter(pk=market.pk).update(next_look_at=now)
    return market
