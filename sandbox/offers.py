"""Offers on cards, and the market of one card: who asks how much, and since when."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sandbox.cards import Card
from sandbox.cities import ALMATY, ASTANA

_HISTORY_POINTS = 240
_CHEAP_REGIONS = (ALMATY, ASTANA)

# One for all offers: most have none, and a large world has a million offers.
NO_CITY_PRICES: Final[Mapping[str, int]] = {}


class Habit(StrEnum):
    """How a rival behaves when left alone."""

    STILL = "still"
    MOVER = "mover"
    FOLLOWER = "follower"
    VANISHER = "vanisher"
    SELLER = "seller"


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant as buyers see it. A new one has no rating yet."""

    merchant_id: str
    name: str
    rating: float | None = None
    reviews: int | None = None


@dataclass(slots=True)
class Offer:
    """One merchant's offer on one card, as the storefront shows it."""

    shop: Shop
    sku: str
    title: str
    price: int
    habit: Habit = Habit.STILL
    usual_price: int = 0
    floor: int = 0
    pace_s: float = 0.0
    preorder: int = 0
    delivery_type: str = "TO_DOOR"
    delivery_days: int = 2
    kaspi_delivery: bool = True
    point: str = "PP1"
    regional_percent: int = 0
    only_city: str | None = None
    city_prices: Mapping[str, int] = field(default_factory=lambda: NO_CITY_PRICES)
    present: bool = True
    purchases: int = 0
    reacting: bool = False
    moved_at: float = 0.0
    trail: deque[tuple[float, int | None]] | None = None

    def price_in(self, city_id: str) -> int | None:
        """The price buyers in the city see; None if the merchant does not sell there."""
        if not self.present or self.only_city not in (None, city_id):
            return None
        if city_id in self.city_prices:
            return self.city_prices[city_id]
        if self.regional_percent and city_id not in _CHEAP_REGIONS:
            return round(self.price * (100 + self.regional_percent) / 100)
        return self.price or max(self.city_prices.values(), default=None)

    @property
    def shown_price(self) -> int | None:
        """The price in the city charts and lists are about, or in the offer's only one."""
        return self.price_in(self.only_city or ALMATY)


@dataclass(slots=True)
class Market:
    """All offers on one card. Every change goes through `change`, which keeps the trail."""

    card: Card
    offers: list[Offer]
    opened_at: float
    moved_at: float = 0.0
    answers: dict[tuple[object, ...], bytes] = field(default_factory=dict)
    moves: int = 0

    def join(self, offer: Offer) -> None:
        """Take on an offer that was not there before."""
        self.offers.append(offer)
        self.answers.clear()

    def of(self, merchant_id: str) -> list[Offer]:
        return [offer for offer in self.offers if offer.shop.merchant_id == merchant_id]

    def present(self) -> Iterator[Offer]:
        return (offer for offer in self.offers if offer.present)

    def cheapest(self, *, besides: Offer | None = None) -> int | None:
        """The lowest price shown in the reference city."""
        prices = (
            offer.price_in(ALMATY)
            for offer in self.offers
            if offer is not besides and offer.present
        )
        return min((price for price in prices if price is not None), default=None)

    def change(self, offer: Offer, how: Callable[[Offer], None], *, now: float) -> bool:
        """Alter an offer; True if buyers can tell. Keeps its trail and drops stale answers."""
        before = offer.shown_price
        how(offer)
        self.answers.clear()
        after = offer.shown_price
        if before == after:
            return False
        if offer.trail is None:
            offer.trail = deque([(self.opened_at, before)], maxlen=_HISTORY_POINTS)
        offer.trail.append((now, after))
        offer.moved_at = self.moved_at = now
        self.moves += 1
        return True
