"""Bodies as the sender writes them become notices; what makes no sense is refused, whole."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.clients.notifications import (
    CancelNotice,
    CheckNotice,
    ConfirmNotice,
    FailNotice,
    PayNotice,
    RecurrentNotice,
    RefundNotice,
    read,
)
from billing.errors import NotificationUnreadable
from billing.ports import (
    Interval,
    NotificationKind,
    Operation,
    SavedCard,
    Schedule,
    ScheduleStatus,
    TransactionStatus,
)
from cube_demper.kernel.money import Money

pytestmark = pytest.mark.unit

FORM = "application/x-www-form-urlencoded"
NOON = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)
CHECK = (
    b"TransactionId=900000001&Amount=21990.00&Currency=KZT&PaymentAmount=21990.00"
    b"&PaymentCurrency=KZT&DateTime=2026-01-01+12%3a30%3a00&CardFirstSix=424242&CardLastFour=4242"
    b"&CardType=Visa&CardExpDate=12%2f30&TestMode=1&OperationType=Payment&InvoiceId=inv-0001"
    b"&AccountId=tenant-0001&SubscriptionId=&Name=AIGERIM+TEST&Email=a%40example.kz"
    b"&IpAddress=127.0.0.1&Data=%7b%22plan%22%3a%22pro%22%7d"
)
PAY = CHECK + b"&Status=Completed&GatewayName=Test&Token=tk_example&TotalFee=615.72&Rrn="
FAIL = CHECK + b"&Reason=InsufficientFunds&ReasonCode=5051&RetryAfter=2026-01-02+12%3a30%3a00"
REFUND = (
    b"TransactionId=900000009&PaymentTransactionId=900000001&Amount=100.50"
    b"&DateTime=2026-01-01+12%3a30%3a00&OperationType=Refund&InvoiceId=inv-0001"
    b"&AccountId=tenant-0001"
)
RECURRENT = (
    b"Id=sc_0001&AccountId=tenant-0001&Description=plan&Email=&Amount=21990.00&Currency=KZT"
    b"&RequireConfirmation=False&StartDate=2025-12-01+12%3a30%3a00&Interval=Month&Period=1"
    b"&Status=PastDue&SuccessfulTransactionsNumber=11&FailedTransactionsNumber=2&MaxPeriods="
    b"&LastTransactionDate=2026-01-01+12%3a30%3a00&NextTransactionDate="
)


def a_payment(**more):
    return {
        "transaction_id": 900000001,
        "invoice_id": "inv-0001",
        "account_id": "tenant-0001",
        "amount": Money.tenge(21_990),
        "at": NOON,
        "metadata": {"plan": "pro"},
        "currency": "KZT",
        "is_test": True,
        "subscription_id": "",
        "operation": Operation.PAYMENT,
        "card": None,
        **more,
    }


def a_card():
    return SavedCard(
        token="tk_example",
        account_id="tenant-0001",
        last_four="4242",
        brand="Visa",
        expires="12/30",
    )


def test_a_check_asks_whether_a_payment_may_be_made():
    notice = read(NotificationKind.CHECK, CHECK + b"&Status=Completed", content_type=FORM)

    assert notice == CheckNotice(**a_payment(), kept=notice.kept)


def test_a_pay_tells_what_was_paid_and_by_which_card():
    notice = read(NotificationKind.PAY, PAY, content_type=FORM)

    assert notice == PayNotice(
        **a_payment(card=a_card()),
        status=TransactionStatus.COMPLETED,
        fee=Money(61_572),
        kept=notice.kept,
    )


def test_a_fail_tells_why_and_when_the_card_may_be_asked_again():
    notice = read(NotificationKind.FAIL, FAIL, content_type=f"{FORM}; charset=utf-8")

    assert notice == FailNotice(
        **a_payment(),
        reason_code=5051,
        reason="InsufficientFunds",
        retry_after=datetime(2026, 1, 2, 12, 30, tzinfo=UTC),
        kept=notice.kept,
    )


def test_a_confirm_tells_that_held_money_is_ours():
    notice = read(NotificationKind.CONFIRM, CHECK + b"&Status=Completed", content_type=FORM)

    assert notice == ConfirmNotice(
        **a_payment(), status=TransactionStatus.COMPLETED, kept=notice.kept
    )


def test_a_refund_names_itself_and_the_payment_that_it_gives_back():
    notice = read(NotificationKind.REFUND, REFUND, content_type=FORM)

    assert notice == RefundNotice(
        transaction_id=900000009,
        payment_id=900000001,
        invoice_id="inv-0001",
        account_id="tenant-0001",
        amount=Money(10_050),
        at=NOON,
        metadata={},
        kept=notice.kept,
    )


def test_a_cancel_tells_that_held_money_is_let_go():
    body = b"TransactionId=900000001&Amount=21990.00&DateTime=&InvoiceId=inv-0001&AccountId="

    notice = read(NotificationKind.CANCEL, body, content_type=FORM)

    assert notice == CancelNotice(
        transaction_id=900000001,
        invoice_id="inv-0001",
        account_id="",
        amount=Money.tenge(21_990),
        at=None,
        metadata={},
        kept=notice.kept,
    )


def test_a_recurrent_tells_the_state_of_a_schedule():
    notice = read(NotificationKind.RECURRENT, RECURRENT, content_type=FORM)

    assert notice == RecurrentNotice(
        schedule=Schedule(
            schedule_id="sc_0001",
            account_id="tenant-0001",
            amount=Money.tenge(21_990),
            currency="KZT",
            status=ScheduleStatus.PAST_DUE,
            interval=Interval.MONTH,
            period=1,
            charged=11,
            failed=2,
            last_at=NOON,
            next_at=None,
        ),
        kept=notice.kept,
    )


def test_a_notification_in_json_is_understood_too():
    body = (
        b'{"TransactionId":900000001,"Amount":9900.0,"Currency":"KZT","InvoiceId":"inv-0001",'
        b'"AccountId":null,"TestMode":true,"Status":"Completed","Data":{"plan":"pro"},"Rrn":null}'
    )

    notice = read(NotificationKind.PAY, body, content_type="application/json; charset=utf-8")

    assert notice == PayNotice(
        **a_payment(amount=Money.tenge(9_900), account_id="", at=None, operation=None),
        status=TransactionStatus.COMPLETED,
        fee=None,
        kept=notice.kept,
    )


def test_a_word_for_a_state_that_is_new_to_us_is_no_state():
    body = PAY.replace(b"Status=Completed", b"Status=Frozen")

    notice = read(NotificationKind.PAY, body, content_type=FORM)

    assert isinstance(notice, PayNotice)
    assert notice.status is None


def test_a_field_that_is_new_to_us_is_kept_and_a_person_is_not():
    body = PAY + b"&Surprise=4111+1111+1111+1111&ProviderMessage=ok"

    notice = read(NotificationKind.PAY, body, content_type=FORM)

    assert dict(notice.kept) == {
        "TransactionId": "900000001",
        "Amount": "21990.00",
        "Currency": "KZT",
        "PaymentAmount": "21990.00",
        "PaymentCurrency": "KZT",
        "DateTime": "2026-01-01 12:30:00",
        "CardFirstSix": "…",
        "CardLastFour": "…",
        "CardType": "Visa",
        "CardExpDate": "…",
        "TestMode": "1",
        "OperationType": "Payment",
        "InvoiceId": "inv-0001",
        "AccountId": "tenant-0001",
        "SubscriptionId": "",
        "Name": "…",
        "Email": "…",
        "IpAddress": "…",
        "Data": '{"plan":"pro"}',
        "Status": "Completed",
        "GatewayName": "Test",
        "Token": "…",
        "TotalFee": "615.72",
        "Rrn": "",
        "Surprise": "…",
        "ProviderMessage": "ok",
    }


def test_an_invoice_of_ours_is_kept_whole():
    invoice = b"12345678-1234-4234-8234-123456789012"
    body = REFUND.replace(b"inv-0001", invoice)

    notice = read(NotificationKind.REFUND, body, content_type=FORM)

    assert notice.kept["InvoiceId"] == invoice.decode()


def test_neither_token_nor_card_nor_person_is_in_a_notice_when_it_is_written_out():
    notice = read(NotificationKind.PAY, PAY, content_type=FORM)

    written = repr(notice)

    assert [
        secret for secret in ("tk_example", "4242", "AIGERIM", "example.kz") if secret in written
    ] == []


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        pytest.param(b"TransactionId=900000001&", b"", id="no-transaction"),
        pytest.param(b"TransactionId=900000001", b"TransactionId=-1", id="transaction-below-zero"),
        pytest.param(b"TransactionId=9", b"TransactionId=%d9%a1", id="arabic-digits"),
        pytest.param(b"&Amount=21990.00", b"", id="no-amount"),
        pytest.param(b"&Amount=21990.00", b"&Amount=", id="empty-amount"),
        pytest.param(b"&Amount=21990.00", b"&Amount=NaN", id="amount-not-a-number"),
        pytest.param(b"&Amount=21990.00", b"&Amount=1e9", id="amount-with-exponent"),
        pytest.param(b"&Amount=21990.00", b"&Amount=21990.001", id="amount-beyond-hundredths"),
        pytest.param(b"&Amount=21990.00", b"&Amount=1&Amount=21990", id="amount-twice"),
        pytest.param(b"&Currency=KZT", b"", id="no-currency"),
        pytest.param(b"&TestMode=1", b"", id="no-mode"),
        pytest.param(b"&TestMode=1", b"&TestMode=2", id="mode-of-another-kind"),
        pytest.param(b"&Status=Completed", b"", id="no-status"),
        pytest.param(b"Rrn=", b"Rrn=%ff", id="no-text"),
        pytest.param(b"Rrn=", "Rrn=я".encode(), id="not-encoded"),
        pytest.param(b"Rrn=", b"Rrn", id="no-value"),
        pytest.param(b"Rrn=", b"Rrn=" + b"&a=" * 200, id="fields-without-end"),
    ],
)
def test_a_pay_that_makes_no_sense_is_refused(was, is_now):
    assert was in PAY

    with pytest.raises(NotificationUnreadable):
        read(NotificationKind.PAY, PAY.replace(was, is_now), content_type=FORM)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="array"),
        pytest.param(b"{", id="cut"),
        pytest.param(b"[" * 100_000, id="nested-without-end"),
        pytest.param(b'{"Amount":1,"Amount":2}', id="name-twice"),
        pytest.param(b'{"TransactionId":1,"Amount":NaN}', id="not-a-number"),
        pytest.param(b"\xff", id="no-text"),
    ],
)
def test_json_that_makes_no_sense_is_refused(body):
    with pytest.raises(NotificationUnreadable):
        read(NotificationKind.PAY, body, content_type="application/json")


@given(
    kind=st.sampled_from(NotificationKind),
    body=st.one_of(st.binary(max_size=300), st.just(PAY), st.just(RECURRENT)),
    content_type=st.sampled_from([FORM, "application/json", "", "text/plain"]),
)
def test_any_body_is_understood_or_refused_and_never_breaks(kind, body, content_type):
    try:
        read(kind, body, content_type=content_type)
    except NotificationUnreadable:
        return


@given(st.integers(1, 10**12))
def test_an_amount_is_read_to_the_tiyn(tiyn):
    amount = f"{Decimal(tiyn) / 100:.2f}".encode()
    body = REFUND.replace(b"100.50", amount)

    notice = read(NotificationKind.REFUND, body, content_type=FORM)

    assert isinstance(notice, RefundNotice)
    assert notice.amount == Money(tiyn)
