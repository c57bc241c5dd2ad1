"""What the provider tells us, over HTTP: proved, kept once, answered after it is written."""

from typing import Any

import pytest
from django.urls import reverse

from billing.models import Account, MoneyAlarm, Payment, PaymentState, ProviderEvent
from billing.services import ledger
from billing.services.buying import subscribe
from cube_demper.kernel.money import Money
from tests.billing.buyers import (
    basket,
    buy,
    fields_of,
    fresh,
    notify,
    payment_of,
    signed_headers,
    subscription_of,
)
from tests.billing.selling import open_plans
from tests.factories import NOW

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def plans(db, provider):
    open_plans()


@pytest.fixture
def payment(seller) -> Payment:
    return subscribe(user=seller, basket=basket(), now=NOW).payment


def test_a_payment_that_is_told_is_granted_and_its_fee_and_card_kept(payment, seller):
    answer = notify("pay", **fields_of(payment))

    assert (answer.status_code, answer.json()) == (200, {"code": 0})
    assert subscription_of(seller).state == "ACTIVE"
    assert ledger.balance(Account.FEES) == Money(61_572)
    assert seller.payment_cards.get().token.reveal() == "tk-of-the-payer"


def test_what_is_kept_names_neither_payer_nor_card(payment):
    notify("pay", **fields_of(payment))

    event = ProviderEvent.objects.get()
    assert event.verdict == "granted"
    assert {event.body[name] for name in ("Token", "CardLastFour", "CardFirstSix", "Email")} == {
        "…"
    }


def test_a_repeated_notification_is_answered_alike_and_changes_nothing(payment, seller):
    told = fields_of(payment)
    first = notify("pay", **told)

    second = notify("pay", **told)

    assert first.json() == second.json() == {"code": 0}
    assert ProviderEvent.objects.count() == 1
    assert subscription_of(seller).transitions.count() == 1


@pytest.mark.parametrize(
    "forged",
    [{"secret": "another"}, {"signed": b"TransactionId=1"}],
    ids=["another key", "an altered body"],
)
def test_a_forged_notification_is_refused_and_kept_nowhere(payment, forged):
    answer = notify("pay", **forged, **fields_of(payment))

    assert (answer.status_code, answer.json()["code"]) == (403, "payment-notification-forged")
    assert not ProviderEvent.objects.exists()
    assert fresh(payment.pk).state == PaymentState.WAITING


def test_without_a_signature_nothing_is_read(anyone):
    answer = anyone.post(reverse("billing-webhook-pay"), b"", content_type="text/plain")

    assert answer.status_code == 403


def test_without_a_provider_nothing_is_read(payment, settings):
    settings.TIPTOPPAY_API_SECRET = ""

    assert notify("pay", secret="", **fields_of(payment)).status_code == 503


def test_a_test_payment_grants_nothing_on_a_live_terminal(payment, seller, settings):
    settings.TIPTOPPAY_TEST_MODE = False

    answer = notify("pay", **fields_of(payment))

    assert answer.json() == {"code": 0}
    assert not seller.subscriptions.exists()
    assert MoneyAlarm.objects.get().kind == MoneyAlarm.Kind.WRONG_MODE


def test_money_that_is_only_held_grants_nothing(payment, seller):
    notify("pay", **fields_of(payment, Status="Authorized"))

    assert not seller.subscriptions.exists()
    assert fresh(payment.pk).state == PaymentState.WAITING


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({}, 0),
        ({"InvoiceId": "8c0f3b0e-5a52-4f0c-9a0e-0d6a3c1b7f10"}, 10),
        ({"InvoiceId": "inv"}, 10),
        ({"AccountId": "seller-0"}, 11),
        ({"Amount": "1.00"}, 12),
        ({"Currency": "RUB"}, 12),
        ({"TestMode": 0}, 13),
    ],
)
def test_before_anything_moves_we_say_whether_it_may(payment, told, code):
    answer = notify("check", **fields_of(payment, **told))

    assert answer.json() == {"code": code}


@pytest.mark.parametrize(
    ("state", "code"),
    [("CANCELED", 20), ("LOST", 20), ("DECLINED", 13), ("SENDING", 0), ("UNKNOWN", 0)],
)
def test_whether_it_may_hangs_on_the_row(payment, state, code):
    Payment.rows.filter(pk=payment.pk).update(state=state)

    assert notify("check", **fields_of(payment)).json() == {"code": code}


def test_a_payer_whose_card_was_declined_may_try_another(payment, seller):
    told = fields_of(payment, ReasonCode=5051, Reason="InsufficientFunds")
    told.pop("Status")

    answer = notify("fail", **told)

    row = fresh(payment.pk)
    assert answer.json() == {"code": 0}
    assert (row.state, row.decline_code) == (PaymentState.WAITING, 5051)
    assert notify("pay", **fields_of(payment)).json() == {"code": 0}
    assert subscription_of(seller).state == "ACTIVE"


def test_a_refund_made_in_the_cabinet_is_written_down_and_ends_access(seller):
    buy(seller)
    paid = payment_of(seller)
    told: dict[str, Any] = {
        "TransactionId": 1,
        "PaymentTransactionId": paid.transaction_id,
        "Amount": "21990.00",
        "DateTime": "2026-03-02 09:00:00",
        "OperationType": "Refund",
    }

    answers = [notify("refund", **told), notify("refund", **told)]

    assert [answer.json() for answer in answers] == [{"code": 0}, {"code": 0}]
    assert fresh(paid.pk).refunded == paid.amount
    assert subscription_of(seller).state == "CANCELED"
    assert ledger.check_books(now=NOW) == []


def test_a_refund_of_something_unknown_is_told():
    notify(
        "refund",
        TransactionId=1,
        PaymentTransactionId=2,
        Amount="1.00",
        DateTime="2026-03-02 09:00:00",
        OperationType="Refund",
    )

    assert MoneyAlarm.objects.get().kind == MoneyAlarm.Kind.UNASKED


def test_a_schedule_that_we_never_made_is_told():
    notify(
        "recurrent",
        Id="sc_1",
        AccountId="seller-1",
        Description="x",
        Email="",
        Amount="21990.00",
        Currency="KZT",
        RequireConfirmation=0,
        StartDate="2026-03-02 09:00:00",
        Interval="Month",
        Period=1,
        Status="Active",
        SuccessfulTransactionsNumber=1,
        FailedTransactionsNumber=0,
    )

    assert MoneyAlarm.objects.get().kind == MoneyAlarm.Kind.STRANGE_SCHEDULE


@pytest.mark.parametrize("body", ["TransactionId=1", "", "%ff=1&%ff=1"])
def test_what_is_signed_and_makes_no_sense_is_refused(body, anyone):
    answer = anyone.generic(
        "POST",
        reverse("billing-webhook-pay"),
        body,
        content_type="application/x-www-form-urlencoded",
        **signed_headers(body.encode()),
    )

    assert answer.status_code == 422


def test_a_notification_is_answered_within_a_handful_of_queries(
    payment, django_assert_max_num_queries
):
    told = fields_of(payment)
    notify("pay", **told)

    with django_assert_max_num_queries(6):
        notify("pay", **told)
