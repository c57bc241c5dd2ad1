"""The floor that costs and a wanted margin make, with its arithmetic in the open.

    price × (1 − commission − tax − returns − margin) = cost + delivery + packing + other

rounded up to a whole tenge: at that price, and no lower one, everything is paid and the margin is
left.
"""

from dataclasses import dataclass

from cube_demper.kernel.money import TIYN_PER_TENGE, Money
from products.pricing.model import NONE, Percent

_ALL = 10_000
_NOTHING = Money(0)


@dataclass(frozen=True, slots=True)
class Costs:
    """What one piece costs its seller: amounts a piece, and shares of the price.

    ``returns`` is the share of the price that returned goods cost, ``margin`` what shall be left.
    """

    cost: Money
    delivery: Money = _NOTHING
    packing: Money = _NOTHING
    other: Money = _NOTHING
    tax: Percent = NONE
    returns: Percent = NONE
    margin: Percent = NONE


@dataclass(frozen=True, slots=True)
class MarginFloor:
    """A floor and where each tenge of it goes; ``rounding`` is what whole tenge add to it."""

    price: Money
    commission: Money
    tax: Money
    returns: Money
    margin: Money
    rounding: Money
    costs: Costs


def margin_floor(costs: Costs, *, commission: Percent) -> MarginFloor | None:
    """The lowest price that pays for everything; ``None`` when the shares eat all of any price."""
    shares = (commission, costs.tax, costs.returns, costs.margin)
    left = _ALL - sum(share.hundredths for share in shares)
    if left <= 0:
        return None
    pieces = costs.cost + costs.delivery + costs.packing + costs.other
    tenge = -(-pieces.tiyn * _ALL // (left * TIYN_PER_TENGE))
    price = Money.tenge(tenge)
    kept, taxed, returned, earned = (share.of(price) for share in shares)
    rounding = price - pieces - kept - taxed - returned - earned
    return MarginFloor(price, kept, taxed, returned, earned, rounding, costs)
