"""Our requests in the provider's words.

The currency is always named: the provider takes what has none for roubles. An amount is written out
digit by digit, never by way of a float.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from billing.clients import figures
from billing.ports import TENGE, Charge, Initiator, PaymentRequest, ScheduleRequest
from cube_demper.kernel.money import Money

Body = dict[str, Any]
_INITIATORS: Final = {Initiator.SHOP: 0, Initiator.PAYER: 1}


def amount(money: Money) -> orjson.Fragment:
    """An amount as a JSON number, to the tiyn. Raises ValueError unless it is above zero."""
    return orjson.Fragment(figures.tenge(money))


def charge(asked: Charge) -> Body:
    body: Body = {
        "Amount": amount(asked.amount),
        "Currency": TENGE,
        "AccountId": asked.account_id,
        "TrInitiatorCode": _INITIATORS[asked.initiator],
        "Token": asked.token,
        "InvoiceId": asked.invoice_id,
        "Description": asked.description,
    }
    if asked.initiator is Initiator.SHOP:
        body["PaymentScheduled"] = int(asked.is_scheduled)
    return body | _if_any(Email=asked.email)


def link(asked: PaymentRequest) -> Body:
    return {
        "Amount": amount(asked.amount),
        "Currency": TENGE,
        "Description": asked.description,
        "InvoiceId": asked.invoice_id,
        "AccountId": asked.account_id,
        "RequireConfirmation": False,
        "SendEmail": False,
        "CultureName": asked.culture,
    } | _if_any(
        Email=asked.email,
        SuccessRedirectUrl=asked.success_url,
        FailRedirectUrl=asked.fail_url,
        JsonData=dict(asked.metadata),
    )


def widget(asked: PaymentRequest, *, public_id: str) -> Mapping[str, object]:
    """The parameters of the provider's widget, which runs where every number is a float."""
    return {
        "publicTerminalId": public_id,
        "amount": float(figures.tenge(asked.amount)),
        "currency": TENGE,
        "paymentSchema": "Single",
        "externalId": asked.invoice_id,
        "description": asked.description,
        "tokenize": asked.saves_card,
        "culture": asked.culture,
        "userInfo": {"accountId": asked.account_id, **_if_any(email=asked.email)},
    } | _if_any(
        receiptEmail=asked.email,
        successRedirectUrl=asked.success_url,
        failRedirectUrl=asked.fail_url,
        metadata=dict(asked.metadata),
    )


def schedule(asked: ScheduleRequest) -> Body:
    return {
        "Token": asked.token,
        "AccountId": asked.account_id,
        "Description": asked.description,
        "Amount": amount(asked.amount),
        "Currency": TENGE,
        "RequireConfirmation": False,
        "StartDate": _moment(asked.starts_at),
        "Interval": asked.interval,
        "Period": asked.period,
    } | _if_any(MaxPeriods=asked.max_periods, Email=asked.email)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _if_any(**given: object) -> Body:
    """Only what was given: the provider takes an empty text for a value."""
    return {name: value for name, value in given.items() if value}
