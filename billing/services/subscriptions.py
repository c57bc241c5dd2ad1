"""A subscription's life: each step is a row with its cause.

It is TRIALING or ACTIVE at first; ACTIVE becomes PAST_DUE when a payment is owed, and ACTIVE again
when it came; PAST_DUE and TRIALING become SUSPENDED when it did not. Any of them becomes CANCELED
by the seller's wish, or when its money was given back, and nothing comes after that.
"""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from billing.errors import NoSubscription, NothingChanges, SubscriptionRests
from billing.models import (
    Cause,
    Payment,
    PaymentState,
    Subscription,
    SubscriptionAddon,
    SubscriptionState,
    Transition,
)
from billing.services.baskets import Basket
from billing.services.entitlements import announce
from news.models import EventKind
from news.services.telling import tell

GRACE = timedelta(days=3)  # what is owed is waited for so long
REST_KEPT = timedelta(days=90)  # what rests for longer is over
_S = SubscriptionState
_STEPS = {
    _S.TRIALING: {_S.ACTIVE, _S.SUSPENDED, _S.CANCELED},
    _S.ACTIVE: {_S.ACTIVE, _S.PAST_DUE, _S.SUSPENDED, _S.CANCELED},
    _S.PAST_DUE: {_S.ACTIVE, _S.SUSPENDED, _S.CANCELED},
    _S.SUSPENDED: {_S.ACTIVE, _S.CANCELED},
    _S.CANCELED: set(),
}


def subscription_of(user: User) -> Subscription:
    """A seller's subscription. Raises NoSubscription, also where it is over."""
    own = Subscription.objects.for_user(user).exclude(state=_S.CANCELED)
    row: Subscription | None = own.select_related("version__plan", "next_version__plan").first()
    if row is None:
        raise NoSubscription
    return row


def lock_of(user: User) -> Subscription | None:
    """A seller's subscription, locked; ``None`` where there is none. One who buys at a time.

    The seller is locked first: two who begin at once are one after the other.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    own = Subscription.objects.for_user(user).exclude(state=_S.CANCELED)
    row: Subscription | None = own.select_for_update().first()
    return row


def move(
    subscription: Subscription,
    state: SubscriptionState,
    *,
    cause: Cause,
    now: datetime,
    payment: Payment | None = None,
) -> None:
    """Take one step and save the subscription, in the transaction that is open."""
    old = _S(subscription.state)
    if state not in _STEPS[old]:
        raise ValueError(f"no step leads from {old} to {state}")
    subscription.state = state
    if state in {_S.SUSPENDED, _S.CANCELED}:
        subscription.access_until = min(subscription.access_until, now)
        subscription.charge_at = None
        # What was not sent yet is not charged any more; what rests may still be paid for.
        unsent: tuple[PaymentState, ...] = (PaymentState.READY,)
        if state == _S.CANCELED:
            subscription.ended_at, unsent = now, (PaymentState.READY, PaymentState.WAITING)
        Payment.rows.filter(user=subscription.user_id, state__in=unsent).update(
            state=PaymentState.CANCELED, settled_at=now
        )
    subscription.save()
    _record(subscription, old, cause, payment, now)


def begin(
    subscription: Subscription,
    basket: Basket,
    *,
    cause: Cause,
    now: datetime,
    payment: Payment | None = None,
) -> None:
    """Write a new subscription that holds this, in the transaction that is open."""
    fill(subscription, basket)
    _record(subscription, None, cause, payment, now)


def _record(
    subscription: Subscription,
    old: SubscriptionState | None,
    cause: Cause,
    payment: Payment | None,
    now: datetime,
) -> None:
    Transition.rows.create(
        subscription=subscription,
        old_state=old or "",
        new_state=subscription.state,
        cause=cause,
        at=now,
        payment=payment,
    )
    if old != subscription.state:  # a renewal is no news
        tell(
            user_id=subscription.user_id,
            kind=EventKind.SUBSCRIPTION_CHANGED,
            payload={
                "state": subscription.state.lower(),
                "cause": cause.lower(),
                "access_until": subscription.access_until.isoformat().replace("+00:00", "Z"),
            },
            now=now,
        )
    announce(subscription.user_id)


def fill(subscription: Subscription, basket: Basket) -> None:
    """Let a subscription hold this; it has to be saved. What was to come next is forgotten."""
    subscription.version, subscription.period = basket.version, basket.period
    subscription.next_version, subscription.next_period = None, ""
    subscription.next_addons = None
    if subscription.pk is None:
        subscription.save()
    SubscriptionAddon.rows.filter(subscription=subscription).delete()
    SubscriptionAddon.rows.bulk_create(
        SubscriptionAddon(subscription=subscription, addon=addon, quantity=number)
        for addon, number in basket.addons
    )


def cancel(*, user: User, at_once: bool, now: datetime) -> Subscription:
    """End a subscription, now or when what is paid for is over. Nothing is charged any more.

    Nothing is given back by itself. Raises NoSubscription and NothingChanges.
    """
    with transaction.atomic():
        subscription = _locked(user)
        ends_now = at_once or subscription.state in {_S.SUSPENDED, _S.PAST_DUE}
        if subscription.ends_with_period and not ends_now:
            raise NothingChanges
        if ends_now:
            move(subscription, _S.CANCELED, cause=Cause.SELLER, now=now)
        else:
            subscription.ends_with_period = True
            subscription.save(update_fields=["ends_with_period"])
        _note(user, subscription, "subscription.cancelled", now, at_once=ends_now)
    return subscription


def resume(*, user: User, now: datetime) -> Subscription:
    """Take back a cancellation that has not come true yet.

    Raises NoSubscription and NothingChanges; what rests is taken up by paying: SubscriptionRests.
    """
    with transaction.atomic():
        subscription = _locked(user)
        if subscription.state in {_S.SUSPENDED, _S.PAST_DUE}:
            raise SubscriptionRests
        if not subscription.ends_with_period:
            raise NothingChanges
        subscription.ends_with_period = False
        subscription.save(update_fields=["ends_with_period"])
        _note(user, subscription, "subscription.resumed", now)
    return subscription


def _locked(user: User) -> Subscription:
    subscription = lock_of(user)
    if subscription is None:
        raise NoSubscription
    return subscription


def _note(
    user: User, subscription: Subscription, action: str, now: datetime, **changes: object
) -> None:
    audit.record(
        seller=user,
        action=action,
        subject="subscription",
        subject_id=subscription.pk,
        changes={name: (None, value) for name, value in changes.items()} or None,
        now=now,
    )
