"""What a bulk edit makes of one product: amounts may be reckoned from what the product has.

Changes are JSON, as a seller sends them: ``floor``, ``ceiling`` and ``step`` are ``null``, or
``{"tiyn": 90000}``, or ``{"of": "cost", "times": 1.2, "plus_tiyn": 0}``; ``is_paused``,
``paused_until`` and ``is_priority`` are values; ``rules`` are entries of the product's sheet.
``restore`` sets columns as they were, if they still are as ``found``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cube_demper.kernel.errors import DomainError
from cube_demper.kernel.money import TIYN_PER_TENGE, Money
from products.errors import AmountOutside, ChangedSince, NothingToReckonFrom
from products.models import Product
from products.services.corridors import check_corridor
from products.services.newcomers import MAXIMUM_PRICE_TENGE, MINIMUM_PRICE_TENGE, first_corridor
from products.services.rulebook import Rulebook
from products.services.sheets import check_rules, patched

AMOUNTS = ("floor", "ceiling", "step")
BASES = ("floor", "ceiling", "price", "wanted_price", "cost")
FLAGS = ("is_paused", "paused_until", "is_priority")
COLUMNS = (*AMOUNTS, *FLAGS, "rules")


@dataclass(frozen=True, slots=True)
class RowRefused(Exception):
    """One row can't become what was asked; ``column`` is to blame, if one is."""

    code: str
    detail: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class RowChange:
    """What changes, as JSON: only the columns that do. Both are empty where all was so already."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]


def apply(
    product: Product, changes: Mapping[str, Any], *, cities: Sequence[Product] = (), book: Rulebook
) -> RowChange:
    """Set on a loaded product what ``changes`` say, unsaved. Raises RowRefused.

    Its store and its listing must be loaded; its ``cities`` must get along with its rules.
    """
    before = _columns(product)
    column = ""
    try:
        if "restore" in changes:
            _check_found(before, changes["found"])
            _restore(product, changes["restore"])
        for column in AMOUNTS:
            if column in changes:
                setattr(product, column, _amount(product, column, changes[column], book))
        column = ""
        for name in FLAGS:
            if name in changes:
                setattr(product, name, _flag(name, changes[name]))
        product.rules = patched(product.rules, changes.get("rules", {}))
        if "cost_tiyn" in changes.get("rules", {}) and product.floor is product.ceiling is None:
            for name, price in first_corridor(book.sheet_of(product), price=product.price).items():
                setattr(product, name, price)
        check_corridor(product)
        check_rules([product, *cities], book=book)
    except DomainError as error:
        raise RowRefused(error.code, error.detail, column) from None
    after = _columns(product)
    changed = [name for name in COLUMNS if before[name] != after[name]]
    return RowChange(
        {name: before[name] for name in changed}, {name: after[name] for name in changed}
    )


def _check_found(now: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    if any(now[name] != value for name, value in found.items()):
        raise ChangedSince


def _restore(product: Product, columns: Mapping[str, Any]) -> None:
    for name, value in columns.items():
        if name in AMOUNTS:
            setattr(product, name, None if value is None else Money(value))
        else:
            setattr(product, name, _flag(name, value))


def _flag(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name == "paused_until" and value else value


def _amount(product: Product, column: str, said: Any, book: Rulebook) -> Money | None:
    if said is None:
        return None
    if "tiyn" in said:
        tenge = Decimal(said["tiyn"]) / TIYN_PER_TENGE
    else:
        base = _base(product, said["of"], book)
        tiyn = base.tiyn * Decimal(str(said.get("times", 1))) + said.get("plus_tiyn", 0)
        tenge = (tiyn / TIYN_PER_TENGE).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    lowest = 0 if column == "step" else MINIMUM_PRICE_TENGE
    if not lowest <= tenge <= MAXIMUM_PRICE_TENGE:
        raise AmountOutside(f"{tenge} ₸ is not between {lowest} ₸ and {MAXIMUM_PRICE_TENGE} ₸.")
    return Money.tenge(int(tenge))


def _base(product: Product, name: str, book: Rulebook) -> Money:
    if name == "cost":
        tiyn = book.sheet_of(product).get("cost_tiyn")
        base = None if tiyn is None else Money(tiyn)
    else:
        base = getattr(product, name)
    if base is None:
        raise NothingToReckonFrom(f"This product has no {name.replace('_', ' ')}.")
    return base


def _columns(product: Product) -> dict[str, Any]:
    amounts: dict[str, Money | None] = {name: getattr(product, name) for name in AMOUNTS}
    return {
        **{name: None if money is None else money.tiyn for name, money in amounts.items()},
        "is_paused": product.is_paused,
        "paused_until": product.paused_until and product.paused_until.isoformat(),
        "is_priority": product.is_priority,
        "rules": product.rules,
    }
