"""Which of a store's changes are worth its next pushes.

A store may make about 250 changes in a rolling 30 minutes; beyond that Kaspi locks it for half an
hour. While there is quota to spare everything goes at once. Then changes go one by one, so far
apart that the quota lasts, and the best of those that wait goes first: what it wins, for as long as
its price will probably hold. A product whose price never stands still can't be followed by anybody;
what it would use up keeps twenty others where they should be.

    REPAIR       a loss is being made now: in force is a price below the floor
    OWN          a person waits: the seller's own edit, a price by hand
    AGED         waits for an hour by now, whatever it is worth: nobody waits for ever
    WIN          a place or a margin; the most first
    CORRECTION   a small move that changes no place: waits while quota is short
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from cube_demper.kernel.money import Money

WINDOW = timedelta(minutes=30)
PATIENCE = timedelta(hours=1)
QUOTA = 240  # of 250: our count and Kaspi's may differ by what is under way
SPENT_FREELY = 120
_MOST_AGED = 24  # of the changes in a window: those who wait for an hour share these
_SMALL_MOVE = 200  # a change of less than one part in so many is small
_BEHIND = 0.2  # what a place behind somebody sells, to the first one's 1
_CUSHION = 0.05  # of the price: a sale at the floor is worth that much, too
_USUAL_TURNOVER = 20_000_00  # tiyn a day, where no sales are known
_USUAL_HOLD_S = 6 * 3600.0
_FRESH = 0.25  # how much the latest hold weighs against all before
_PRIORITY = 4.0  # what a seller's priority multiplies a product's worth with
_LEAST = 1e-6


class Urgency(IntEnum):
    """In which order changes go. The further down, the less of the quota is theirs."""

    REPAIR = 0
    OWN = 1
    AGED = 2
    WIN = 3
    CORRECTION = 4


# How many changes of a window may be spent when one of these goes: what is left is kept for those
# above it.
_MOST: Mapping[Urgency, int] = {
    Urgency.REPAIR: QUOTA,
    Urgency.OWN: QUOTA - 10,
    Urgency.AGED: QUOTA - 24,
    Urgency.WIN: QUOTA - 24,
    Urgency.CORRECTION: QUOTA - 60,
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that waits, and what is known of its product.

    ``since`` is when the product began to wait for a new price, whichever; ``steady_since`` when it
    wanted this one; ``hold_s`` how long its wanted prices have held so far (see ``learned_hold``).
    """

    change_id: int
    old: Money | None
    new: Money
    floor: Money
    rival: Money | None
    since: datetime
    steady_since: datetime
    hold_s: float | None = None
    sales_a_day: float | None = None
    is_priority: bool = False
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """When a store's changes of the last WINDOW were sent, and how many of them were AGED."""

    sent_at: Sequence[datetime] = ()
    aged: int = 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """What goes now, the best first, and when the next one may; None when nobody waits."""

    change_ids: tuple[int, ...]
    next_at: datetime | None


def choose(waiting: Sequence[Waiting], *, spent: Spent, most: int, now: datetime) -> Chosen:
    """Choose the changes that may be sent now, ``most`` at once. Arrival decides nothing."""
    sent_at = sorted(at for at in spent.sent_at if at > now - WINDOW)
    ranked = _ranked(waiting, aged_left=max(_MOST_AGED - spent.aged, 0), now=now)
    taken: list[int] = []
    for urgency, change in ranked:
        may_at = _may_at(urgency, sent_at, now)
        if may_at > now or len(taken) == most:
            return Chosen(tuple(taken), may_at)  # whoever comes after has no more right
        taken.append(change.change_id)
        sent_at.append(now)
    return Chosen(tuple(taken), None)


def urgency_of(change: Waiting, *, now: datetime) -> Urgency:
    """What a change is about."""
    if change.old is not None and change.old < change.floor:
        return Urgency.REPAIR
    if change.is_own:
        return Urgency.OWN
    if has_aged(change.since, now=now):
        return Urgency.AGED
    return Urgency.CORRECTION if _is_correction(change) else Urgency.WIN


def has_aged(since: datetime, *, now: datetime) -> bool:
    """Whether a product has waited so long for a new price that it goes first."""
    return now - since >= PATIENCE


def worth(change: Waiting, *, now: datetime) -> float:
    """What a change wins, in tiyn: a day's gain for as long as its price will probably hold."""
    gain = _earned(change, change.new)
    if change.old is not None:
        gain -= _earned(change, change.old)
    sales = change.sales_a_day
    if sales is None:
        sales = _USUAL_TURNOVER / max(change.new.tiyn, 1)
    days = expected_hold_s(change, now=now) / 86_400
    favour = _PRIORITY if change.is_priority else 1.0
    return max(gain, _LEAST * change.new.tiyn) * max(sales, _LEAST) * days * favour


def expected_hold_s(change: Waiting, *, now: datetime) -> float:
    """How long its price will probably hold: as long as others did; longer if it has already."""
    before_s = _USUAL_HOLD_S if change.hold_s is None else change.hold_s
    return before_s + _FRESH * max((now - change.steady_since).total_seconds(), 0.0)


def learned_hold(before_s: float | None, *, held_s: float) -> float:
    """How long a product's wanted prices hold, after one more did so long."""
    usual_s = _USUAL_HOLD_S if before_s is None else before_s
    return usual_s + _FRESH * (max(held_s, 0.0) - usual_s)


def _ranked(
    waiting: Sequence[Waiting], *, aged_left: int, now: datetime
) -> list[tuple[Urgency, Waiting]]:
    """The best first. Those who wait too long go ahead as far as their share of the quota goes."""
    urgencies = {change.change_id: urgency_of(change, now=now) for change in waiting}
    aged = sorted(
        (one for one in waiting if urgencies[one.change_id] is Urgency.AGED),
        key=lambda one: (one.since, one.change_id),
    )
    for change in aged[aged_left:]:
        urgencies[change.change_id] = Urgency.CORRECTION if _is_correction(change) else Urgency.WIN

    def rank(change: Waiting) -> tuple[float, float, datetime, int]:
        urgency = urgencies[change.change_id]
        if urgency is Urgency.REPAIR and change.old is not None:
            value = float(change.floor.tiyn - change.old.tiyn)
        else:
            value = worth(change, now=now) if urgency >= Urgency.WIN else 0.0
        return urgency, -value, change.since, change.change_id

    return [(urgencies[one.change_id], one) for one in sorted(waiting, key=rank)]


def _may_at(urgency: Urgency, sent_at: Sequence[datetime], now: datetime) -> datetime:
    """When one of this urgency may go, after those that were sent."""
    number, most = len(sent_at), _MOST[urgency]
    if number >= most:
        return sent_at[number - most] + WINDOW
    if urgency <= Urgency.OWN or number < SPENT_FREELY:
        return now
    # The gap grows with what is spent, so that it settles where the quota is just used up.
    fullness = (number - SPENT_FREELY) / (_MOST[Urgency.WIN] - SPENT_FREELY)
    apart = sent_at[-1] + WINDOW / _MOST[Urgency.WIN] * fullness
    return min(apart, sent_at[number - SPENT_FREELY] + WINDOW)


def _is_correction(change: Waiting) -> bool:
    old, new = change.old, change.new
    if old is None or abs(new.tiyn - old.tiyn) * _SMALL_MOVE >= old.tiyn:
        return False
    return _is_behind(change, old) == _is_behind(change, new)


def _is_behind(change: Waiting, price: Money) -> bool:
    return change.rival is not None and price > change.rival


def _earned(change: Waiting, price: Money) -> float:
    """What a buyer leaves us at this price, by the share of buyers who come."""
    share = _BEHIND if _is_behind(change, price) else 1.0
    return share * (price.tiyn - change.floor.tiyn + _CUSHION * price.tiyn)
