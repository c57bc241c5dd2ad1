"""What we ask of Kaspi's official orders API, in our words: read only.

It is opened with a token of its own, never with a session's cookies. Beside what the clients may
always raise: OrdersTokenRefused, OrdersAddressForeign, OrderMissing.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cube_demper.kernel.money import Money

KNOWN_STATES = ("NEW", "SIGN_REQUIRED", "PICKUP", "DELIVERY", "KASPI_DELIVERY", "ARCHIVE")
KNOWN_STATUSES = frozenset(
    {
        "APPROVED_BY_BANK",
        "ACCEPTED_BY_MERCHANT",
        "COMPLETED",
        "CANCELLED",
        "CANCELLING",
        "KASPI_DELIVERY_RETURN_REQUESTED",
        "RETURNED",
        "ASSEMBLE",
        "ARRIVED",
    }
)


@dataclass(frozen=True, slots=True)
class OrdersTicket:
    """The right to read one store's orders."""

    store_id: int
    merchant_id: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order as Kaspi states it.

    ``state`` is the tab it lies in, ``status`` the stage it has reached: independent of each other,
    and kept as they came, known to us or not. Of the buyer there is a first name, and a phone where
    Kaspi does not mask it.
    """

    kaspi_id: str
    code: str
    state: str
    status: str
    total: Money
    delivery_cost: Money
    payment_mode: str
    delivery_mode: str
    placed_at: datetime
    approved_at: datetime | None
    planned_delivery_at: datetime | None
    courier_at: datetime | None
    is_kaspi_delivery: bool
    is_express: bool
    is_preorder: bool
    is_assembled: bool
    is_signature_required: bool
    point_id: str
    city: str
    waybill_number: str
    cancellation_reason: str
    buyer_name: str = field(default="", repr=False)
    buyer_phone: str = field(default="", repr=False)

    @property
    def is_known(self) -> bool:
        """Do we know the words for its state and its status?"""
        return self.state in KNOWN_STATES and self.status in KNOWN_STATUSES


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """One line of an order. ``master_sku`` is empty when Kaspi does not tell the card."""

    kaspi_id: str
    number: int
    sku: str
    title: str
    master_sku: str
    category: str
    quantity: int
    price: Money
    total: Money


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """Orders not met on an earlier page; ``unreadable`` says which rows could not be understood."""

    orders: tuple[OrderFacts, ...]
    page_count: int
    total: int
    unreadable: tuple[str, ...] = ()


class Orders(Protocol):
    """One store's orders, opened with its token."""

    async def verify(self) -> None:
        """See in one call whether the token is taken. Raises OrdersTokenRefused."""
        ...

    def orders(self, *, since: datetime, until: datetime) -> AsyncIterator[OrdersPage]:
        """Read what was placed in this time, in every state, page by page, every order once."""
        ...

    async def order(self, code: str) -> OrderFacts:
        """Read one order, however old. Raises OrderMissing."""
        ...

    async def entries(self, kaspi_id: str) -> tuple[EntryFacts, ...]:
        """Read an order's lines: a call for each order. Some orders truly have none."""
        ...
