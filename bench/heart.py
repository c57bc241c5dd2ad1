"""How many decisions a second one core makes."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

from bench.table import show
from cube_demper.kernel.money import Money
from kaspi.ports import Offer
from products.engine.look import as_rival, judge
from products.engine.model import WatchedProduct
from products.pricing.decide import Situation, decide
from products.pricing.model import Corridor, Memory
from products.pricing.rules import Rules

_OFFERS = 30
_FOR_S = 3.0
_AT_ONCE = 500
_AT = datetime(2026, 9, 14, 7, tzinfo=UTC)


def measure() -> None:
    """Decisions a second with 30 offers, against the least anyone could do: min() of 30 prices."""
    dice = random.Random(7)
    prices = [dice.randrange(300_000, 400_000) for _ in range(_OFFERS)]
    offers = [Offer(str(n), f"shop {n}", Money.tenge(price)) for n, price in enumerate(prices)]
    rivals = tuple(as_rival(offer) for offer in offers)
    corridor = Corridor(Money.tenge(250_000), Money.tenge(450_000), Money.tenge(100))
    product = WatchedProduct(1, "own", frozenset({"own"}), corridor, Rules(corridor))
    smallest = _rate(lambda: min(prices))
    situation = Situation("own", frozenset({"own"}), rivals, Rules(corridor), Memory(), _AT)
    decided = _rate(lambda: decide(situation))
    judged = _rate(lambda: judge(product, rivals, at=_AT))
    show(
        "heart",
        [
            ("min() of 30 prices", f"{smallest:10,.0f} a second"),
            (
                "decide(): price and reason",
                f"{decided:10,.0f} a second, 1 : {smallest / decided:.1f}",
            ),
            (
                "judge(): and what is remembered",
                f"{judged:10,.0f} a second, 1 : {smallest / judged:.1f}",
            ),
            ("judge() at 120 looks a second", f"{120 / judged:10.2%} of one core"),
        ],
    )


def _rate(work: Callable[[], object]) -> float:
    done, began = 0, time.process_time()
    while (passed := time.process_time() - began) < _FOR_S:
        for _ in range(_AT_ONCE):
            work()
        done += _AT_ONCE
    return done / passed
