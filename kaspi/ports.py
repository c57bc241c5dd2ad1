"""What we ask of the marketplace, in our words.

Two ports: the *cabinet* (a seller's own shop) and the *storefront* (what buyers see); the *login*
(a walk that ends in a session) is in ``login_ports.py``. Everything that crosses is frozen; prices
are ``Money``. What may be raised is in ``kaspi/errors.py``, and also RateExceeded when a turn would
come too late.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, Protocol, Self

import orjson
from typing_extensions import override

from cube_demper.kernel.money import Money

SAME_EVERYWHERE: Mapping[str, Money] = MappingProxyType({})  # no city has a price of its own


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie. A ``domain`` with a leading dot holds for its subdomains too."""

    name: str
    value: str = field(repr=False)
    domain: str
    path: str = "/"
    expires_at: float | None = None  # Unix seconds; None lives as long as the session
    is_secure: bool = False
    is_http_only: bool = False
    same_site: str = "Lax"


@dataclass(frozen=True, slots=True)
class CookieJar:
    """All cookies of one login. The secret of a seller: it is sealed at rest and never printed."""

    cookies: tuple[Cookie, ...] = ()

    @override
    def __repr__(self) -> str:
        return f"CookieJar({len(self.cookies)} cookies)"

    @classmethod
    def from_browser(cls, cookies: Iterable[Mapping[str, Any]]) -> Self:
        """Read the cookies of a Playwright storage state."""
        return cls(
            tuple(
                Cookie(
                    name=cookie["name"],
                    value=cookie["value"],
                    domain=cookie["domain"],
                    path=cookie["path"],
                    expires_at=cookie["expires"] if cookie["expires"] > 0 else None,
                    is_secure=cookie["secure"],
                    is_http_only=cookie["httpOnly"],
                    same_site=cookie.get("sameSite", "Lax"),
                )
                for cookie in cookies
            )
        )

    def to_browser(self) -> list[dict[str, Any]]:
        """Write the cookies for a Playwright storage state."""
        return [
            {
                "name": cookie.name,
                "value": cookie.value,
                "domain": cookie.domain,
                "path": cookie.path,
                "expires": -1 if cookie.expires_at is None else cookie.expires_at,
                "secure": cookie.is_secure,
                "httpOnly": cookie.is_http_only,
                "sameSite": cookie.same_site,
            }
            for cookie in self.cookies
        ]

    def lasting(self) -> Self:
        """Return what a browser keeps when it is closed: by these cookies a device is known."""
        return type(self)(tuple(one for one in self.cookies if one.expires_at is not None))

    def updated(self, newer: Self) -> Self:
        """Return these cookies and ``newer`` ones, which replace those of the same place."""
        cookies = {(c.name, c.domain, c.path): c for c in (*self.cookies, *newer.cookies)}
        return type(self)(tuple(cookies.values()))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what ``to_json`` wrote."""
        return cls(tuple(Cookie(**cookie) for cookie in orjson.loads(text)))

    def to_json(self) -> str:
        """Write the jar as text, values and all: seal it."""
        return orjson.dumps([asdict(cookie) for cookie in self.cookies]).decode()


@dataclass(frozen=True, slots=True)
class SessionTicket:
    """The right to act for one store with its seller's session, as it was at ``version``."""

    store_id: int
    session_id: int
    version: int
    merchant_id: str
    jar: CookieJar = field(repr=False)
    account: str = ""  # whose login it is: sessions of one account leave by one address
    egress_id: int | None = None  # the address that it left by last


@dataclass(frozen=True, slots=True)
class Merchant:
    """A shop on Kaspi. The name is empty when Kaspi does not tell it."""

    merchant_id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """What a listing says of one point of sale. Pushes echo it exactly.

    ``stock_count`` is None when the seller states none; ``preorder_days`` and
    ``is_stock_enabled`` are None when the catalogue is silent about them.
    """

    point_id: str
    is_available: bool
    stock_count: int | None = None
    is_stock_enabled: bool | None = None
    preorder_days: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A store's own offer as its catalogue states it, whole enough to be stated again.

    ``city_prices`` are the cities the seller set, KATO code → price. ``is_settled`` is False while
    Kaspi is still applying an earlier change, which it promises to have done by ``applied_before``.
    """

    sku: str
    master_sku: str
    title: str
    card_title: str
    brand: str
    category: str
    category_codes: tuple[str, ...]  # from specific to general
    price: Money
    city_prices: Mapping[str, Money]
    points: tuple[Point, ...]
    is_on_sale: bool
    is_settled: bool
    shop_link: str
    applied_before: datetime | None = None
    is_archived: bool = False

    def price_in(self, city_id: str) -> Money:
        """The price for one city: the seller's own for it, else the common one."""
        return self.city_prices.get(city_id, self.price)

    def to_json(self) -> dict[str, Any]:
        """Write the listing for a JSON column; prices become numbers of tiyn."""
        return {
            **asdict(self),
            "price": self.price.tiyn,
            "city_prices": {city: price.tiyn for city, price in self.city_prices.items()},
            "applied_before": self.applied_before and self.applied_before.isoformat(),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote."""
        prices, before = document["city_prices"], document["applied_before"]
        return cls(
            **{
                **document,
                "category_codes": tuple(document["category_codes"]),
                "price": Money(document["price"]),
                "city_prices": {city: Money(tiyn) for city, tiyn in prices.items()},
                "points": tuple(Point(**point) for point in document["points"]),
                "applied_before": before and datetime.fromisoformat(before),
            }
        )


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row of the catalogue that could not be read. The sku is empty where even that is odd."""

    sku: str
    problem: str


class Shelf(Enum):
    """A part of the catalogue that Kaspi lists by itself."""

    ON_SALE = "on-sale"
    WITHDRAWN = "withdrawn"
    REST = "rest"  # asked for neither: the archive, or everything once more


@dataclass(slots=True)
class CatalogueReading:
    """How far one reading of a catalogue is. Whoever reads keeps it, and can go on with it.

    ``page`` of ``shelf`` comes next, in attempt number ``attempt`` at that shelf. ``counts`` are
    the rows of each shelf that was read. ``is_steady`` turns False for good once a shelf moved so
    much that some listing may have slipped between two pages, however often it was read.
    """

    shelf: Shelf | None = Shelf.ON_SALE  # None: all is read
    attempt: int = 1
    page: int = 0
    met: set[str] = field(default_factory=set)
    counts: dict[Shelf, int] = field(default_factory=dict)
    totals: set[int] = field(default_factory=set)  # that this attempt was promised
    seen: set[str] = field(default_factory=set)  # in this attempt
    unreadable: int = 0  # rows of this attempt that could not be read
    page_size: int = 0  # the largest page of this attempt
    is_stuck: bool = False  # the latest page only repeated earlier ones
    has_news: bool = False  # this attempt met a listing for the first time
    is_steady: bool = True


@dataclass(frozen=True, slots=True)
class ListingsPage:
    """Listings not met on an earlier page, and how far the reading is.

    ``read`` counts listings so far, ``total`` is what Kaspi promises for the shelves begun so far
    (it may drift between pages).
    """

    listings: tuple[Listing, ...]
    read: int
    total: int
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class City:
    """A place with a price of its own, by its KATO code."""

    city_id: str
    name: str


@dataclass(frozen=True, slots=True)
class StorePoint:
    """A store's point of sale, as the cabinet's settings state it. Texts may be empty."""

    point_id: str
    name: str
    city: City | None
    address: str
    is_enabled: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """Somebody's price on a card in one city. Merchant ids are text: old shops have words.

    The dates are when a buyer who orders now has it, brought or picked up.
    """

    merchant_id: str
    merchant_name: str
    price: Money
    rating: float | None = None
    reviews: int = 0
    preorder_days: int = 0
    is_kaspi_delivery: bool = False
    delivery_duration: str | None = None  # Kaspi's word: TODAY, TOMORROW, TILL_3_DAYS …
    delivery_type: str | None = None  # EXPRESS, TO_DOOR, PICKUP, POSTOMAT
    delivered_at: datetime | None = None
    picked_up_at: datetime | None = None
    is_in_city: bool | None = None
    purchases: int = 0
    merchant_sku: str = ""


@dataclass(frozen=True, slots=True)
class OffersPage:
    """The offers of a card in one city, cheapest first as far as read; ``total`` counts all.

    ``durations`` counts all offers by delivery duration; ``badges`` are the card's.
    """

    offers: tuple[Offer, ...]
    total: int
    durations: Mapping[str, int] = field(default_factory=dict)
    badges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PushReceipt:
    """Kaspi accepted a push under this job. Accepted is not applied."""

    job_id: str


class Cabinet(Protocol):
    """One store's cabinet, opened with its seller's session and no other."""

    @property
    def jar(self) -> CookieJar:
        """The session's cookies as they are now."""

    @property
    def is_renewed(self) -> bool:
        """Has Kaspi changed the cookies since this was opened? Then the jar wants saving."""

    async def merchants(self) -> tuple[Merchant, ...]:
        """Read which shops the session opens."""

    async def points(self) -> tuple[StorePoint, ...]:
        """Read the store's points of sale, switched off ones too."""

    async def cities(self) -> tuple[City, ...]:
        """Read all cities that Kaspi sells in."""

    def listings(self, reading: CatalogueReading | None = None) -> AsyncIterator[ListingsPage]:
        """Read the whole catalogue page by page: on sale, withdrawn, and whatever else there is.

        Every sku comes once, though Kaspi may show it on two pages, and pages without anything new
        come too. With a ``reading`` that broke off, goes on where that stopped; it is kept up to
        date page by page, and says at the end whether the catalogue stood still enough.
        """

    async def listing(self, sku: str) -> Listing:
        """Read one listing as it is now, on sale or not. Raises ListingMissing."""

    def statement(
        self,
        listing: Listing,
        price: Money,
        *,
        city_prices: Mapping[str, Money] = SAME_EVERYWHERE,
    ) -> Mapping[str, Any]:
        """Write the body that ``push`` would send, for a person to read.

        Raises PushRejected, ListingWithoutPoints and ValueError as ``push`` does.
        """

    async def push(
        self,
        listing: Listing,
        price: Money,
        *,
        city_prices: Mapping[str, Money] = SAME_EVERYWHERE,
    ) -> PushReceipt:
        """Send the listing back whole, with the new price in every city the seller set.

        Cities in ``city_prices`` get those instead. Sent at most once. PushUnanswered is the only
        error after which the change may have been taken; after every other one it was not. Raises
        ValueError unless each price is a positive number of whole tenge, for a city that is set.
        """


class Storefront(Protocol):
    """What buyers see."""

    async def offers(
        self, master_sku: str, *, city_id: str, own_merchant_ids: frozenset[str] = frozenset()
    ) -> OffersPage:
        """Read a card's offers, cheapest first, until all of ``own_merchant_ids`` are met.

        Without own ids, or when they are not there, reading ends with the card's last offer or
        after a few pages. An empty page is a fact: nobody sells the card in this city.
        """
