"""Sellers who bought something, and what the provider says of their money."""

import hmac
from base64 import b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import User
from billing.models import (
    Payment,
    PaymentCard,
    PaymentState,
    Period,
    Purpose,
    Subscription,
    SubscriptionState,
)
from billing.ports import TENGE, SavedCard
from billing.services import baskets, settling
from billing.services.baskets import Basket
from billing.services.buying import account_id, subscribe
from billing.services.settling import Came, Settled
from cube_demper.kernel.money import Money
from cube_demper.kernel.sealing import Secret
from tests.billing.provider import SECRET
from tests.factories import NOW

_transactions = count(700_000_001)


def basket(plan: str = "basic", period: Period = Period.MONTH, **addons: int) -> Basket:
    """What is sold at ``NOW``; add-ons by code, with underscores for dashes."""
    named = {code.replace("_", "-"): number for code, number in addons.items()}
    return baskets.chosen(plan=plan, period=period, addons=named, now=NOW)


def buy(user: User, plan: str = "basic", *, now: datetime = NOW) -> Subscription:
    """Subscribe and pay, with a card that is saved."""
    intent = subscribe(user=user, basket=basket(plan), now=now)
    assert came_for(intent.payment, now=now, card=saved_card(user)) == Settled.GRANTED
    return subscription_of(user)


def came_for(payment: Payment, *, now: datetime = NOW, **told: Any) -> Settled:
    """The provider says that this payment was made."""
    return settling.settle_paid(money_of(payment, **told), now=now)


def money_of(payment: Payment, **told: Any) -> Came:
    """What the provider says of a payment that was made as it was asked for."""
    usual = {
        "transaction_id": next(_transactions),
        "invoice_id": str(payment.pk),
        "account_id": account_id(payment.user_id),
        "amount": payment.amount,
        "currency": TENGE,
        "is_test": True,
    }
    return Came(**{**usual, **told})


def saved_card(user: User, named: str = "tk-1") -> SavedCard:
    return SavedCard(token=named, account_id=account_id(user.pk), last_four="3055", brand="Visa")


def make_payment_card(*, user: User, named: str = "tk-1", **fields: Any) -> PaymentCard:
    """Make a card that may be charged."""
    return PaymentCard.rows.create(user=user, token=Secret(named), **{"saved_at": NOW, **fields})


def subscription_of(user: User) -> Subscription:
    """The seller's latest subscription, as it is in the database."""
    return Subscription.rows.filter(user=user).latest("pk")


def make_subscription(*, user: User, plan: str = "basic", **fields: Any) -> Subscription:
    """Make a month that was paid for at ``NOW``, without a payment."""
    usual = {
        "state": SubscriptionState.ACTIVE,
        "version": basket(plan).version,
        "period": Period.MONTH,
        "period_from": NOW,
        "period_to": NOW + timedelta(days=31),
        "access_until": NOW + timedelta(days=34),
        "charge_at": NOW + timedelta(days=31),
        "began_at": NOW,
    }
    return Subscription.rows.create(user=user, **{**usual, **fields})


def make_waiting_payment(*, subscription: Subscription, **fields: Any) -> Payment:
    """Make a payment for more products that waits for its payer."""
    usual = {
        "user": subscription.user,
        "purpose": Purpose.CHANGE,
        "state": PaymentState.WAITING,
        "amount": Money.tenge(10_000),
        "refunded": Money(0),
        "version": subscription.version,
        "period": subscription.period,
        "period_from": subscription.period_from,
        "made_at": NOW,
    }
    return Payment.rows.create(subscription=subscription, **{**usual, **fields})


def payment_of(user: User) -> Payment:
    """The seller's latest payment, as it is in the database."""
    return Payment.rows.filter(user=user).latest("made_at")


def steps_of(subscription: Subscription) -> list[tuple[str, str]]:
    """Where a subscription went, and why."""
    return list(subscription.transitions.order_by("pk").values_list("new_state", "cause"))


def notify(kind: str, *, secret: str = SECRET, signed: bytes | None = None, **fields: Any) -> Any:
    """Send a notification as the provider does, signed over its raw body."""
    body = urlencode(fields).encode()
    client: Any = APIClient()
    return client.generic(
        "POST",
        reverse(f"billing-webhook-{kind}"),
        body,
        content_type="application/x-www-form-urlencoded",
        **signed_headers(signed or body, secret=secret),
    )


def signed_headers(message: bytes, *, secret: str = SECRET) -> dict[str, str]:
    """What proves a message to be the provider's."""
    digest = hmac.new(secret.encode(), message, sha256).digest()
    return {"HTTP_CONTENT_HMAC": b64encode(digest).decode()}


def fields_of(payment: Payment, **told: Any) -> dict[str, Any]:
    """The fields of a notification about a payment that was made as it was asked for."""
    tenge, rest = divmod(payment.amount.tiyn, 100)
    usual = {
        "TransactionId": next(_transactions),
        "Amount": f"{tenge}.{rest:02d}",
        "Currency": TENGE,
        "DateTime": "2026-03-02 09:00:00",
        "InvoiceId": payment.pk,
        "AccountId": account_id(payment.user_id),
        "TestMode": 1,
        "Status": "Completed",
        "OperationType": "Payment",
        "CardFirstSix": "400000",
        "CardLastFour": "3055",
        "CardType": "Visa",
        "CardExpDate": "12/30",
        "Email": "payer@example.kz",
        "TotalFee": "615.72",
        "Token": "tk-of-the-payer",
    }
    return {**usual, **told}


def money(tenge: int) -> Money:
    return Money.tenge(tenge)


def fresh(payment_id: UUID) -> Payment:
    return Payment.rows.get(pk=payment_id)
