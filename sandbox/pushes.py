"""Price pushes: full statements about an offer, accepted at once and applied a little later."""

from collections.abc import Callable, Container
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any, Final

from sandbox.cities import CITIES
from sandbox.clock import Agenda, Clock
from sandbox.dice import dice
from sandbox.listings import Availability, Listing
from sandbox.rivals import Rivals
from sandbox.settings import Settings
from sandbox.stock import Listings

LOWEST_PRICE: Final = 10
LONGEST_PREORDER: Final = 30
NO_AVAILABILITY: Final = "Не указано наличие в прайс листе"
_OUTCOMES_KEPT = 20_000


class BadStatement(ValueError):
    """A push whose body makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class PointStatement:
    """What a push says of one point. `stock_given` tells a null count from none at all."""

    code: str
    available: bool
    stock_count: int | None = None
    stock_given: bool = False
    pre_order: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """A push: everything Kaspi is told about one offer. What it leaves out is lost."""

    merchant_id: str
    sku: str
    price: int | None = None
    city_prices: dict[str, int] | None = None
    points: tuple[PointStatement, ...] | None = None

    @property
    def is_bare(self) -> bool:
        return self.price is None and self.city_prices is None and self.points is None


def read_statement(body: Any) -> Statement:
    """Read one item of a push. Raises BadStatement."""
    if not isinstance(body, dict):
        raise BadStatement("A push is an object.")
    merchant_id = _text(body, "merchantUid")
    return Statement(
        merchant_id=merchant_id,
        sku=_text(body, "sku"),
        price=None if body.get("price") is None else _price(body["price"]),
        city_prices=_city_prices(body.get("cityPrices")),
        points=_points(body.get("availabilities"), merchant_id),
    )


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise BadStatement(f"{name} is required.")
    return value


def _whole(value: Any, what: str) -> int:
    if type(value) is not int:
        raise BadStatement(f"{what} is a whole number, not {value!r}.")
    return value


def _price(value: Any) -> int:
    price = _whole(value, "A price")
    if price < LOWEST_PRICE:
        raise BadStatement(f"A price is at least {LOWEST_PRICE} tenge, not {price}.")
    return price


def _rows(value: Any, what: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise BadStatement(f"{what} is a list of objects.")
    return value


def _city_prices(value: Any) -> dict[str, int] | None:
    if value is None:
        return None
    prices = {}
    for row in _rows(value, "cityPrices"):
        if row.get("cityId") not in CITIES:
            raise BadStatement(f"There is no city {row.get('cityId')!r}.")
        prices[row["cityId"]] = _price(row.get("value"))
    return prices


def _points(value: Any, merchant_id: str) -> tuple[PointStatement, ...] | None:
    if value is None:
        return None
    return tuple(_point(row, merchant_id) for row in _rows(value, "availabilities"))


def _point(row: dict[str, Any], merchant_id: str) -> PointStatement:
    store_id = _text(row, "storeId")
    if not store_id.startswith(f"{merchant_id}_"):
        raise BadStatement(f"storeId is {merchant_id}_PPn, not {store_id!r}.")
    if row.get("available") not in ("yes", "no"):
        raise BadStatement('available is "yes" or "no".')
    pre_order = _whole(row.get("preOrder") or 0, "preOrder")
    if not 0 <= pre_order <= LONGEST_PREORDER:
        raise BadStatement(f"preOrder is 0 to {LONGEST_PREORDER} days, not {pre_order}.")
    count = row.get("stockCount")
    if count is not None and _whole(count, "stockCount") < 0:
        raise BadStatement("stockCount is not below zero.")
    return PointStatement(
        code=store_id.removeprefix(f"{merchant_id}_"),
        available=row["available"] == "yes",
        stock_count=count,
        stock_given="stockCount" in row,
        pre_order=pre_order,
    )


def apply(statement: Statement, listing: Listing, settings: Settings) -> str | None:
    """Make the listing what the statement says. Returns why it was withdrawn, if it was."""
    if statement.is_bare:
        return _withdraw(listing, "Снят с продажи")
    if statement.points is None:
        if settings.missing_availabilities == "withdraw":
            return _withdraw(listing, NO_AVAILABILITY)
    elif any(_is_trap(point, listing, settings) for point in statement.points):
        return _withdraw(listing, NO_AVAILABILITY)
    _apply_prices(statement, listing)
    if statement.points is not None:
        listing.points = _points_after(statement.points, listing)
    listing.reason = None if listing.on_sale else "Снят с продажи"
    return listing.reason


def _said_by(listing: Listing) -> object:
    """All of a listing that a statement can change."""
    points = {
        code: (at.stock_count, at.stock_specified, at.pre_order or 0)
        for code, at in listing.points.items()
    }
    return listing.price, dict(listing.city_prices), points


def _withdraw(listing: Listing, reason: str) -> str:
    listing.points = {}
    listing.reason = reason
    return reason


def _is_trap(point: PointStatement, listing: Listing, settings: Settings) -> bool:
    """Whether the stock count makes the marketplace refuse the whole availability."""
    if not point.stock_given or settings.stock_count == "always":
        return False
    if settings.stock_count == "never" or point.stock_count is None:
        return True
    known = listing.points.get(point.code)
    return known is not None and not known.stock_specified


def _apply_prices(statement: Statement, listing: Listing) -> None:
    if statement.city_prices:
        listing.city_prices = dict(statement.city_prices)
        if statement.price is not None:
            listing.price = statement.price
        elif listing.price:
            listing.price = listing.lowest_price
    elif statement.price is not None:
        listing.city_prices = {}
        listing.price = statement.price


def _points_after(points: tuple[PointStatement, ...], listing: Listing) -> dict[str, Availability]:
    known = {point.code for point in listing.merchant.points}
    return {
        point.code: Availability(
            stock_count=point.stock_count,
            stock_specified=point.stock_given,
            pre_order=point.pre_order,
        )
        for point in sorted(points, key=lambda point: point.code)
        if point.available and point.code in known
    }


@dataclass(slots=True)
class Push:
    """An accepted push on its way: due in the cabinet first, then on the storefront."""

    job_id: str
    statement: Statement
    accepted_at: float
    apply_at: float
    show_at: float
    lost: bool = False
    # Lost, and the protocol never hears of it either.
    silent: bool = False
    applied: bool = False
    # Under what its answer named it: a batch has one number for all of its pushes.
    told_id: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the last push of a sku goes or ended, as the protocol tells it."""

    job_id: str
    status: str
    text: str | None
    at: float


@dataclass(slots=True)
class Pushes:
    """Pushes under way, and how the latest ones ended."""

    settings: Settings
    clock: Clock
    agenda: Agenda
    listings: Listings
    rivals: Rivals
    on_change: Callable[[], None]
    under_way: dict[str, Push] = field(default_factory=dict)
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    chance: Random = field(default_factory=lambda: dice("jobs"))

    def accept(
        self,
        statement: Statement,
        *,
        mishap: str | None = None,
        delay_s: float = 0.0,
        told_id: str = "",
    ) -> str:
        """Take a push on and give its job id. The protocol calls it `told_id`, if that is given.

        A `lostjob` is never applied and only the protocol says so, of a `silentjob` nobody does.
        One that is `late` takes `delay_s` longer; with `twice` it comes back after that time.
        """
        late_s = delay_s if mishap == "late" else 0.0
        push = self._made(statement, late_s, lost=mishap in {"lostjob", "silentjob"})
        push.silent = mishap == "silentjob"
        push.told_id = told_id
        self.resume(push)
        if mishap == "twice":
            self.resume(self._made(statement, delay_s))
        return push.job_id

    def _made(self, statement: Statement, late_s: float, *, lost: bool = False) -> Push:
        now = self.clock.now()
        job_id = f"{int(now):08x}{self.chance.randrange(16**16):016x}"
        apply_at = now + self.settings.apply_delay_s + late_s
        show_at = apply_at + self.settings.storefront_delay_s
        return Push(job_id, statement, now, apply_at, show_at, lost)

    def resume(self, push: Push) -> None:
        """Put a push on the agenda, new or remembered from an earlier run."""
        self.under_way[push.job_id] = push
        statement = push.statement
        listing = self.listings.find(statement.merchant_id, statement.sku)
        self._note(push, "IN_PROGRESS", None)
        if listing is not None and not push.applied:
            listing.pending.append(push.accepted_at)
        if not push.applied:
            self.agenda.at(push.apply_at, lambda: self._apply(push))
        self.agenda.at(push.show_at, lambda: self._show(push))
        self.on_change()

    def take_over(self, statement: Statement, settings: Settings) -> bool | None:
        """Do at once what a price list says of a product.

        Returns whether that changed anything; None if the merchant has no such product.
        """
        listing = self.listings.find(statement.merchant_id, statement.sku)
        if listing is None:
            return None
        before = _said_by(listing)
        apply(statement, listing, settings)
        if _said_by(listing) == before:
            return False
        self.show_soon(listing)
        return True

    def withdraw_others(self, merchant_id: str, skus: Container[str]) -> int:
        """Take everything off sale that is not among these. Returns how many there were."""
        dropped = [
            listing
            for listing in self.listings.of(merchant_id)
            if listing.on_sale and listing.sku not in skus
        ]
        for listing in dropped:
            _withdraw(listing, "Нет в прайс-листе")
            self.show_soon(listing)
        return len(dropped)

    def show_soon(self, listing: Listing) -> None:
        """Let buyers see a change that is in the cabinet already."""
        listing.updated_at = self.clock.now()
        listing.is_touched = True
        self.agenda.after(self.settings.storefront_delay_s, lambda: self.publish(listing))

    def outcome(self, merchant_id: str, sku: str) -> Outcome | None:
        return self.outcomes.get((merchant_id, sku))

    def _apply(self, push: Push) -> None:
        push.applied = True
        statement = push.statement
        listing = self.listings.find(statement.merchant_id, statement.sku)
        if listing is None:
            self._note(push, "ERROR", "Товар не найден")
            return
        listing.pending.remove(push.accepted_at)
        if push.lost:
            self._note(push, "ERROR", "Внутренняя ошибка")
            return
        reason = apply(statement, listing, self.settings)
        listing.updated_at = self.clock.now()
        listing.is_touched = True
        self._note(push, "PROCESSED", reason)
        self.on_change()

    def _show(self, push: Push) -> None:
        del self.under_way[push.job_id]
        statement = push.statement
        listing = self.listings.find(statement.merchant_id, statement.sku)
        if listing is not None and not push.lost:
            self.publish(listing)
        self.on_change()

    def publish(self, listing: Listing) -> None:
        """Let buyers see the listing as it is now."""
        market, offer = self.listings.shown(listing)
        if market.change(offer, listing.show_on, now=self.clock.now()):
            self.rivals.changed(market, by=offer)

    def _note(self, push: Push, status: str, text: str | None) -> None:
        if push.silent:
            return
        key = (push.statement.merchant_id, push.statement.sku)
        self.outcomes.pop(key, None)
        told_id = push.told_id or push.job_id
        self.outcomes[key] = Outcome(told_id, status, text, self.clock.now())
        if len(self.outcomes) > _OUTCOMES_KEPT:
            del self.outcomes[next(iter(self.outcomes))]


def push_as_dict(push: Push) -> dict[str, Any]:
    return asdict(push)


def push_from_dict(kept: dict[str, Any]) -> Push:
    said = dict(kept["statement"])
    if said["points"] is not None:
        said["points"] = tuple(PointStatement(**point) for point in said["points"])
    return Push(**{**kept, "statement": Statement(**said)})
