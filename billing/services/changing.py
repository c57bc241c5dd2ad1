"""Changes of a subscription: at once where it costs more, else with the next period."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from billing import jobs
from billing.errors import NoSubscription, NothingChanges, PaymentUnderWay, SubscriptionRests
from billing.gateway import open_provider
from billing.models import (
    IN_FLIGHT_STATES,
    Payment,
    PaymentState,
    Purpose,
    Subscription,
    SubscriptionState,
)
from billing.services.baskets import Basket, next_basket_of
from billing.services.buying import Intent, make_payment, request_for
from billing.services.cards import card_of, may_charge
from billing.services.entitlements import announce
from billing.services.quotes import Quote, quote
from billing.services.subscriptions import fill, lock_of, subscription_of

_CHANGEABLE = {SubscriptionState.TRIALING, SubscriptionState.ACTIVE}


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of a change: its quote, and the payment that it waits for where it costs more."""

    quote: Quote
    intent: Intent | None = None


def preview(*, user: User, basket: Basket, now: datetime) -> Quote:
    """What a change would cost and when it would take effect. Nothing is written.

    Raises NoSubscription, SubscriptionRests and NothingChanges.
    """
    subscription = subscription_of(user)
    _check(subscription, basket)
    return quote(subscription, basket, now=now)


def change(*, user: User, basket: Basket, now: datetime) -> Changed:
    """Change what a subscription holds.

    What costs more is paid first: the saved card is charged where there is one, otherwise the payer
    is waited for. Raises NoSubscription, SubscriptionRests, NothingChanges, PaymentUnderWay, and
    PaymentsOff where something is to be paid and there is no provider.
    """
    with transaction.atomic():
        subscription = lock_of(user)
        if subscription is None:
            raise NoSubscription
        _check(subscription, basket)
        offered = quote(subscription, basket, now=now)
        changed = _carry_out(user, subscription, offered, now)
        audit.record(
            seller=user,
            action="subscription.changed",
            subject="subscription",
            subject_id=subscription.pk,
            changes={
                "plan": (None, str(basket.version)),
                "period": (None, basket.period.value),
                "addons": (None, {addon.code: number for addon, number in basket.addons}),
                "due_now_tiyn": (None, offered.due_now),
            },
            now=now,
        )
    return changed


def _check(subscription: Subscription, basket: Basket) -> None:
    if subscription.state not in _CHANGEABLE:
        raise SubscriptionRests
    if next_basket_of(subscription).contents == basket.contents:
        raise NothingChanges


def _carry_out(user: User, subscription: Subscription, offered: Quote, now: datetime) -> Changed:
    basket = offered.basket
    if offered.due_now.tiyn:
        return Changed(offered, _order(user, subscription, offered, now))
    _forget_waiting(user, now)
    if offered.is_now(now):
        fill(subscription, basket)
        subscription.save()
        announce(user.pk)
    else:
        subscription.next_version, subscription.next_period = basket.version, basket.period
        subscription.next_addons = basket.quantities
        subscription.save(update_fields=["next_version", "next_period", "next_addons"])
    return Changed(offered)


def _order(user: User, subscription: Subscription, offered: Quote, now: datetime) -> Intent:
    provider = open_provider()
    by_card = may_charge(card_of(user), now=now)
    payment = make_payment(
        user=user,
        subscription=subscription,
        purpose=Purpose.CHANGE,
        basket=offered.basket,
        amount=offered.due_now,
        by_card=by_card,
        now=now,
    )
    if by_card:
        jobs.charge_ready()
        return Intent(payment, {})
    return Intent(payment, provider.widget(request_for(payment)))


def _forget_waiting(user: User, now: datetime) -> None:
    """A change that waited to be paid for is overtaken. Raises PaymentUnderWay."""
    own = Payment.objects.for_user(user)
    if own.filter(state__in=IN_FLIGHT_STATES).exists():
        raise PaymentUnderWay
    own.filter(purpose=Purpose.CHANGE, state=PaymentState.WAITING).update(
        state=PaymentState.CANCELED, settled_at=now
    )
