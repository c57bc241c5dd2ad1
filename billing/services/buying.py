"""Buying: a seller chooses, and what is to be paid becomes a payment that waits."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from accounts.models import User
from accounts.services import audit
from billing.errors import AlreadySubscribed, PaymentUnderWay, PromoUnusable
from billing.gateway import open_provider
from billing.models import (
    IN_FLIGHT_STATES,
    OPEN_STATES,
    Payment,
    PaymentCard,
    PaymentState,
    PromoCode,
    PromoUse,
    Purpose,
    Subscription,
    SubscriptionState,
)
from billing.ports import PaymentRequest
from billing.services.baskets import Basket
from billing.services.subscriptions import lock_of
from cube_demper.kernel.money import TIYN_PER_TENGE, Money

_WHOLE = 100
_CULTURES = {"ru": "ru-RU", "kk": "kk-KZ", "en": "en-US"}


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment that waits, and what the provider's widget is to be started with."""

    payment: Payment
    widget: Mapping[str, object] = field(repr=False)


def subscribe(*, user: User, basket: Basket, promo: str = "", now: datetime) -> Intent:
    """Order a basket: the payment that begins a subscription, or takes up one that is not paid.

    A payment that waited before is cancelled. Raises AlreadySubscribed where one is paid for,
    PaymentUnderWay, PromoUnusable, and PaymentsOff where there is no provider.
    """
    provider = open_provider()
    with transaction.atomic():
        subscription = lock_of(user)
        if subscription is not None and subscription.state == SubscriptionState.ACTIVE:
            raise AlreadySubscribed
        code = _usable_promo(user, promo, basket, now) if promo else None
        payment = make_payment(
            user=user,
            subscription=subscription,
            purpose=Purpose.START,
            basket=basket,
            amount=reduced(basket.price, code.percent if code else 0),
            promo=code,
            now=now,
        )
        audit.record(
            seller=user,
            action="payment.ordered",
            subject="payment",
            subject_id=payment.pk,
            changes={"amount_tiyn": (None, payment.amount), "plan": (None, str(basket.version))},
            now=now,
        )
    return Intent(payment, provider.widget(request_for(payment)))


def make_payment(
    *,
    user: User,
    subscription: Subscription | None,
    purpose: Purpose,
    basket: Basket,
    amount: Money,
    now: datetime,
    promo: PromoCode | None = None,
    by_card: bool = False,
) -> Payment:
    """Write what is to be paid, in the transaction that holds the seller.

    ``by_card``: the saved card is charged; otherwise the payer is waited for. Raises
    PaymentUnderWay where money is moving already.
    """
    others = Payment.objects.for_user(user).select_for_update().filter(state__in=OPEN_STATES)
    if any(one.state in IN_FLIGHT_STATES for one in others):
        raise PaymentUnderWay
    Payment.rows.filter(pk__in=[one.pk for one in others]).update(
        state=PaymentState.CANCELED, settled_at=now
    )
    payment = Payment(
        user=user,
        subscription=subscription,
        purpose=purpose,
        state=PaymentState.READY if by_card else PaymentState.WAITING,
        amount=amount,
        refunded=Money(0),
        version=basket.version,
        period=basket.period,
        addons=basket.quantities,
        promo=promo,
        period_from=subscription.period_from if subscription else None,
        made_at=now,
    )
    if purpose == Purpose.RENEWAL and subscription is not None:
        payment.period_from = subscription.period_to
    if by_card:
        payment.card = PaymentCard.objects.for_user(user).get(removed_at=None)
    payment.save(force_insert=True)
    return payment


def reduced(price: Money, percent: int) -> Money:
    """A price less a part, in whole tenge; a tenge at least, for nought can't be paid."""
    tenge = price.tiyn * (_WHOLE - percent) // _WHOLE // TIYN_PER_TENGE
    return Money.tenge(max(tenge, 1)) if percent else price


def _usable_promo(user: User, word: str, basket: Basket, now: datetime) -> PromoCode:
    """A promo code that this seller may use now. Raises PromoUnusable, and never says why not."""
    code = (
        PromoCode.objects.filter(code__iexact=word, valid_from__lte=now)
        .filter(Q(valid_to=None) | Q(valid_to__gt=now))
        .filter(Q(plan=None) | Q(plan=basket.version.plan_id))
        .filter(Q(most_uses=None) | Q(uses__lt=F("most_uses")))
        .first()
    )
    if code is None or PromoUse.objects.for_user(user).filter(promo=code).exists():
        raise PromoUnusable
    return code


def use_promo(payment: Payment, *, now: datetime) -> int:
    """Note that a promo code was paid with; say for how many more payments it holds.

    Somebody else may have used the last of it since: whoever paid the price shown keeps it.
    """
    if payment.promo is None:
        return 0
    _, is_new = PromoUse.rows.get_or_create(
        user=payment.user, promo=payment.promo, defaults={"used_at": now}
    )
    if not is_new:
        return 0
    PromoCode.objects.filter(pk=payment.promo.pk).filter(
        Q(most_uses=None) | Q(uses__lt=F("most_uses"))
    ).update(uses=F("uses") + 1)
    return payment.promo.payments - 1


def make_link(*, user: User, payment: Payment, language: str = "ru") -> str:
    """The address at which this payment may be made; the same one however often it is asked for.

    Raises PaymentsOff, and what the provider raises.
    """
    if payment.link_url:
        return payment.link_url
    request = request_for(payment, language=language)
    link = open_provider().make_link(request, request_id=_link_request(payment))
    Payment.objects.for_user(user).filter(pk=payment.pk).update(link_url=link.url)
    return link.url


def _link_request(payment: Payment) -> str:
    """The request id of a payment's link: another one than its charge has."""
    return str(uuid.uuid5(payment.pk, "link"))


def request_for(payment: Payment, *, language: str = "ru") -> PaymentRequest:
    """What the provider is told of a payment that the payer makes."""
    return PaymentRequest(
        invoice_id=str(payment.pk),
        account_id=account_id(payment.user_id),
        amount=payment.amount,
        description=description_of(payment),
        email=payment.user.email,
        success_url=f"{settings.APP_URL}/billing/paid",
        fail_url=f"{settings.APP_URL}/billing/failed",
        culture=_CULTURES[language],
    )


def description_of(payment: Payment) -> str:
    """What the payer reads on the bank's statement."""
    return f"Cube Demper: {payment.version.plan.name['ru']}"


def account_id(user_id: int) -> str:
    """A seller as the provider knows them."""
    return f"seller-{user_id}"
