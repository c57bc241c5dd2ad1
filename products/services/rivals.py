"""Everybody on a product's card: who counts, who is left out, and what each one's moves tell.

From what every buyer could see, and the seller's own rules; nothing of another seller.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from products.models import Product
from products.pricing.model import LeftOut, Rival
from products.pricing.rivals import consider, in_class
from products.pricing.rules import RivalFilter, Strategy
from products.pricing.sheets import Sheet, rival_filter
from products.pricing.wars import Fingerprint, fingerprint
from products.selectors import product_of
from products.services.reasoning import latest_offers
from products.services.rulebook import Rulebook
from products.services.tape import bests_of
from products.services.watches import own_shops

_KNOWN_BY = timedelta(days=14)  # older moves tell little of today's habits


@dataclass(frozen=True, slots=True)
class Seen:
    """An offer as last seen. ``why`` it does not count is ``None`` where it does.

    ``habits`` are its merchant's, where it moved often enough to tell.
    """

    offer: Rival
    why: LeftOut | None
    habits: Fingerprint | None


@dataclass(frozen=True, slots=True)
class Rivals:
    """Everybody's offers on a card, the cheapest first, and when they were seen."""

    looked_at: datetime | None
    offers: Sequence[Seen]


def rivals_of(*, user: User, product_id: int, now: datetime) -> Rivals:
    """Who sells beside a seller's product. Raises ProductMissing, and OffersUnknown unseen."""
    product = product_of(user, product_id=product_id)
    offers = latest_offers(product)
    shops = frozenset(own_shops([user.pk])[user.pk])
    sheet = Rulebook.of([user.pk], now=now).sheet_of(product)
    field = consider(
        offers,
        merchant_id=product.store.merchant_id,
        own_merchant_ids=shops,
        chosen=_chosen(sheet),
    )
    habits = _habits(product, offers, ours=shops | {product.store.merchant_id}, now=now)
    counted = Counter(offers) - Counter(offer for offer, _ in field.left_out)
    seen = [Seen(offer, None, habits.get(offer.merchant_id)) for offer in counted.elements()]
    seen += [Seen(offer, why, habits.get(offer.merchant_id)) for offer, why in field.left_out]
    seen.sort(key=lambda one: (one.offer.price, one.offer.merchant_id))
    return Rivals(product.market.looked_at if product.market else None, seen)


def _chosen(sheet: Sheet) -> RivalFilter:
    chosen = rival_filter(sheet)
    return in_class(chosen) if sheet.get("strategy") == Strategy.FIRST_IN_CLASS else chosen


def _habits(
    product: Product, offers: Sequence[Rival], *, ours: frozenset[str], now: datetime
) -> Mapping[str, Fingerprint]:
    if product.market_id is None:
        return {}
    tape = bests_of([product.market_id], since=now - _KNOWN_BY).get(product.market_id, [])
    others = {offer.merchant_id for offer in offers} - ours
    found = {rival: fingerprint(tape, rival, ours=ours) for rival in others}
    return {rival: habits for rival, habits in found.items() if habits is not None}
