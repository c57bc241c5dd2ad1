"""Declines to order: whose payments are declined, with which code, and how often."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.tiptoppay.book import Operation


class BadDecline(ValueError):
    """A decline that cannot be ordered; the text says why."""


@dataclass(slots=True)
class Decline:
    """The next `count` payments that fit are declined; all of them where no count is named."""

    code: int
    count: int | None = None
    account_id: str | None = None
    invoice_id: str | None = None
    card: str | None = None
    token: str | None = None
    # The payer may not be asked again before so many seconds have passed.
    retry_after_s: float | None = None

    def fits(self, one: Operation) -> bool:
        named = (
            (self.account_id, one.asked.account_id),
            (self.invoice_id, one.asked.invoice_id),
            (self.card, one.card.number),
            (self.token, one.token),
        )
        return all(wanted in (None, found) for wanted, found in named)


@dataclass(slots=True)
class Declines:
    ordered: list[Decline] = field(default_factory=list)

    def take(self, one: Operation) -> Decline | None:
        """The decline that a payment meets, if it meets one; uses up one of its count."""
        for decline in self.ordered:
            if decline.fits(one):
                if decline.count is not None:
                    decline.count -= 1
                    if decline.count <= 0:
                        self.ordered.remove(decline)
                return decline
        return None

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(one) for one in self.ordered]


def read_decline(wanted: Mapping[str, Any]) -> Decline:
    """Read an ordered decline. Raises BadDecline."""
    unknown = set(wanted) - set(Decline.__slots__)
    if unknown:
        raise BadDecline(f"A decline has no {', '.join(sorted(unknown))}.")
    if type(wanted.get("code")) is not int or wanted["code"] < 1:
        raise BadDecline("code is a whole number above zero.")
    decline = Decline(**wanted)
    if decline.count is not None and (type(decline.count) is not int or decline.count < 1):
        raise BadDecline("count is a whole number above zero.")
    if decline.card is not None:
        decline.card = "".join(str(decline.card).split())
    return decline
