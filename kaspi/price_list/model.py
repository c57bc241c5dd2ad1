"""What stands in a price list, before and after it is understood."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cube_demper.kernel.money import Money
from kaspi.ports import Point

NAMESPACE = "kaspiShopping"
ROOT = "kaspi_catalog"
CHILDREN = ("model", "brand", "availabilities", "price", "cityprices")  # of an offer, in this order
LONGEST_SKU = 20
LONGEST_PREORDER = 30  # days


@dataclass(frozen=True, slots=True)
class Head:
    """Whose list it is."""

    company: str
    merchant_id: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One product as a price list states it: either one price, or one for each of some cities.

    Points are named the short way, ``PP1``.
    """

    sku: str
    model: str
    brand: str
    points: tuple[Point, ...]
    price: Money | None
    city_prices: Mapping[str, Money]


@dataclass(slots=True)
class RawEntry:
    """One product as a file has it, nothing understood yet. ``line`` is where it begins."""

    line: int
    sku: str | None = None
    children: list[str] = field(default_factory=list)  # names of the elements, as they came
    texts: dict[str, str] = field(default_factory=dict)  # of model, brand, price
    availabilities: list[dict[str, str]] = field(default_factory=list)
    city_prices: list[tuple[str, str]] = field(default_factory=list)  # city id, price

    @property
    def price(self) -> str:
        return self.texts.get("price", "").strip()


@dataclass(frozen=True, slots=True)
class Note:
    """Something odd about one row. ``is_left_out``: so odd that the row could not be kept."""

    line: int
    sku: str
    problem: str
    is_left_out: bool = False
