"""When a product is repriced, and with which corridor: by the clock of Almaty."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from products.pricing.model import Corridor

ALMATY = timezone(timedelta(hours=5), "Asia/Almaty")  # all of Kazakhstan since 1 March 2024
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Span:
    """A span of the day on some weekdays (Monday is 0), its end not in it.

    One that ends at or before its beginning crosses midnight and belongs to the day it began on.
    """

    begins: time
    ends: time
    weekdays: frozenset[int] = EVERY_DAY

    def __contains__(self, at: datetime) -> bool:
        local = at.astimezone(ALMATY)
        clock, weekday = local.time(), local.weekday()
        if self.begins < self.ends:
            return weekday in self.weekdays and self.begins <= clock < self.ends
        if clock >= self.begins:
            return weekday in self.weekdays
        return clock < self.ends and (weekday - 1) % 7 in self.weekdays


@dataclass(frozen=True, slots=True)
class Hours:
    """Working hours (none: always), and corridors of their own at some: the first that fits."""

    working: tuple[Span, ...] = ()
    corridors: tuple[tuple[Span, "Corridor"], ...] = ()

    def is_open(self, at: datetime) -> bool:
        """Is the product repriced now?"""
        return not self.working or any(at in span for span in self.working)

    def corridor(self, at: datetime, otherwise: "Corridor") -> "Corridor":
        """The corridor that holds now."""
        return next((corridor for span, corridor in self.corridors if at in span), otherwise)
