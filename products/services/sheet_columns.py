"""The columns of a seller's table of products: how each is headed, told, and read back."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from cube_demper.kernel.money import TIYN_PER_TENGE
from products.pricing.rules import Strategy

CLEARS = "-"  # a cell that takes something away; an empty one leaves it as it is
_YES = {"да", "yes", "иә", "1", "true"}
_NO = {"нет", "no", "жоқ", "0", "false"}
_SPACES = re.compile(r"[\s\u00a0]")
_LARGEST = Decimal(10**11)
STRATEGIES = {
    Strategy.BE_FIRST: "быть первым",
    Strategy.MATCH_FIRST: "как первый",
    Strategy.BEHIND_FIRST: "сразу за первым",
    Strategy.HOLD_POSITION: "держать место",
    Strategy.FIRST_IN_CLASS: "первый в своей доставке",
    Strategy.PREMIUM: "дороже за рейтинг",
    Strategy.CREEP: "нащупывать потолок",
    Strategy.FIXED: "фиксированная",
}


class CellUnreadable(Exception):
    """The cell does not say what its column is for."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``field`` is what a list's row has; ``read`` makes changes of a cell, if it may.

    ``read`` raises CellUnreadable.
    """

    title: str
    field: str
    tell: Callable[[Any], Any] = lambda value: value
    read: Callable[[str], Mapping[str, Any]] | None = None


def _tenge(text: str) -> Decimal:
    try:
        number = Decimal(_SPACES.sub("", text).removesuffix("₸").replace(",", "."))
    except InvalidOperation:
        raise CellUnreadable(f"{text!r} is no amount in tenge.") from None
    if not number.is_finite() or not 0 <= number < _LARGEST:
        raise CellUnreadable(f"{text!r} is no amount in tenge.")
    return number


def _tiyn(text: str) -> int:
    tiyn = _tenge(text) * TIYN_PER_TENGE
    if tiyn != tiyn.to_integral_value():
        raise CellUnreadable(f"{text!r} is finer than a tiyn.")
    return int(tiyn)


def _price(name: str) -> Callable[[str], Mapping[str, Any]]:
    def read(text: str) -> Mapping[str, Any]:
        if text == CLEARS:
            return {name: None}
        tiyn = _tiyn(text)
        if tiyn % TIYN_PER_TENGE:
            raise CellUnreadable(f"{text!r} is no whole number of tenge.")
        return {name: {"tiyn": tiyn}}

    return read


def _flag(name: str) -> Callable[[str], Mapping[str, Any]]:
    def read(text: str) -> Mapping[str, Any]:
        word = text.lower()
        if word not in _YES | _NO:
            raise CellUnreadable(f"{text!r} is neither «да» nor «нет».")
        return {name: word in _YES}

    return read


def _cost(text: str) -> Mapping[str, Any]:
    return {"rules": {"cost_tiyn": None if text == CLEARS else _tiyn(text)}}


def _strategy(text: str) -> Mapping[str, Any]:
    if text == CLEARS:
        return {"rules": {"strategy": None}}
    for strategy, name in STRATEGIES.items():
        if text.lower() in {name, strategy.value.lower()}:
            return {"rules": {"strategy": strategy.value}}
    raise CellUnreadable(f"{text!r} is no strategy.")


def in_tenge(tiyn: int | None) -> Any:
    """An amount as a table shows it: a number of tenge."""
    if tiyn is None:
        return ""
    return tiyn // TIYN_PER_TENGE if tiyn % TIYN_PER_TENGE == 0 else tiyn / TIYN_PER_TENGE


def _yes(value: Any) -> str:
    return "да" if value else "нет"


def _strategy_name(value: Any) -> str:
    return STRATEGIES[Strategy(value)] if value else ""


SKU = Column("Артикул", "sku")
COLUMNS = (
    SKU,
    Column("Название", "title"),
    Column("Карточка", "master_sku"),
    Column("Магазин", "store_name"),
    Column("Состояние", "state"),
    Column("Цена", "price", in_tenge),
    Column("Нужная цена", "wanted_price", in_tenge),
    Column("Место", "position"),
    Column("Причина", "reason_ru"),
    Column("Минимум", "floor", in_tenge, _price("floor")),
    Column("Максимум", "ceiling", in_tenge, _price("ceiling")),
    Column("Шаг", "step", in_tenge, _price("step")),
    Column("Себестоимость", "cost", in_tenge, _cost),
    Column("Стратегия", "strategy", _strategy_name, _strategy),
    Column("Пауза", "is_paused", _yes, _flag("is_paused")),
    Column("Приоритет", "is_priority", _yes, _flag("is_priority")),
)
