"""The values the heart works with. Every price is ``Money``; nothing here can change."""

from dataclasses import dataclass
from enum import StrEnum

from cube_demper.kernel.money import TIYN_PER_TENGE, Money


class CorridorEmpty(ValueError):
    """The floor is above the ceiling, or a bound is not a price that Kaspi can show."""


@dataclass(frozen=True, slots=True)
class Corridor:
    """The prices a seller allows, and how far below the cheapest rival to go.

    Raises CorridorEmpty for bounds between which there is no price: it cannot exist.
    """

    floor: Money
    ceiling: Money
    step: Money

    def __post_init__(self) -> None:
        if not Money(0) < self.floor <= self.ceiling:
            raise CorridorEmpty(f"no price between {self.floor} and {self.ceiling}")
        if self.step < Money(0):
            raise CorridorEmpty(f"a step of {self.step} leads upwards")
        if any(bound.tiyn % TIYN_PER_TENGE for bound in (self.floor, self.ceiling, self.step)):
            raise CorridorEmpty("floor, ceiling and step are whole tenge")

    def __contains__(self, price: Money) -> bool:
        return self.floor <= price <= self.ceiling


@dataclass(frozen=True, slots=True)
class Rival:
    """An offer that we compete with."""

    merchant_id: str
    name: str
    price: Money


class Reason(StrEnum):
    """Why a price is what it is. Stored and shown; never renamed."""

    UNDERCUT = "UNDERCUT"  # one step below the cheapest rival
    ALONE = "ALONE"  # nobody to compete with: the ceiling
    AT_FLOOR = "AT_FLOOR"  # the cheapest rival can't be beaten above the floor
    AT_CEILING = "AT_CEILING"  # a step below the cheapest rival is still above the ceiling
    BY_HAND = "BY_HAND"  # an operator's own; the next look decides anew


@dataclass(frozen=True, slots=True)
class Decision:
    """A price with its reason.

    ``rival`` is the offer that decided it; ``position`` is our place on the card at that price,
    counted from 1, rivals at the same price before us.
    """

    price: Money
    reason: Reason
    position: int
    rival: Rival | None = None
