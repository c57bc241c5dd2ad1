"""The provider's answers in our words. Everything raises ProviderBroken for what makes no sense.

``Success`` is about the call, not about the money: a declined payment is no success, and one that
was looked up may be either. So the transaction's own status decides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from billing.clients import figures
from billing.errors import ProviderBroken
from billing.ports import (
    Authorised,
    Challenge,
    ChargeOutcome,
    Declined,
    Hook,
    Interval,
    Operation,
    Paid,
    PaymentLink,
    Refunded,
    RefundOutcome,
    Refused,
    SavedCard,
    Schedule,
    ScheduleStatus,
    Transaction,
    TransactionStatus,
)

Model = Mapping[str, Any]
Thing = TypeVar("Thing")
_KINDS: Final = {0: Operation.PAYMENT, 1: Operation.REFUND, 2: Operation.PAYOUT}
_NOT_FOUND: Final = "not found"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every answer comes in."""

    is_success: bool
    message: str
    model: Any

    @property
    def says_not_found(self) -> bool:
        return not self.is_success and _NOT_FOUND in self.message.casefold()


def envelope(said: Any) -> Envelope:
    if not isinstance(said, Mapping) or not isinstance(said.get("Success"), bool):
        raise ProviderBroken
    return Envelope(said["Success"], _text(said, "Message"), said.get("Model"))


def charge_outcome(answer: Envelope) -> ChargeOutcome:
    """What became of a charge."""
    model = answer.model
    if model is None:
        if answer.is_success:
            raise ProviderBroken
        return Refused(answer.message)
    if isinstance(model, Mapping) and model.get("AcsUrl"):
        return _understood(_challenge, model)
    return outcome_of(transaction(model))


def outcome_of(found: Transaction) -> ChargeOutcome:
    """What became of a charge, as its transaction tells it."""
    match found.status:
        case TransactionStatus.COMPLETED:
            return Paid(found)
        case TransactionStatus.AUTHORISED:
            return Authorised(found)
        case TransactionStatus.DECLINED | TransactionStatus.CANCELLED:
            return Declined(found.reason_code, found.payer_message, found)
        case TransactionStatus.AWAITING:
            raise ProviderBroken("A payment waits for its payer, and nobody says where.")


def refund_outcome(answer: Envelope) -> RefundOutcome:
    if not answer.is_success:
        return Refused(answer.message)
    return Refunded(_understood(lambda model: _whole(model, "TransactionId"), answer.model))


def transaction(said: Any) -> Transaction:
    return _understood(_transaction, said)


def payment_link(said: Any) -> PaymentLink:
    return _understood(_payment_link, said)


def schedule(said: Any) -> Schedule:
    return _understood(_schedule, said)


def hook(said: Any) -> Hook:
    return _understood(_hook, said)


def each(answer: Envelope, read: Callable[[Any], Thing]) -> list[Thing]:
    """Understand a list; a failure is no empty list."""
    if not answer.is_success or not isinstance(answer.model, list):
        raise ProviderBroken
    return [read(one) for one in answer.model]


def _understood(read: Callable[[Model], Thing], said: Any) -> Thing:
    """Read a model; nothing of it is told on, for it may name a card."""
    if not isinstance(said, Mapping):
        raise ProviderBroken
    try:
        return read(said)
    except (KeyError, TypeError, ValueError):
        raise ProviderBroken from None


def _transaction(model: Model) -> Transaction:
    operation = _KINDS[model.get("Type") or 0]
    fee = model.get("TotalFee")
    return Transaction(
        transaction_id=_whole(model, "TransactionId"),
        invoice_id=_text(model, "InvoiceId"),
        account_id=_text(model, "AccountId"),
        amount=figures.money(model["Amount"]),
        currency=_some(model, "Currency"),
        status=TransactionStatus(model["Status"]),
        operation=operation,
        is_test=_yes_or_no(model, "TestMode"),
        reason_code=_whole(model, "ReasonCode") if model.get("ReasonCode") else 0,
        payer_message=_text(model, "CardHolderMessage"),
        refunded_id=_refunded(model) if operation is Operation.REFUND else None,
        subscription_id=_text(model, "SubscriptionId"),
        fee=figures.money(fee) if fee is not None else None,
        created_at=figures.first_moment(model, "CreatedDate"),
        confirmed_at=figures.first_moment(model, "ConfirmDate"),
        card=_card(model),
    )


def _challenge(model: Model) -> Challenge:
    return Challenge(
        transaction_id=_whole(model, "TransactionId"),
        acs_url=_some(model, "AcsUrl"),
        pa_req=_some(model, "PaReq"),
    )


def _payment_link(model: Model) -> PaymentLink:
    return PaymentLink(
        link_id=_some(model, "Id"), number=_whole(model, "Number"), url=_some(model, "Url")
    )


def _schedule(model: Model) -> Schedule:
    return Schedule(
        schedule_id=_some(model, "Id"),
        account_id=_text(model, "AccountId"),
        amount=figures.money(model["Amount"]),
        currency=_some(model, "Currency"),
        status=ScheduleStatus(model["Status"]),
        interval=Interval(model["Interval"]),
        period=_whole(model, "Period"),
        charged=int(model.get("SuccessfulTransactionsNumber") or 0),
        failed=int(model.get("FailedTransactionsNumber") or 0),
        last_at=figures.first_moment(model, "LastTransactionDate"),
        next_at=figures.first_moment(model, "NextTransactionDate"),
    )


def _hook(model: Model) -> Hook:
    return Hook(
        is_enabled=_yes_or_no(model, "IsEnabled"),
        url=_text(model, "Address"),
        method=_text(model, "HttpMethod").upper(),
        encoding=_text(model, "Encoding"),
        format=_text(model, "Format"),
    )


def _card(model: Model) -> SavedCard | None:
    token = _text(model, "Token")
    if not token:
        return None
    return SavedCard(
        token=token,
        account_id=_text(model, "AccountId"),
        last_four=_text(model, "CardLastFour"),
        brand=_text(model, "CardType"),
        expires=_text(model, "CardExpDate"),
    )


def _refunded(model: Model) -> int | None:
    """The payment that a refund gives back, where it is named."""
    named = model.get("OriginalTransactionId")
    return int(named) if named else None


def _whole(model: Model, name: str) -> int:
    value = model[name]
    if type(value) is not int:
        raise ValueError(name)
    return value


def _yes_or_no(model: Model, name: str) -> bool:
    value = model[name]
    if not isinstance(value, bool):
        raise ValueError(name)  # noqa: TRY004 -- what was said is wrong, not what we did
    return value


def _some(model: Model, name: str) -> str:
    value = model[name]
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value


def _text(model: Model, name: str) -> str:
    """Text, or a number as text: invoices are told as either."""
    value = model.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""
