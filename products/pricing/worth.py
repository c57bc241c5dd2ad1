"""Is a change worth one of the store's changes?

A store may make about 250 changes in a rolling 30 minutes; beyond that Kaspi locks it for half an
hour. So the first half of the quota is spent freely, then small corrections wait their turn, and
what is left at the end is kept for moves that matter.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cube_demper.kernel.money import Money

WINDOW = timedelta(minutes=30)
_QUOTA = 240  # of 250: our count and Kaspi's may differ by what is under way
_SPENT_FREELY = 120
_KEPT_FOR_LARGE_MOVES = 20
_SMALL_MOVES_APART = WINDOW / (_QUOTA - _SPENT_FREELY)
_LARGE_MOVE = 200  # a change of one part in so many, or more, is large


@dataclass(frozen=True, slots=True)
class Spent:
    """What a store has used of its quota within the last WINDOW, and when it last did."""

    changes: int
    last_at: datetime | None


def is_large(*, old: Money | None, new: Money) -> bool:
    """A move of half a percent or more; any move from a price that we don't know."""
    return old is None or abs(new.tiyn - old.tiyn) * _LARGE_MOVE >= old.tiyn


def may_push(*, old: Money | None, new: Money, spent: Spent, now: datetime) -> bool:
    """Whether this change may be spent now; if not, it waits and may be overtaken meanwhile."""
    if is_large(old=old, new=new):
        return spent.changes < _QUOTA
    if spent.changes < _SPENT_FREELY:
        return True
    is_apart = spent.last_at is None or now - spent.last_at >= _SMALL_MOVES_APART
    return is_apart and spent.changes < _QUOTA - _KEPT_FOR_LARGE_MOVES
