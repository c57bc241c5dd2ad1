"""The second look at a price before it leaves: the same bounds, cut by other code.

``bounds.py`` makes a price fit; this only says yes or no. Whoever breaks one does not break both.
"""

from dataclasses import dataclass
from datetime import datetime

from cube_demper.kernel.money import TIYN_PER_TENGE, Money
from products.pricing.model import LOWEST_AT_KASPI
from products.pricing.rules import Rules


@dataclass(frozen=True, slots=True)
class Legal:
    """The prices that may stand at Kaspi; none, when the floor is above the ceiling."""

    floor: Money
    ceiling: Money

    def __contains__(self, price: Money) -> bool:
        return self.floor <= price <= self.ceiling and not price.tiyn % TIYN_PER_TENGE


def legal(rules: Rules, at: datetime) -> Legal:
    """What these rules allow at a moment: [max(floor, margin floor, Kaspi's minimum), ceiling]."""
    corridor = rules.hours.corridor(at, rules.corridor)
    floors = [corridor.floor, LOWEST_AT_KASPI]
    if rules.margin_floor is not None:
        floors.append(rules.margin_floor)
    return Legal(max(floors), corridor.ceiling)
