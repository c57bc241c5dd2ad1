"""The timetable of subscriptions: periods end, cards are charged, trials and graces run out.

Every step takes rows with ``SKIP LOCKED`` and is decided by what the row says, so two clocks at
once, or one that died in the middle, do no harm: the next one goes on.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from billing import jobs
from billing.models import (
    IN_FLIGHT_STATES,
    Cause,
    Payment,
    Purpose,
    Subscription,
    SubscriptionState,
)
from billing.services.baskets import next_basket_of
from billing.services.buying import make_payment, reduced
from billing.services.cards import card_of, may_charge
from billing.services.settling import owe
from billing.services.subscriptions import REST_KEPT, lock_of, move
from news.models import EventKind
from news.services.telling import tell

REMIND_BEFORE = timedelta(days=3)
REMIND_EVERY = timedelta(days=1)
_S = SubscriptionState
Step = Callable[[Subscription, datetime], None]


def advance(*, now: datetime, most: int = 500) -> int:
    """Take the steps that are due, each in a transaction of its own; say how many were taken."""
    subscriptions = Subscription.objects.across_users(reason="the clock serves every seller")
    due: list[tuple[QuerySet[Subscription], Step]] = [
        (subscriptions.filter(state=_S.TRIALING, period_to__lte=now), _end_trial),
        (_to_renew(subscriptions, now), _renew),
        (subscriptions.filter(state__in=(_S.ACTIVE, _S.PAST_DUE), access_until__lte=now), _suspend),
        (subscriptions.filter(state=_S.SUSPENDED, access_until__lte=now - REST_KEPT), _abandon),
        (_to_remind(subscriptions, now), _remind),
    ]
    return sum(_each(rows, step, now, most) for rows, step in due)


def _to_renew(subscriptions: "QuerySet[Subscription]", now: datetime) -> "QuerySet[Subscription]":
    """Those whose next period is due. A charge under way decides, and must hold up nobody else."""
    under_way = Payment.rows.filter(user=OuterRef("user"), state__in=IN_FLIGHT_STATES)
    paying = subscriptions.filter(state__in=(_S.ACTIVE, _S.PAST_DUE), charge_at__lte=now)
    return paying.filter(~Exists(under_way))


def _to_remind(subscriptions: "QuerySet[Subscription]", now: datetime) -> "QuerySet[Subscription]":
    """Those whose time is nearly over, told once; and those who owe, told every day."""
    soon = Q(state__in=(_S.TRIALING, _S.ACTIVE), period_to__lte=now + REMIND_BEFORE) & (
        Q(reminded_at=None) | Q(reminded_at__lt=F("period_from"))
    )
    owed = Q(state=_S.PAST_DUE) & (Q(reminded_at=None) | Q(reminded_at__lte=now - REMIND_EVERY))
    return subscriptions.filter(soon | owed, ends_with_period=False)


def _each(rows: "QuerySet[Subscription]", step: Step, now: datetime, most: int) -> int:
    taken = 0
    for row in rows.select_related("user").order_by("pk")[:most]:
        with transaction.atomic():
            locked = lock_of(row.user)
            if locked is not None and rows.filter(pk=locked.pk).exists():
                step(locked, now)
                taken += 1
    return taken


def _end_trial(subscription: Subscription, now: datetime) -> None:
    cause = Cause.PERIOD_OVER if subscription.ends_with_period else Cause.TRIAL_OVER
    state = _S.CANCELED if subscription.ends_with_period else _S.SUSPENDED
    move(subscription, state, cause=cause, now=now)


def _renew(subscription: Subscription, now: datetime) -> None:
    """Order the charge for the next period, or say that it is owed."""
    if subscription.ends_with_period:
        subscription.access_until = subscription.period_to
        move(subscription, _S.CANCELED, cause=Cause.PERIOD_OVER, now=now)
        return
    user = subscription.user
    if Payment.objects.for_user(user).filter(state__in=IN_FLIGHT_STATES).exists():
        return  # what becomes of that decides
    card = card_of(user)
    if not may_charge(card, now=now):
        owe(subscription, _latest(subscription), cause=Cause.UNPAID, now=now)
        return
    basket = next_basket_of(subscription)
    promo = subscription.promo if subscription.promo_payments else None
    make_payment(
        user=user,
        subscription=subscription,
        purpose=Purpose.RENEWAL,
        basket=basket,
        amount=reduced(basket.price, promo.percent if promo else 0),
        by_card=True,
        now=now,
    )
    subscription.charge_at = None  # what becomes of the charge says when the next one is
    subscription.save(update_fields=["charge_at"])
    jobs.charge_ready()


def _latest(subscription: Subscription) -> Payment | None:
    renewals = subscription.payments.filter(purpose=Purpose.RENEWAL).select_related("card")
    return renewals.order_by("-made_at").first()


def _suspend(subscription: Subscription, now: datetime) -> None:
    move(subscription, _S.SUSPENDED, cause=Cause.GRACE_OVER, now=now)


def _abandon(subscription: Subscription, now: datetime) -> None:
    move(subscription, _S.CANCELED, cause=Cause.ABANDONED, now=now)


def _remind(subscription: Subscription, now: datetime) -> None:
    subscription.reminded_at = now
    subscription.save(update_fields=["reminded_at"])
    tell(
        user_id=subscription.user_id,
        kind=EventKind.PAYMENT_DUE,
        payload={
            "state": subscription.state.lower(),
            "period_to": subscription.period_to.isoformat().replace("+00:00", "Z"),
            "access_until": subscription.access_until.isoformat().replace("+00:00", "Z"),
        },
        now=now,
    )
