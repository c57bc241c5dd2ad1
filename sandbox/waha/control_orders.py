"""What a test or a person orders of the stand-in, read with care."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sandbox.waha.replies import Refused
from sandbox.waha.routes import Call


class BadOrder(ValueError):
    """The order makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Order:
    call: Call

    @property
    def body(self) -> dict[str, Any]:
        try:
            return self.call.body()
        except Refused:
            raise BadOrder("The body is not JSON.") from None

    @property
    def query(self) -> dict[str, str]:
        return self.call.query

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

    def one_of(self, name: str, choices: Collection[str], *, usual: str | None = None) -> str:
        value = self.body.get(name, usual)
        if value not in choices:
            raise BadOrder(f"{name} is one of {', '.join(choices)}.")
        return str(value)
