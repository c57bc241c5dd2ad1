"""Orders: who bought what, and how an order moves from tab to tab on the sandbox's clock.

`state` is the tab, `status` the stage: they change at different moments, as in life.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any, Final

from sandbox.clock import Agenda, Clock
from sandbox.dice import dice
from sandbox.listings import Listing
from sandbox.people import MERCHANTS
from sandbox.settings import Settings
from sandbox.stock import Listings

DAY_S: Final = 86_400.0
STATES: Final = ("NEW", "SIGN_REQUIRED", "PICKUP", "DELIVERY", "KASPI_DELIVERY", "ARCHIVE")
STATUSES: Final = (
    *("APPROVED_BY_BANK", "ACCEPTED_BY_MERCHANT", "ASSEMBLE", "ARRIVED", "COMPLETED"),
    *("CANCELLED", "CANCELLING", "KASPI_DELIVERY_RETURN_REQUESTED", "RETURNED"),
)
TABS: Final = {"PICKUP": "DELIVERY_PICKUP", "DELIVERY": "DELIVERY_LOCAL"}
KASPI_TABS: Final = ("DELIVERY_REGIONAL_TODOOR", "DELIVERY_REGIONAL_PICKUP")
PAST_ORDERS: Final = 40
_PAST_DAYS: Final = 45
_WAYBILL_S: Final = 300.0
_NAMES: Final = ("Алия", "Ерлан", "Дана", "Тимур", "Мадина", "Руслан", "Сауле", "Арман")
_TOWNS: Final = ("Алматы", "Астана", "Шымкент", "Караганда")


@dataclass(slots=True)
class Line:
    """One line of an order."""

    sku: str
    master_sku: str
    title: str
    category: str
    quantity: int
    price: int


@dataclass(slots=True)
class Order:
    """One order. Times are seconds of the sandbox's clock."""

    merchant_id: str
    code: str
    placed_at: float
    mode: str
    pre_order: bool
    name: str
    phone: str
    town: str
    lines: list[Line]
    state: str = "NEW"
    status: str = "APPROVED_BY_BANK"
    assembled: bool = False
    spaces: int = 0
    waybill: str | None = None
    courier_at: float | None = None
    cancellation_reason: str | None = None
    security_code: str | None = None
    signature_required: bool = False

    @property
    def resource_id(self) -> str:
        return base64.b64encode(self.code.encode()).decode()

    @property
    def total(self) -> int:
        return sum(line.price * line.quantity for line in self.lines)

    @property
    def tab(self) -> str:
        """Where an accepted order lies."""
        tabs = {mode: tab for tab, mode in TABS.items()}
        return tabs.get(self.mode, "KASPI_DELIVERY")


@dataclass(slots=True)
class Orders:
    """Every merchant's orders and tokens. A merchant's past is invented when first asked for."""

    seed: int
    settings: Settings
    clock: Clock
    agenda: Agenda
    listings: Listings
    on_change: Callable[[], None]
    by_merchant: dict[str, dict[str, Order]] = field(default_factory=dict)
    generations: dict[str, int] = field(default_factory=dict)
    _owners: dict[str, str] = field(default_factory=dict)
    _placed: int = 0

    def token(self, merchant_id: str) -> str:
        """The merchant's token: 44 characters that look like base64."""
        named = f"{self.seed}:{merchant_id}:{self.generations.get(merchant_id, 1)}"
        token = base64.b64encode(hashlib.sha256(named.encode()).digest()).decode()
        self._owners[token] = merchant_id
        return token

    def new_token(self, merchant_id: str) -> str:
        """Make a new token; the old one is dead."""
        self.generations[merchant_id] = self.generations.get(merchant_id, 1) + 1
        self.on_change()
        return self.token(merchant_id)

    def owner(self, token: str) -> str | None:
        """Whose token it is, if it is anybody's still."""
        if len(self._owners) < len(MERCHANTS):
            for merchant_id in MERCHANTS:
                self.token(merchant_id)
        owner = self._owners.get(token)
        return owner if owner is not None and self.token(owner) == token else None

    def of(self, merchant_id: str) -> dict[str, Order]:
        """The merchant's orders by code."""
        found = self.by_merchant.get(merchant_id)
        if found is None:
            found = self.by_merchant[merchant_id] = {}
            self._invent_past(merchant_id)
            self._expect_next(merchant_id)
        return found

    def place(self, merchant_id: str, *, age_s: float = 0.0, **wanted: Any) -> Order:
        """Somebody buys, now or `age_s` ago. Raises LookupError where nothing is for sale."""
        orders = self.of(merchant_id)
        self._placed += 1
        chance = dice(self.seed, "order", merchant_id, self._placed)
        order = self._invent(merchant_id, chance, self.clock.now() - age_s)
        for name, value in wanted.items():
            setattr(order, name, value)
        orders[order.code] = order
        self.on_change()
        return order

    def accept(self, order: Order) -> None:
        order.status, order.state = "ACCEPTED_BY_MERCHANT", order.tab
        self.on_change()

    def assemble(self, order: Order, *, spaces: int) -> None:
        """Pack it. The waybill comes minutes later, and the number before any other sign."""
        order.assembled, order.spaces = True, spaces
        self.agenda.after(_WAYBILL_S, lambda: self._print_waybill(order))
        self.on_change()

    def arrive(self, order: Order) -> None:
        """The goods of a preorder are there: from now on it is packed like any other."""
        order.pre_order = False
        self.on_change()

    def finish(self, order: Order, status: str, *, reason: str | None = None) -> None:
        order.status, order.state = status, "ARCHIVE"
        order.cancellation_reason = reason
        order.security_code = None
        self.on_change()

    def as_dict(self) -> dict[str, Any]:
        """What has to be kept to go on."""
        return {
            "generations": self.generations,
            "placed": self._placed,
            "orders": {
                merchant_id: [asdict(order) for order in orders.values()]
                for merchant_id, orders in self.by_merchant.items()
            },
        }

    def resume(self, rows: dict[str, Any]) -> None:
        """Go on where a kept state ends."""
        self.generations = dict(rows["generations"])
        self._placed = rows["placed"]
        for merchant_id, orders in rows["orders"].items():
            kept = [_resumed(row) for row in orders]
            self.by_merchant[merchant_id] = {order.code: order for order in kept}
            self._expect_next(merchant_id)
            for order in kept:
                if order.assembled and order.waybill is None:
                    self.assemble(order, spaces=order.spaces)

    def _print_waybill(self, order: Order) -> None:
        order.waybill = f"KZ{order.code}"
        self.on_change()

    def _invent_past(self, merchant_id: str) -> None:
        if not self.listings.of(merchant_id):
            return
        now = self.clock.now()
        for number in range(PAST_ORDERS):
            chance = dice(self.seed, "past", merchant_id, number)
            age_s = chance.uniform(0, _PAST_DAYS) * DAY_S
            order = self._invent(merchant_id, chance, now - age_s)
            if age_s > DAY_S:
                self.accept(order)
            if age_s > 7 * DAY_S and chance.random() < 0.9:  # noqa: PLR2004 -- most are over by then
                self.finish(order, chance.choice(("COMPLETED",) * 8 + ("CANCELLED", "RETURNED")))
            self.by_merchant[merchant_id][order.code] = order

    def _invent(self, merchant_id: str, chance: Random, placed_at: float) -> Order:
        shelf = self.listings.of(merchant_id)
        if not shelf:
            raise LookupError(merchant_id)
        code = str(chance.randrange(100_000_000, 999_999_999))
        while code in self.by_merchant[merchant_id]:
            code = str(chance.randrange(100_000_000, 999_999_999))
        bought = chance.sample(shelf, min(len(shelf), chance.choice((1, 1, 1, 2))))
        return Order(
            merchant_id=merchant_id,
            code=code,
            placed_at=placed_at,
            mode=chance.choice((*TABS.values(), *KASPI_TABS, *KASPI_TABS)),
            pre_order=chance.random() < 0.1,  # noqa: PLR2004 -- a tenth of them
            name=chance.choice(_NAMES),
            phone=f"70{chance.randrange(10_000_000, 99_999_999)}",
            town=chance.choice(_TOWNS),
            lines=[_line(listing, chance) for listing in bought],
        )

    def _expect_next(self, merchant_id: str) -> None:
        every_s = self.settings.orders_every_s
        if every_s:
            self.agenda.after(every_s, lambda: self._live(merchant_id))

    def _live(self, merchant_id: str) -> None:
        """Let somebody buy, and let the orders under way go one step on."""
        chance = dice(self.seed, "life", merchant_id, self._placed)
        for order in self.of(merchant_id).values():
            if order.state != "ARCHIVE" and chance.random() < self.settings.orders_move_chance:
                self.move(order)
        if self.listings.of(merchant_id):
            self.place(merchant_id)
        self._expect_next(merchant_id)

    def move(self, order: Order) -> None:
        """One step of an ordinary life."""
        if order.state == "ARCHIVE":
            return
        if order.status == "APPROVED_BY_BANK":
            self.accept(order)
        elif order.status == "CANCELLING":
            self.finish(order, "CANCELLED")
        elif order.status == "KASPI_DELIVERY_RETURN_REQUESTED":
            self.finish(order, "RETURNED")
        elif order.pre_order:
            self.arrive(order)
        elif order.state == "KASPI_DELIVERY" and not order.assembled:
            self.assemble(order, spaces=1)
        elif order.state == "KASPI_DELIVERY" and order.courier_at is None:
            order.courier_at = self.clock.now()
            self.on_change()
        else:
            self.finish(order, "COMPLETED")


def _line(listing: Listing, chance: Random) -> Line:
    return Line(
        sku=listing.sku,
        master_sku=listing.card.master_sku,
        title=listing.title,
        category=listing.card.category,
        quantity=chance.choice((1, 1, 1, 2)),
        price=listing.price,
    )


def _resumed(row: dict[str, Any]) -> Order:
    return Order(**{**row, "lines": [Line(**line) for line in row["lines"]]})
