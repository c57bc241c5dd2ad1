"""Answers that make no sense are said to be broken: never paid, never declined, never missing."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.clients import answers, figures
from billing.clients.answers import Envelope
from billing.errors import ProviderBroken
from billing.ports import Challenge, Declined, Refused, TransactionStatus
from cube_demper.kernel.money import Money

pytestmark = pytest.mark.unit

PAID = {
    "TransactionId": 900000001,
    "Amount": 21990,
    "Currency": "KZT",
    "Status": "Completed",
    "TestMode": True,
}


def an_answer(model, *, is_success=True):
    return Envelope(is_success, "", model)


def test_a_transaction_with_what_it_must_have_is_understood():
    found = answers.transaction(PAID)

    assert (found.amount, found.status) == (Money.tenge(21_990), TransactionStatus.COMPLETED)
    assert (found.invoice_id, found.card, found.fee, found.created_at) == ("", None, None, None)


def test_an_invoice_that_is_told_as_a_number_is_text():
    found = answers.transaction(PAID | {"InvoiceId": 1234567})

    assert found.invoice_id == "1234567"


def test_a_moment_is_understood_in_either_manner():
    both = PAID | {"CreatedDate": "/Date(1767225600000)/", "ConfirmDateIso": "2026-01-01T00:00:01"}

    found = answers.transaction(both)

    assert found.created_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert found.confirmed_at == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("said", ["", "yesterday", "/Date(999999999999999)/", None, 5])
def test_a_moment_that_nobody_understands_is_none(said):
    assert figures.moment(said) is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"TransactionId": None}, id="no-number"),
        pytest.param({"TransactionId": "1"}, id="number-as-text"),
        pytest.param({"TransactionId": True}, id="number-as-yes"),
        pytest.param({"Amount": None}, id="no-amount"),
        pytest.param({"Amount": True}, id="amount-as-yes"),
        pytest.param({"Amount": 21990.0}, id="amount-as-float"),
        pytest.param({"Amount": Decimal("0.001")}, id="less-than-a-tiyn"),
        pytest.param({"Amount": Decimal("1E+30")}, id="amount-without-end"),
        pytest.param({"Currency": ""}, id="no-currency"),
        pytest.param({"Status": "Frozen"}, id="new-status"),
        pytest.param({"TestMode": 1}, id="mode-as-number"),
        pytest.param({"Type": 7}, id="new-operation"),
        pytest.param({"ReasonCode": "5051"}, id="code-as-text"),
    ],
)
def test_a_transaction_that_makes_no_sense_is_broken(change):
    with pytest.raises(ProviderBroken):
        answers.transaction(PAID | change)


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(None, id="nothing"),
        pytest.param([PAID], id="list"),
        pytest.param({"AcsUrl": "https://bank.example"}, id="half-a-challenge"),
        pytest.param(PAID | {"Status": "AwaitingAuthentication"}, id="waits-nobody-knows-where"),
    ],
)
def test_a_success_that_makes_no_sense_is_broken(model):
    with pytest.raises(ProviderBroken):
        answers.charge_outcome(an_answer(model))


@pytest.mark.parametrize("said", [None, [], {}, {"Success": "true"}, {"Success": 1}])
def test_what_has_no_envelope_is_broken(said):
    with pytest.raises(ProviderBroken):
        answers.envelope(said)


def test_a_bank_that_wants_to_see_the_payer_is_a_challenge():
    model = {"TransactionId": 1, "AcsUrl": "https://bank.example/acs", "PaReq": "eyJ4"}

    outcome = answers.charge_outcome(an_answer(model, is_success=False))

    assert outcome == Challenge(1, "https://bank.example/acs", "eyJ4")


def test_a_refusal_without_a_model_is_a_refusal():
    outcome = answers.charge_outcome(Envelope(False, "Amount is required", None))

    assert outcome == Refused("Amount is required")


@pytest.mark.parametrize("is_success", [True, False])
def test_a_declined_payment_is_declined_whatever_success_says(is_success):
    model = PAID | {"Status": "Declined", "ReasonCode": 5051, "CardHolderMessage": "Қаражат аз"}

    outcome = answers.charge_outcome(an_answer(model, is_success=is_success))

    assert isinstance(outcome, Declined)
    assert (outcome.code, outcome.message) == (5051, "Қаражат аз")


@pytest.mark.parametrize(
    ("is_success", "model"), [(False, []), (True, None), (True, {}), (True, [{}])]
)
def test_a_failed_list_is_no_empty_list(is_success, model):
    with pytest.raises(ProviderBroken):
        answers.each(an_answer(model, is_success=is_success), answers.transaction)


@given(st.integers(1, 10**12))
def test_an_amount_that_is_written_is_read_again(tiyn):
    written = figures.tenge(Money(tiyn))

    assert figures.money(written) == figures.money(Decimal(written)) == Money(tiyn)


scalars = st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=20)


@given(st.dictionaries(st.sampled_from([*PAID, "Type", "ReasonCode", "TotalFee"]), scalars))
def test_any_model_is_understood_or_broken(change):
    try:
        answers.charge_outcome(an_answer(PAID | change))
    except ProviderBroken:
        return
