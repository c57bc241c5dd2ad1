"""How far a price may go: every bound at once, so that no order of clamps can leak.

Five open engines were read whose clamps leak because they come one after the other (a biggest move
applied after the floor publishes below a floor that was raised, a ceiling applied last publishes
below it). Here the bounds are cut into one span first; a price is brought into it once.
"""

from dataclasses import dataclass

from cube_demper.kernel.money import TIYN_PER_TENGE, Money
from products.pricing.model import LOWEST_AT_KASPI, Bound, Clamp, Corridor
from products.pricing.rules import Ending, Rules


@dataclass(frozen=True, slots=True)
class Room:
    """The prices that may be published now, both ends among them, and what set the ends.

    ``floor`` is the highest of all floors: ``lowest`` may be above it, where a move is limited.
    """

    floor: Money
    lowest: Money
    highest: Money
    lowest_by: Bound
    highest_by: Bound
    ending: Ending | None = None
    in_force: Money | None = None

    def fit(self, aim: Money, *, is_on_the_way: bool) -> tuple[Money, tuple[Clamp, ...]]:
        """Bring a price in; say what moved it. On the way, the next move goes on from here."""
        clamps: list[Clamp] = []
        price = min(max(aim, self.lowest), self.highest)
        if price != aim:
            bound = self.lowest_by if aim < price else self.highest_by
            clamps.append(Clamp(bound, aim, price))
            is_on_the_way = is_on_the_way or bound is Bound.BIGGEST_MOVE
        ended = self._ended(price)
        if ended != price and not (is_on_the_way and self._leads_back(price, ended)):
            clamps.append(Clamp(Bound.ENDING, price, ended))
            price = ended
        return price, tuple(clamps)

    def _leads_back(self, price: Money, ended: Money) -> bool:
        """Would the ending undo the move? Then each would, and the price stood still for ever."""
        low, high = sorted((price, ended))
        return self.in_force is not None and low <= self.in_force <= high

    def _ended(self, price: Money) -> Money:
        if self.ending is None:
            return price
        below = self.ending.at_or_below(price)
        if below >= self.lowest:
            return below
        above = self.ending.above(price)
        return above if above <= self.highest else price


def room_for(rules: Rules, corridor: Corridor, *, in_force: Money | None) -> Room | None:
    """Cut all bounds into one span; ``None`` when nothing is left of it."""
    floors = [(corridor.floor, Bound.FLOOR), (LOWEST_AT_KASPI, Bound.KASPI_MINIMUM)]
    if rules.margin_floor is not None:
        floors.append((_up_to_tenge(rules.margin_floor), Bound.MARGIN_FLOOR))
    floor, lowest_by = max(floors, key=lambda pair: pair[0])
    if floor > corridor.ceiling:
        return None
    lowest, highest, highest_by = floor, corridor.ceiling, Bound.CEILING
    # An illegal price in force is repaired in one move, however big.
    if rules.biggest_move is not None and in_force is not None and lowest <= in_force <= highest:
        move = max(rules.biggest_move.of(in_force), Money.tenge(1))
        down, up = _up_to_tenge(in_force - move), _down_to_tenge(in_force + move)
        if down > lowest:
            lowest, lowest_by = down, Bound.BIGGEST_MOVE
        if up < highest:
            highest, highest_by = up, Bound.BIGGEST_MOVE
    return Room(floor, lowest, highest, lowest_by, highest_by, rules.ending, in_force)


def _down_to_tenge(price: Money) -> Money:
    return Money(price.tiyn // TIYN_PER_TENGE * TIYN_PER_TENGE)


def _up_to_tenge(price: Money) -> Money:
    return Money(-(-price.tiyn // TIYN_PER_TENGE) * TIYN_PER_TENGE)
