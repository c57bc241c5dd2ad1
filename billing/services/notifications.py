"""What the provider tells us: proved by its signature, kept once, settled, and then answered.

A wrong signature is answered 403 and kept nowhere. Whatever is proved is answered with a code of
the provider's own; a repeated notification is answered like the first and changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from billing.clients import notifications as reader
from billing.clients.notifications import (
    CheckNotice,
    ConfirmNotice,
    FailNotice,
    Notification,
    PayNotice,
    RecurrentNotice,
    RefundNotice,
)
from billing.clients.signature import is_signed
from billing.errors import NotificationForged, PaymentsOff
from billing.models import MoneyAlarm, Payment, PaymentState, ProviderEvent
from billing.ports import TENGE, NotificationKind, TransactionStatus
from billing.services import ledger, refunds
from billing.services.buying import account_id
from billing.services.settling import Came, Settled, settle_declined, settle_paid

logger = structlog.get_logger("billing.notifications")


class Answer(IntEnum):
    """The provider's codes for what it may do."""

    FINE = 0
    WRONG_INVOICE = 10
    WRONG_ACCOUNT = 11
    WRONG_AMOUNT = 12
    NOT_NOW = 13
    EXPIRED = 20


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notification as it came in: the raw body, and what its headers say."""

    kind: NotificationKind
    body: bytes
    content_type: str
    content_hmac: str | None
    x_content_hmac: str | None


def receive(delivery: Delivery, *, now: datetime) -> Answer:
    """Take up a notification; when this returns, what follows from it is committed.

    Raises PaymentsOff, NotificationForged and NotificationUnreadable.
    """
    secret = settings.TIPTOPPAY_API_SECRET
    if not secret:
        raise PaymentsOff
    if not is_signed(
        delivery.body,
        secret=secret,
        content_hmac=delivery.content_hmac,
        x_content_hmac=delivery.x_content_hmac,
    ):
        raise NotificationForged
    notice = reader.read(delivery.kind, delivery.body, content_type=delivery.content_type)
    if isinstance(notice, CheckNotice):
        return may_pay(notice)
    with transaction.atomic():
        event = ProviderEvent(
            kind=delivery.kind.value,
            key=_key(notice),
            body=dict(notice.kept),
            verdict="",
            received_at=now,
        )
        ProviderEvent.objects.bulk_create([event], ignore_conflicts=True)
        kept = ProviderEvent.objects.select_for_update().get(kind=event.kind, key=event.key)
        if kept.verdict:
            return Answer.FINE
        kept.verdict = _take_up(notice, now)
        kept.save(update_fields=["verdict"])
    logger.info("billing.notification.taken", kind=event.kind, key=event.key, verdict=kept.verdict)
    return Answer.FINE


def _key(notice: Notification) -> str:
    if isinstance(notice, RecurrentNotice):
        schedule = notice.schedule
        return f"{schedule.schedule_id}:{schedule.status}:{schedule.charged}:{schedule.failed}"
    return str(notice.transaction_id)


def may_pay(notice: CheckNotice) -> Answer:
    """Whether a payment may be made now: asked before anything moves, and nothing is kept of it."""
    payment = _payment(notice.invoice_id)
    if notice.is_test != settings.TIPTOPPAY_TEST_MODE:
        return Answer.NOT_NOW
    if payment is None:
        return Answer.WRONG_INVOICE
    if notice.account_id != account_id(payment.user_id):
        return Answer.WRONG_ACCOUNT
    if (notice.amount, notice.currency) != (payment.amount, TENGE):
        return Answer.WRONG_AMOUNT
    return _BY_STATE.get(PaymentState(payment.state), Answer.NOT_NOW)


_BY_STATE = {
    PaymentState.WAITING: Answer.FINE,
    PaymentState.SENDING: Answer.FINE,
    PaymentState.UNKNOWN: Answer.FINE,
    PaymentState.CANCELED: Answer.EXPIRED,
    PaymentState.LOST: Answer.EXPIRED,
}


def _payment(invoice_id: str) -> Payment | None:
    try:
        return Payment.rows.filter(pk=UUID(invoice_id)).first()
    except ValueError:
        return None


def _take_up(notice: Notification, now: datetime) -> str:
    match notice:
        case PayNotice() | ConfirmNotice():
            return _paid(notice, now)
        case FailNotice():
            return _failed(notice, now)
        case RefundNotice():
            return refunds.note_refund(
                payment_transaction=notice.payment_id,
                transaction_id=notice.transaction_id,
                amount=notice.amount,
                now=now,
            )
        case RecurrentNotice(schedule=schedule):
            ledger.raise_alarm(
                MoneyAlarm.Kind.STRANGE_SCHEDULE,
                key=schedule.schedule_id,
                detail=f"{schedule.status} of {schedule.account_id!r}",
                now=now,
            )
    return Settled.NOTED


def _paid(notice: PayNotice | ConfirmNotice, now: datetime) -> str:
    """Money came. What is only held for us, or in a state that is new to us, grants nothing."""
    if notice.status != TransactionStatus.COMPLETED:
        return Settled.NOTED
    came = Came(
        transaction_id=notice.transaction_id,
        invoice_id=notice.invoice_id,
        account_id=notice.account_id,
        amount=notice.amount,
        currency=notice.currency,
        is_test=notice.is_test,
        fee=notice.fee if isinstance(notice, PayNotice) else None,
        card=notice.card,
    )
    return settle_paid(came, now=now)


def _failed(notice: FailNotice, now: datetime) -> str:
    if notice.is_test != settings.TIPTOPPAY_TEST_MODE:
        return Settled.WRONG_MODE
    payment = _payment(notice.invoice_id)
    if payment is None or notice.account_id != account_id(payment.user_id):
        return Settled.UNASKED
    # What the payer is shown comes with the provider's answer; ``reason`` is not for their eyes.
    return settle_declined(
        payment.pk, code=notice.reason_code, message="", retry_after=notice.retry_after, now=now
    )
