"""One product's reasoning in the open: what was asked, who competed, what every bound did."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from cube_demper.kernel.money import Money
from products.engine.model import WatchedProduct
from products.errors import CorridorIncomplete, DecisionMissing, OffersUnknown, RulesClash
from products.models import DecisionRecord, Product
from products.pricing.decide import Situation, decide
from products.pricing.explain import Language, explain
from products.pricing.gate import Legal, legal
from products.pricing.model import Decision, LeftOut, Rest, Rival
from products.pricing.record import unpack
from products.selectors import decisions_of, history_of, product_of
from products.services.corridors import check_corridor
from products.services.rulebook import Rulebook
from products.services.sheets import check_rules, patched
from products.services.tape import offers_now
from products.services.watches import watched_products


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A decision, and everything it was made of. ``rivals`` competed, the cheapest first."""

    situation: Situation
    decision: Decision | Rest
    legal: Legal

    @property
    def price(self) -> Money | None:
        return self.decision.price if isinstance(self.decision, Decision) else None

    @property
    def explanation(self) -> Mapping[str, str]:
        return {language.value: explain(self.decision, language) for language in Language}

    @property
    def rivals(self) -> Sequence[Rival]:
        left_out = Counter(offer for offer, _ in self.decision.left_out)
        competing = Counter(self.situation.offers) - left_out
        return sorted(competing.elements(), key=lambda rival: rival.price)

    @property
    def left_out(self) -> Sequence[tuple[Rival, LeftOut]]:
        return self.decision.left_out


def reason(situation: Situation) -> Reasoning:
    """Decide, and keep what it was decided from."""
    return Reasoning(situation, decide(situation), legal(situation.rules, situation.at))


def replay(record: DecisionRecord) -> Reasoning | None:
    """Make a recorded decision again; ``None`` for one that no situation led to, as by hand."""
    if not record.situation:
        return None
    return reason(unpack(Situation, record.situation))


def recorded_decision(*, user: User, product_id: int, decision_id: int) -> DecisionRecord:
    """A decision for the seller's product. Raises DecisionMissing, also for somebody else's."""
    record: DecisionRecord | None = (
        decisions_of(user).filter(product=product_id, pk=decision_id).first()
    )
    if record is None:
        raise DecisionMissing
    return record


def latest_decision(*, user: User, product_id: int) -> DecisionRecord:
    """The newest decision for the seller's product. Raises ProductMissing and DecisionMissing."""
    record = history_of(user, product_id=product_id).order_by("-pk").first()
    if record is None:
        raise DecisionMissing("Nothing was decided for this product yet.")
    return record


def preview(*, user: User, product_id: int, changes: Mapping[str, Any], now: datetime) -> Reasoning:
    """What would be decided now among the offers last seen, if these changes were made.

    ``changes`` are as for ``change_product``; nothing is written. Raises ProductMissing,
    CorridorIncomplete, FloorAboveCeiling, RulesClash, and OffersUnknown before the first look.
    """
    return reason_now(changed(product_of(user, product_id=product_id), changes), now=now)


def changed(product: Product, changes: Mapping[str, Any]) -> Product:
    """The product as these changes would make it, unsaved."""
    for name in ("floor", "ceiling", "step"):
        setattr(product, name, changes.get(name, getattr(product, name)))
    product.rules = patched(product.rules, changes.get("rules", {}))
    return product


def reason_now(product: Product, *, now: datetime) -> Reasoning:
    """What is decided for a product, as it is, among the offers last seen on its card.

    Raises CorridorIncomplete, FloorAboveCeiling, RulesClash, and OffersUnknown.
    """
    watched = watch_of(product, now=now)
    return reason(
        Situation(
            merchant_id=watched.merchant_id,
            own_merchant_ids=watched.own_merchant_ids,
            offers=latest_offers(product),
            rules=watched.rules,
            memory=watched.memory,
            at=now,
        )
    )


def watch_of(product: Product, *, now: datetime) -> WatchedProduct:
    """A product as the engine would watch it. Raises as ``reason_now``."""
    check_corridor(product)
    if product.corridor is None:
        raise CorridorIncomplete("Without a floor and a ceiling nothing is decided.")
    check_rules([product], book=Rulebook.of([product.store.user_id], now=now))
    [watched] = watched_products([product], now=now)
    if watched is None:
        raise RulesClash
    return watched


def latest_offers(product: Product) -> tuple[Rival, ...]:
    """Everybody's offers on a product's card as last seen. Raises OffersUnknown."""
    offers = None if product.market_id is None else offers_now(product.market_id)
    if offers is None:
        raise OffersUnknown
    return offers
