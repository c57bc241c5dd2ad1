"""Is a page to be believed at once? Markets move offer by offer, misread pages all together."""

from collections.abc import Iterable

from products.pricing.model import Rival

_MANY = 4  # of fewer offers most may well go at once
_FAR = 3  # a price is far from another when one is more than 3 : 2 of the other
_NEAR = 2


def is_odd(before: Iterable[Rival], after: Iterable[Rival]) -> bool:
    """Did most offers vanish, or most of those that stayed leap, since the page before?

    An odd page may be true: a second look tells.
    """
    old, new = _prices(before), _prices(after)
    stayed = old.keys() & new.keys()
    if len(old) >= _MANY and len(stayed) * 2 < len(old):
        return True
    leapt = sum(_is_far(old[merchant], new[merchant]) for merchant in stayed)
    return leapt > 1 and leapt * 2 >= len(stayed)


def _prices(offers: Iterable[Rival]) -> dict[str, int]:
    prices: dict[str, int] = {}
    for offer in offers:
        tiyn = offer.price.tiyn
        prices[offer.merchant_id] = min(tiyn, prices.get(offer.merchant_id, tiyn))
    return prices


def _is_far(one: int, other: int) -> bool:
    low, high = sorted((one, other))
    return high * _NEAR > low * _FAR
