"""What one misread page does to a thousand products, before anything but the heart could stop it.

Every product stands where it wants to be; then all pages are read wrongly, once. A wrong price is
one that the true page would not have led to; what it costs is how far it lies from that.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median
from typing import Any

from bench.table import show
from cube_demper.kernel.money import Money
from products.pricing.decide import Situation, decide
from products.pricing.model import Corridor, Decision, Memory, Percent, Rival
from products.pricing.remember import remember
from products.pricing.rules import Rules

PRODUCTS, RIVALS = 1_000, 6
OURS = "ours"
_SEED = 7
_AT = datetime(2026, 9, 14, 7, tzinfo=UTC)
_TENGE_A_DOLLAR = 530
_BOUNDED = Percent(15_00)

Page = tuple[Rival, ...]
Fault = Callable[[Page, Page], Page]


def _times(page: Page, share: float) -> Page:
    return tuple(replace(one, price=Money(round(one.price.tiyn * share))) for one in page)


def _cheapest_times(share: float) -> Fault:
    return lambda page, _: (*_times(page[:1], share), *page[1:])


# From the page as it is, the cheapest rival first, and as it was some hours ago.
FAULTS: Mapping[str, Fault] = {
    "one rival's price × 0.01": _cheapest_times(0.01),
    "one rival's price × 0.1": _cheapest_times(0.1),
    "one rival's price × 0.5": _cheapest_times(0.5),
    "every price in dollars": lambda page, _: _times(page, 1 / _TENGE_A_DOLLAR),
    "every price in tiyn": lambda page, _: _times(page, 100),
    "every price twice as high": lambda page, _: _times(page, 2),
    "no offers at all": lambda _, __: (),
    "the dearest offer only": lambda page, _: page[-1:],
    "the page of some hours ago": lambda _, old: old,
}


def wrong(fault: Fault, **said: Any) -> list[tuple[Situation, Decision, Decision]]:
    """The products that would ask another price, with what they should and what they would."""
    dice = random.Random(_SEED)
    found = []
    for _ in range(PRODUCTS):
        situation, old = _settled(dice, said)
        right = decide(situation)
        would = decide(replace(situation, offers=_sorted(fault(situation.offers, old))))
        if not isinstance(right, Decision) or not isinstance(would, Decision):
            continue
        if right.price != would.price:
            found.append((situation, right, would))
    return found


def _settled(dice: random.Random, said: Mapping[str, Any]) -> tuple[Situation, Page]:
    """A product that is where it wants to be, and the page of its card some hours ago."""
    usual = dice.randrange(5_000, 500_000)
    floor, ceiling = (Money.tenge(round(usual * share)) for share in (0.85, 1.2))
    rules = Rules(Corridor(floor, ceiling, Money.tenge(1)), **said)
    old, page = (
        _sorted(
            Rival(str(n), str(n), Money.tenge(round(usual * dice.uniform(0.95, 1.15))))
            for n in range(RIVALS)
        )
        for _ in range(2)
    )
    situation = Situation(OURS, frozenset({OURS}), page, rules, Memory(), _AT)
    memory = remember(situation, decide(situation))
    return replace(situation, memory=memory), old


def _sorted(page: Sequence[Rival] | Any) -> Page:
    return tuple(sorted(page, key=lambda one: one.price))


def measure() -> None:
    """How many wrong prices a misread page makes, by the heart alone, of a thousand products."""
    rows = []
    for name, fault in FAULTS.items():
        rows.append((name, _told(wrong(fault))))
        rows.append(("  moves of 15 % at most", _told(wrong(fault, biggest_move=_BOUNDED))))
    show("faults", rows)


def _told(found: Sequence[tuple[Situation, Decision, Decision]]) -> str:
    apart = [would.price.tiyn / right.price.tiyn - 1 for _, right, would in found]
    low, high = [one for one in apart if one < 0], [one for one in apart if one > 0]
    return f"{_count(low, min)} too low; {_count(high, max)} too high"


def _count(apart: Sequence[float], furthest: Callable[[Sequence[float]], float]) -> str:
    told = f" by {median(apart):+.1%}, {furthest(apart):+.1%} at most" if apart else ""
    return f"{len(apart):5}{told:29}"
