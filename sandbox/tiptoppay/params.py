"""What a call says, read as leniently as the original reads it, and complained of in its manner."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from sandbox.tiptoppay import figures, shapes
from sandbox.tiptoppay.book import Asked
from sandbox.waha.wire import Request

_YES = {True, "1", "true", "True"}


class BadParams(Exception):
    """A call without what it needs; the text is what the provider answers."""


@dataclass(frozen=True, slots=True)
class Params:
    """Named values, whatever the first letter's case; unknown ones are ignored."""

    given: Mapping[str, Any]

    def text(self, name: str) -> str:
        value = self.given.get(name)
        return "" if value is None or isinstance(value, dict | list) else str(value)

    def some(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise BadParams(f"{name} is required")
        return value

    def amount(self) -> int:
        amount = figures.read_amount(self.given.get("Amount"))
        if amount is None:
            raise BadParams("Amount is required")
        return amount

    def whole(self, name: str) -> int | None:
        """A number, rounded without a word; None where there is none."""
        try:
            return round(float(self.given.get(name, "")))
        except (TypeError, ValueError, OverflowError):
            return None

    def transaction_id(self) -> int:
        number = self.whole("TransactionId")
        if number is None:
            raise BadParams("TransactionId is required")
        return number

    def flag(self, name: str) -> bool:
        value = self.given.get(name)
        return isinstance(value, bool | int | str) and value in _YES

    def asked(self, **more: Any) -> Asked:
        """What a payment is asked for; roubles where nobody names a currency."""
        return Asked(
            amount=self.amount(),
            currency=self.text("Currency") or "RUB",
            invoice_id=self.text("InvoiceId"),
            account_id=self.text("AccountId"),
            description=self.text("Description"),
            email=self.text("Email"),
            name=self.text("Name"),
            json_data=shapes.json_text(self.given.get("JsonData")),
            culture=self.text("CultureName") or "ru-RU",
            ip_address=self.text("IpAddress"),
            **more,
        )


def read_params(request: Request) -> Params:
    """The body as JSON or as a form, by its type. Raises BadParams."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/x-www-form-urlencoded":
            given: Any = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        else:
            given = json.loads(request.body) if request.body else {}
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise BadParams("Invalid request format")
    return Params({name[:1].upper() + name[1:]: value for name, value in given.items()})
