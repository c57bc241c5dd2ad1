"""Try rules on a product's own past: the tape of its market, replayed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from accounts.models import User
from billing.services.entitlements import check_feature
from billing.terms import Feature
from cube_demper.kernel.money import Money
from products.errors import TapeTooShort
from products.models import Product
from products.pricing.backtest import Backtest, Scene, Seller, replay
from products.pricing.model import Memory, Percent
from products.pricing.sheets import Sheet, commission, costs_from
from products.pricing.wars import Best, Fingerprint, fingerprint
from products.selectors import product_of
from products.services.reasoning import changed, watch_of
from products.services.rulebook import Rulebook
from products.services.tape import scenes_of

MOST_DAYS = 30
_EVERY = timedelta(minutes=15)


class Rivals(StrEnum):
    """What rivals do in a backtest."""

    STATIC = "STATIC"  # what they did
    ANSWERING = "ANSWERING"  # who has a fingerprint answers us by it


@dataclass(frozen=True, slots=True)
class Tried:
    """How rules did on a product's past, and what a piece left at the average price.

    ``profit`` is ``None`` where no costs are stated; ``answering`` are the rivals who answered.
    """

    backtest: Backtest
    profit: Money | None
    answering: Mapping[str, Fingerprint]


def try_rules(
    *,
    user: User,
    product_id: int,
    days: int,
    rivals: Rivals,
    changes: Mapping[str, Any],
    now: datetime,
) -> Tried:
    """Replay some days of a seller's product by its rules, with these changes.

    Raises as ``reasoning.preview`` does, TapeTooShort where nothing was seen in those days, and
    FeatureNotInPlan.
    """
    check_feature(user.pk, Feature.BACKTEST, now=now)
    product = changed(product_of(user, product_id=product_id), changes)
    return try_product(product, days=days, rivals=rivals, now=now)


def try_product(product: Product, *, days: int, rivals: Rivals, now: datetime) -> Tried:
    """Replay some days of a product, as it is. Raises as ``try_rules``."""
    watched = watch_of(product, now=now)
    scenes = (
        []
        if product.market_id is None
        else scenes_of(product.market_id, since=now - timedelta(days=days))
    )
    if not scenes:
        raise TapeTooShort
    seller = Seller(watched.merchant_id, watched.own_merchant_ids)
    answering = _answering(scenes, seller) if rivals is Rivals.ANSWERING else {}
    backtest = replay(
        scenes,
        rules=watched.rules,
        seller=seller,
        memory=Memory(in_force=_own_price(scenes[0], seller), stock=watched.memory.stock),
        until=now,
        every=_EVERY,
        answers=answering,
    )
    book = Rulebook.of([product.store.user_id], now=now)
    return Tried(backtest, _profit(backtest, book.sheet_of(product), book), answering)


def _own_price(scene: Scene, seller: Seller) -> Money | None:
    own = (offer.price for offer in scene.offers if offer.merchant_id == seller.merchant_id)
    return min(own, default=None)


def fingerprints(scenes: Sequence[Scene], *, ours: frozenset[str]) -> dict[str, Fingerprint]:
    """The habits of every rival who moved often enough to tell."""
    tape = _bests(scenes)
    rivals = {best.merchant_id for best in tape} - ours
    found = {rival: fingerprint(tape, rival, ours=ours) for rival in sorted(rivals)}
    return {rival: habits for rival, habits in found.items() if habits is not None}


def _answering(scenes: Sequence[Scene], seller: Seller) -> dict[str, Fingerprint]:
    return fingerprints(scenes, ours=seller.own_merchant_ids | {seller.merchant_id})


def _bests(scenes: Sequence[Scene]) -> list[Best]:
    tape: list[Best] = []
    for scene in scenes:
        best = min(scene.offers, key=lambda offer: (offer.price, offer.merchant_id), default=None)
        if best is None:
            continue
        if not tape or (tape[-1].price, tape[-1].merchant_id) != (best.price, best.merchant_id):
            tape.append(Best(scene.at, best.price, best.merchant_id))
    return tape


def _profit(backtest: Backtest, sheet: Sheet, book: Rulebook) -> Money | None:
    """What a piece sold at the average price leaves after all its costs."""
    costs = costs_from(sheet)
    if costs is None or backtest.average is None:
        return None
    shares = (commission(sheet, book.tariff), costs.tax, costs.returns)
    kept = Percent(sum(share.hundredths for share in shares)).of(backtest.average)
    return backtest.average - kept - costs.cost - costs.delivery - costs.packing - costs.other
