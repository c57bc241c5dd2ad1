"""Trials: once for each shop and each telephone number, whatever accounts they are under."""

import re
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from accounts.models import User
from accounts.services import audit
from billing.errors import AlreadySubscribed, TrialNeedsShop, TrialSpent, TrialUnavailable
from billing.models import Cause, Subscription, SubscriptionState, TrialMark
from billing.services.baskets import Basket
from billing.services.subscriptions import begin, lock_of, move
from cube_demper.kernel import plan_gate

logger = structlog.get_logger("billing.trials")
Mark = tuple[str, str]


def start_trial(*, user: User, basket: Basket, phone: str, now: datetime) -> Subscription:
    """Let a seller try what they would buy.

    Raises TrialUnavailable, AlreadySubscribed, TrialNeedsShop, and TrialSpent where the account,
    one of its shops or the number was tried with before.
    """
    if not basket.version.trial_days:
        raise TrialUnavailable
    shops = plan_gate.shops_of(user.pk)
    if not shops:
        raise TrialNeedsShop
    with transaction.atomic():
        if lock_of(user) is not None:
            raise AlreadySubscribed
        marks = [(TrialMark.Kind.MERCHANT.value, shop) for shop in shops]
        _claim(user, [*marks, (TrialMark.Kind.PHONE.value, spelt(phone))], now)
        ends_at = now + timedelta(days=basket.version.trial_days)
        subscription = Subscription(
            user=user,
            state=SubscriptionState.TRIALING,
            period_from=now,
            period_to=ends_at,
            access_until=ends_at,
            began_at=now,
        )
        begin(subscription, basket, cause=Cause.TRIAL_BEGUN, now=now)
        audit.record(
            seller=user,
            action="trial.begun",
            subject="subscription",
            subject_id=subscription.pk,
            changes={"plan": (None, str(basket.version))},
            now=now,
        )
    return subscription


def spelt(phone: str) -> str:
    """A number as everybody would spell it: 8 701 … and +7 701 … are the same."""
    digits = re.sub(r"\D", "", phone)
    return "7" + digits[1:] if len(digits) == len("87010000000") and digits[0] == "8" else digits


def _claim(user: User, marks: list[Mark], now: datetime) -> None:
    if TrialMark.objects.for_user(user).exists():
        raise TrialSpent
    rows = [TrialMark(user=user, kind=kind, value=value, tried_at=now) for kind, value in marks]
    TrialMark.rows.bulk_create(rows, ignore_conflicts=True)
    if TrialMark.objects.for_user(user).count() < len(set(marks)):
        raise TrialSpent


def note_shop(*, user_id: int, merchant_id: str, now: datetime) -> None:
    """A seller connects a shop: who tries with one that was tried with before stops trying.

    Runs in the transaction that connects it.
    """
    user = User.objects.get(pk=user_id)
    subscription = lock_of(user)
    if subscription is None or subscription.state != SubscriptionState.TRIALING:
        return
    mark = TrialMark(user=user, kind=TrialMark.Kind.MERCHANT, value=merchant_id, tried_at=now)
    TrialMark.rows.bulk_create([mark], ignore_conflicts=True)
    own = TrialMark.objects.for_user(user).filter(kind=mark.kind, value=merchant_id)
    if not own.exists():
        logger.info("billing.trial.twice", user_id=user_id)
        move(subscription, SubscriptionState.SUSPENDED, cause=Cause.TRIAL_TWICE, now=now)
