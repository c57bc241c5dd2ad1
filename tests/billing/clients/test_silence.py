"""What our client takes silence and trouble for: never for a payment, never for none."""

import pytest

from billing.clients.tiptoppay import TipTopPay
from billing.clients.wire import Terminal, Wire
from billing.errors import (
    LinkUnanswered,
    ProviderBroken,
    ProviderBusy,
    ProviderGone,
    ScheduleUnanswered,
)
from billing.ports import Paid, Unknown
from tests.billing.clients.asking import PRICE, a_charge, a_request, a_schedule, a_token
from tests.billing.provider import PUBLIC_ID, SECRET

pytestmark = pytest.mark.flow


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "hang", "after": True, "timeout_s": 1}, id="hangs-having-done-it"),
        pytest.param({"kind": "hang", "timeout_s": 1}, id="hangs-having-done-nothing"),
        pytest.param({"kind": "reset", "after": True}, id="breaks-off"),
        pytest.param({"kind": "500", "after": True}, id="fails-having-done-it"),
        pytest.param({"kind": "502"}, id="proxy"),
        pytest.param({"kind": "301"}, id="leads-elsewhere"),
        pytest.param({"kind": "404"}, id="is-not-there"),
        pytest.param({"kind": "truncated"}, id="half-an-answer"),
    ],
)
def test_what_is_not_answered_plainly_is_unknown_and_shows_when_asked_again(
    provider, client, impatient, fault
):
    token = a_token(provider, client)
    provider.order("faults", endpoint="payments/tokens/charge", count=1, **fault)

    silence = impatient.charge(a_charge(token), request_id="intent-1")
    outcome = client.charge(a_charge(token), request_id="intent-1")

    assert isinstance(silence, Unknown)
    assert isinstance(outcome, Paid)
    assert client.payment_by("inv-2") == outcome.transaction
    assert len(provider.operations(invoice="inv-2")) == 1


@pytest.mark.parametrize(
    ("endpoint", "ask"),
    [
        ("payments/refund", lambda client: client.refund(1, PRICE, request_id="one")),
        ("payments/void", lambda client: client.void(1, request_id="one")),
        ("payments/confirm", lambda client: client.confirm(1, PRICE, request_id="one")),
    ],
    ids=["refund", "void", "confirm"],
)
@pytest.mark.parametrize("kind", ["500", "truncated"])
def test_a_step_that_is_not_answered_plainly_is_unknown(provider, client, endpoint, ask, kind):
    provider.order("faults", endpoint=endpoint, kind=kind)

    outcome = ask(client)

    assert isinstance(outcome, Unknown)


@pytest.mark.parametrize(
    ("endpoint", "ask", "error"),
    [
        ("v2/payments/find", lambda client: client.payment_by("inv-1"), ProviderGone),
        (
            "orders/create",
            lambda client: client.make_link(a_request(), request_id="one"),
            LinkUnanswered,
        ),
        (
            "subscriptions/create",
            lambda client: client.make_schedule(a_schedule("tk"), request_id="one"),
            ScheduleUnanswered,
        ),
    ],
    ids=["find", "link", "schedule"],
)
def test_silence_where_no_money_moves_is_an_error(provider, client, endpoint, ask, error):
    provider.order("faults", endpoint=endpoint, kind="502")

    with pytest.raises(error):
        ask(client)


def test_trouble_is_never_taken_for_not_found(provider, client):
    provider.order("faults", endpoint="v2/payments/find", kind="truncated")

    with pytest.raises(ProviderBroken):
        client.payment_by("inv-1")


def test_a_look_that_is_refused_is_not_taken_for_not_found(client):
    with pytest.raises(ProviderBroken):
        client.payment_by("")


def test_a_moment_without_room_is_waited_for(provider, impatient):
    provider.order("faults", endpoint="test", kind="429", count=3)

    impatient.ping()

    assert len(provider.ask("requests", endpoint="test")["requests"]) == 4


def test_where_there_is_no_room_for_long_nothing_was_done_and_a_time_is_told(provider, impatient):
    provider.order("faults", endpoint="payments/tokens/charge", kind="429")

    with pytest.raises(ProviderBusy) as caught:
        impatient.charge(a_charge("tk_any"), request_id="intent-1")

    assert caught.value.retry_at is not None
    assert provider.operations(invoice="inv-2") == []


def test_a_provider_that_nobody_reaches_was_not_asked():
    client = TipTopPay(Wire(Terminal("http://127.0.0.1:1", PUBLIC_ID, SECRET)))

    with pytest.raises(ProviderGone):
        client.charge(a_charge("tk_any"), request_id="intent-1")
