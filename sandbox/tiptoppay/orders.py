"""What a test or a person orders of the stand-in, read with care."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sandbox.waha.wire import Request


class BadOrder(ValueError):
    """The order makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Order:
    body: dict[str, Any]
    query: dict[str, str]

    def text(self, name: str, *, usual: str | None = None) -> str:
        value = self.body.get(name, usual)
        if not isinstance(value, str):
            raise BadOrder(f"{name} is text.")
        return value

    def amount(self, name: str, *, usual: float = 0) -> float:
        value = self.body.get(name, usual)
        if type(value) not in {int, float} or not 0 <= value < float("inf"):
            raise BadOrder(f"{name} is a number not below zero.")
        return float(value)

    def whole(self, name: str) -> int:
        value = self.body.get(name)
        if type(value) is not int:
            raise BadOrder(f"{name} is a whole number.")
        return value

    def flag(self, name: str) -> bool | None:
        value = self.body.get(name)
        if value is not None and not isinstance(value, bool):
            raise BadOrder(f"{name} is true or false, or nothing.")
        return value

    def one_of(self, name: str, choices: Collection[str], *, usual: str | None = None) -> str:
        value = self.body.get(name, usual)
        if value not in choices:
            raise BadOrder(f"{name} is one of {', '.join(choices)}.")
        return str(value)


def read_order(request: Request) -> Order:
    """Read an order. Raises BadOrder."""
    try:
        body = json.loads(request.body) if request.body else {}
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BadOrder("The body is a JSON object.")
    return Order(body, request.query)
