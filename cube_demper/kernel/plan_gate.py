"""Where apps below billing ask what a seller's plan allows.

Billing fills the gate when the apps are ready; until then, and in a house without plans, it stands
open. Apps above billing ask ``billing.services.entitlements`` itself.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

Taken = Callable[[], int]
ShopsOf = Callable[[int], list[str]]


class Gate(Protocol):
    """Whoever knows the plans. Both raise LimitReached where the plan says no."""

    def check_room(self, *, user_id: int, limit: str, taken: Taken, now: datetime) -> None:
        """May there be one more, where so many are taken? Counts only where there is a limit."""

    def note_shop(self, *, user_id: int, merchant_id: str, now: datetime) -> None:
        """A seller connects this shop. Runs in the transaction that does it."""


class _Open:
    def check_room(self, *, user_id: int, limit: str, taken: Taken, now: datetime) -> None:
        """There is always room."""

    def note_shop(self, *, user_id: int, merchant_id: str, now: datetime) -> None:
        """Nobody wants to know."""


class _Doors:
    """The gate of this process, and who tells a seller's shops."""

    gate: Gate = _Open()
    shops_of: ShopsOf = staticmethod(lambda _: [])


def keep(gate: Gate) -> None:
    """Let this gate decide from now on."""
    _Doors.gate = gate


def tell_shops(shops_of: ShopsOf) -> None:
    """Say who knows the merchant ids of a seller's shops."""
    _Doors.shops_of = staticmethod(shops_of)


def check_room(*, user_id: int, limit: str, taken: Taken, now: datetime) -> None:
    """Ask whether a seller may have one more of something. Raises LimitReached."""
    _Doors.gate.check_room(user_id=user_id, limit=limit, taken=taken, now=now)


def note_shop(*, user_id: int, merchant_id: str, now: datetime) -> None:
    """Say that a seller connects a shop, in the transaction that does it."""
    _Doors.gate.note_shop(user_id=user_id, merchant_id=merchant_id, now=now)


def shops_of(user_id: int) -> list[str]:
    """The merchant ids of a seller's shops."""
    return _Doors.shops_of(user_id)
