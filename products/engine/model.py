"""What crosses between the database and the loop: frozen, in our own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from cube_demper.kernel.money import Money
from kaspi.ports import CookieJar, Listing
from products.engine.losses import Loss
from products.pricing.decide import Situation
from products.pricing.model import Corridor, Decision, Memory, Rest, Rival
from products.pricing.modes import LEAP_PERCENT, Mode, Outside
from products.pricing.rules import Rules
from products.pricing.wars import War


@dataclass(frozen=True, slots=True)
class WatchedProduct:
    """A product that may move now, and all that a decision about it depends on but the offers.

    ``own_merchant_ids`` are all the shops of its seller. The product's own ``corridor`` and
    ``sheet`` are in ``rules``, beside what is said more widely.
    """

    product_id: int
    merchant_id: str
    own_merchant_ids: frozenset[str]
    corridor: Corridor
    rules: Rules
    memory: Memory = field(default_factory=Memory)
    sheet: Mapping[str, Any] = field(default_factory=dict)
    is_priority: bool = False
    mode: Mode = Mode.LIVE
    leap_percent: float = LEAP_PERCENT
    outside: Outside = Outside.LEAVE
    war: War | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """A market to look at, and the products of all sellers that ride on this one look."""

    market_id: int
    master_sku: str
    city_id: str
    products: tuple[WatchedProduct, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one product should cost, or why nothing is published.

    ``shown`` is what buyers see now, if we are on the page; ``memory`` is what was learned.
    """

    product: WatchedProduct
    situation: Situation
    decision: Decision | Rest
    memory: Memory
    shown: Money | None

    @property
    def product_id(self) -> int:
        return self.product.product_id

    @property
    def price(self) -> Money | None:
        return self.decision.price if isinstance(self.decision, Decision) else None


@dataclass(frozen=True, slots=True)
class Looked:
    """A look that came through. ``offers`` are everybody's, ours among them."""

    market_id: int
    offers: tuple[Rival, ...]
    verdicts: tuple[Verdict, ...]
    cheapest: Money | None
    offer_count: int


@dataclass(frozen=True, slots=True)
class LookFailed:
    """A look that did not. ``code`` is the error's."""

    market_id: int
    code: str


LookOutcome: TypeAlias = Looked | LookFailed


@dataclass(frozen=True, slots=True)
class Ready:
    """The listing was read and the change may be sent. Nothing was sent yet."""

    change_id: int
    listing: Listing


@dataclass(frozen=True, slots=True)
class Sent:
    """Kaspi accepted the change under this job id. Accepted is not applied."""

    change_id: int
    job_id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the catalogue says of the product. ``is_settled``: nothing is pending there.

    ``is_wanted``: it is what the change asked for. While something is pending, Kaspi promises to be
    done by ``promised_by``. ``losses`` are what the listing had before the change was sent, and has
    no more; stating ``mend`` brings it back (see ``losses.py``).
    """

    change_id: int
    price: Money
    is_settled: bool
    is_wanted: bool
    promised_by: datetime | None = None
    losses: tuple[Loss, ...] = ()
    mend: Listing | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The change can't be: sending it again would end the same way. ``remarks`` are Kaspi's."""

    change_id: int
    code: str
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class Postponed:
    """Nothing was sent. ``wait_s`` is how long the trouble is said to last, if it was said."""

    change_id: int
    code: str
    wait_s: float | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The change went out and no answer came back: only reading can tell."""

    change_id: int
    code: str


@dataclass(frozen=True, slots=True)
class Unread:
    """What became of a change could not be read. ``wait_s`` as for ``Postponed``."""

    change_id: int
    code: str
    wait_s: float | None


ChangeOutcome: TypeAlias = Ready | Sent | Shown | Refused | Postponed | Unanswered | Unread


@dataclass(frozen=True, slots=True)
class PushReport:
    """What came of a wave, and the jars Kaspi renewed on the way (session id → jar)."""

    outcomes: tuple[ChangeOutcome, ...]
    renewed: Mapping[int, CookieJar]
