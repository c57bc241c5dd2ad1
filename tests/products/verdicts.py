"""Verdicts as the engine would give them."""

from cube_demper.kernel.money import Money
from products.engine.model import Looked, Verdict
from products.pricing.decide import decide
from products.pricing.explain import explain
from products.pricing.model import Rival


def a_verdict(product, *rival_prices, shown=None):
    """What the heart says about rivals at these prices in tenge."""
    rivals = [
        Rival(f"rival-{place}", "Rival", Money.tenge(price))
        for place, price in enumerate(rival_prices)
    ]
    decision = decide(rivals=rivals, corridor=product.corridor)
    return Verdict(
        product_id=product.pk,
        corridor=product.corridor,
        decision=decision,
        explanation=explain(decision, product.corridor),
        shown=None if shown is None else Money.tenge(shown),
    )


def looked(market, *verdicts):
    return Looked(market_id=market.pk, verdicts=verdicts, cheapest=None, offer_count=0)
