"""Money is given back: by an operator with a reason, once, and what it bought may end with it."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from billing.errors import NothingToRefund, PaymentMissing, RefundUnderWay
from billing.gateway import open_provider
from billing.models import (
    Cause,
    MoneyAlarm,
    Payment,
    PaymentState,
    Refund,
    Subscription,
    SubscriptionState,
)
from billing.ports import Refunded, RefundOutcome, Refused, Unknown
from billing.services import ledger
from billing.services.settling import Settled
from billing.services.subscriptions import lock_of, move
from cube_demper.kernel.money import Money

_UNDER_WAY = (Refund.State.SENDING, Refund.State.UNKNOWN)


def refund(
    *, payment_id: object, amount: Money, reason: str, operator: User, now: datetime
) -> Refund:
    """Give back a payment or a part of it.

    Where everything of the present period is given back, the subscription is over. Raises
    PaymentMissing, NothingToRefund, RefundUnderWay and what the provider raises; the row says what
    became of it, and an answer that never came is asked for by ``repeat_refund``.
    """
    with transaction.atomic():
        payment = _locked(payment_id)
        if payment.state != PaymentState.PAID or not Money(0) < amount <= _left(payment):
            raise NothingToRefund
        if payment.refunds.filter(state__in=_UNDER_WAY).exists():
            raise RefundUnderWay
        row = Refund.rows.create(
            payment=payment,
            amount=amount,
            reason=reason,
            operator=operator,
            state=Refund.State.SENDING,
            made_at=now,
        )
        audit.record_operation(
            by=operator,
            of=payment.user,
            action="payment.refunded",
            subject="payment",
            subject_id=payment.pk,
            changes={"amount_tiyn": (None, amount), "reason": (None, reason)},
            now=now,
        )
    return repeat_refund(row, now=now)


def repeat_refund(row: Refund, *, now: datetime) -> Refund:
    """Ask for a refund, or ask again under the same request: it is made once."""
    transaction_id = row.payment.transaction_id
    if transaction_id is None:
        raise NothingToRefund
    outcome = open_provider().refund(transaction_id, row.amount, request_id=str(row.request_id))
    return _settle(row, outcome, now)


def _settle(row: Refund, outcome: RefundOutcome, now: datetime) -> Refund:
    match outcome:
        case Refunded(transaction_id=transaction_id):
            _done(row, transaction_id, now)
        case Refused(message=message):
            Refund.rows.filter(pk=row.pk, state__in=_UNDER_WAY).update(
                state=Refund.State.REFUSED, settled_at=now, reason=f"{row.reason} ({message})"[:300]
            )
        case Unknown():
            Refund.rows.filter(pk=row.pk, state__in=_UNDER_WAY).update(state=Refund.State.UNKNOWN)
    row.refresh_from_db()
    return row


def note_refund(
    *, payment_transaction: int, transaction_id: int, amount: Money, now: datetime
) -> Settled:
    """Take up a notification of a refund: one of ours, or one made in the provider's cabinet."""
    with transaction.atomic():
        payment = Payment.rows.filter(transaction_id=payment_transaction).first()
        if payment is None:
            ledger.raise_alarm(
                MoneyAlarm.Kind.UNASKED,
                key=f"transaction {transaction_id}",
                detail=f"A refund of {amount.tiyn} tiyn of transaction {payment_transaction}.",
                now=now,
            )
            return Settled.UNASKED
        payment = _locked(payment.pk)
        if payment.refunds.filter(transaction_id=transaction_id).exists():
            return Settled.DUPLICATE
        row = payment.refunds.filter(state__in=_UNDER_WAY, amount=amount.tiyn).first()
        if row is None and amount > _left(payment):
            ledger.raise_alarm(
                MoneyAlarm.Kind.DIFFERENT,
                key=f"transaction {transaction_id}",
                detail=f"A refund of {amount.tiyn} tiyn: more than is left of the payment.",
                payment_id=payment.pk,
                now=now,
            )
            return Settled.DIFFERENT
        row = row or Refund.rows.create(
            payment=payment,
            amount=amount,
            reason="Made in the provider's cabinet.",
            operator=None,
            state=Refund.State.SENDING,
            made_at=now,
        )
        _done(row, transaction_id, now)
    return Settled.NOTED


def _done(row: Refund, transaction_id: int, now: datetime) -> None:
    with transaction.atomic():
        payment = _locked(row.payment_id)
        row = Refund.rows.select_for_update(of=("self",)).get(pk=row.pk)
        if row.state == Refund.State.DONE:
            return
        row.payment = payment
        row.state, row.transaction_id, row.settled_at = Refund.State.DONE, transaction_id, now
        row.save(update_fields=["state", "transaction_id", "settled_at"])
        payment.refunded += row.amount
        payment.save(update_fields=["refunded"])
        ledger.post_refund(row, now=now)
        if payment.refunded == payment.amount and not payment.is_credited:
            _take_back(payment, now)


def _take_back(payment: Payment, now: datetime) -> None:
    """What was bought with this money is no longer paid for."""
    subscription = lock_of(payment.user)
    if subscription is not None and _paid_for(subscription) == payment.pk:
        move(
            subscription,
            SubscriptionState.CANCELED,
            cause=Cause.REFUNDED,
            payment=payment,
            now=now,
        )


def _paid_for(subscription: Subscription) -> object:
    """The payment that the present period stands on."""
    steps = subscription.transitions.filter(cause=Cause.PAID).exclude(payment__purpose="CHANGE")
    return steps.order_by("-pk").values_list("payment", flat=True).first()


def _left(payment: Payment) -> Money:
    left: Money = payment.amount - payment.refunded
    return left


def _locked(payment_id: object) -> Payment:
    """A payment and its seller, locked. Raises PaymentMissing."""
    row = Payment.rows.select_related("user").filter(pk=payment_id).first()  # type: ignore[misc]  # any id at all
    if row is None:
        raise PaymentMissing
    lock_of(row.user)
    return Payment.rows.select_for_update(of=("self",)).select_related("user").get(pk=row.pk)
