"""What a store's quota of changes buys: prices that stand where they should.

A simulation with fixed seeds, of one store's products: how often another price is wanted and how
much is sold differ from product to product as markets do in ``freshness`` (log-normal, σ 1.5 each,
correlated 0.3). Every wanted price wins the first place. The first two hours only teach.
"""

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeAlias

from bench.charts import draw
from bench.table import show
from cube_demper.kernel.money import Money
from products.pricing.worth import WINDOW, Spent, Waiting, choose, has_aged, learned_hold

_BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
_SEEDS = range(3)
_PRODUCTS = 300
_WARM, _COUNTED = timedelta(hours=2), timedelta(hours=8)
_STEP = timedelta(seconds=1)
_KASPIS = 250
_LOADS = (0.5, 1.5, 3.0, 5.0)  # wanted changes for each that Kaspi allows
_SPREAD, _TOGETHER = 1.5, 0.3
_OLD, _NEW, _FLOOR = Money.tenge(1_000), Money.tenge(950), Money.tenge(900)


@dataclass(slots=True)
class _Product:
    """One product: what it sells, how often another price is wanted, and how it stands."""

    sales_a_day: float
    rate_per_s: float
    moves_at: datetime
    is_right: bool = True
    wanted_since: datetime = _BEGIN
    waits_since: datetime = _BEGIN
    hold_s: float | None = None
    right_s: float = 0.0


@dataclass(slots=True)
class _Shop:
    """A store whose prices are wanted elsewhere more often than it may change them."""

    products: list[_Product]
    waiting: set[int] = field(default_factory=set)
    sent: list[tuple[datetime, bool]] = field(default_factory=list)  # and whether it was aged
    asks_at: datetime = _BEGIN

    def spent(self, now: datetime) -> list[tuple[datetime, bool]]:
        return self.sent[bisect_right(self.sent, (now - WINDOW, True)) :]


_Policy: TypeAlias = Callable[[_Shop, datetime], tuple[int, ...]]


def measure() -> None:
    """Time at the wanted price, ours to first come first pushed, by how short the quota is."""
    rows, bars = [], list[tuple[str, float]]()
    for load in _LOADS:
        ours, first = (
            [_simulate(policy, load=load, seed=seed) for seed in _SEEDS]
            for policy in (_by_worth, _first_come)
        )
        for what, weighted in (("by sales", 0), ("by product", 1)):
            our, their = (sum(run[weighted] for run in runs) / len(runs) for runs in (ours, first))
            figures = f"{our:.1%} of the time, first come {their:.1%}: {our / their:.2f} x"
            rows.append((f"{load:g} wanted for each that may be sent, {what}", figures))
            if what == "by sales":
                bars += [(f"{load:g} × wanted, ours", 100 * our), ("first come", 100 * their)]
    draw("quota", "Of what is sold, at the wanted price", bars, unit="%")
    show("quota", rows)


def _simulate(policy: _Policy, *, load: float, seed: int) -> tuple[float, float]:
    """What share of the time products stand at the wanted price: by what they sell, and each."""
    random = Random(seed)
    shop = _shop(random, load)
    now = _BEGIN
    while now < _BEGIN + _WARM + _COUNTED:
        now += _STEP
        for number, product in enumerate(shop.products):
            if product.moves_at <= now:
                _move(shop, number, random, now)
        if shop.waiting:
            for number in policy(shop, now):
                _push(shop, number, now)
        if now > _BEGIN + _WARM:
            for product in shop.products:
                product.right_s += product.is_right
    counted_s = _COUNTED.total_seconds()
    sold = sum(one.sales_a_day for one in shop.products)
    right = sum(one.right_s * one.sales_a_day for one in shop.products) / sold
    return right / counted_s, sum(one.right_s for one in shop.products) / _PRODUCTS / counted_s


def _shop(random: Random, load: float) -> _Shop:
    drawn = [(random.gauss(), random.gauss()) for _ in range(_PRODUCTS)]
    apart = math.sqrt(1 - _TOGETHER**2)
    sales = [math.exp(_SPREAD * (_TOGETHER * moves + apart * sells)) for moves, sells in drawn]
    weights = [math.exp(_SPREAD * moves) for moves, _ in drawn]
    all_per_s = load * _KASPIS / WINDOW.total_seconds()
    rates = [all_per_s * weight / sum(weights) for weight in weights]
    return _Shop(
        [
            _Product(sold, rate, _BEGIN + timedelta(seconds=random.expovariate(rate)))
            for sold, rate in zip(sales, rates, strict=True)
        ]
    )


def _move(shop: _Shop, number: int, random: Random, now: datetime) -> None:
    product = shop.products[number]
    held_s = (now - product.wanted_since).total_seconds()
    product.hold_s = learned_hold(product.hold_s, held_s=held_s)
    product.moves_at = now + timedelta(seconds=random.expovariate(product.rate_per_s))
    product.wanted_since, product.is_right = now, False
    if number not in shop.waiting:
        shop.waiting.add(number)
        product.waits_since = now


def _push(shop: _Shop, number: int, now: datetime) -> None:
    product = shop.products[number]
    product.is_right = True
    shop.waiting.remove(number)
    shop.sent.append((now, has_aged(product.waits_since, now=now)))


def _by_worth(shop: _Shop, now: datetime) -> tuple[int, ...]:
    if now < shop.asks_at:
        return ()
    recent = shop.spent(now)
    waiting = [_waiting(number, shop.products[number]) for number in shop.waiting]
    spent = Spent([at for at, _ in recent], sum(was_aged for _, was_aged in recent))
    chosen = choose(waiting, spent=spent, most=20, now=now)
    shop.asks_at = max(chosen.next_at or now, now)
    return chosen.change_ids


def _waiting(number: int, product: _Product) -> Waiting:
    return Waiting(
        change_id=number,
        old=_OLD,
        new=_NEW,
        floor=_FLOOR,
        rival=_NEW + Money.tenge(1),
        since=product.waits_since,
        steady_since=product.wanted_since,
        hold_s=product.hold_s,
        sales_a_day=product.sales_a_day,
    )


def _first_come(shop: _Shop, now: datetime) -> tuple[int, ...]:
    """In the order in which they were wanted, up to what Kaspi allows; overtaken ones coalesced."""
    left = _KASPIS - len(shop.spent(now))
    line = sorted(shop.waiting, key=lambda number: shop.products[number].waits_since)
    return tuple(line[: max(left, 0)])
