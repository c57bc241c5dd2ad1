from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from billing.errors import (
    AlreadySubscribed,
    NothingChanges,
    PaymentsOff,
    PaymentUnderWay,
    PromoUnusable,
    SubscriptionRests,
)
from billing.models import (
    Account,
    Cause,
    MoneyAlarm,
    Payment,
    PaymentState,
    Period,
    SubscriptionState,
)
from billing.services import changing, ledger
from billing.services.buying import make_link, subscribe
from billing.services.settling import Settled
from billing.services.subscriptions import cancel, resume
from cube_demper.kernel.money import Money
from tests.billing.buyers import (
    basket,
    buy,
    came_for,
    fresh,
    make_payment_card,
    make_subscription,
    payment_of,
    saved_card,
    steps_of,
    subscription_of,
)
from tests.billing.selling import make_promo, make_version, open_plans, plan_version
from tests.factories import NOW

pytestmark = pytest.mark.db
_S = SubscriptionState


@pytest.fixture(autouse=True)
def plans(db, provider):
    open_plans()


def test_ordering_grants_nothing(seller):
    intent = subscribe(user=seller, basket=basket(), now=NOW)

    assert (intent.payment.state, intent.payment.amount) == ("WAITING", Money.tenge(21_990))
    assert intent.widget["externalId"] == str(intent.payment.pk)
    assert not seller.subscriptions.exists()
    assert AuditEntry.objects.for_user(seller).get().action == "payment.ordered"


def test_a_payment_begins_a_subscription(seller):
    row = buy(seller)

    assert (row.state, row.period_from, row.period_to) == (
        _S.ACTIVE,
        NOW,
        NOW.replace(month=4),
    )
    assert row.access_until == row.period_to + timedelta(days=3)
    assert steps_of(row) == [("ACTIVE", "PAID")]
    assert payment_of(seller).subscription == row
    assert ledger.check_books(now=NOW) == []


def test_the_same_payment_told_twice_is_one(seller):
    payment = subscribe(user=seller, basket=basket(), now=NOW).payment
    came_for(payment, transaction_id=5)

    assert came_for(payment, transaction_id=5) == Settled.DUPLICATE

    assert steps_of(subscription_of(seller)) == [("ACTIVE", "PAID")]
    assert payment.ledger.count() == 4


def test_without_a_provider_nothing_can_be_ordered(seller, settings):
    settings.TIPTOPPAY_PUBLIC_ID = ""

    with pytest.raises(PaymentsOff):
        subscribe(user=seller, basket=basket(), now=NOW)

    assert not seller.payments.exists()


def test_what_is_paid_for_is_not_bought_again(seller):
    buy(seller)

    with pytest.raises(AlreadySubscribed):
        subscribe(user=seller, basket=basket("premium"), now=NOW)


def test_another_order_takes_the_place_of_one_that_waits(seller):
    first = subscribe(user=seller, basket=basket(), now=NOW).payment

    second = subscribe(user=seller, basket=basket("premium"), now=NOW).payment

    assert (fresh(first.pk).state, fresh(second.pk).state) == ("CANCELED", "WAITING")


def test_an_order_waits_for_money_that_moves(seller):
    payment = subscribe(user=seller, basket=basket(), now=NOW).payment
    Payment.rows.filter(pk=payment.pk).update(state=PaymentState.UNKNOWN)

    with pytest.raises(PaymentUnderWay):
        subscribe(user=seller, basket=basket("premium"), now=NOW)


def test_money_for_a_cancelled_order_is_credited_and_told(seller):
    first = subscribe(user=seller, basket=basket(), now=NOW).payment
    subscribe(user=seller, basket=basket("premium"), now=NOW)

    assert came_for(first) == Settled.CREDITED

    assert not seller.subscriptions.exists()
    assert MoneyAlarm.objects.get().kind == MoneyAlarm.Kind.CREDITED
    assert ledger.balance(Account.SELLER, user_id=seller.pk) == Money.tenge(-21_990)
    assert ledger.check_books(now=NOW) == []


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ({"is_test": False}, Settled.WRONG_MODE),
        ({"invoice_id": "8c0f3b0e-5a52-4f0c-9a0e-0d6a3c1b7f10"}, Settled.UNASKED),
        ({"invoice_id": "nonsense"}, Settled.UNASKED),
        ({"account_id": "seller-0"}, Settled.DIFFERENT),
        ({"amount": Money.tenge(1)}, Settled.DIFFERENT),
        ({"currency": "RUB"}, Settled.DIFFERENT),
    ],
)
def test_money_that_does_not_fit_grants_nothing(seller, told, verdict):
    payment = subscribe(user=seller, basket=basket(), now=NOW).payment

    assert came_for(payment, **told) == verdict

    assert not seller.subscriptions.exists()
    assert fresh(payment.pk).state == PaymentState.WAITING
    assert MoneyAlarm.objects.count() == 1


def test_a_second_transaction_for_a_paid_order_is_told(seller):
    payment = subscribe(user=seller, basket=basket(), now=NOW).payment
    came_for(payment)

    assert came_for(payment) == Settled.UNASKED

    assert MoneyAlarm.objects.get().payment == payment


def test_who_bought_an_older_version_keeps_its_terms(seller):
    row = buy(seller)

    make_version(code="basic", repriced_products=1)

    assert subscription_of(seller).version == row.version
    assert basket().version.repriced_products == 1


def test_a_promo_code_halves_the_first_payment_and_is_used_once(seller, stranger):
    make_promo(most_uses=1)
    payment = subscribe(user=seller, basket=basket(), promo="start", now=NOW).payment

    came_for(payment)

    assert payment.amount == Money.tenge(10_995)
    with pytest.raises(PromoUnusable):
        subscribe(user=stranger, basket=basket(), promo="START", now=NOW)


@pytest.mark.parametrize(
    "fields",
    [
        {"valid_from": NOW + timedelta(seconds=1)},
        {"valid_from": NOW - timedelta(days=2), "valid_to": NOW},
        {"most_uses": 0},
    ],
    ids=["not yet", "expired", "used up"],
)
def test_a_promo_code_that_does_not_hold_is_refused(seller, fields):
    make_promo(**fields)

    with pytest.raises(PromoUnusable):
        subscribe(user=seller, basket=basket(), promo="START", now=NOW)

    assert not seller.payments.exists()


def test_a_promo_code_of_another_plan_is_refused(seller):
    make_promo(plan=plan_version("premium").plan)

    with pytest.raises(PromoUnusable):
        subscribe(user=seller, basket=basket(), promo="START", now=NOW)


def test_more_is_paid_for_the_rest_of_the_period(seller):
    row = make_subscription(user=seller)
    halfway = row.period_from + (row.period_to - row.period_from) / 2

    offered = changing.preview(user=seller, basket=basket("premium"), now=halfway)
    changed = changing.change(user=seller, basket=basket("premium"), now=halfway)

    assert (offered.due_now, offered.credit) == (Money.tenge(6_000), Money.tenge(10_995))
    assert changed.quote == offered
    assert subscription_of(seller).version == row.version
    came_for(payment_of(seller), now=halfway)
    after = subscription_of(seller)
    assert (after.version.plan.code, after.period_to) == ("premium", row.period_to)


def test_less_begins_with_the_next_period(seller):
    row = make_subscription(user=seller, plan="premium")

    changed = changing.change(user=seller, basket=basket(), now=NOW + timedelta(days=1))

    after = subscription_of(seller)
    assert (changed.intent, changed.quote.takes_effect_at) == (None, row.period_to)
    assert (after.version, after.next_version) == (row.version, basket().version)


def test_a_year_begins_at_once_less_what_is_left_of_the_month(seller):
    make_subscription(user=seller)

    changed = changing.change(user=seller, basket=basket(period=Period.YEAR), now=NOW)
    came_for(payment_of(seller))

    after = subscription_of(seller)
    assert changed.quote.due_now == Money.tenge(219_900 - 21_990)
    assert (after.period, after.period_to) == (Period.YEAR, NOW.replace(year=2027))


def test_a_saved_card_is_charged_for_a_change(seller):
    make_subscription(user=seller)
    card = make_payment_card(user=seller)

    changed = changing.change(user=seller, basket=basket(preorders=1), now=NOW)

    assert changed.intent is not None
    assert (changed.intent.widget, changed.intent.payment.card) == ({}, card)
    assert changed.intent.payment.state == PaymentState.READY


def test_what_is_there_already_is_no_change(seller):
    make_subscription(user=seller)

    with pytest.raises(NothingChanges):
        changing.change(user=seller, basket=basket(), now=NOW)


def test_nothing_changes_while_a_payment_is_owed(seller):
    make_subscription(user=seller, state=_S.PAST_DUE)

    with pytest.raises(SubscriptionRests):
        changing.change(user=seller, basket=basket("premium"), now=NOW)


def test_a_cancelled_subscription_lasts_as_long_as_it_is_paid_for(seller):
    buy(seller)

    cancel(user=seller, at_once=False, now=NOW)

    row = subscription_of(seller)
    assert (row.state, row.ends_with_period) == (_S.ACTIVE, True)
    resume(user=seller, now=NOW)
    assert not subscription_of(seller).ends_with_period


def test_cancelled_at_once_it_is_over(seller):
    buy(seller)

    cancel(user=seller, at_once=True, now=NOW)

    row = subscription_of(seller)
    assert (row.state, row.access_until, row.ended_at, row.charge_at) == (
        *(_S.CANCELED, NOW, NOW),
        None,
    )
    assert steps_of(row)[-1] == ("CANCELED", Cause.SELLER)


def test_what_is_over_can_be_bought_anew(seller):
    buy(seller)
    cancel(user=seller, at_once=True, now=NOW)

    buy(seller, "standard")

    assert seller.subscriptions.count() == 2


def test_a_link_is_made_once(seller, provider):
    payment = subscribe(user=seller, basket=basket(), now=NOW).payment

    url = make_link(user=seller, payment=payment)
    again = make_link(user=seller, payment=fresh(payment.pk))

    assert url == again
    assert len(provider.ask("links")["links"]) == 1


def test_another_card_takes_the_place_of_the_one_before(seller):
    buy(seller)
    payment = subscribe_again(seller)

    came_for(payment, card=saved_card(seller, "tk-2"))

    kept = seller.payment_cards.get(removed_at=None)
    assert (kept.token.reveal(), seller.payment_cards.count()) == ("tk-2", 2)


def subscribe_again(seller):
    cancel(user=seller, at_once=True, now=NOW)
    return subscribe(user=seller, basket=basket(), now=NOW).payment
