"""What the provider remembers: operations, saved cards, payment links, schedules, addresses."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from hashlib import sha256
from typing import Any, Final

from sandbox.tiptoppay.bank import Card

KINDS: Final = ("check", "pay", "fail", "confirm", "refund", "cancel", "recurrent")
_FIRST_LINK: Final = 1_000


class Kind(IntEnum):
    """What an operation is, by the number that answers give it."""

    PAYMENT = 0
    REFUND = 1


class Status(StrEnum):
    AWAITING = "AwaitingAuthentication"
    AUTHORIZED = "Authorized"
    COMPLETED = "Completed"
    CANCELLED = "Cancelled"
    DECLINED = "Declined"


STATUS_CODES: Final = {
    Status.AWAITING: 1,
    Status.AUTHORIZED: 2,
    Status.COMPLETED: 3,
    Status.CANCELLED: 4,
    Status.DECLINED: 5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a payer or a shop asks for. Money is in hundredths; texts are empty where not given."""

    amount: int
    currency: str
    invoice_id: str = ""
    account_id: str = ""
    description: str = ""
    email: str = ""
    name: str = ""
    json_data: str = ""
    culture: str = "ru-RU"
    ip_address: str = ""
    is_two_step: bool = False
    saves_card: bool = True
    link_id: str = ""
    schedule_id: str = ""


@dataclass(slots=True)
class Operation:
    """A payment, or a refund of one."""

    id: int
    asked: Asked
    card: Card
    created_at: float
    kind: Kind = Kind.PAYMENT
    status: Status = Status.AWAITING
    amount: int = 0
    reason_code: int = 0
    token: str = ""
    refunded: int = 0
    refunds_id: int | None = None
    decided_at: float | None = None
    confirmed_at: float | None = None
    fee: int = 0
    retry_after: float | None = None

    @property
    def is_back_wholly(self) -> bool:
        return self.kind is Kind.PAYMENT and 0 < self.amount <= self.refunded


@dataclass(frozen=True, slots=True)
class SavedCard:
    token: str
    card: Card
    account_id: str


@dataclass(slots=True)
class Link:
    """A page at which one may pay, once."""

    id: str
    number: int
    asked: Asked
    created_at: float
    phone: str = ""
    success_url: str = ""
    fail_url: str = ""
    behaviour: str = ""
    status: str = "Created"
    paid_at: float | None = None


@dataclass(slots=True)
class Schedule:
    """Charges by our own timetable."""

    id: str
    token: str
    asked: Asked
    interval: str
    period: int
    starts_at: float
    max_periods: int | None = None
    status: str = "Active"
    charged: int = 0
    failed: int = 0
    failed_in_a_row: int = 0
    last_at: float | None = None
    next_at: float | None = None
    # Raised by every change: what was planned before it does nothing any more.
    plan: int = 0


@dataclass(slots=True)
class Address:
    """Where one kind of notifications goes; the method is GET unless somebody said otherwise."""

    IsEnabled: bool = False
    Address: str = ""
    HttpMethod: str = "GET"
    Encoding: str = "UTF8"
    Format: str = "CloudPayments"


@dataclass(slots=True)
class Book:
    """Everything that happened. Numbers go on from the time it began, so that none comes twice."""

    latest_id: int
    operations: dict[int, Operation] = field(default_factory=dict)
    saved: dict[str, SavedCard] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    addresses: dict[str, Address] = field(
        default_factory=lambda: {kind: Address() for kind in KINDS}
    )

    def forget(self) -> None:
        """Remember nothing, but let no number come twice."""
        self.operations.clear()
        self.saved.clear()
        self.links.clear()
        self.schedules.clear()
        for kind in KINDS:
            self.addresses[kind] = Address()

    def lead(self, prefix: str) -> None:
        """Have every kind of notifications go to an address that ends in its name."""
        for kind in KINDS:
            self.addresses[kind] = Address(True, f"{prefix}{kind}", "POST")

    def begin(self, asked: Asked, card: Card, *, now: float) -> Operation:
        self.latest_id += 1
        operation = Operation(self.latest_id, asked, card, now, amount=asked.amount)
        self.operations[operation.id] = operation
        return operation

    def save_card(self, card: Card, account_id: str) -> str:
        """A token for a card; the same one for the same payer."""
        whose = f"{card.number} {account_id}"
        token = f"tk_{sha256(whose.encode()).hexdigest()[:40]}"
        self.saved.setdefault(token, SavedCard(token, card, account_id))
        return token

    def last_with(self, invoice_id: str, *kinds: Kind) -> Operation | None:
        """The last operation under an invoice."""
        found: Operation | None = None
        for operation in self.operations.values():
            if operation.asked.invoice_id == invoice_id and operation.kind in kinds:
                found = operation
        return found

    def between(self, since: float, until: float) -> Iterator[Operation]:
        return (one for one in self.operations.values() if since <= one.created_at < until)

    def next_link_number(self) -> int:
        return _FIRST_LINK + len(self.links) + 1


def told(address: Address) -> dict[str, Any]:
    return {name: getattr(address, name) for name in Address.__slots__}
