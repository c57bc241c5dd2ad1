"""How fast a product's past is replayed."""

import random
import time
from datetime import UTC, datetime, timedelta

from bench.table import show
from cube_demper.kernel.money import Money
from products.pricing.backtest import Scene, Seller, replay
from products.pricing.decide import Situation, decide
from products.pricing.model import Corridor, Memory, Rival
from products.pricing.rules import Rules, Strategy

_OFFERS = 8
_SCENES = 20_000
_APART = timedelta(minutes=2)
_BEGAN = datetime(2026, 9, 14, 7, tzinfo=UTC)
_US = Seller("own", frozenset({"own"}))


def measure() -> None:
    """Decisions a minute of a month's replay, against the heart alone on the same offers."""
    scenes = _past()
    corridor = Corridor(Money.tenge(2_500), Money.tenge(4_500), Money.tenge(1))
    rows = []
    alone = _alone(scenes[0], Rules(corridor))
    rows.append((f"decide() alone, {_OFFERS} offers", f"{alone * 60:12,.0f} a minute"))
    for strategy in (Strategy.BE_FIRST, Strategy.PREMIUM, Strategy.CREEP):
        began = time.perf_counter()
        result = replay(
            scenes,
            rules=Rules(corridor, strategy=strategy),
            seller=_US,
            memory=Memory(in_force=Money.tenge(3_000)),
            until=scenes[-1].at + _APART,
            every=timedelta(minutes=15),
        )
        rate = result.decisions / (time.perf_counter() - began)
        rows.append(
            (strategy.lower(), f"{rate * 60:12,.0f} decisions a minute, 1 : {alone / rate:.1f}")
        )
    show(f"backtest, {_SCENES} scenes of {_OFFERS} offers", rows)


def _past() -> list[Scene]:
    dice = random.Random(7)
    prices = [dice.randrange(2_800, 3_400) for _ in range(_OFFERS)]
    scenes = []
    for place in range(_SCENES):
        prices[dice.randrange(_OFFERS)] = dice.randrange(2_800, 3_400)
        rivals = (Rival(f"{n}", f"{n}", Money.tenge(price)) for n, price in enumerate(prices))
        own = Rival("own", "own", Money.tenge(3_000), rating=490, reviews=100)
        scenes.append(Scene(_BEGAN + place * _APART, (own, *rivals)))
    return scenes


def _alone(scene: Scene, rules: Rules) -> float:
    """Decisions a second."""
    situation = Situation(
        _US.merchant_id, _US.own_merchant_ids, scene.offers, rules, Memory(), _BEGAN
    )
    began = time.perf_counter()
    for _ in range(_SCENES):
        decide(situation)
    return _SCENES / (time.perf_counter() - began)
