"""What a limiter promises, whoever keeps the count."""

import math
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Bucket:
    """One budget: its name in the store, and how many it grants a second, evenly spaced.

    ``key`` says who and where: ``fleet``, ``kaspi:offers:direct``, ``kaspi:push:<merchant id>``.
    """

    key: str
    rate_per_s: float

    @property
    def interval_us(self) -> int:
        """Microseconds between turns. Rounded down, a second would hold one too many."""
        return math.ceil(1_000_000 / self.rate_per_s)


class Limiter(Protocol):
    """Spreads requests so that no bucket ever grants more than its rate."""

    async def acquire(
        self, *buckets: Bucket, deadline_s: float | None = None, is_write: bool = False
    ) -> None:
        """Wait for a turn in every bucket, in the order given (narrowest first).

        Raises RateExceeded at once when the turn would come later than ``deadline_s`` seconds from
        now. When the count cannot be read, a write is refused with Unavailable and a read slows to
        a safe local rate: the limiter never opens.
        """

    async def freeze(self, key: str, *, seconds: float) -> None:
        """Close a bucket for everyone for so long. A longer freeze already there stays."""

    async def aclose(self) -> None:
        """Let go of connections."""
