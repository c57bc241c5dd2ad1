"""Our client at the stand-in: what becomes of money, and what silence is taken for."""

from datetime import datetime, timedelta

import pytest

from billing.clients.tiptoppay import TipTopPay
from billing.clients.wire import Terminal, Wire
from billing.errors import (
    PaymentsOff,
    ProviderKeyRefused,
    ProviderRefused,
    ScheduleEnded,
)
from billing.gateway import open_provider
from billing.ports import (
    Authorised,
    Declined,
    Done,
    Hook,
    NotificationKind,
    Operation,
    Paid,
    Refunded,
    Refused,
    ScheduleStatus,
    TransactionStatus,
)
from cube_demper.kernel.money import Money
from tests.billing.clients.asking import ODD_PRICE, PRICE, a_charge, a_request, a_schedule, a_token
from tests.billing.provider import NO_FUNDS, ONCE_ONLY, PUBLIC_ID, SECRET

pytestmark = pytest.mark.flow


def test_without_a_key_payments_are_off(settings):
    settings.TIPTOPPAY_PUBLIC_ID = ""

    with pytest.raises(PaymentsOff):
        open_provider()


def test_the_provider_that_is_there_lets_us_in(client):
    client.ping()


def test_another_key_is_refused(provider):
    client = TipTopPay(Wire(Terminal(provider.url, PUBLIC_ID, "another")))

    with pytest.raises(ProviderKeyRefused):
        client.charge(a_charge("tk_any"), request_id="intent-1")


def test_a_payment_in_the_widget_is_found_by_its_invoice(provider, client):
    paid = provider.pay(client.widget(a_request(amount=ODD_PRICE)))

    found = client.payment_by("inv-1")

    assert (found.transaction_id, found.amount, found.currency) == (
        paid["TransactionId"],
        ODD_PRICE,
        "KZT",
    )
    assert (found.status, found.operation) == (TransactionStatus.COMPLETED, Operation.PAYMENT)
    assert (found.account_id, found.is_test, found.reason_code) == ("tenant-1", True, 0)
    assert (found.card.token, found.card.last_four) == (paid["Token"], "3055")


@pytest.mark.parametrize("tiyn", [1, 99, 100, 2_199_055, 999_999_999_999])
def test_an_amount_arrives_to_the_tiyn(provider, client, tiyn):
    token = a_token(provider, client)

    outcome = client.charge(a_charge(token, amount=Money(tiyn)), request_id="intent-1")

    assert isinstance(outcome, Paid)
    assert (outcome.transaction.amount, outcome.transaction.currency) == (Money(tiyn), "KZT")


@pytest.mark.parametrize("tiyn", [0, -1])
def test_nothing_is_not_asked_for(client, tiyn):
    with pytest.raises(ValueError, match="cannot be asked"):
        client.charge(a_charge("tk_any", amount=Money(tiyn)), request_id="intent-1")


def test_a_charge_under_an_id_that_was_used_is_the_first_one_again(provider, client):
    token = a_token(provider, client)
    first = client.charge(a_charge(token), request_id="intent-1")

    again = client.charge(a_charge(token), request_id="intent-1")

    assert again == first
    assert len(provider.operations(invoice="inv-2")) == 1


def test_a_declined_charge_tells_its_code_and_what_to_tell_the_payer(provider, client):
    token = a_token(provider, client, card=ONCE_ONLY)

    outcome = client.charge(a_charge(token), request_id="intent-1")

    assert isinstance(outcome, Declined)
    assert (outcome.code, outcome.message) == (5051, "Недостаточно средств на карте")


def test_a_declined_payment_is_found_declined_whatever_success_is_said_to_be(provider, client):
    provider.pay(client.widget(a_request()), card=NO_FUNDS)
    found = client.payment_by("inv-1")
    provider.order("settings", declined_is_success=True)

    again = client.payment_by("inv-1")

    assert (found.status, again) == (TransactionStatus.DECLINED, found)


def test_a_charge_that_makes_no_sense_is_refused(client):
    outcome = client.charge(a_charge(""), request_id="intent-1")

    assert outcome == Refused("Token is required")


def test_money_is_held_and_taken(provider, client):
    token = a_token(provider, client)
    held = client.authorise(a_charge(token), request_id="intent-1")
    assert isinstance(held, Authorised)
    number = held.transaction.transaction_id

    taken = client.confirm(number, Money.tenge(100), request_id="intent-1-take")

    found = client.transaction(number)
    assert (taken, found.status, found.amount) == (
        Done(),
        TransactionStatus.COMPLETED,
        Money.tenge(100),
    )


def test_money_that_is_held_is_let_go_once(provider, client):
    token = a_token(provider, client)
    held = client.authorise(a_charge(token), request_id="intent-1")
    number = held.transaction.transaction_id

    first = client.void(number, request_id="intent-2")
    second = client.void(number, request_id="intent-3")

    assert (first, second) == (Done(), Refused("Transaction is not authorized"))


def test_a_refund_is_an_operation_and_its_payment_is_still_found(provider, client):
    paid = provider.pay(client.widget(a_request()))

    back = client.refund(paid["TransactionId"], Money.tenge(90), request_id="refund-1")

    found = client.payment_by("inv-1")
    assert isinstance(back, Refunded)
    assert found.transaction_id == paid["TransactionId"]
    assert client.transaction(back.transaction_id).refunded_id == paid["TransactionId"]


def test_a_payment_is_found_also_where_its_refund_does_not_name_it(provider, client):
    paid = provider.pay(client.widget(a_request()))
    client.refund(paid["TransactionId"], PRICE, request_id="refund-1")
    provider.order("settings", refund_names_payment=False)

    found = client.payment_by("inv-1")

    assert found.transaction_id == paid["TransactionId"]


def test_more_than_was_paid_is_not_given_back(provider, client):
    paid = provider.pay(client.widget(a_request()))

    back = client.refund(paid["TransactionId"], PRICE + Money(1), request_id="refund-1")

    assert back == Refused("Amount is greater than what is left of the payment")


def test_what_never_was_is_not_found(client):
    assert (client.payment_by("inv-0"), client.transaction(1)) == (None, None)


def test_the_operations_of_a_day_are_all_of_them(provider, client):
    paid = provider.pay(client.widget(a_request()))
    client.refund(paid["TransactionId"], PRICE, request_id="refund-1")
    today = datetime.fromisoformat(paid["CreatedDateIso"]).date()

    found = client.operations_of(today)

    kinds = [one.operation for one in found]
    assert kinds == [Operation.PAYMENT, Operation.REFUND]
    assert client.operations_of(today - timedelta(days=2)) == []


def test_a_link_is_paid_and_then_cannot_be_closed(provider, client):
    link = client.make_link(a_request(), request_id="intent-1")
    provider.pay_link(link.link_id)

    with pytest.raises(ProviderRefused):
        client.cancel_link(link.link_id)

    assert link.url == f"{provider.url}/d/{link.link_id}"
    found = client.payment_by("inv-1")
    assert (found.status, found.currency) == (TransactionStatus.COMPLETED, "KZT")


def test_a_schedule_is_made_changed_and_ended(provider, client):
    token = a_token(provider, client)
    made = client.make_schedule(a_schedule(token, max_periods=12), request_id="intent-1")
    changed = client.change_schedule(made.schedule_id, amount=ODD_PRICE, description="other")
    client.cancel_schedule(made.schedule_id)

    found = client.schedule(made.schedule_id)

    assert (made.status, made.currency, made.amount) == (ScheduleStatus.ACTIVE, "KZT", PRICE)
    assert (changed.amount, changed.currency) == (ODD_PRICE, "KZT")
    assert (found.status, found.next_at) == (ScheduleStatus.CANCELLED, None)
    assert client.schedules_of("tenant-1") == [found]
    assert client.schedule("sc_none") is None


def test_a_schedule_that_is_over_is_not_switched_on_by_a_change(provider, client):
    token = a_token(provider, client)
    made = client.make_schedule(a_schedule(token), request_id="intent-1")
    client.cancel_schedule(made.schedule_id)

    with pytest.raises(ScheduleEnded):
        client.change_schedule(made.schedule_id, amount=PRICE, description="plan")

    assert client.schedule(made.schedule_id).status is ScheduleStatus.CANCELLED


def test_addresses_are_set_by_post(client):
    client.set_hook(NotificationKind.PAY, "https://house.example/pay")

    assert client.hook(NotificationKind.PAY) == Hook(
        True, "https://house.example/pay", "POST", "UTF8", "CloudPayments"
    )


def test_neither_key_nor_token_is_in_what_is_written_out(provider, client):
    token = a_token(provider, client)
    outcome = client.charge(a_charge(token), request_id="intent-1")

    terminal = Terminal(provider.url, PUBLIC_ID, SECRET)
    written = repr((terminal, Wire(terminal), a_charge(token), a_schedule(token), outcome))

    assert [secret for secret in (token, SECRET, "3055") if secret in written] == []
