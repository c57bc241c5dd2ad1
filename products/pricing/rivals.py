"""Who competes: the offers on a card, less our own, less those a seller leaves out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from products.pricing.model import Delivery, LeftOut, Percent, Rival
from products.pricing.rules import Reach, RivalFilter

_MEDIAN_OF = 3  # fewer have no median worth the name
_REACHES = {
    Reach.TODAY_TOMORROW: Delivery.TOMORROW.rank,
    Reach.TILL_3_DAYS: Delivery.TILL_3_DAYS.rank,
    Reach.TILL_5_DAYS: Delivery.TILL_5_DAYS.rank,
}


@dataclass(frozen=True, slots=True)
class Field:
    """The card as one product sees it.

    ``rivals`` are sorted, the cheapest first; ``others`` are everybody's offers but our own shops',
    each merchant once, for the place that buyers see. ``own`` is our offer, if we are there.
    """

    rivals: tuple[Rival, ...]
    left_out: tuple[tuple[Rival, LeftOut], ...]
    others: tuple[int, ...]  # prices, in tiyn
    own: Rival | None


def consider(
    offers: Sequence[Rival],
    *,
    merchant_id: str,
    own_merchant_ids: frozenset[str],
    chosen: RivalFilter,
) -> Field:
    """Sort out who competes, and say of everyone else why not. Their order is irrelevant."""
    ours = own_merchant_ids | {merchant_id}
    own: Rival | None = None
    best: dict[str, int] = {}
    asking: list[Rival] = []
    left_out: list[tuple[Rival, LeftOut]] = []
    offers = sorted(offers, key=_in_order)
    for offer in offers:
        if offer.merchant_id == merchant_id:
            own = offer
            break
    latest = _latest(chosen.reach, own)
    for offer in offers:
        if offer.merchant_id in ours:
            left_out.append((offer, LeftOut.OWN))
            continue
        best.setdefault(offer.merchant_id, offer.price.tiyn)
        if why := _why_not(offer, chosen, latest):
            left_out.append((offer, why))
        else:
            asking.append(offer)
    rivals: dict[str, Rival] = {}
    for offer in _without_absurd(asking, chosen.absurd_below, left_out):
        if offer.merchant_id in rivals:
            left_out.append((offer, LeftOut.TWICE))
        else:
            rivals[offer.merchant_id] = offer
    return Field(tuple(rivals.values()), tuple(left_out), tuple(best.values()), own)


def in_class(chosen: RivalFilter) -> RivalFilter:
    """The same, where only who delivers as soon as we do competes."""
    return replace(chosen, reach=Reach.SAME_OR_FASTER)


def _in_order(offer: Rival) -> tuple[object, ...]:
    # All facts: of two offers alike in the first ones, the same comes first in any order.
    return (
        offer.price.tiyn,
        offer.merchant_id,
        offer.preorder_days,
        _rank(offer),
        not offer.by_kaspi,
        -(offer.rating or 0),
        -offer.reviews,
        offer.name,
        offer.delivery is None,
        offer.rating is None,
    )


def _rank(offer: Rival) -> int:
    return (offer.delivery or Delivery.OTHER).rank


def _latest(reach: Reach, own: Rival | None) -> int:
    if reach is Reach.SAME_OR_FASTER and own is not None:
        return _rank(own)
    return _REACHES.get(reach, Delivery.OTHER.rank)


def _why_not(offer: Rival, chosen: RivalFilter, latest: int) -> LeftOut | None:  # noqa: PLR0911 -- a list of questions
    if offer.merchant_id in chosen.excluded:
        return LeftOut.EXCLUDED
    if offer.preorder_days and not chosen.with_preorders:
        return LeftOut.PREORDER
    if _rank(offer) > latest:
        return LeftOut.SLOW
    if chosen.by_kaspi_only and not offer.by_kaspi:
        return LeftOut.NOT_BY_KASPI
    if chosen.least_rating is not None and (offer.rating or 0) < chosen.least_rating:
        return LeftOut.LOW_RATING
    if offer.reviews < chosen.least_reviews:
        return LeftOut.FEW_REVIEWS
    if chosen.below_cost is not None and offer.price < chosen.below_cost:
        return LeftOut.BELOW_COST
    return None


def _without_absurd(
    asking: list[Rival], share: Percent | None, left_out: list[tuple[Rival, LeftOut]]
) -> list[Rival]:
    """The offers, cheapest first, that are not far below the middle of each merchant's best."""
    bests: dict[str, Rival] = {}
    for offer in asking:
        bests.setdefault(offer.merchant_id, offer)
    if share is None or len(bests) < _MEDIAN_OF:
        return asking
    least = share.of(list(bests.values())[len(bests) // 2].price)
    kept = [offer for offer in asking if offer.price >= least]
    left_out += ((offer, LeftOut.ABSURD) for offer in asking[: len(asking) - len(kept)])
    return kept
