"""What a seller asks for: one frozen object that a decision depends on."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from cube_demper.kernel.money import TIYN_PER_TENGE, Money
from products.pricing.hours import Hours
from products.pricing.model import NONE, Corridor, Percent

_ABSURD = Percent(40_00)
_A_CLIMB = Money.tenge(100)
_POSITIONS = range(2, 21)
_LONGEST_ENDING = 4


class RulesContradict(ValueError):
    """No price could follow from these rules."""


class Strategy(StrEnum):
    """Where to stand among the rivals."""

    BE_FIRST = "BE_FIRST"
    MATCH_FIRST = "MATCH_FIRST"
    BEHIND_FIRST = "BEHIND_FIRST"
    HOLD_POSITION = "HOLD_POSITION"
    FIRST_IN_CLASS = "FIRST_IN_CLASS"
    PREMIUM = "PREMIUM"
    CREEP = "CREEP"
    FIXED = "FIXED"


class Alone(StrEnum):
    """What to ask when nobody competes."""

    CEILING = "CEILING"
    KEEP = "KEEP"
    CLIMB = "CLIMB"


class AtFloor(StrEnum):
    """What to ask when the wanted place can't be had above the floor."""

    WAIT = "WAIT"  # at the floor
    BEST_PLACE = "BEST_PLACE"  # below the cheapest rival who can be beaten
    CEILING = "CEILING"


class Rise(StrEnum):
    """How to follow rivals up."""

    AT_ONCE = "AT_ONCE"
    BY_STEPS = "BY_STEPS"
    AFTER_QUIET = "AFTER_QUIET"


class WarPolicy(StrEnum):
    """What to do in a price war."""

    FIGHT = "FIGHT"
    MATCH = "MATCH"
    SIT_OUT = "SIT_OUT"  # at a stated price, for a stated time
    RETREAT = "RETREAT"  # to a stated price, for a stated time, and watch whether the rival follows


class Reach(StrEnum):
    """How soon a rival must deliver to be one."""

    ANY = "ANY"
    SAME_OR_FASTER = "SAME_OR_FASTER"
    TODAY_TOMORROW = "TODAY_TOMORROW"
    TILL_3_DAYS = "TILL_3_DAYS"
    TILL_5_DAYS = "TILL_5_DAYS"


@dataclass(frozen=True, slots=True)
class RivalFilter:
    """Who is a rival. ``least_rating`` is in hundredths of a star.

    ``absurd_below`` leaves out who asks less than this share of the median, where at least three
    ask; ``below_cost`` who asks less than this.
    """

    excluded: frozenset[str] = frozenset()
    least_rating: int | None = None
    least_reviews: int = 0
    reach: Reach = Reach.ANY
    with_preorders: bool = True
    by_kaspi_only: bool = False
    absurd_below: Percent | None = _ABSURD
    below_cost: Money | None = None


@dataclass(frozen=True, slots=True)
class Climb:
    """How to go up: so far at a time, so long apart; ``quiet`` is how long rivals must hold."""

    by: Money = _A_CLIMB
    every: timedelta = timedelta(hours=1)
    quiet: timedelta = timedelta(minutes=30)
    forget_tipping_after: timedelta = timedelta(days=1)

    def __post_init__(self) -> None:
        if self.by < Money.tenge(1) or self.by.tiyn % TIYN_PER_TENGE:
            raise RulesContradict("a climb is a whole number of tenge, one at least")


@dataclass(frozen=True, slots=True)
class Pace:
    """What stock and sales do to the price: dearer when little is left, cheaper when none goes.

    ``low_stock`` pieces or fewer raise the aim by ``rise``; every ``slow_after`` without a sale
    lowers it by ``drop`` once more.
    """

    low_stock: int = 0
    rise: Percent = NONE
    slow_after: timedelta | None = None
    drop: Percent = NONE

    def __post_init__(self) -> None:
        if self.slow_after is not None and self.slow_after <= timedelta(0):
            raise RulesContradict("goods are slow after some time, not at once")
        if not self.drop.is_part or self.rise < NONE:
            raise RulesContradict("a drop is less than all of the price, a rise is none or more")


@dataclass(frozen=True, slots=True)
class Truce:
    """What to do in a war. ``price`` is for sitting out and for retreating; for so long."""

    policy: WarPolicy = WarPolicy.FIGHT
    price: Money | None = None
    lasts: timedelta = timedelta(hours=2)

    def __post_init__(self) -> None:
        needs_price = self.policy in {WarPolicy.SIT_OUT, WarPolicy.RETREAT}
        if needs_price and self.price is None:
            raise RulesContradict("sitting out and retreating need a price")


@dataclass(frozen=True, slots=True)
class Ending:
    """The last digits of a price: ``Ending("990")``."""

    digits: str

    def __post_init__(self) -> None:
        if not (
            self.digits.isascii() and self.digits.isdigit() and len(self.digits) <= _LONGEST_ENDING
        ):
            raise RulesContradict("an ending is one to four digits")

    def at_or_below(self, price: Money) -> Money:
        """The highest price with this ending that is not above; may be below zero."""
        circle, wanted = 10 ** len(self.digits), int(self.digits)
        tenge = price.tiyn // TIYN_PER_TENGE
        return Money.tenge(tenge - (tenge - wanted) % circle)

    def above(self, price: Money) -> Money:
        """The lowest price with this ending that is above."""
        return self.at_or_below(price) + Money.tenge(10 ** len(self.digits))


@dataclass(frozen=True, slots=True)
class Rules:
    """All that a seller says about a product. ``margin_floor`` comes from its costs."""

    corridor: Corridor
    strategy: Strategy = Strategy.BE_FIRST
    position: int = 2
    premium: Percent = NONE
    fixed: Money | None = None
    alone: Alone = Alone.CEILING
    at_floor: AtFloor = AtFloor.WAIT
    rise: Rise = Rise.AT_ONCE
    climb: Climb = Climb()
    rivals: RivalFilter = RivalFilter()
    margin_floor: Money | None = None
    ending: Ending | None = None
    biggest_move: Percent | None = None
    truce: Truce = Truce()
    pace: Pace = Pace()
    hours: Hours = field(default_factory=Hours)
    is_off: bool = False

    def __post_init__(self) -> None:
        if self.position not in _POSITIONS:
            raise RulesContradict("a position to hold is one from 2 to 20")
        if self.strategy is Strategy.FIXED and self.fixed is None:
            raise RulesContradict("a fixed price must be stated")
        for price in (self.fixed, self.truce.price):
            if price is not None and price.tiyn % TIYN_PER_TENGE:
                raise RulesContradict("prices are whole tenge")
        if self.biggest_move is not None and self.biggest_move <= NONE:
            raise RulesContradict("a biggest move of nothing allows no move")
