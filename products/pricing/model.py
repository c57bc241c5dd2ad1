"""The values the heart works with. Every price is ``Money``; nothing here can change."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from cube_demper.kernel.money import TIYN_PER_TENGE, Money

LOWEST_AT_KASPI = Money.tenge(10)  # Kaspi takes no price below it


class CorridorEmpty(ValueError):
    """The floor is above the ceiling, or a bound is not a price that Kaspi can show."""


@dataclass(frozen=True, slots=True, order=True)
class Percent:
    """A share in hundredths of a percent: ``Percent(150)`` is 1.5 %."""

    hundredths: int

    def of(self, amount: Money) -> Money:
        """This share of an amount, rounded down to the tiyn."""
        return Money(amount.tiyn * self.hundredths // _WHOLE)

    @property
    def is_part(self) -> bool:
        """Some of it or nothing, not all."""
        return 0 <= self.hundredths < _WHOLE


_WHOLE = 10_000
NONE = Percent(0)


Step: TypeAlias = Money | Percent


def step_from(price: Money, step: Step) -> Money:
    """A step at this price: whole tenge, and one at least where a share is meant at all."""
    if isinstance(step, Money):
        return step
    tenge = step.of(price).tiyn // TIYN_PER_TENGE
    return Money.tenge(max(tenge, 1) if step.hundredths else 0)


@dataclass(frozen=True, slots=True)
class Corridor:
    """The prices a seller allows, and how far below the cheapest rival to go.

    Raises CorridorEmpty for bounds between which there is no price: it cannot exist.
    """

    floor: Money
    ceiling: Money
    step: Step

    def __post_init__(self) -> None:
        if not Money(0) < self.floor <= self.ceiling:
            raise CorridorEmpty(f"no price between {self.floor} and {self.ceiling}")
        if isinstance(self.step, Percent):
            if not self.step.is_part:
                raise CorridorEmpty("a step is a share of the price, less than all of it")
        elif self.step < Money(0):
            raise CorridorEmpty(f"a step of {self.step} leads upwards")
        bounds = [self.floor, self.ceiling]
        bounds += [self.step] if isinstance(self.step, Money) else []
        if any(bound.tiyn % TIYN_PER_TENGE for bound in bounds):
            raise CorridorEmpty("floor, ceiling and step are whole tenge")

    def __contains__(self, price: Money) -> bool:
        return self.floor <= price <= self.ceiling


class Delivery(StrEnum):
    """How soon a buyer gets the goods, the soonest first, in Kaspi's words."""

    TODAY = "TODAY"
    TOMORROW = "TOMORROW"
    TILL_3_DAYS = "TILL_3_DAYS"
    TILL_5_DAYS = "TILL_5_DAYS"
    TILL_7_DAYS = "TILL_7_DAYS"
    OTHER = "OTHER"

    @property
    def rank(self) -> int:
        """0 is the soonest."""
        return _RANKS[self]


_RANKS = {delivery: rank for rank, delivery in enumerate(Delivery)}


@dataclass(frozen=True, slots=True)
class Rival:
    """Somebody's offer on a card, as every buyer sees it.

    ``rating`` is in hundredths of a star, ``None`` for a shop without one; ``delivery`` is ``None``
    where Kaspi doesn't say.
    """

    merchant_id: str
    name: str
    price: Money
    rating: int | None = None
    reviews: int = 0
    delivery: Delivery | None = None
    preorder_days: int = 0
    by_kaspi: bool = False


class Reason(StrEnum):
    """Why a price is what it is. Stored and shown; never renamed."""

    UNDERCUT = "UNDERCUT"  # one step below the cheapest rival
    ALONE = "ALONE"  # nobody to compete with: the ceiling
    AT_FLOOR = "AT_FLOOR"  # the cheapest rival can't be beaten above the floor
    AT_CEILING = "AT_CEILING"  # what the strategy asks is above the ceiling
    MATCHED = "MATCHED"  # the cheapest rival's price
    BEHIND = "BEHIND"  # a step above the cheapest rival
    HELD_POSITION = "HELD_POSITION"  # one step below the rival at the wanted position
    PREMIUM = "PREMIUM"  # above a rival whose rating is worse
    CREPT = "CREPT"  # first, and just under the price at which a rival answered before
    FIXED = "FIXED"  # the seller's own price
    KEPT = "KEPT"  # nobody to compete with: the price stays
    CLIMBING = "CLIMBING"  # up, a step at a time
    QUIET_FIRST = "QUIET_FIRST"  # rivals rose, and must stay there for a while before we follow
    BEST_PLACE = "BEST_PLACE"  # first can't be had above the floor: the best place that can
    GAVE_WAY = "GAVE_WAY"  # first can't be had above the floor: the ceiling
    SAT_OUT = "SAT_OUT"  # a price war: the stated price until it is over
    RETREATED = "RETREATED"  # a price war: up, to see whether the rival follows
    BY_HAND = "BY_HAND"  # an operator's own; the next look decides anew
    UNDONE = "UNDONE"  # back to the price before, on request
    # Nothing is published, because …
    EMPTY = "EMPTY"  # … no price lies above every floor and below the ceiling
    OFF = "OFF"  # … the seller paused it
    ASLEEP = "ASLEEP"  # … it is outside the working hours
    SOLD_OUT = "SOLD_OUT"  # … there is nothing to sell


class LeftOut(StrEnum):
    """Why an offer is no rival. Stored and shown; never renamed."""

    OWN = "OWN"
    EXCLUDED = "EXCLUDED"
    TWICE = "TWICE"  # the same merchant asks less elsewhere on the card, and that is not absurd
    PREORDER = "PREORDER"
    SLOW = "SLOW"
    NOT_BY_KASPI = "NOT_BY_KASPI"
    LOW_RATING = "LOW_RATING"
    FEW_REVIEWS = "FEW_REVIEWS"
    BELOW_COST = "BELOW_COST"
    ABSURD = "ABSURD"  # far below what the others ask


class Bound(StrEnum):
    """What moved a price on its way from the aim. Stored and shown; never renamed."""

    FLOOR = "FLOOR"
    MARGIN_FLOOR = "MARGIN_FLOOR"
    KASPI_MINIMUM = "KASPI_MINIMUM"
    CEILING = "CEILING"
    BIGGEST_MOVE = "BIGGEST_MOVE"
    ENDING = "ENDING"
    LOW_STOCK = "LOW_STOCK"  # little is left: dearer
    SLOW_GOODS = "SLOW_GOODS"  # nothing was sold for long: cheaper
    CLIMB = "CLIMB"
    QUIET = "QUIET"


@dataclass(frozen=True, slots=True)
class Clamp:
    """One bound that moved the price, from here to there."""

    bound: Bound
    before: Money
    after: Money


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of a product besides the card: all ours, nobody else's.

    ``in_force`` is what Kaspi shows, ``moved_at`` when we last decided another, ``climbed_to``
    where that was up to; ``room_since`` says since when the rivals leave us room above. ``tipping``
    is the price at which a rival last answered a climb of ours, learned at ``tipped_at``.
    ``at_war_since`` comes from the detector, ``peace_since`` is when the last war was over.
    ``is_cycling`` says that prices on the card go round, ``stock`` and ``sold_at`` are the shop's.
    """

    in_force: Money | None = None
    moved_at: datetime | None = None
    climbed_to: Money | None = None
    room_since: datetime | None = None
    tipping: Money | None = None
    tipped_at: datetime | None = None
    at_war_since: datetime | None = None
    peace_since: datetime | None = None
    is_cycling: bool = False
    stock: int | None = None
    sold_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A price with its reason.

    ``rival`` is the offer that decided it; ``position`` is our place on the card at that price,
    counted from 1 over everyone, rivals at the same price before us. ``aim`` is what the strategy
    asked before the bounds; ``clamps`` lead from it to the price, one after the other. ``lowest``
    and ``highest`` are the prices that could be published. ``is_repair`` when the price in force
    is not one of the legal ones; ``is_cycling`` when prices on the card go round.
    """

    price: Money
    reason: Reason
    position: int
    aim: Money
    lowest: Money
    highest: Money
    rival: Rival | None = None
    clamps: tuple[Clamp, ...] = ()
    left_out: tuple[tuple[Rival, LeftOut], ...] = ()
    is_repair: bool = False
    is_cycling: bool = False


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is published, and why."""

    reason: Reason
    left_out: tuple[tuple[Rival, LeftOut], ...] = ()
