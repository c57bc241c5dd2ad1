"""Choose a price: the highest that is still first, inside the corridor."""

from collections.abc import Sequence

from cube_demper.kernel.money import Money
from products.pricing.model import Corridor, Decision, Reason, Rival


def decide(*, rivals: Sequence[Rival], corridor: Corridor) -> Decision:
    """Undercut the cheapest rival by a step, and never leave the corridor.

    The order of the rivals changes nothing. The price is a whole number of tenge whenever the
    corridor is, because a rival's fraction of a tenge is rounded down first.
    """
    if not rivals:
        return Decision(corridor.ceiling, Reason.ALONE, position=1)
    cheapest = min(rivals, key=lambda rival: (rival.price, rival.merchant_id))
    target = whole_tenge(cheapest.price) - corridor.step
    price, reason = _clamp(target, corridor)
    return Decision(price, reason, position=position_at(price, rivals), rival=cheapest)


def _clamp(target: Money, corridor: Corridor) -> tuple[Money, Reason]:
    if target < corridor.floor:
        return corridor.floor, Reason.AT_FLOOR
    if target > corridor.ceiling:
        return corridor.ceiling, Reason.AT_CEILING
    return target, Reason.UNDERCUT


def whole_tenge(price: Money) -> Money:
    """Round down to what Kaspi can show."""
    return Money(price.tiyn - price.tiyn % 100)


def position_at(price: Money, rivals: Sequence[Rival]) -> int:
    """Our place on the card at this price; who asks the same was there before us."""
    return 1 + sum(rival.price <= price for rival in rivals)
