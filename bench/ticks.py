"""Ticks and batches as they go all day, their statements timed one by one."""

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from bench.rows import MARKETS, OFFERS, PRODUCTS, fill, look
from cube_demper.kernel.money import Money
from products.engine.model import Watch
from products.models import Market
from products.services.attention import reckon
from products.services.dispatch import tick
from products.services.reprice import load_watches, record_round

_TICKS = 8  # each lends what all shards may hold: some 36 batches of a hundred markets
_MOVES_EACH = 20  # on one market in so many the cheapest rival has moved
_PROMISE_MS = 50.0
_LEASE_QUERY = ("products_market", "SKIP LOCKED")


class _Clock:
    """Milliseconds of each statement, and of each piece of work, by name."""

    def __init__(self) -> None:
        self.ms: dict[str, list[float]] = defaultdict(list)
        self._spent_ms = 0.0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 -- Django calls it so
        began = time.perf_counter()
        result = execute(sql, params, many, context)
        ms = (time.perf_counter() - began) * 1000
        self._spent_ms += ms
        if all(word in sql for word in _LEASE_QUERY):
            self.ms["the lease query"].append(ms)
        return result

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        self._spent_ms = 0.0
        began = time.perf_counter()
        with connection.execute_wrapper(self):
            yield
        self.ms[f"{name}, in all"].append((time.perf_counter() - began) * 1000)
        self.ms[f"{name}, its statements"].append(self._spent_ms)


def rows_of_a_million() -> list[tuple[str, str]]:
    """Fill the database, then tick and record: with one market in a hundred due, then with all."""
    now = timezone.now()
    filled_s = fill(now=now)
    rows = [("filled", f"{MARKETS:,} markets, {PRODUCTS:,} products in {filled_s:.0f} s")]
    for what, due in (("one in a hundred due", None), ("all due", now - timedelta(hours=1))):
        if due is not None:
            Market.objects.update(next_look_at=due)
            with connection.cursor() as cursor:
                cursor.execute("VACUUM (ANALYZE) products_market")
        clock = _work(now)
        rows += [(f"{what}: {name}", _said(ms)) for name, ms in clock.ms.items()]
    return rows


def _work(now: datetime) -> _Clock:
    clock = _Clock()
    with clock.timed("the tempo of four shards"):
        reckon(now=now)
    for _ in range(_TICKS):
        now += timedelta(seconds=2)
        with clock.timed("a tick of four shards"):
            tick(now=now)
        for lease, shard, market_ids in _lent(now):
            with clock.timed("a batch of 100 is loaded"):
                watches = load_watches(market_ids=market_ids, lease=lease, now=now)
            outcomes = [look(watch, _offers(watch), at=now) for watch in watches]
            with clock.timed("a batch of 100 is recorded"):
                record_round(shard=shard, lease=lease, outcomes=outcomes, began=now, now=now)
    return clock


def _lent(now: datetime) -> Sequence[tuple[str, int, list[int]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lease, shard, array_agg(id) FROM products_market"
            " WHERE lease <> '' AND leased_until > %s GROUP BY lease, shard",
            [now],
        )
        return list(cursor.fetchall())


def _offers(watch: Watch) -> Any:
    first, *others = OFFERS
    if watch.market_id % _MOVES_EACH:
        return OFFERS
    return (replace(first, price=first.price - Money.tenge(5)), *others)


def _said(ms: Sequence[float]) -> str:
    if len(ms) == 1:
        return f"once {ms[0]:.1f} ms"
    cuts = statistics.quantiles(ms, n=20, method="inclusive")
    p50, p95 = cuts[9], cuts[18]
    return (
        f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, {p95 / _PROMISE_MS:.2f} of the promise; {len(ms)} x"
    )
