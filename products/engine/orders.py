"""What is to be stated about a listing, from its order to what Kaspi shows in the end."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from typing_extensions import override

from cube_demper.kernel.money import Money
from kaspi.ports import Listing, Point, SessionTicket
from products.errors import PointHasStock, PointMissing, PointNotSelling
from products.pricing.model import Corridor


@dataclass(frozen=True, slots=True, kw_only=True)
class PushOrder:
    """Something on its way: to be sent, or to be read back.

    ``listing`` is what its statement is made of: the product as it was read before it was sent.
    Accepted under ``job_id`` at ``sent_at``; ``is_doubtful`` once readings have not shown it for a
    while.
    """

    change_id: int
    ticket: SessionTicket
    sku: str
    city_id: str = ""
    listing: Listing | None = None
    job_id: str = ""
    sent_at: datetime | None = None
    is_doubtful: bool = False

    def objection(self) -> str:
        """Why it may not be sent whatever the listing says, as a code; empty where it may."""
        return ""

    def objection_to(self, listing: Listing) -> str:
        """Why it can't be, of a listing as it was just read; empty where it can."""
        raise NotImplementedError

    def is_shown_by(self, listing: Listing) -> bool:
        """Does the listing say what was ordered?"""
        raise NotImplementedError

    def kept(self) -> Listing | None:
        """What the listing was, and has to be still when all is done."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOrder(PushOrder):
    """A price, for ``city_id``: for that city alone if it ``is_city``, else where none is apart."""

    price: Money
    corridor: Corridor
    is_city: bool = False
    apart: frozenset[str] = frozenset()

    @override
    def objection(self) -> str:
        # The second gate: whatever was decided, this holds.
        return "" if self.price in self.corridor else "outside-corridor"

    @override
    def objection_to(self, listing: Listing) -> str:
        is_sold = not self.is_city or self.city_id in listing.city_prices
        return "" if is_sold else "not-sold-in-city"

    @override
    def is_shown_by(self, listing: Listing) -> bool:
        return listing.price_in(self.city_id) == self.price

    @override
    def kept(self) -> Listing | None:
        return self.listing


@dataclass(frozen=True, slots=True, kw_only=True)
class PreorderOrder(PushOrder):
    """Preorder days for points of sale, by their short names; 0 ends a preorder."""

    days: Mapping[str, int]

    @override
    def objection_to(self, listing: Listing) -> str:
        points = {_short(point): point for point in listing.points}
        if set(self.days) - set(points):
            return PointMissing.code
        begun = [
            points[name]
            for name, days in self.days.items()
            if days and points[name].preorder_days != days
        ]
        if not all(point.is_available for point in begun):
            return PointNotSelling.code
        return PointHasStock.code if any(point.stock_count for point in begun) else ""

    @override
    def is_shown_by(self, listing: Listing) -> bool:
        shown = {_short(point): point.preorder_days or 0 for point in listing.points}
        return all(shown.get(name) == days for name, days in self.days.items())

    @override
    def kept(self) -> Listing | None:
        # Whether these points have their days is what was ordered, and nothing that gets lost.
        return self.listing and self._with_days(self.listing, dict.fromkeys(self.days, 0))

    def stated(self, listing: Listing) -> Listing:
        """The listing with these days: its prices, stocks and other points as they are."""
        return self._with_days(listing, self.days)

    @staticmethod
    def _with_days(listing: Listing, days: Mapping[str, int]) -> Listing:
        return replace(
            listing,
            points=tuple(
                replace(point, preorder_days=days.get(_short(point), point.preorder_days))
                for point in listing.points
            ),
        )


def _short(point: Point) -> str:
    return point.point_id.rpartition("_")[2]
