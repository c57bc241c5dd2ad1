"""Notifications in our words: a body that was proved to be the provider's, understood.

Only what decides about money must be there; the sender's tables change from year to year, and its
older samples lack fields that are marked as required today. What is new to us is kept.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

from billing.clients import figures
from billing.clients.keeping import without_person
from billing.errors import NotificationUnreadable
from billing.ports import (
    Interval,
    NotificationKind,
    Operation,
    SavedCard,
    Schedule,
    ScheduleStatus,
    TransactionStatus,
)
from cube_demper.kernel.money import Money

_MOST_FIELDS: Final = 200
Fields = Mapping[str, str]
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What every notification about a transaction tells. ``kept`` is fit to be stored."""

    transaction_id: int
    invoice_id: str
    account_id: str
    amount: Money
    at: datetime | None
    metadata: Mapping[str, Any] = field(repr=False)
    kept: Fields = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentNotice(Notice):
    """What is told of a payment. ``amount`` is in hundredths of ``currency``."""

    currency: str
    is_test: bool
    subscription_id: str
    operation: Operation | None  # None: not told, or new to us
    card: SavedCard | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckNotice(PaymentNotice):
    """May this payment be made? Nothing has moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayNotice(PaymentNotice):
    """Money was paid, or is held for us: see ``status``."""

    status: TransactionStatus | None  # None: a word that is new to us, and grants nothing
    fee: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailNotice(PaymentNotice):
    """A payment was declined."""

    reason_code: int
    reason: str  # not for the payer
    retry_after: datetime | None  # a saved card may not be asked again before


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmNotice(PaymentNotice):
    """Money that was held is ours."""

    status: TransactionStatus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundNotice(Notice):
    """Money goes back; ``transaction_id`` is the refund's own."""

    payment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelNotice(Notice):
    """Money that was held is let go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrentNotice:
    """A schedule of the provider's changed its state."""

    schedule: Schedule
    kept: Fields = field(repr=False)


Notification = (
    CheckNotice
    | PayNotice
    | FailNotice
    | ConfirmNotice
    | RefundNotice
    | CancelNotice
    | RecurrentNotice
)


def read(kind: NotificationKind, body: bytes, *, content_type: str) -> Notification:
    """Understand a proved body; its address said its kind. Raises NotificationUnreadable."""
    try:
        fields = _fields(body, content_type=content_type)
        return _READERS[kind](fields)
    except (KeyError, ValueError, RecursionError):
        raise NotificationUnreadable from None


def _fields(body: bytes, *, content_type: str) -> Fields:
    if content_type.partition(";")[0].strip().lower() == "application/json":
        read = json.loads(body, parse_float=Decimal, object_pairs_hook=_once)
        if not isinstance(read, dict):
            raise ValueError("no object")
        return {name: _as_text(value) for name, value in read.items()}
    pairs = parse_qsl(
        body.decode("ascii"),
        keep_blank_values=True,
        strict_parsing=True,
        errors="strict",
        max_num_fields=_MOST_FIELDS,
    )
    return _once(pairs)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a mapping, each name once: which of two would be meant, nobody can know."""
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a name twice")
    return told


def _as_text(value: object) -> str:
    """A value of a JSON notification as the form would tell it."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case int():
            return str(value)
        case Decimal():
            return format(value, "f")
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def _common(fields: Fields) -> dict[str, Any]:
    return {
        "transaction_id": _number(fields["TransactionId"]),
        "invoice_id": fields.get("InvoiceId", ""),
        "account_id": fields.get("AccountId", ""),
        "amount": figures.money(fields["Amount"]),
        "at": figures.moment(fields.get("DateTime")),
        "metadata": _metadata(fields.get("Data", "")),
        "kept": without_person(fields),
    }


def _payment(fields: Fields) -> dict[str, Any]:
    return {
        **_common(fields),
        "currency": fields["Currency"],
        "is_test": _is_yes(fields["TestMode"]),
        "subscription_id": fields.get("SubscriptionId", ""),
        "operation": _word(Operation, fields.get("OperationType")),
        "card": _card(fields),
    }


def _check(fields: Fields) -> CheckNotice:
    return CheckNotice(**_payment(fields))


def _pay(fields: Fields) -> PayNotice:
    fee = fields.get("TotalFee", "")
    return PayNotice(
        **_payment(fields),
        status=_word(TransactionStatus, fields["Status"]),
        fee=figures.money(fee) if fee else None,
    )


def _fail(fields: Fields) -> FailNotice:
    return FailNotice(
        **_payment(fields),
        reason_code=_number(fields["ReasonCode"]),
        reason=fields.get("Reason", ""),
        retry_after=figures.moment(fields.get("RetryAfter")),
    )


def _confirm(fields: Fields) -> ConfirmNotice:
    status = _word(TransactionStatus, fields["Status"])
    return ConfirmNotice(**_payment(fields), status=status)


def _refund(fields: Fields) -> RefundNotice:
    return RefundNotice(**_common(fields), payment_id=_number(fields["PaymentTransactionId"]))


def _cancel(fields: Fields) -> CancelNotice:
    return CancelNotice(**_common(fields))


def _recurrent(fields: Fields) -> RecurrentNotice:
    schedule = Schedule(
        schedule_id=_some(fields["Id"]),
        account_id=fields["AccountId"],
        amount=figures.money(fields["Amount"]),
        currency=fields["Currency"],
        status=ScheduleStatus(fields["Status"]),
        interval=Interval(fields["Interval"]),
        period=_number(fields["Period"]),
        charged=_number(fields.get("SuccessfulTransactionsNumber") or "0"),
        failed=_number(fields.get("FailedTransactionsNumber") or "0"),
        last_at=figures.moment(fields.get("LastTransactionDate")),
        next_at=figures.moment(fields.get("NextTransactionDate")),
    )
    return RecurrentNotice(schedule=schedule, kept=without_person(fields))


_READERS: Final[Mapping[NotificationKind, Callable[[Fields], Notification]]] = {
    NotificationKind.CHECK: _check,
    NotificationKind.PAY: _pay,
    NotificationKind.FAIL: _fail,
    NotificationKind.CONFIRM: _confirm,
    NotificationKind.REFUND: _refund,
    NotificationKind.CANCEL: _cancel,
    NotificationKind.RECURRENT: _recurrent,
}


def _card(fields: Fields) -> SavedCard | None:
    """The card that may be charged again; the provider gives a token where it saved one."""
    if not fields.get("Token"):
        return None
    return SavedCard(
        token=fields["Token"],
        account_id=fields.get("AccountId", ""),
        last_four=fields.get("CardLastFour", ""),
        brand=fields.get("CardType", ""),
        expires=fields.get("CardExpDate", ""),
    )


def _metadata(text: str) -> Mapping[str, Any]:
    """What we gave along with the payment; empty for anything else that stands there."""
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("no number")
    return int(text)


def _some(text: str) -> str:
    if not text:
        raise ValueError("nothing")
    return text


def _is_yes(text: str) -> bool:
    return {"1": True, "true": True, "0": False, "false": False}[text.lower()]


def _word(words: type[Word], text: str | None) -> Word | None:
    return next((word for word in words if word == text), None)
