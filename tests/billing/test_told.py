"""The provider and our house over real HTTP: what it tells by itself, and what comes of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.gateway import open_provider
from billing.models import Account, PaymentState, ProviderEvent
from billing.ports import NotificationKind
from billing.services import charging, ledger, renewing
from billing.services.buying import subscribe
from billing.services.refunds import refund
from cube_demper.kernel.money import Money
from tests.billing.buyers import basket, fresh, payment_of, subscription_of
from tests.billing.provider import ASKS_3DS, NO_3DS, NO_FUNDS
from tests.billing.selling import open_plans
from tests.factories import NOW

pytestmark = pytest.mark.flow


@pytest.fixture(autouse=True)
def house(provider, live_server):
    """A house that the provider can tell what happens; ended before its database is emptied."""
    open_plans()
    for kind in NotificationKind:
        open_provider().set_hook(kind, f"{live_server.url}/billing/webhooks/{kind}")
    yield
    provider.order("reset")


def order(user):
    return subscribe(user=user, basket=basket(), now=timezone.now())


def codes_told(provider) -> list[tuple[str, int]]:
    """Every notification with the code that we answered."""
    return [(one["kind"], one["code"]) for one in provider.ask("notifications")["tries"]]


def test_who_pays_in_the_widget_has_what_was_bought(seller, provider):
    intent = order(seller)

    provider.pay(intent.widget, card=ASKS_3DS)
    provider.settle()

    assert codes_told(provider) == [("check", 0), ("pay", 0)]
    assert fresh(intent.payment.pk).state == PaymentState.PAID
    assert subscription_of(seller).state == "ACTIVE"
    assert ledger.check_books(now=timezone.now()) == []


def test_what_is_told_twice_counts_once(seller, provider):
    provider.order("notifications", what="twice", kind="pay")
    intent = order(seller)

    provider.pay(intent.widget)
    provider.settle()
    number = provider.ask("notifications")["tries"][-1]["number"]
    provider.order("notifications/repeat", number=number)
    provider.settle()

    assert codes_told(provider) == [("check", 0), *[("pay", 0)] * 3]
    assert ProviderEvent.objects.count() == 1
    assert ledger.balance(Account.REVENUE) == Money.tenge(-21_990)


def test_who_is_declined_may_pay_with_another_card(seller, provider):
    intent = order(seller)
    provider.pay(intent.widget, card=NO_FUNDS)
    provider.settle()
    waiting = fresh(intent.payment.pk)

    provider.pay(intent.widget, card=NO_3DS)
    provider.settle()

    assert (waiting.state, waiting.decline_code) == (PaymentState.WAITING, 5051)
    assert fresh(intent.payment.pk).state == PaymentState.PAID


def test_who_alters_the_amount_pays_nothing_and_has_nothing(seller, provider):
    intent = order(seller)

    told = provider.pay({**intent.widget, "amount": 1})
    provider.settle()

    assert (told["Status"], told["ReasonCode"]) == ("Declined", 3003)
    assert fresh(intent.payment.pk).state == PaymentState.WAITING


@pytest.mark.parametrize("early", ["call", "check"])
def test_a_renewal_of_which_the_provider_tells_early_is_paid_once(seller, provider, early):
    provider.pay(order(seller).widget)
    provider.settle()
    provider.order("settings", early_pay=early)
    later = subscription_of(seller).period_to + timedelta(minutes=1)

    renewing.advance(now=later)
    charging.charge_ready(clock=lambda: later, until=later + timedelta(seconds=20))
    provider.settle()

    assert payment_of(seller).state == PaymentState.PAID
    assert [one["Status"] for one in provider.operations()] == ["Completed"] * 2
    assert [code for _, code in codes_told(provider)] == (
        [0, 0, 0, 13] if early == "check" else [0, 0, 0, 0]
    )
    assert ledger.check_books(now=later) == []


def test_a_refund_of_ours_that_is_told_back_is_made_once(seller, operator, provider):
    intent = order(seller)
    provider.pay(intent.widget)
    provider.settle()
    half = Money(intent.payment.amount.tiyn // 2)

    refund(payment_id=intent.payment.pk, amount=half, reason="Asked.", operator=operator, now=NOW)
    provider.settle()

    assert codes_told(provider)[-1] == ("refund", 0)
    assert fresh(intent.payment.pk).refunded == half
    assert fresh(intent.payment.pk).refunds.count() == 1
