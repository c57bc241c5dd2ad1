"""What follows from money that came, or did not: the only place where a payment grants access.

The same news may come twice, as a notification and as an answer, in either order: whoever comes
first settles, whoever comes second finds it settled. Locks are taken in one order: the seller, the
subscription, the payment.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import transaction

from billing.models import (
    OPEN_STATES,
    Cause,
    MoneyAlarm,
    Payment,
    PaymentState,
    Purpose,
    Subscription,
    SubscriptionState,
)
from billing.ports import TENGE, SavedCard
from billing.services import buying, ledger
from billing.services.baskets import bought_by, end_of
from billing.services.cards import keep_card, note_refusal, note_success
from billing.services.subscriptions import GRACE, begin, fill, lock_of, move
from cube_demper.kernel.money import Money
from news.models import EventKind
from news.services.telling import tell

_S = SubscriptionState


class Settled(StrEnum):
    """What we made of news about money. Stored with the notification; never renamed."""

    GRANTED = "granted"
    DUPLICATE = "duplicate"
    CREDITED = "credited"
    UNASKED = "unasked"
    WRONG_MODE = "wrong-mode"
    DIFFERENT = "different"
    NOTED = "noted"


@dataclass(frozen=True, slots=True)
class Came:
    """Money that came, as the provider tells it."""

    transaction_id: int
    invoice_id: str
    account_id: str
    amount: Money
    currency: str
    is_test: bool
    fee: Money | None = None
    card: SavedCard | None = field(default=None, repr=False)


def settle_paid(came: Came, *, now: datetime) -> Settled:
    """Take up a completed payment: check it against its row, write it down, grant what it bought.

    The checks are in this order: the mode, the row, its payer, its amount and currency, whether it
    was paid before. Where one fails nothing is granted, and operators are told.
    """
    if came.is_test != settings.TIPTOPPAY_TEST_MODE:
        return _alarmed(MoneyAlarm.Kind.WRONG_MODE, Settled.WRONG_MODE, came, None, now)
    with transaction.atomic():
        payment, subscription = _locked(came.invoice_id)
        if payment is None:
            return _alarmed(MoneyAlarm.Kind.UNASKED, Settled.UNASKED, came, None, now)
        if not _fits(came, payment):
            return _alarmed(MoneyAlarm.Kind.DIFFERENT, Settled.DIFFERENT, came, payment, now)
        if payment.state == PaymentState.PAID:
            return _again(came, payment, now)
        return _pay(payment, subscription, came, now)


def _locked(invoice_id: str) -> tuple[Payment | None, Subscription | None]:
    """The payment of an invoice and its seller's subscription, both locked, in the one order."""
    try:
        payment_id = UUID(invoice_id)
    except ValueError:
        return None, None
    row = Payment.rows.select_related("user").filter(pk=payment_id).first()
    if row is None:
        return None, None
    subscription = lock_of(row.user)
    locked = Payment.rows.select_for_update(of=("self",)).select_related("user", "card", "promo")
    return locked.get(pk=payment_id), subscription


def _fits(came: Came, payment: Payment) -> bool:
    return (came.account_id, came.amount, came.currency) == (
        buying.account_id(payment.user_id),
        payment.amount,
        TENGE,
    )


def _again(came: Came, payment: Payment, now: datetime) -> Settled:
    if payment.transaction_id == came.transaction_id:
        if came.fee is not None:
            ledger.post_fee(payment, came.fee, now=now)
        return Settled.DUPLICATE
    return _alarmed(MoneyAlarm.Kind.UNASKED, Settled.UNASKED, came, payment, now)


def _alarmed(
    kind: MoneyAlarm.Kind, verdict: Settled, came: Came, payment: Payment | None, now: datetime
) -> Settled:
    ledger.raise_alarm(
        kind,
        key=f"transaction {came.transaction_id}",
        detail=f"{came.amount.tiyn} hundredths of {came.currency} under {came.invoice_id!r}"
        f" of {came.account_id!r}",
        payment_id=payment.pk if payment else None,
        now=now,
    )
    return verdict


def _pay(payment: Payment, subscription: Subscription | None, came: Came, now: datetime) -> Settled:
    was_open = payment.state in OPEN_STATES
    payment.state, payment.transaction_id = PaymentState.PAID, came.transaction_id
    payment.settled_at = now
    payment.decline_code, payment.payer_message = None, ""
    buys = was_open and _still_wanted(payment, subscription)
    payment.is_credited = not buys
    payment.save()
    ledger.post_paid(payment, buys=buys, now=now)
    if came.fee is not None:
        ledger.post_fee(payment, came.fee, now=now)
    if came.card is not None:
        keep_card(payment.user, came.card, now=now)
    elif payment.card is not None:
        note_success(payment.card)
    if not buys:
        return _alarmed(MoneyAlarm.Kind.CREDITED, Settled.CREDITED, came, payment, now)
    _grant(payment, subscription, now)
    return Settled.GRANTED


def _still_wanted(payment: Payment, subscription: Subscription | None) -> bool:
    """Whether what is paid for can still be had as it was ordered."""
    if payment.purpose == Purpose.START:
        return subscription is None or subscription.state != _S.ACTIVE
    if subscription is None or subscription.pk != payment.subscription_id:
        return False
    if payment.purpose == Purpose.RENEWAL:
        return subscription.period_to == payment.period_from
    return subscription.state == _S.ACTIVE and subscription.period_from == payment.period_from


def _grant(payment: Payment, subscription: Subscription | None, now: datetime) -> None:
    """Let a payment bring what it bought."""
    basket = bought_by(payment)
    is_new = subscription is None
    if subscription is None:
        subscription = Subscription(user=payment.user, state=_S.ACTIVE, began_at=now)
    begins_at = _begins_at(payment, subscription, now, is_new=is_new)
    keeps_period = payment.purpose == Purpose.CHANGE and payment.period == subscription.period
    if not keeps_period:
        subscription.period_from = begins_at
        subscription.period_to = end_of(basket.period, begins_at)
    subscription.access_until = subscription.period_to + GRACE
    subscription.charge_at = subscription.period_to
    subscription.reminded_at = None
    if payment.purpose != Purpose.RENEWAL:
        subscription.ends_with_period = False
    _count_promo(payment, subscription, now)
    if is_new:
        begin(subscription, basket, cause=Cause.PAID, payment=payment, now=now)
    else:
        fill(subscription, basket)
        move(subscription, _S.ACTIVE, cause=Cause.PAID, payment=payment, now=now)
    if payment.subscription_id != subscription.pk:
        Payment.rows.filter(pk=payment.pk).update(subscription=subscription)


def _begins_at(
    payment: Payment, subscription: Subscription, now: datetime, *, is_new: bool
) -> datetime:
    """When what was bought begins: a trial is not cut short, and what is owed is not given away."""
    if is_new or payment.purpose == Purpose.CHANGE:
        return now
    if payment.purpose == Purpose.RENEWAL or subscription.state == _S.PAST_DUE:
        return subscription.period_to
    if subscription.state == _S.TRIALING:
        return max(now, subscription.period_to)
    return now


def _count_promo(payment: Payment, subscription: Subscription, now: datetime) -> None:
    if payment.purpose == Purpose.START:
        subscription.promo = payment.promo
        subscription.promo_payments = buying.use_promo(payment, now=now)
    elif payment.purpose == Purpose.RENEWAL and subscription.promo_payments:
        subscription.promo_payments -= 1


def settle_declined(
    payment_id: UUID,
    *,
    code: int,
    message: str,
    retry_after: datetime | None = None,
    now: datetime,
) -> Settled:
    """Take up a decline. A payer may try another card; a saved one rests as the rules say."""
    with transaction.atomic():
        payment, subscription = _locked(str(payment_id))
        if payment is None or payment.state not in OPEN_STATES:
            _note_message(payment, message)
            return Settled.DUPLICATE
        payment.decline_code, payment.payer_message = code, message[:300]
        if payment.state == PaymentState.WAITING:
            payment.save(update_fields=["decline_code", "payer_message"])
            return Settled.NOTED
        payment.state, payment.settled_at = PaymentState.DECLINED, now
        payment.save()
        if payment.card is not None:
            note_refusal(payment.card, code, now=now, retry_after=retry_after)
        tell(
            user_id=payment.user_id,
            kind=EventKind.PAYMENT_DECLINED,
            payload={"payment_id": str(payment.pk), "message": payment.payer_message},
            now=now,
        )
        if subscription is not None and payment.purpose != Purpose.CHANGE:
            owe(subscription, payment, cause=Cause.DECLINED, now=now)
    return Settled.NOTED


def _note_message(payment: Payment | None, message: str) -> None:
    """The notification may be first, and only the answer has words for the payer."""
    if payment is not None and payment.state == PaymentState.DECLINED and message:
        Payment.rows.filter(pk=payment.pk, payer_message="").update(payer_message=message[:300])


def owe(
    subscription: Subscription, payment: Payment | None, *, cause: Cause, now: datetime
) -> None:
    """A period is not paid for: wait out the grace, and try the card again when it may be tried."""
    card = payment.card if payment else None
    rests_until = card.rests_until if card and not card.is_barred else None
    subscription.access_until = subscription.period_to + GRACE
    is_in_time = rests_until is not None and rests_until < subscription.access_until
    subscription.charge_at = rests_until if is_in_time else None
    if subscription.state == _S.PAST_DUE:
        subscription.save(update_fields=["access_until", "charge_at"])
    elif subscription.state == _S.ACTIVE:
        move(subscription, _S.PAST_DUE, cause=cause, payment=payment, now=now)
