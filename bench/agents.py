"""A market of agents: our strategies beside naive undercutters, cyclers, matchers and people.

One card, and a seat on it that is ours or a naive undercutter's: the same rivals, the same buyers,
the same looks. Nothing is drawn but the rivals' costs and the days on which people look, from one
seed for both.

Buyers come evenly. A share of them takes the cheapest offer of the card, as most do at Kaspi; the
others choose among all offers by taste, and anybody may leave without buying. Both are the logit
demand of Calvano, Calzolari, Denicolò and Pastorello (American Economic Review, 2020) in their
baseline, in units of our cost: a value of 2, a sensitivity of 1/4, leaving worth 0. What is
sold is reckoned as a share of the buyers, so no luck is in it.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from statistics import fmean
from typing import Any, Protocol

from typing_extensions import override

from bench.table import show
from cube_demper.kernel.money import Money
from products.pricing.decide import Situation, decide
from products.pricing.model import Corridor, Decision, Memory, Rival
from products.pricing.remember import remember
from products.pricing.rules import AtFloor, Rise, Rules, Strategy

COST, FLOOR, CEILING, STEP = 10_000, 10_500, 14_000, 1
OURS = "ours"
_BEGINS = datetime(2026, 9, 14, 7, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_BUYERS_A_DAY = 20
_TAKE_THE_CHEAPEST = 0.7
_LEFT_AS_IT_IS = 0.2  # of a person's visits
_DAYS, _SEEDS = 7, range(5)
_VALUE, _SENSITIVITY = 2 * COST, COST / 4


class Agent(Protocol):
    """Somebody with a price on the card."""

    floor: int
    every: timedelta

    def answer(self, mine: int, others: Mapping[str, int], *, at: datetime) -> int:
        """The price in tenge from now on, having looked at the others'."""
        ...


@dataclass
class Naive:
    """Goes a step below the cheapest, down to its floor, and up again only if all others do."""

    floor: int
    every: timedelta
    ceiling: int = CEILING
    step: int = STEP

    def answer(self, mine: int, others: Mapping[str, int], *, at: datetime) -> int:
        """Undercut."""
        del mine, at
        return max(self.floor, min(min(others.values()) - self.step, self.ceiling))


@dataclass
class Cycler(Naive):
    """Undercuts until nothing is left to go down, then leaps up, for others to follow."""

    @override
    def answer(self, mine: int, others: Mapping[str, int], *, at: datetime) -> int:
        """Undercut, or leap."""
        cheapest = min(others.values())
        if cheapest - self.step < self.floor:
            return self.ceiling if mine <= self.floor + self.step else mine
        return super().answer(mine, others, at=at)


@dataclass
class Matcher(Naive):
    """Asks what the cheapest asks."""

    step: int = 0


@dataclass
class Person:
    """Comes by now and then, and asks about what the cheapest does."""

    floor: int
    every: timedelta
    dice: random.Random
    ceiling: int = CEILING

    def answer(self, mine: int, others: Mapping[str, int], *, at: datetime) -> int:
        """A little below or above the cheapest, in hundreds."""
        del at
        wanted = min(others.values()) * self.dice.uniform(0.97, 1.05)
        hundreds = round(wanted / 100) * 100
        is_content = self.dice.random() < _LEFT_AS_IT_IS
        return mine if is_content else max(self.floor, min(hundreds, self.ceiling))


@dataclass
class Ours:
    """The heart, with a memory of its own."""

    rules: Rules
    every: timedelta
    floor: int = FLOOR
    memory: Memory = field(default_factory=Memory)

    def answer(self, mine: int, others: Mapping[str, int], *, at: datetime) -> int:
        """Decide, and keep what was learned."""
        offers = tuple(Rival(who, who, Money.tenge(price)) for who, price in others.items())
        memory = replace(self.memory, in_force=Money.tenge(mine))
        situation = Situation(OURS, frozenset({OURS}), offers, self.rules, memory, at)
        decision = decide(situation)
        self.memory = remember(situation, decision)
        return decision.price.whole_tenge if isinstance(decision, Decision) else mine


@dataclass(frozen=True)
class Result:
    """How the seat did: ``first`` is a share of the time, ``earned`` is in tenge a day."""

    first: float
    earned: float
    lowest: int
    highest: int
    changes: int


def play(seat: Agent, rivals: Mapping[str, Agent], *, days: int) -> Result:
    """Let everybody look in turn, each at its own pace, and buyers buy in between."""
    agents = {OURS: seat, **rivals}
    prices = {who: CEILING - 10 * place for place, who in enumerate(agents)}
    due = {who: _BEGINS + _MINUTE * place for place, who in enumerate(agents)}
    now, ends = _BEGINS, _BEGINS + timedelta(days=days)
    first = earned = 0.0
    asked = [prices[OURS]]
    while now < ends:
        who = min(due, key=lambda name: (due[name], name))
        passed = (min(due[who], ends) - now) / timedelta(days=1)
        first += passed * _is_first(prices)
        earned += passed * _BUYERS_A_DAY * _bought(prices) * (prices[OURS] - COST)
        now = due[who]
        others = {name: price for name, price in prices.items() if name != who}
        prices[who] = agents[who].answer(prices[who], others, at=now)
        due[who] = now + agents[who].every
        if who == OURS and prices[who] != asked[-1]:
            asked.append(prices[who])
    return Result(first / days, earned / days, min(asked), max(asked), len(asked) - 1)


def _is_first(prices: Mapping[str, int]) -> float:
    """1, or our part of the first place where several ask the same."""
    cheapest = min(prices.values())
    return 1 / list(prices.values()).count(cheapest) if prices[OURS] == cheapest else 0


def _bought(prices: Mapping[str, int]) -> float:
    """The share of the buyers who buy of us."""
    worth = {who: math.exp((_VALUE - price) / _SENSITIVITY) for who, price in prices.items()}
    by_taste = worth[OURS] / (sum(worth.values()) + 1)
    at_once = _is_first(prices) * worth[OURS] / (worth[OURS] + 1)
    return _TAKE_THE_CHEAPEST * at_once + (1 - _TAKE_THE_CHEAPEST) * by_taste


Rivals = Callable[[random.Random], Mapping[str, Agent]]


def _minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def _floor(dice: random.Random) -> int:
    """Somebody's costs and what is wanted above them: lower than ours, or higher."""
    return dice.randrange(10_200, 11_500)


def _naive(dice: random.Random) -> Mapping[str, Agent]:
    return {f"naive {n}": Naive(_floor(dice), _minutes(5 + 4 * n)) for n in range(3)}


def _cyclers(dice: random.Random) -> Mapping[str, Agent]:
    return {f"cycler {n}": Cycler(_floor(dice), _minutes(5 + 4 * n), step=50) for n in range(2)}


def _matchers(dice: random.Random) -> Mapping[str, Agent]:
    return {f"matcher {n}": Matcher(_floor(dice), _minutes(10 + 5 * n)) for n in range(2)}


def _people(dice: random.Random) -> Mapping[str, Agent]:
    return {f"person {n}": Person(_floor(dice), _minutes(400 + 170 * n), dice) for n in range(4)}


def _everybody(dice: random.Random) -> Mapping[str, Agent]:
    kinds = (_naive, _cyclers, _matchers, _people)
    return {who: agent for kind in kinds for who, agent in [*kind(dice).items()][:1]}


MARKETS: Mapping[str, Rivals] = {
    "three naive undercutters": _naive,
    "two cyclers": _cyclers,
    "two matchers": _matchers,
    "four people": _people,
    "one of each": _everybody,
}
_CORRIDOR = Corridor(Money.tenge(FLOOR), Money.tenge(CEILING), Money.tenge(STEP))


def naive() -> Agent:
    """Who sits there instead of us, for comparison."""
    return Naive(FLOOR, _minutes(5))


def _sits(**said: Any) -> Callable[[], Agent]:
    return lambda: Ours(Rules(_CORRIDOR, **said), _minutes(5))


SEATS: Mapping[str, Callable[[], Agent]] = {
    "be first": _sits(),
    "be first; at the floor, the ceiling": _sits(at_floor=AtFloor.CEILING),
    "be first; up by steps": _sits(rise=Rise.BY_STEPS),
    "creep": _sits(strategy=Strategy.CREEP),
    "match first": _sits(strategy=Strategy.MATCH_FIRST),
    "behind first": _sits(strategy=Strategy.BEHIND_FIRST),
    "hold place 2": _sits(strategy=Strategy.HOLD_POSITION),
}


def measure() -> None:
    """What strategies earn among undercutting, cycling and matching bots and people, for a week."""
    rows = []
    for market, rivals in MARKETS.items():
        plain = _mean([play(naive(), rivals(random.Random(seed)), days=_DAYS) for seed in _SEEDS])
        rows.append((market, ""))
        rows.append(("  a naive undercutter", _told(plain, plain)))
        for seat, sit in SEATS.items():
            mean = _mean([play(sit(), rivals(random.Random(seed)), days=_DAYS) for seed in _SEEDS])
            rows.append((f"  {seat}", _told(mean, plain)))
    show("agents", rows)


def _mean(results: Sequence[Result]) -> Result:
    return Result(
        first=fmean(one.first for one in results),
        earned=fmean(one.earned for one in results),
        lowest=min(one.lowest for one in results),
        highest=max(one.highest for one in results),
        changes=round(fmean(one.changes for one in results)),
    )


def _told(result: Result, plain: Result) -> str:
    return (
        f"first {result.first:5.1%}, earned {result.earned:6,.0f} ₸ a day, "
        f"1 : {result.earned / plain.earned:.2f}, lowest {result.lowest:,} ₸, "
        f"{result.changes / _DAYS:4.0f} changes a day"
    )
