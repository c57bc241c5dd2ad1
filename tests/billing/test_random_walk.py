"""Months of some sellers at random: payments, declines, dead workers, news that comes twice."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from accounts.models import User
from billing.errors import AlreadySubscribed, NoSubscription, NothingChanges, PaymentUnderWay
from billing.models import FREE, OPEN_STATES, Payment, PaymentState, Subscription
from billing.services import charging, ledger, renewing
from billing.services.buying import subscribe
from billing.services.entitlements import read_entitlement
from billing.services.settling import settle_declined, settle_paid
from billing.services.subscriptions import GRACE, cancel
from tests.billing.buyers import basket, money_of, saved_card
from tests.billing.selling import open_plans
from tests.factories import NOW, make_user

pytestmark = pytest.mark.db
_STEPS = 300
_REFUSED = (AlreadySubscribed, NoSubscription, NothingChanges, PaymentUnderWay)


class Walk:
    """Sellers, a clock, and chance."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.now: datetime = NOW
        self.sellers = [make_user() for _ in range(4)]

    def step(self) -> None:
        usual = (self.wait, self.order, self.pay, self.work) * 4
        act = self.chance.choice((*usual, self.decline, self.cancel, self.repeat))
        try:
            act(self.chance.choice(self.sellers))
        except _REFUSED:
            return

    def wait(self, _: User) -> None:
        self.now += timedelta(hours=self.chance.choice((1, 12, 30, 200)))
        renewing.advance(now=self.now)

    def order(self, seller: User) -> None:
        plan = self.chance.choice(("basic", "standard", "premium"))
        subscribe(user=seller, basket=basket(plan), now=self.now)

    def pay(self, seller: User) -> None:
        """Anything that was ever asked for may be paid: what waits, and what was cancelled."""
        states = (PaymentState.WAITING, PaymentState.CANCELED)
        asked = list(Payment.objects.for_user(seller).filter(state__in=states).order_by("-made_at"))
        self._paid(self.chance.choice(asked[:2]) if asked else None)

    def work(self, _: User) -> None:
        """A worker charges; it may die before or after, and the provider may not answer."""
        payment = charging._claim(self.now)
        if payment is not None and self.chance.random() < 0.7:
            self._paid(payment)

    def decline(self, seller: User) -> None:
        payment = Payment.objects.for_user(seller).filter(state__in=OPEN_STATES).first()
        if payment is not None and payment.state != PaymentState.READY:
            code = self.chance.choice((5051, 5005, 5054, 5300))
            settle_declined(payment.pk, code=code, message="", now=self.now)

    def cancel(self, seller: User) -> None:
        cancel(user=seller, at_once=self.chance.random() < 0.5, now=self.now)

    def repeat(self, seller: User) -> None:
        self._paid(Payment.objects.for_user(seller).filter(state=PaymentState.PAID).first())

    def _paid(self, payment: Payment | None) -> None:
        if payment is None:
            return
        told: dict[str, Any] = {"card": saved_card(payment.user)}
        if payment.transaction_id:
            told["transaction_id"] = payment.transaction_id
        settle_paid(money_of(payment, **told), now=self.now)


def has_access(seller: User, now: datetime) -> bool:
    return read_entitlement(seller.pk, now=now).plan != FREE


def has_paid(seller: User, now: datetime) -> bool:
    """Whether the present period, and its grace, stand on money that came."""
    rows = Subscription.rows.filter(user=seller, state__in=("ACTIVE", "PAST_DUE"))
    row = rows.filter(period_to__gt=now - GRACE).first()
    steps = row.transitions.filter(cause="PAID") if row else Payment.rows.none()
    paid = Payment.rows.filter(pk__in=steps.values("payment" if row else "pk"))
    return paid.filter(state=PaymentState.PAID, is_credited=False).exists()


@pytest.mark.parametrize("seed", [1, 2])
def test_access_goes_with_money_whatever_happens(db, provider, settings, seed):
    settings.BILLING_MODE = "on"
    open_plans()
    walk = Walk(seed)

    for _ in range(_STEPS):
        walk.step()

        for seller in walk.sellers:
            assert has_access(seller, walk.now) == has_paid(seller, walk.now)
    assert ledger.check_books(now=walk.now) == []
    paid = Payment.rows.filter(state=PaymentState.PAID, purpose="RENEWAL", is_credited=False)
    periods = list(paid.values_list("subscription", "period_from"))
    assert len(periods) == len(set(periods))
    assert Payment.rows.filter(state=PaymentState.PAID).count() > len(walk.sellers)
