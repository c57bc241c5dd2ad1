"""The words of a plan: what may be limited, and what may be had or not."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Feature(StrEnum):
    """What a plan has or has not. Stored; never renamed."""

    CITY_REPRICING = "city_repricing"
    DELIVERY_REPRICING = "delivery_repricing"
    PREORDERS = "preorders"
    WHATSAPP_ALERTS = "whatsapp_alerts"
    WHATSAPP_TO_BUYERS = "whatsapp_to_buyers"
    ASSISTANTS = "assistants"
    AI_SALESMAN = "ai_salesman"
    PRIORITY_PRODUCTS = "priority_products"
    BACKTEST = "backtest"


class Limit(StrEnum):
    """What a plan has so many of."""

    REPRICED_PRODUCTS = "repriced_products"
    ANALYSED_PRODUCTS = "analysed_products"
    STORES = "stores"
    HELPERS = "helpers"


@dataclass(frozen=True, slots=True)
class Terms:
    """What somebody may do: so many of each, ``None`` for as many as they like, and features.

    ``shortest_interval_s`` is the shortest gap between two looks at a product that one may ask for.
    """

    repriced_products: int | None
    analysed_products: int | None
    stores: int | None
    helpers: int | None
    shortest_interval_s: int
    features: frozenset[Feature]

    def most(self, limit: Limit) -> int | None:
        """How many there may be; ``None``: no limit."""
        number: int | None = getattr(self, limit.value)
        return number

    def has(self, feature: Feature) -> bool:
        return feature in self.features

    def with_more(self, *, repriced_products: int, features: Iterable[Feature]) -> "Terms":
        """The same with what add-ons bring."""
        room = self.repriced_products
        return replace(
            self,
            repriced_products=None if room is None else room + repriced_products,
            features=self.features | set(features),
        )


EVERYTHING = Terms(
    repriced_products=None,
    analysed_products=None,
    stores=None,
    helpers=None,
    shortest_interval_s=0,
    features=frozenset(Feature),
)
NOTHING = Terms(
    repriced_products=0,
    analysed_products=0,
    stores=0,
    helpers=0,
    shortest_interval_s=86_400,
    features=frozenset(),
)
