"""Verdicts as the engine would give them."""

from dataclasses import replace

from django.db import transaction

from cube_demper.kernel.money import Money
from products.engine.look import judge
from products.engine.model import Looked, WatchedProduct
from products.pricing.model import Memory, Rival
from products.pricing.rules import Rules
from products.services.tape import changed_pages, write_tape
from products.services.verdicts import record_verdicts
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


def recorded(product, *rival_prices, **said):
    """Record a look at rivals at these prices, as the engine would, with the tape."""
    verdict = a_verdict(product, *rival_prices, **said)
    with transaction.atomic():
        record_verdicts([verdict], now=NOW)
        write_tape(changed_pages([looked(product.market, verdict)]), now=NOW)


def looked(market, *verdicts):
    offers = verdicts[0].situation.offers if verdicts else ()
    return Looked(market.pk, offers, verdicts, cheapest=None, offer_count=0)
