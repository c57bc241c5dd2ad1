"""What there is, as the provider's answers tell it."""

import json
from typing import Any, Final

from sandbox.tiptoppay import bank, figures
from sandbox.tiptoppay.book import (
    STATUS_CODES,
    Link,
    Operation,
    SavedCard,
    Schedule,
    Status,
)
from sandbox.waha.wire import Answer, json_answer

EXPIRES: Final = "12/30"
_SCHEDULE_CODES: Final = {"Active": 0, "PastDue": 1, "Rejected": 2, "Cancelled": 3, "Expired": 4}
_LINK_CODES: Final = {"Created": 0, "Paid": 1, "Canceled": 2}
_INTERVAL_CODES: Final = {"Week": 0, "Month": 1, "Day": 2}


def envelope(model: Any = None, *, success: bool = True, message: str | None = None) -> Answer:
    body: dict[str, Any] = {"Success": success, "Message": message}
    if model is not None:
        body["Model"] = model
    return json_answer(body)


def refusal(message: str) -> Answer:
    return envelope(success=False, message=message)


def operation(one: Operation, *, public_id: str, is_test: bool) -> dict[str, Any]:
    """An operation as every answer tells it."""
    asked = one.asked
    return {
        "ReasonCode": one.reason_code,
        "PublicId": public_id,
        "TransactionId": one.id,
        "Amount": figures.number(one.amount),
        "Currency": asked.currency,
        "PaymentAmount": figures.number(one.amount),
        "PaymentCurrency": asked.currency,
        "InvoiceId": asked.invoice_id or None,
        "AccountId": asked.account_id or None,
        "Email": asked.email or None,
        "Description": asked.description or None,
        "JsonData": asked.json_data or None,
        **figures.twice("CreatedDate", one.created_at),
        **figures.twice("AuthDate", one.decided_at),
        **figures.twice("ConfirmDate", one.confirmed_at),
        "AuthCode": "A1B2C3" if one.confirmed_at or one.status is Status.AUTHORIZED else None,
        "TestMode": is_test,
        "Rrn": None,
        "OriginalTransactionId": one.refunds_id,
        "IpAddress": asked.ip_address or None,
        **_card(one),
        "Status": one.status,
        "StatusCode": STATUS_CODES[one.status],
        "CultureName": asked.culture,
        "Reason": bank.reason(one.reason_code),
        "CardHolderMessage": bank.words(one.reason_code, asked.culture),
        "Type": int(one.kind),
        "Refunded": one.is_back_wholly,
        "Name": asked.name or None,
        "Token": one.token or None,
        "SubscriptionId": asked.schedule_id or None,
        "GatewayName": "Test",
        "TotalFee": figures.number(one.fee),
    }


def _card(one: Operation) -> dict[str, Any]:
    return {
        "CardFirstSix": one.card.first_six,
        "CardLastFour": one.card.last_four,
        "CardExpDate": EXPIRES,
        "CardType": one.card.brand,
    }


def challenge(one: Operation, *, acs_url: str, pa_req: str) -> dict[str, Any]:
    """What the payer's bank wants before it pays."""
    return {
        "TransactionId": one.id,
        "PaReq": pa_req,
        "GoReq": None,
        "AcsUrl": acs_url,
        "ThreeDsSessionData": None,
        "IFrameIsAllowed": True,
        "FrameWidth": None,
        "FrameHeight": None,
        "ThreeDsCallbackId": f"{one.id:032x}",
    }


def link(one: Link, *, home: str) -> dict[str, Any]:
    asked = one.asked
    return {
        "Id": one.id,
        "Number": one.number,
        "Amount": figures.number(asked.amount),
        "Currency": asked.currency,
        "CurrencyCode": 0,
        "Email": asked.email or None,
        "Phone": one.phone or None,
        "Description": asked.description,
        "RequireConfirmation": asked.is_two_step,
        "Url": f"{home}/d/{one.id}",
        "CultureName": asked.culture,
        **figures.twice("CreatedDate", one.created_at),
        **figures.twice("PaymentDate", one.paid_at),
        "StatusCode": _LINK_CODES[one.status],
        "Status": one.status,
        "InternalId": one.number,
    }


def schedule(one: Schedule) -> dict[str, Any]:
    asked = one.asked
    return {
        "Id": one.id,
        "AccountId": asked.account_id,
        "Description": asked.description,
        "Email": asked.email or None,
        "Amount": figures.number(asked.amount),
        "CurrencyCode": 0,
        "Currency": asked.currency,
        "RequireConfirmation": asked.is_two_step,
        **figures.twice("StartDate", one.starts_at),
        "IntervalCode": _INTERVAL_CODES[one.interval],
        "Interval": one.interval,
        "Period": one.period,
        "MaxPeriods": one.max_periods,
        "CultureName": asked.culture,
        "StatusCode": _SCHEDULE_CODES[one.status],
        "Status": one.status,
        "SuccessfulTransactionsNumber": one.charged,
        "FailedTransactionsNumber": one.failed,
        **figures.twice("LastTransactionDate", one.last_at),
        **figures.twice("NextTransactionDate", one.next_at),
        "Receipt": None,
        "FailoverSchemeId": None,
    }


def saved_card(one: SavedCard) -> dict[str, Any]:
    month, year = EXPIRES.split("/")
    return {
        "Token": one.token,
        "AccountId": one.account_id,
        "CardMask": f"{one.card.first_six}******{one.card.last_four}",
        "ExpirationDateMonth": int(month),
        "ExpirationDateYear": int(year),
    }


def json_text(given: Any) -> str:
    """JsonData as it is kept: text, whether text or an object came."""
    if not given:
        return ""
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
