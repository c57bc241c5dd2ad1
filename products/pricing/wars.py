"""Price wars, cycles, and what a rival's moves tell of it: from what every buyer could see.

The tape of a market says when its best price changed, to what, and whose offer it then was. The
definitions follow Chen, Mislove and Wilson (WWW 2016) for who answers whom, and Holt, Igami and
Scheidegger for cycles; their thresholds are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low

from cube_demper.kernel.money import Money
from products.pricing.hours import ALMATY
from products.pricing.rules import Truce, WarPolicy

WINDOW = timedelta(hours=4)
_FALLS = 6
_BY_TURNS_PERCENT = 70
_STEPS = 3  # the median fall is no larger than so many steps of ours
_ANSWERS_WITHIN = timedelta(minutes=30)
_FELL_PERCENT = 25  # of the way to our floor
_CYCLE_TAKES = timedelta(days=3)
CYCLE_WINDOW = timedelta(days=7)
_FALLS_A_RISE = 3
_RISE_TO_FALL = 4
_MOVES_THAT_TELL = 3


@dataclass(frozen=True, slots=True)
class Best:
    """From then on, this was the best price, and whose."""

    at: datetime
    price: Money
    merchant_id: str


@dataclass(frozen=True, slots=True)
class War:
    """We and one rival go down by turns. It was told then, when the price had fallen so far.

    A policy's time runs from there, not from the first fall: by the time falls make a war, a short
    truce would be over. ``fell`` is ``None`` for a war known from before.
    """

    merchant_id: str
    since: datetime
    fell: Money | None = None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """How a rival answers us: how soon, how far below, at which hours of Almaty, down to where.

    ``floor`` is the lowest price it was seen to go to, and only where it then let a lower one of
    ours stand.
    """

    moves: int
    reaction: timedelta
    step: Money
    hours: frozenset[int]
    floor: Money | None


@dataclass(frozen=True, slots=True)
class Front:
    """Where we stand in a war: our shops, step and floor, what we then do, and since when.

    ``known`` is the war that was on at the last look, ``peace_since`` when the last one was over.
    """

    ours: frozenset[str]
    step: Money
    floor: Money
    truce: Truce
    known: War | None = None
    peace_since: datetime | None = None


def war_on(tape: Sequence[Best], front: Front, *, at: datetime) -> War | None:
    """Tell whether a war is on: one that is known lasts as long as its policy, then is judged anew.

    What fell before counts no more then. So a war that flares up again has a beginning of its own,
    and its policy's whole time; only who fights on has fought since the first.
    """
    known = front.known
    if known is not None and at - known.since < front.truce.lasts:
        return known
    after = front.peace_since if known is None else known.since
    found = find_war(tape, ours=front.ours, step=front.step, floor=front.floor, at=at, after=after)
    is_same = found is not None and known is not None and found.merchant_id == known.merchant_id
    return known if is_same and front.truce.policy is WarPolicy.FIGHT else found


def find_war(
    tape: Sequence[Best],
    *,
    ours: frozenset[str],
    step: Money,
    floor: Money,
    at: datetime,
    after: datetime | None = None,
) -> War | None:
    """Look for a war in what was seen lately, and after a moment.

    ``tape`` is in order of time; ``step`` and ``floor`` are ours.
    """
    begin = at - WINDOW if after is None else max(at - WINDOW, after)
    recent = [best for best in tape if begin <= best.at <= at]
    falls = [(a, b) for a, b in pairwise(recent) if b.price < a.price]
    rival = _opponent(falls, ours)
    if rival is None or len(falls) < _FALLS:
        return None
    turns = sum(
        {a.merchant_id in ours, b.merchant_id in ours} == {True, False}
        and {a.merchant_id, b.merchant_id} <= ours | {rival}
        for a, b in falls
    )
    answers = [b.at - a.at for a, b in falls if b.merchant_id == rival and a.merchant_id in ours]
    fell = Money(recent[0].price.tiyn - recent[-1].price.tiyn)
    way = recent[0].price.tiyn - floor.tiyn
    is_war = (
        turns * 100 >= len(falls) * _BY_TURNS_PERCENT
        and median_low([a.price.tiyn - b.price.tiyn for a, b in falls]) <= _STEPS * step.tiyn
        and bool(answers)
        and median_low(answers) <= _ANSWERS_WITHIN
        and way > 0
        and fell.tiyn * 100 >= way * _FELL_PERCENT
    )
    return War(rival, at, fell) if is_war else None


def is_cycling(tape: Sequence[Best]) -> bool:
    """Tell an Edgeworth cycle: days of many small falls, and now and then a large rise."""
    if len(tape) < _FALLS or tape[-1].at - tape[0].at < _CYCLE_TAKES:
        return False
    changes = [b.price.tiyn - a.price.tiyn for a, b in pairwise(tape) if b.price != a.price]
    falls, rises = [-c for c in changes if c < 0], [c for c in changes if c > 0]
    if not falls or not rises:
        return False
    return (
        median_low(changes) < 0
        and len(falls) >= _FALLS_A_RISE * len(rises)
        and median_low(rises) >= _RISE_TO_FALL * median_low(falls)
    )


def fingerprint(
    tape: Sequence[Best], merchant_id: str, *, ours: frozenset[str]
) -> Fingerprint | None:
    """Read a rival's habits off the tape; ``None`` where it moved too seldom to tell."""
    answers = [
        (a, b)
        for a, b in pairwise(tape)
        if b.merchant_id == merchant_id and a.merchant_id in ours and b.price <= a.price
    ]
    if len(answers) < _MOVES_THAT_TELL:
        return None
    lowest = min(b.price for _, b in answers)
    return Fingerprint(
        moves=len(answers),
        reaction=median_low([b.at - a.at for a, b in answers]),
        step=Money(median_low([a.price.tiyn - b.price.tiyn for a, b in answers])),
        hours=frozenset(b.at.astimezone(ALMATY).hour for _, b in answers),
        floor=lowest if _was_left_below(tape, lowest, ours) else None,
    )


def _opponent(falls: Sequence[tuple[Best, Best]], ours: frozenset[str]) -> str | None:
    """Who went below us most often; of two, the same one in any order."""
    below = [b.merchant_id for a, b in falls if a.merchant_id in ours and b.merchant_id not in ours]
    return max(sorted(set(below)), key=below.count) if below else None


def _was_left_below(tape: Sequence[Best], lowest: Money, ours: frozenset[str]) -> bool:
    """Did ours stand below that price until somebody rose, or to the tape's end?"""
    below = [
        (best, following)
        for best, following in zip(tape, [*tape[1:], None], strict=True)
        if best.merchant_id in ours and best.price < lowest
    ]
    return any(following is None or following.price > best.price for best, following in below)
