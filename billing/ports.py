"""What we ask of the payment provider, in our words.

Everything that crosses is frozen, and money is ``Money``: only the client knows decimal tenge.

A call that moves money is answered by an outcome, and never by an error once money may have moved.
``Unknown`` is the outcome of a time-out or a server error: neither paid nor free to repeat under
another ``request_id``. Look it up by its invoice, or ask again under the *same* ``request_id``
within ``SAME_ANSWER_FOR``. An error means that nothing was done: ProviderGone where nobody could be
reached, ProviderBusy where too much was asked at once, ProviderKeyRefused.

Calls that only read raise the same errors, and ProviderBroken for an answer that makes no sense.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from cube_demper.kernel.money import Money

SAME_ANSWER_FOR: Final = timedelta(hours=1)
TENGE: Final = "KZT"


class TransactionStatus(StrEnum):
    """The provider's words for a transaction. Stored; never renamed."""

    AWAITING = "AwaitingAuthentication"
    AUTHORISED = "Authorized"
    COMPLETED = "Completed"
    CANCELLED = "Cancelled"
    DECLINED = "Declined"


class Operation(StrEnum):
    """What a transaction is. Stored; never renamed."""

    PAYMENT = "Payment"
    REFUND = "Refund"
    PAYOUT = "CardPayout"


class Initiator(StrEnum):
    """Who wanted a charge of a saved card: the schemes ask."""

    SHOP = "shop"
    PAYER = "payer"


class NotificationKind(StrEnum):
    """What the provider tells us of, one address each. Stored; never renamed."""

    CHECK = "check"
    PAY = "pay"
    FAIL = "fail"
    CONFIRM = "confirm"
    REFUND = "refund"
    CANCEL = "cancel"
    RECURRENT = "recurrent"


class Interval(StrEnum):
    """The unit of a provider's schedule."""

    DAY = "Day"
    WEEK = "Week"
    MONTH = "Month"


class ScheduleStatus(StrEnum):
    """The provider's words for a subscription of its own. Stored; never renamed."""

    ACTIVE = "Active"
    PAST_DUE = "PastDue"
    CANCELLED = "Cancelled"
    REJECTED = "Rejected"
    EXPIRED = "Expired"


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A card that may be charged again: a token, which works on our terminal only."""

    token: str = field(repr=False)
    account_id: str
    last_four: str = field(default="", repr=False)
    brand: str = ""
    expires: str = field(default="", repr=False)  # MM/YY


@dataclass(frozen=True, slots=True)
class Transaction:
    """One operation as the provider keeps it. ``amount`` is in hundredths of ``currency``."""

    transaction_id: int
    invoice_id: str
    account_id: str
    amount: Money
    currency: str
    status: TransactionStatus
    operation: Operation
    is_test: bool
    reason_code: int = 0  # 0: fine
    payer_message: str = ""  # for the payer, in the payer's language
    refunded_id: int | None = None  # of a refund: the payment it gives back
    subscription_id: str = ""
    fee: Money | None = None
    created_at: datetime | None = None
    confirmed_at: datetime | None = None
    card: SavedCard | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Paid:
    """The money is ours."""

    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Authorised:
    """The money is held for us: confirm it or void it, within seven days."""

    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Declined:
    """The bank or the provider said no; ``code`` decides whether the card may be asked again."""

    code: int
    message: str  # for the payer
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Challenge:
    """The payer's bank wants to see the payer (3-D Secure)."""

    transaction_id: int
    acs_url: str
    pa_req: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """The request was no good: nothing was tried. ``message`` is for us, not for the payer."""

    message: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody said what became of it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refunded:
    """The money goes back; ``transaction_id`` is the refund's own."""

    transaction_id: int


@dataclass(frozen=True, slots=True)
class Done:
    """It was done, and there is nothing to tell of it."""


ChargeOutcome = Paid | Authorised | Declined | Challenge | Refused | Unknown
RefundOutcome = Refunded | Refused | Unknown
StepOutcome = Done | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Charge:
    """A saved card to be charged. ``invoice_id`` is this attempt's alone."""

    token: str = field(repr=False)
    account_id: str
    invoice_id: str
    amount: Money
    description: str
    initiator: Initiator = Initiator.SHOP
    is_scheduled: bool = True
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """A payment to be made by the payer, in the provider's widget or at its payment link."""

    invoice_id: str
    account_id: str
    amount: Money
    description: str
    email: str = field(default="", repr=False)
    saves_card: bool = True
    success_url: str = ""
    fail_url: str = ""
    culture: str = "ru-RU"  # kk-KZ, en-US
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PaymentLink:
    """An order of the provider: a page at which anybody who has the address may pay, once."""

    link_id: str
    number: int
    url: str


@dataclass(frozen=True, slots=True)
class ScheduleRequest:
    """Charges by the provider's own timetable: every ``period`` intervals from ``starts_at``."""

    token: str = field(repr=False)
    account_id: str
    amount: Money
    description: str
    starts_at: datetime
    interval: Interval = Interval.MONTH
    period: int = 1
    max_periods: int | None = None
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A subscription on the provider's side."""

    schedule_id: str
    account_id: str
    amount: Money
    currency: str
    status: ScheduleStatus
    interval: Interval
    period: int
    charged: int = 0
    failed: int = 0
    last_at: datetime | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hook:
    """Where the provider tells us of one kind of things, and how."""

    is_enabled: bool
    url: str
    method: str
    encoding: str
    format: str


class PaymentProvider(Protocol):
    """The provider. Every call is a request, bounded in time; see the module for what it raises."""

    def ping(self) -> None:
        """Ask whether anybody is there and takes our key."""

    def widget(self, request: PaymentRequest) -> Mapping[str, object]:
        """What the provider's widget must be started with in the payer's browser. No request."""

    def charge(self, charge: Charge, *, request_id: str) -> ChargeOutcome:
        """Charge a saved card, in one step."""

    def authorise(self, charge: Charge, *, request_id: str) -> ChargeOutcome:
        """Hold the money of a saved card, to be confirmed or voided."""

    def confirm(self, transaction_id: int, amount: Money, *, request_id: str) -> StepOutcome:
        """Take money that is held, all or less of it."""

    def void(self, transaction_id: int, *, request_id: str) -> StepOutcome:
        """Let go of money that is held."""

    def refund(self, transaction_id: int, amount: Money, *, request_id: str) -> RefundOutcome:
        """Give back what was paid, or a part; as often as there is something left."""

    def transaction(self, transaction_id: int) -> Transaction | None:
        """Read one operation; ``None`` where there is no such."""

    def payment_by(self, invoice_id: str) -> Transaction | None:
        """The last payment under an invoice, also where it was refunded since; ``None`` if none."""

    def operations_of(self, day: date) -> Sequence[Transaction]:
        """Every operation of one day, by UTC."""

    def make_link(self, request: PaymentRequest, *, request_id: str) -> PaymentLink:
        """Make a payment link. Raises ProviderRefused, and LinkUnanswered where it may be made."""

    def cancel_link(self, link_id: str) -> None:
        """Close a payment link. Raises ProviderRefused, as for one that is paid."""

    def make_schedule(self, request: ScheduleRequest, *, request_id: str) -> Schedule:
        """Let the provider charge by itself. Raises ProviderRefused and ScheduleUnanswered."""

    def schedule(self, schedule_id: str) -> Schedule | None:
        """Read one schedule; ``None`` where there is no such."""

    def schedules_of(self, account_id: str) -> Sequence[Schedule]:
        """All schedules of one payer, ended ones too."""

    def change_schedule(self, schedule_id: str, *, amount: Money, description: str) -> Schedule:
        """Charge another amount from now on.

        Raises ScheduleEnded for one that is over: the provider would switch it on again.
        """

    def cancel_schedule(self, schedule_id: str) -> None:
        """End a schedule. Raises ProviderRefused."""

    def hook(self, kind: NotificationKind) -> Hook:
        """Where we are told of things of this kind."""

    def set_hook(self, kind: NotificationKind, url: str) -> None:
        """Be told of things of this kind at ``url``, by POST. Raises ProviderRefused."""
