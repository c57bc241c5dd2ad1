"""Many changes of a store in one request, a *bundle*, and what Kaspi's protocol tells of them.

A bundle is judged statement by statement: one that was declined leaves the others as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol, TypeAlias

from cube_demper.kernel.money import Money
from kaspi.ports import SAME_EVERYWHERE, Cabinet, Listing


@dataclass(frozen=True, slots=True)
class NewPrice:
    """A listing as it was read, and the price that it is to have: in ``city_prices``, those."""

    listing: Listing
    price: Money
    city_prices: Mapping[str, Money] = field(default_factory=lambda: SAME_EVERYWHERE)


@dataclass(frozen=True, slots=True)
class Taken:
    """Kaspi accepted the statement. Accepted is not applied.

    Several may share a job, and ``job_id`` is empty where Kaspi names none.
    """

    sku: str
    job_id: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """The statement was not taken, by us or by Kaspi, and the same one never will be."""

    sku: str
    code: str  # of the error that a push of it alone would have raised
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unheard:
    """The bundle went out and nothing was said of this statement: only reading tells."""

    sku: str


BundleAnswer: TypeAlias = Taken | Declined | Unheard


class Fate(Enum):
    """What became of a statement, as far as the protocol can be understood."""

    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # in words that we do not know


@dataclass(frozen=True, slots=True)
class ProtocolRow:
    """The latest that the protocol tells of a sku: maybe of an earlier statement than ours.

    A statement that is done may still have ``remarks``: why the product was taken off sale, say.
    Kaspi promises to be done by ``applied_before``.
    """

    sku: str
    fate: Fate
    status: str = ""  # Kaspi's own word
    remarks: str = ""
    job_id: str = ""
    noted_at: datetime | None = None
    applied_before: datetime | None = None


class PushingCabinet(Cabinet, Protocol):
    """A cabinet that takes many changes at once and tells what became of them."""

    @property
    def bundle_most(self) -> int:
        """How many statements one bundle may hold."""

    async def push_bundle(self, changes: Sequence[NewPrice]) -> tuple[BundleAnswer, ...]:
        """Send listings back whole, each with its new price, in one request.

        Answers come in the order of ``changes``. Sent at most once, and not at all when every
        statement was declined before. What each statement takes from the shop's quota is taken in
        one go. Raises as ``Cabinet.push`` does: after PushUnanswered any of the changes may have
        been taken, after every other error none was. Raises ValueError on a sku that comes twice
        and on more than ``bundle_most`` changes.
        """

    async def protocol(self, skus: Sequence[str]) -> Mapping[str, ProtocolRow]:
        """Read what became of the latest statements about these; of some there may be no word."""
