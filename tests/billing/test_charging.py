"""Renewals: a saved card is charged once for each period, whatever happens on the way."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from billing.gateway import open_provider
from billing.models import Payment, PaymentState, Subscription, SubscriptionState
from billing.ports import Paid
from billing.services import charging, ledger, renewing
from billing.services.buying import subscribe
from billing.services.settling import Settled, settle_paid
from billing.services.subscriptions import cancel
from cube_demper.kernel.money import Money
from tests.billing.buyers import (
    basket,
    buy,
    came_for,
    fresh,
    make_subscription,
    money_of,
    payment_of,
    saved_card,
    steps_of,
    subscription_of,
)
from tests.billing.provider import NO_3DS, ONCE_ONLY
from tests.billing.selling import make_promo, open_plans
from tests.factories import NOW, make_user

pytestmark = pytest.mark.db
_S = SubscriptionState
LATER = NOW.replace(month=4)  # when the first month is over


@pytest.fixture(autouse=True)
def plans(db, provider):
    open_plans()


def pay_by(provider, user, card=NO_3DS, **bought):
    """A seller pays in the widget, with a real card of the stand-in's."""
    intent = subscribe(user=user, basket=basket(), now=NOW, **bought)
    told = provider.pay(intent.widget, card=card)
    token = told["token"] if "token" in told else told["Token"]
    number = told["id"] if "id" in told else told["TransactionId"]
    assert (
        came_for(intent.payment, transaction_id=number, card=saved_card(user, token))
        == Settled.GRANTED
    )
    return subscription_of(user)


def charge(now: datetime = LATER) -> int:
    """Let the clock tick once, and the worker charge what is ready."""
    renewing.advance(now=now)
    return charging.charge_ready(clock=lambda: now, until=now + timedelta(seconds=20))


def charges(provider, user) -> list[dict[str, Any]]:
    """What the provider was asked for after the first payment."""
    return list(provider.operations(account=f"seller-{user.pk}"))[1:]


def test_the_next_period_is_charged_when_the_last_is_over(seller, provider):
    row = pay_by(provider, seller)

    assert charge(row.period_to - timedelta(seconds=1)) == 0
    assert charge() == 1

    after = subscription_of(seller)
    assert (after.state, after.period_from, after.period_to) == (
        *(_S.ACTIVE, LATER),
        NOW.replace(month=5),
    )
    assert payment_of(seller).state == PaymentState.PAID
    assert len(charges(provider, seller)) == 1
    assert charge() == 0
    assert ledger.check_books(now=LATER) == []


def test_a_promo_code_holds_for_as_many_payments_as_it_says(seller, provider):
    make_promo(payments=2)
    pay_by(provider, seller, promo="START")

    charge()
    charge(NOW.replace(month=5))

    amounts = seller.payments.order_by("made_at").values_list("amount", flat=True)
    assert list(amounts) == [Money.tenge(10_995), Money.tenge(10_995), Money.tenge(21_990)]


def test_without_funds_the_payment_is_owed_and_tried_once_a_day(seller, provider):
    pay_by(provider, seller, ONCE_ONLY)

    tries = [charge(LATER + timedelta(hours=hours)) for hours in range(0, 74, 6)]

    row = subscription_of(seller)
    assert sum(tries) == 3
    assert row.state == _S.SUSPENDED
    assert steps_of(row) == [
        ("ACTIVE", "PAID"),
        ("PAST_DUE", "DECLINED"),
        ("SUSPENDED", "GRACE_OVER"),
    ]
    assert len(charges(provider, seller)) == 3


def test_a_card_that_is_barred_is_never_charged_again(seller, provider):
    pay_by(provider, seller)
    provider.order("declines", code=5005)

    tries = [charge(LATER + timedelta(days=days)) for days in range(5)]

    assert sum(tries) == 1
    assert seller.payment_cards.get().is_barred


def test_an_owed_payment_that_comes_brings_everything_back(seller, provider):
    pay_by(provider, seller)
    provider.order("declines", code=5005)
    charge()

    payment = subscribe(user=seller, basket=basket(), now=LATER + timedelta(days=2)).payment
    came_for(payment, now=LATER + timedelta(days=2))

    row = subscription_of(seller)
    assert (row.state, row.period_from) == (_S.ACTIVE, LATER)


def test_who_cancelled_is_not_charged(seller, provider):
    pay_by(provider, seller)
    cancel(user=seller, at_once=False, now=NOW)

    assert charge() == 0

    assert steps_of(subscription_of(seller))[-1] == ("CANCELED", "PERIOD_OVER")


def test_without_a_card_the_payment_is_owed_until_the_grace_is_over(seller):
    make_subscription(user=seller)

    states = []
    for days in (30, 31, 33, 34):
        renewing.advance(now=NOW + timedelta(days=days))
        states.append(subscription_of(seller).state)

    assert states == [_S.ACTIVE, _S.PAST_DUE, _S.PAST_DUE, _S.SUSPENDED]


def test_a_trial_that_nobody_paid_for_is_over(seller):
    ends_at = NOW + timedelta(days=7)
    make_subscription(
        user=seller, state=_S.TRIALING, period_to=ends_at, access_until=ends_at, charge_at=None
    )

    renewing.advance(now=ends_at)

    assert steps_of(subscription_of(seller)) == [("SUSPENDED", "TRIAL_OVER")]


def test_two_clocks_order_one_charge(seller, provider):
    pay_by(provider, seller)

    renewing.advance(now=LATER)
    renewing.advance(now=LATER)

    assert seller.payments.filter(purpose="RENEWAL").count() == 1


def test_charges_that_nobody_answers_hold_up_nobody_elses(seller, stranger, provider):
    pay_by(provider, seller)
    renewing.advance(now=LATER)
    seller.payments.filter(purpose="RENEWAL").update(state=PaymentState.UNKNOWN)
    Subscription.rows.update(charge_at=LATER)
    pay_by(provider, stranger)

    renewing.advance(now=LATER, most=1)

    assert seller.payments.filter(purpose="RENEWAL").count() == 1
    assert stranger.payments.filter(purpose="RENEWAL").count() == 1


def test_killed_before_the_call_it_is_charged_once(seller, provider):
    pay_by(provider, seller)
    renewing.advance(now=LATER)
    payment = claim()

    resolve_after(payment)

    assert fresh(payment.pk).state == PaymentState.PAID
    assert len(charges(provider, seller)) == 1


def test_killed_after_the_call_it_is_charged_once(seller, provider):
    pay_by(provider, seller)
    renewing.advance(now=LATER)
    payment = claim()
    open_provider().charge(charging._order(payment), request_id=str(payment.request_id))

    resolve_after(payment)

    assert fresh(payment.pk).state == PaymentState.PAID
    assert len(charges(provider, seller)) == 1
    assert subscription_of(seller).period_from == LATER


def test_killed_after_the_call_and_found_hours_later_it_is_not_lost(seller, provider):
    pay_by(provider, seller)
    renewing.advance(now=LATER)
    payment = claim()
    open_provider().charge(charging._order(payment), request_id=str(payment.request_id))

    resolve_after(payment, timedelta(hours=2))

    assert fresh(payment.pk).state == PaymentState.PAID
    assert len(charges(provider, seller)) == 1


def test_a_call_that_is_made_again_is_the_same_request(seller, provider):
    pay_by(provider, seller)
    renewing.advance(now=LATER)
    payment = claim()

    resolve_after(payment)
    open_provider().charge(charging._order(payment), request_id=str(payment.request_id))

    assert len(charges(provider, seller)) == 1


def test_killed_between_the_answer_and_the_row_a_notification_settles_it(seller, provider):
    pay_by(provider, seller)
    renewing.advance(now=LATER)
    payment = claim()
    answer = open_provider().charge(charging._order(payment), request_id=str(payment.request_id))
    assert isinstance(answer, Paid)
    came_for(payment, transaction_id=answer.transaction.transaction_id, now=LATER)

    charging.settle(payment.pk, answer, now=LATER)

    assert [step[1] for step in steps_of(subscription_of(seller))] == ["PAID", "PAID"]


def test_a_silent_provider_that_did_the_work_is_believed_later(seller, provider, settings):
    settings.TIPTOPPAY_TIMEOUT_S = 0.5
    pay_by(provider, seller)
    provider.order(
        "faults", endpoint="payments/tokens/charge", kind="hang", after=True, count=1, timeout_s=2
    )

    charge()
    unknown = payment_of(seller)
    resolve_after(unknown)

    assert (unknown.state, fresh(unknown.pk).state) == (PaymentState.UNKNOWN, PaymentState.PAID)
    assert len(charges(provider, seller)) == 1


def test_a_provider_that_is_away_leaves_the_payment_ready(seller, provider, settings):
    pay_by(provider, seller)
    settings.TIPTOPPAY_URL = "http://127.0.0.1:9"

    assert charge() == 0

    assert (payment_of(seller).state, payment_of(seller).sent_at) == (PaymentState.READY, None)


def test_what_the_provider_never_heard_of_is_lost_and_charged_anew(seller, provider):
    pay_by(provider, seller)
    renewing.advance(now=LATER)
    first = claim()

    resolve_after(first, timedelta(hours=2))
    charge(LATER + timedelta(hours=2))

    assert fresh(first.pk).state == PaymentState.LOST
    assert payment_of(seller).state == PaymentState.PAID
    assert payment_of(seller).pk != first.pk
    assert len(charges(provider, seller)) == 1


def test_no_more_are_charged_at_once_than_the_provider_takes(provider):
    for _ in range(6):
        pay_by(provider, make_user())
    renewing.advance(now=LATER)

    claimed = [charging._claim(LATER) for _ in range(6)]

    assert [one is not None for one in claimed] == [True] * 5 + [False]


def test_money_for_a_period_that_was_paid_otherwise_is_credited(seller, provider):
    pay_by(provider, seller)
    renewing.advance(now=LATER)
    payment = claim()
    cancel(user=seller, at_once=True, now=LATER)

    assert settle_paid(money_of(payment), now=LATER) == Settled.CREDITED

    assert ledger.check_books(now=LATER) == []


def test_who_is_about_to_pay_is_reminded_once(seller):
    make_subscription(user=seller)

    for days in (27, 28, 29):
        renewing.advance(now=NOW + timedelta(days=days))

    assert seller.events.filter(kind="PAYMENT_DUE").count() == 1


def claim() -> Payment:
    """A worker says that it charges, and dies before it does."""
    payment = charging._claim(LATER)
    assert payment is not None
    return payment


def resolve_after(payment: Payment, wait: timedelta = timedelta(minutes=7)) -> None:
    """The clock finds a charge that nobody answered."""
    charging.resolve_unknown(clock=lambda: LATER + wait)


def test_a_bought_month_ends_on_the_last_day_of_a_shorter_one(seller):
    row = buy(seller, now=datetime.fromisoformat("2026-01-31T09:00:00+00:00"))

    assert row.period_to == datetime.fromisoformat("2026-02-28T09:00:00+00:00")
