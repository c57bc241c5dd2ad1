"""What the clients have to know, packed once by the gateway: nobody here reads settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from yarl import URL

from cube_demper.kernel.limiting.ports import Bucket, Quota
from kaspi.clients.bundle_payloads import ProtocolWords


class WireKind(StrEnum):
    """What carries requests: HTTP of our own, or a browser context's request API."""

    BROWSER = "browser"
    HTTP = "http"


class OffersFilter(StrEnum):
    """How a request for offers says that it wants everybody's: ``merchantUID`` has been seen as."""

    LIST = "list"  # []
    TEXT = "text"  # ""
    NONE = "none"  # not there at all


class OffersSort(StrEnum):
    """How a request for offers asks for the cheapest first."""

    OPTION = "option"  # "sortOption": "PRICE"
    FLAG = "flag"  # "sort": true


@dataclass(frozen=True, slots=True)
class Address:
    """A way out that the marketplace sees as one caller: directly, or through an HTTP proxy.

    ``name`` is in the limiter's keys and in logs, ``proxy_url`` (it may hold a password) nowhere.
    """

    name: str
    proxy_url: str | None = field(default=None, repr=False)
    offers_rps: float | None = None  # its own rate of public reads; None: everybody's


DIRECT = Address("direct")


class PriceShape(StrEnum):
    """Where a statement says its price. Kaspi was seen to take all three."""

    BOTH = "both"
    PRICE = "price"
    CITIES = "cities"


class QuotaCounts(StrEnum):
    """What a shop's quota of changes counts: nobody has measured it."""

    STATEMENTS = "statements"  # each of them, alone or in a bundle
    CITIES = "cities"  # each city that a statement prices
    CALLS = "calls"  # each request, whatever it holds


@dataclass(frozen=True)
class KaspiConfig:
    """Addresses, budgets and patience. Times are seconds, each rung shorter than the next."""

    identity_url: str
    cabinet_url: str
    shop_url: str
    user_agent: str

    storefront_wire: WireKind = WireKind.HTTP  # what carries nobody's requests
    cabinet_wire: WireKind = WireKind.HTTP  # what carries a seller's

    # Budgets, in requests a second.
    fleet_rps: float = 120.0
    offers_rps: float = 8.0
    cabinet_rps: float = 20.0
    logins_rps: float = 4.0
    push_rps: float = 1.5
    orders_rps: float = 6.0
    changes_quota: int = 250
    changes_window_s: int = 1800
    wall_s: float = 10.0  # how long a wall keeps everybody behind this address away
    push_ban_s: float = 1800.0

    # What is not known of Kaspi, or not the same for everybody.
    list_has_rest: bool = True  # a list with neither a=true nor a=false may hold more than both
    # Words in a GraphQL error that mean the end of the session.
    graphql_session_words: tuple[str, ...] = ("unauthorized", "unauthenticated")
    offers_page_size: int = 50
    offers_merchant_uid: OffersFilter = OffersFilter.LIST
    offers_zones: tuple[str, ...] = ("Magnum_ZONE1",)  # none: the field is left out
    offers_sort: OffersSort = OffersSort.OPTION

    # HTTP. A call is: a turn, then connecting, sending and reading.
    turn_timeout_s: float = 20.0
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 10.0
    call_timeout_s: float = 15.0
    read_retries: int = 2
    retry_pause_s: float = 0.3
    max_connections: int = 100

    # Orders. Each stands for something that is told in two ways.
    orders_window: timedelta = timedelta(days=14)  # big shops: 3 days, as a window ends at 10 000
    orders_by_state: bool = True  # asked without a state, Kaspi may leave the archive out
    orders_name_merchant: bool = True  # send X-Merchant-Uid

    # Pushes. The fullest statement leaves Kaspi the least to guess.
    price_shape: PriceShape = PriceShape.BOTH
    quota_counts: QuotaCounts = QuotaCounts.STATEMENTS

    # Bundles, of which little is known but that they are taken.
    bundle_most: int = 50  # statements in one
    bundle_names_job: bool = True  # False: 200 alone is acceptance, with nothing in it
    bundle_is_whole: bool = True  # False: one that is refused may have been taken in part
    protocol_most: int = 100  # skus asked for at once
    protocol_words: ProtocolWords = field(default_factory=ProtocolWords)

    # The browser.
    chromium_path: str | None = None  # None: the one that Playwright brings
    max_pages: int = 4
    max_contexts: int = 200  # sellers' sessions held open at once
    context_age_s: float = 1800.0
    context_uses: int = 10_000  # loans: one before a request's turn, one for the request
    context_idle_s: float = 600.0
    browser_idle_s: float = 120.0
    browser_start_timeout_s: float = 30.0
    driver_timeout_s: float = 15.0  # one order to the browser
    leg_timeout_s: float = 45.0  # from a click to the next page that asks something

    @cached_property
    def fleet(self) -> Bucket:
        """Everything we send, from all processes."""
        return Bucket("fleet", self.fleet_rps, shared=True)

    def offers(self, address: Address) -> Bucket:
        """Public reads behind one address."""
        return Bucket(f"kaspi:offers:{address.name}", address.offers_rps or self.offers_rps)

    def cabinet(self, address: Address) -> Bucket:
        """Cabinet requests behind one address."""
        return Bucket(f"kaspi:cabinet:{address.name}", self.cabinet_rps)

    def logins(self, address: Address) -> Bucket:
        """Steps through the login pages behind one address."""
        return Bucket(f"kaspi:logins:{address.name}", self.logins_rps)

    def orders(self, address: Address) -> Bucket:
        """Requests to the orders API behind one address."""
        return Bucket(f"kaspi:orders:{address.name}", self.orders_rps)

    def pushes(self, merchant_id: str) -> Bucket:
        """Price changes of one shop."""
        return Bucket(f"kaspi:push:{merchant_id}", self.push_rps)

    def changes(self, merchant_id: str) -> Quota:
        """How many changes one shop may make in any half hour."""
        return Quota(f"kaspi:changes:{merchant_id}", self.changes_quota, self.changes_window_s)

    def quota_uses(self, statements: Sequence[Mapping[str, Any]]) -> int:
        """How many of its changes a shop spends with one request; never more than there are."""
        match self.quota_counts:
            case QuotaCounts.STATEMENTS:
                uses = len(statements)
            case QuotaCounts.CITIES:
                uses = sum(max(1, len(one.get("cityPrices", ()))) for one in statements)
            case QuotaCounts.CALLS:
                uses = 1
        return min(uses, self.changes_quota)

    @cached_property
    def shop_origin(self) -> str:
        """What a browser on the shop's pages sends as Origin."""
        return str(URL(self.shop_url).origin())

    @cached_property
    def cabinet_headers(self) -> dict[str, str]:
        """What the cabinet's own page sends along with every request."""
        return {
            "x-auth-version": "3",
            "Origin": self.shop_origin,
            "Referer": f"{self.shop_origin}/",
        }
