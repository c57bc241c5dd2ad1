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

    ``floor`` is the highest of all floors. ``lowest`` and ``highest`` lie within it and the
    ceiling, where a move is limited.
    """

    floor: Money
    ceiling: Money
    lowest: Money
    highest: Money
    floor_by: Bound
    ending: Ending | None = None
    in_force: Money | None = None

    def destination(self, aim: Money) -> Money:
        """Where an aim leads in the end, however short the moves."""
        return self._ended(self._bounded(aim), self.floor, self.ceiling)

    def fit(self, aim: Money, *, is_on_the_way: bool) -> tuple[Money, tuple[Clamp, ...]]:
        """Bring a price in; say what moved it. On the way, the next move goes on from here."""
        bounded = self._bounded(aim)
        if not is_on_the_way:
            end = self.destination(aim)
            if self.lowest <= end <= self.highest:
                return end, self._clamps(aim, bounded, end)
            bounded = end
        price = min(max(bounded, self.lowest), self.highest)
        ended = self._ended(price, self.lowest, self.highest)
        if self._leads_back(price, ended):
            ended = price
        return ended, self._clamps(aim, price, ended)

    def _bounded(self, aim: Money) -> Money:
        return min(max(aim, self.floor), self.ceiling)

    def _clamps(self, aim: Money, price: Money, ended: Money) -> tuple[Clamp, ...]:
        clamps = [Clamp(self._bound(aim, price), aim, price)] if price != aim else []
        if ended != price:
            clamps.append(Clamp(Bound.ENDING, price, ended))
        return tuple(clamps)

    def _bound(self, aim: Money, price: Money) -> Bound:
        if price != self._bounded(aim):
            return Bound.BIGGEST_MOVE
        return self.floor_by if aim < price else Bound.CEILING

    def _leads_back(self, price: Money, ended: Money) -> bool:
        """Would the ending undo the move? Then each would, and the price stood still for ever."""
        low, high = sorted((price, ended))
        return self.in_force is not None and low <= self.in_force <= high

    def _ended(self, price: Money, lowest: Money, highest: Money) -> Money:
        if self.ending is None:
            return price
        below = self.ending.at_or_below(price)
        if below >= lowest:
            return below
        above = self.ending.above(price)
        return above if above <= highest else price


def room_for(rules: Rules, corridor: Corridor, *, in_force: Money | None) -> Room | None:
    """Cut all bounds into one span; ``None`` when nothing is left of it."""
    floors = [(corridor.floor, Bound.FLOOR), (LOWEST_AT_KASPI, Bound.KASPI_MINIMUM)]
    if rules.margin_floor is not None:
        floors.append((_up_to_tenge(rules.margin_floor), Bound.MARGIN_FLOOR))
    floor, floor_by = max(floors, key=lambda pair: pair[0])
    ceiling = corridor.ceiling
    if floor > ceiling:
        return None
    lowest, highest = floor, ceiling
    # An illegal price in force is repaired in one move, however big.
    if rules.biggest_move is not None and in_force is not None and floor <= in_force <= ceiling:
        move = max(rules.biggest_move.of(in_force), Money.tenge(1))
        lowest = max(floor, _up_to_tenge(in_force - move))
        highest = min(ceiling, _down_to_tenge(in_force + move))
    return Room(floor, ceiling, lowest, highest, floor_by, rules.ending, in_force)


def _down_to_tenge(price: Money) -> Money:
    return Money(price.tiyn // TIYN_PER_TENGE * TIYN_PER_TENGE)


def _up_to_tenge(price: Money) -> Money:
    return Money(-(-price.tiyn // TIYN_PER_TENGE) * TIYN_PER_TENGE)
