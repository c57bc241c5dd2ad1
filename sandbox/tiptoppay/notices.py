"""Notifications as the original writes and signs them.

Its hand is known by lower-case hexadecimal digits and by pluses for spaces; whoever parses a form
and writes it again gets another text, and another signature.
"""

import hmac
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, unquote_plus

from sandbox.tiptoppay import bank, figures, shapes
from sandbox.tiptoppay.book import Operation, Schedule, Status

_PLAIN: Final = "-_.!*() "
_HEX: Final = re.compile(r"%[0-9A-F]{2}")
_NUMBERS: Final = frozenset(
    {
        *("TransactionId", "PaymentTransactionId", "Amount", "TestMode", "ReasonCode", "TotalFee"),
        *("Period", "MaxPeriods", "SuccessfulTransactionsNumber", "FailedTransactionsNumber"),
    }
)
Fields = dict[str, str]


def payment(kind: str, one: Operation, *, is_test: bool, at: float) -> Fields:
    """Check, pay, fail or confirm."""
    fields = {
        "TransactionId": str(one.id),
        "Amount": figures.text(one.amount),
        "Currency": one.asked.currency,
        "PaymentAmount": figures.text(one.amount),
        "PaymentCurrency": one.asked.currency,
        "DateTime": figures.spoken(at),
        "CardId": f"{int(one.card.number[-12:]):024x}",
        "CardFirstSix": one.card.first_six,
        "CardLastFour": one.card.last_four,
        "CardType": one.card.brand,
        "CardExpDate": shapes.EXPIRES,
        "TestMode": "1" if is_test else "0",
    }
    if kind != "fail":
        fields["Status"] = _status(kind, one)
    if kind != "confirm":
        fields["OperationType"] = "Payment"
    return fields | _payer(one) | _more(kind, one)


def _status(kind: str, one: Operation) -> str:
    """A Check tells what the payment would be."""
    if kind == "check":
        return Status.AUTHORIZED if one.asked.is_two_step else Status.COMPLETED
    return one.status


def _payer(one: Operation) -> Fields:
    asked = one.asked
    empty = ("IpCountry", "IpCity", "IpRegion", "IpDistrict", "IpLatitude", "IpLongitude", "Issuer")
    return {
        "InvoiceId": asked.invoice_id,
        "AccountId": asked.account_id,
        "SubscriptionId": asked.schedule_id,
        "Name": asked.name,
        "Email": asked.email,
        "IpAddress": asked.ip_address,
        **dict.fromkeys(empty, ""),
        "IssuerBankCountry": "",
        "Description": asked.description,
        "Data": asked.json_data,
        "PaymentMethod": "",
    }


def _more(kind: str, one: Operation) -> Fields:
    if kind == "pay":
        return {
            "GatewayName": "Test",
            "AuthCode": "A1B2C3",
            "Token": one.token,
            "TotalFee": figures.text(one.fee),
            "CardProduct": "",
            "Rrn": "",
            "FallBackScenarioDeclinedTransactionId": "",
            "CustomFields": "",
        }
    if kind == "fail":
        return {
            "Reason": bank.reason(one.reason_code),
            "ReasonCode": str(one.reason_code),
            "Token": one.token,
            "Rrn": "",
            "RetryAfter": figures.spoken(one.retry_after),
            "ProviderMessage": "",
        }
    if kind == "confirm":
        return {"AuthCode": "A1B2C3", "Token": one.token, "Rrn": ""}
    return {"CardProduct": "", "TokenRecipient": ""}


def refund(one: Operation, *, at: float) -> Fields:
    return {
        "TransactionId": str(one.id),
        "PaymentTransactionId": str(one.refunds_id),
        "Amount": figures.text(one.amount),
        "DateTime": figures.spoken(at),
        "OperationType": "Refund",
        **_whose(one),
        "CustomFields": "",
    }


def cancel(one: Operation, *, at: float) -> Fields:
    return {
        "TransactionId": str(one.id),
        "Amount": figures.text(one.amount),
        "DateTime": figures.spoken(at),
        **_whose(one),
    }


def _whose(one: Operation) -> Fields:
    asked = one.asked
    return {
        "InvoiceId": asked.invoice_id,
        "AccountId": asked.account_id,
        "Email": asked.email,
        "Data": asked.json_data,
        "Rrn": "",
    }


def recurrent(one: Schedule) -> Fields:
    asked = one.asked
    return {
        "Id": one.id,
        "AccountId": asked.account_id,
        "Description": asked.description,
        "Email": asked.email,
        "Amount": figures.text(asked.amount),
        "Currency": asked.currency,
        "RequireConfirmation": str(asked.is_two_step),
        "StartDate": figures.spoken(one.starts_at),
        "Interval": one.interval,
        "Period": str(one.period),
        "Status": one.status,
        "SuccessfulTransactionsNumber": str(one.charged),
        "FailedTransactionsNumber": str(one.failed),
        "MaxPeriods": str(one.max_periods or ""),
        "LastTransactionDate": figures.spoken(one.last_at),
        "NextTransactionDate": figures.spoken(one.next_at),
    }


def as_form(fields: Mapping[str, str]) -> str:
    """The fields in the original's hand."""
    return "&".join(f"{name}={_encoded(value)}" for name, value in fields.items())


def as_json(fields: Mapping[str, str]) -> str:
    """The same as an object: numbers where numbers are meant, and nothing that is empty."""
    told = {name: _plain(name, value) for name, value in fields.items() if value}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def signed(message: str, *, secret: str, is_form: bool) -> dict[str, str]:
    """The two headers: over the message as it is sent, and over what it decodes to."""
    decoded = unquote_plus(message) if is_form else message
    return {
        "X-Content-HMAC": _signature(decoded, secret),
        "Content-HMAC": _signature(message, secret),
    }


def _signature(message: str, secret: str) -> str:
    return b64encode(hmac.new(secret.encode(), message.encode(), sha256).digest()).decode()


def _encoded(value: str) -> str:
    quoted = quote(value, safe=_PLAIN).replace("~", "%7E").replace(" ", "+")
    return _HEX.sub(lambda found: found[0].lower(), quoted)


def _plain(name: str, value: str) -> Any:
    if name not in _NUMBERS:
        return value
    amount = float(value)
    return int(amount) if amount.is_integer() and name not in {"Amount", "TotalFee"} else amount
