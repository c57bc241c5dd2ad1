"""What is asked of the provider, with nothing special about it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from billing.ports import Charge, PaymentRequest, ScheduleRequest
from cube_demper.kernel.money import Money

PRICE = Money.tenge(21_990)
ODD_PRICE = Money(2_199_055)


def a_request(**more):
    usual: dict[str, Any] = {
        "invoice_id": "inv-1",
        "account_id": "tenant-1",
        "amount": PRICE,
        "description": "Тариф «Базовый»",
        "email": "a@example.kz",
        "metadata": {"plan": "basic"},
    }
    return PaymentRequest(**usual | more)


def a_token(provider, client, **more) -> str:
    """The token of a payer who paid once."""
    return str(provider.pay(client.widget(a_request()), **more)["Token"])


def a_charge(token, **more):
    usual = {
        "token": token,
        "account_id": "tenant-1",
        "invoice_id": "inv-2",
        "amount": PRICE,
        "description": "Тариф «Базовый»",
    }
    return Charge(**usual | more)


def a_schedule(token, **more):
    usual = {
        "token": token,
        "account_id": "tenant-1",
        "amount": PRICE,
        "description": "Тариф «Базовый»",
        "starts_at": datetime.now(UTC) + timedelta(days=1),
    }
    return ScheduleRequest(**usual | more)
