"""What a limiter promises, whoever keeps the count."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Bucket:
    """A rate: its name in the store, and how many turns it grants a second, evenly spaced.

    ``key`` says who and where: ``fleet``, ``kaspi:offers:direct``, ``kaspi:push:<merchant id>``.
    A ``shared`` bucket keeps every eighth turn back for interactive callers until it is about to
    pass, and is counted second by second for people to see.
    """

    key: str
    rate_per_s: float
    shared: bool = False

    @property
    def interval_us(self) -> int:
        """Microseconds between turns. Rounded down, a second would hold one too many."""
        return math.ceil(1_000_000 / self.rate_per_s)


@dataclass(frozen=True, slots=True)
class Quota:
    """A count: at most ``most`` turns within any ``window_s`` seconds, wherever they begin.

    Its turns are granted in the order of asking, whatever the priority.
    """

    key: str
    most: int
    window_s: int

    @property
    def window_us(self) -> int:
        return self.window_s * 1_000_000


Budget: TypeAlias = Bucket | Quota


class Priority(Enum):
    """Who goes first: a person who waits, or work that nobody watches."""

    INTERACTIVE = "interactive"
    BACKGROUND = "background"


class Limiter(Protocol):
    """Spreads requests so that no budget ever grants more than it holds."""

    async def acquire(
        self,
        *budgets: Budget,
        deadline_s: float | None = None,
        is_write: bool = False,
        priority: Priority = Priority.BACKGROUND,
    ) -> int:
        """Wait for one turn that all the budgets grant; if one of them doesn't, none is charged.

        A quota named several times is used as often by that one turn, all at once or not at all.
        Returns the turn's time by the clock that counts, in microseconds.

        Callers with the same budgets and priority go in the order in which they asked. A caller
        that is cancelled while it waits gives its turn back.

        Raises RateExceeded at once when the turn would come later than ``deadline_s`` seconds from
        now, and QuotaUnknown when a quota's past is not known. When the count can't be read, a
        write is refused with Unavailable and a read slows to a safe local rate: the limiter never
        opens.
        """

    async def remember(self, quota: Quota, *, used_at: Sequence[datetime]) -> None:
        """Say what was used of a quota whose past is not known, nothing included."""

    async def freeze(self, key: str, *, seconds: float) -> None:
        """Close a bucket for everyone for so long; it opens slowly afterwards.

        A longer freeze already there stays. Frozen again while it opens, it stays shut twice as
        long as the last time.
        """

    async def lift(self, key: str) -> None:
        """Open a frozen bucket now, at its full rate."""

    async def aclose(self) -> None:
        """Let go of connections."""
