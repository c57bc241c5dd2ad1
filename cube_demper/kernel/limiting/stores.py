"""Where turns are counted: what a limiter asks of it, and what it answers."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from cube_demper.kernel.limiting.ports import Budget, Priority, Quota


@dataclass(frozen=True, slots=True)
class Ask:
    """One turn that all these budgets must grant, at most ``patience_us`` from now."""

    budgets: tuple[Budget, ...]
    priority: Priority = Priority.BACKGROUND
    patience_us: int = 2**52


@dataclass(frozen=True, slots=True)
class Turn:
    """Taken: go at this time of the store's clock, ``wait_us`` after it was asked.

    ``life`` says since when the store has counted: a turn of an earlier life can't be given back.
    """

    at_us: int
    wait_us: int
    life: int = 0


@dataclass(frozen=True, slots=True)
class TooLate:
    """Not taken: the turn would come so long after it was asked. Nothing was charged."""

    wait_us: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not taken: nobody knows what was used of this quota before. Nothing was charged."""

    key: str


Answer: TypeAlias = Turn | TooLate | Unknown


@dataclass(frozen=True, slots=True)
class Unused:
    """A turn that was taken, and that nobody will use."""

    budgets: tuple[Budget, ...]
    at_us: int
    life: int = 0


@dataclass(frozen=True, slots=True)
class Closed:
    """News: somebody froze this bucket until then, by the store's clock."""

    key: str
    opens_at_us: int


class StoreGone(Exception):
    """The count can't be read."""


class Store(Protocol):
    """Counts turns. Every method may raise StoreGone."""

    async def take(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Take a turn for each, in this order, in one round trip."""

    async def give_back(self, turns: Sequence[Unused]) -> None:
        """Take back turns that nobody will use."""

    async def freeze(self, key: str, *, length_us: int) -> int:
        """Close a bucket; return for how long it is closed now."""

    async def lift(self, key: str) -> None:
        """Open a bucket."""

    async def remember(self, quota: Quota, *, used_at: Sequence[datetime]) -> None:
        """Say what was used of a quota, if that is not known."""

    def news(self) -> AsyncIterator[Closed | None]:
        """Hear of freezes by anybody: first ``None``, when all to come will be heard."""

    async def aclose(self) -> None:
        """Let go of connections."""
