"""Verdicts as the engine would give them."""

from dataclasses import replace

from cube_demper.kernel.money import Money
from products.engine.look import judge
from products.engine.model import Looked, WatchedProduct
from products.pricing.model import Memory, Rival
from products.pricing.rules import Rules
from tests.factories import NOW


def a_verdict(product, *rival_prices, shown=None, **said):
    """What the heart says about rivals at these prices in tenge, by these rules."""
    rivals = [
        Rival(f"rival-{place}", "Rival", Money.tenge(price))
        for place, price in enumerate(rival_prices)
    ]
    rules = Rules(product.corridor, **said)
    memory = Memory(in_force=product.price)
    watched = WatchedProduct(product.pk, "own", frozenset(), product.corridor, rules, memory)
    verdict = judge(watched, rivals, at=NOW)
    return replace(verdict, shown=None if shown is None else Money.tenge(shown))


def looked(market, *verdicts):
    return Looked(market_id=market.pk, verdicts=verdicts, cheapest=None, offer_count=0)
