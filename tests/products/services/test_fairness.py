"""More is wanted than there is: everybody waits longer, nobody waits for ever."""

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db.models import F

from products.models import Market, PushLine
from products.services import lines
from products.services.attention import reckon, tempo_of
from products.services.dispatch import tick
from products.services.lines import leave_line, lend_lines
from products.services.reprice import record_round
from products.services.waves import claim_wave
from tests.copies import BASE, copy_row
from tests.factories import (
    NOW,
    make_change,
    make_decision,
    make_line,
    make_market,
    make_product,
    make_store,
)
from tests.products.verdicts import a_verdict, looked

pytestmark = pytest.mark.db
SHARD = 1
TICK_S = 10
MANY, FEW = 10_000, 10


class Worker:
    """A shard worker that can look so many times a second, and does what ticks order."""

    def __init__(self, broker, capture, *, per_s, look):
        self._broker, self._capture, self._per_s, self._look = broker, capture, per_s, look
        self._waiting = []
        self.looked_at = defaultdict(list)

    def work(self, *, seconds):
        for passed in range(0, seconds, TICK_S):
            now = NOW + timedelta(seconds=passed)
            with self._capture(execute=True):
                tick(now=now)
            self._waiting += self._broker.take()
            room = self._per_s * TICK_S
            while self._waiting and room >= len(self._waiting[0].arguments["market_ids"]):
                order = self._waiting.pop(0).arguments
                room -= len(order["market_ids"])
                self._look(order, now)
                for market_id in order["market_ids"]:
                    self.looked_at[market_id].append(passed)


def test_where_the_budget_holds_no_promise_all_wait_alike_and_what_moves_is_seen_more_often(
    seller, settings, broker, django_capture_on_commit_callbacks
):
    settings.KASPI_OFFERS_RPS = 4  # one a second for each shard
    settings.LOOK_INTERVAL_S, settings.LOOK_SHORTEST_S = 60, 10
    store = make_store(user=seller)
    products = {}
    for number in range(100):
        market = make_market(shard=SHARD, worth=100_000)
        products[market.pk] = make_product(store=store, market=market, sku=f"SKU-{number}")
    restless = sorted(products)[:10]
    Market.objects.filter(pk__in=restless).update(changes=F("changes") * 1000)
    reckon(now=NOW)

    def look(order, now):
        outcomes = [
            looked(products[pk].market, a_verdict(products[pk], 1001)) for pk in order["market_ids"]
        ]
        record_round(shard=SHARD, lease=order["lease"], outcomes=outcomes, began=now, now=now)

    worker = Worker(broker, django_capture_on_commit_callbacks, per_s=1, look=look)
    worker.work(seconds=600)

    promised_s = tempo_of(SHARD).longest.total_seconds()
    gaps = {pk: gaps_of([0, *seen, 600]) for pk, seen in worker.looked_at.items()}
    quiet = [len(gaps[pk]) for pk in products if pk not in restless]
    assert promised_s == 125
    assert len(gaps) == 100
    assert max(max(all_of_one) for all_of_one in gaps.values()) <= promised_s * 1.5
    assert min(len(gaps[pk]) for pk in restless) > max(quiet)


def gaps_of(moments):
    return [after - before for before, after in pairwise(moments)]


def test_ten_markets_behind_ten_thousand_that_are_always_due_are_seen_in_their_turn(
    db, settings, broker, django_capture_on_commit_callbacks
):
    settings.GLOBAL_RPS = settings.KASPI_OFFERS_RPS = 400  # a hundred a second for each shard
    market = make_market(shard=SHARD, next_look_at=NOW - timedelta(seconds=1))
    copy_row(market.card, MANY - 1, master_sku="'copy-' || n")
    copy_row(market, MANY - 1, card_id=f"{BASE} + n")
    markets = [make_market(shard=SHARD) for _ in range(FEW)]

    def look(order, now):
        again = {"lease": "", "leased_until": None, "next_look_at": now + timedelta(seconds=1)}
        Market.objects.filter(pk__in=order["market_ids"], lease=order["lease"]).update(**again)

    worker = Worker(broker, django_capture_on_commit_callbacks, per_s=100, look=look)
    worker.work(seconds=(MANY + FEW) // 100 + 2 * TICK_S)

    ours = [worker.looked_at[market.pk] for market in markets]
    assert [len(seen) for seen in ours] == [1] * FEW
    assert {len(seen) for seen in worker.looked_at.values()} == {1, 2}


def test_ten_changes_beside_ten_thousand_go_after_one_turn(
    seller, stranger, monkeypatch, broker, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(lines, "LINES_HELD", 1)  # one pusher, who serves one line at a time
    crowd, ours = make_store(user=seller), make_store(user=stranger)
    make_line(store=crowd, due_at=NOW - timedelta(seconds=1))
    make_line(store=ours)
    fill_line(crowd, MANY)
    for number in range(FEW):
        product = make_product(store=ours, market=make_market(), sku=f"SKU-{number}")
        make_change(decision=make_decision(product=product))

    served = []
    for seconds in range(0, 12, 4):  # turns
        now = NOW + timedelta(seconds=seconds)
        with django_capture_on_commit_callbacks(execute=True):
            lend_lines(now=now)
        [order] = broker.take()
        line = PushLine.rows.get(pk=order.arguments["store_id"])
        wave = claim_wave(store_id=line.pk, lease=line.lease, now=now)
        served.append((line.pk, len(wave.orders)))
        due_at = now + timedelta(seconds=4)
        leave_line(store_id=line.pk, lease=line.lease, due_at=due_at)

    assert served == [(crowd.pk, 20), (ours.pk, FEW), (crowd.pk, 20)]


def fill_line(store, number):
    """Let so many changes wait in a store's line."""
    product = make_product(store=store, market=make_market())
    change = make_change(decision=make_decision(product=product))
    own = {"product_id": f"{BASE} + n"}
    copy_row(product, number - 1, sku="'copy-' || n")
    copy_row(change.decision, number - 1, **own)
    copy_row(change, number - 1, decision_id=f"{BASE} + n", **own)
