"""Values of the heart as JSON and back, so that a decision can be made again from its record.

``unpack(kind, pack(value)) == value`` for everything a decision depends on. What is as by default
is left out; whoever changes a default writes records anew.

    Money 12300 · Percent {"percent": 150} · datetime ISO 8601 · timedelta seconds · time "09:00:00"
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from cube_demper.kernel.money import Money
from products.pricing.model import Corridor, Percent

_Value = TypeVar("_Value")


def pack(value: object) -> Any:
    """Make JSON of a value of the heart. Raises TypeError for anything else."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if how := _PACKERS.get(type(value)):
        return how(value)
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"not a value of the heart: {value!r}")
    packed = ((name, getattr(value, name), default) for name, default in _defaults(type(value)))
    return {name: pack(said) for name, said, default in packed if said != default}


def unpack(kind: type[_Value], packed: Any) -> _Value:
    """Make the value again. Raises ValueError, TypeError or KeyError for what ``pack`` never made.

    What the values refuse themselves, such as an empty corridor, is a ValueError.
    """
    return cast("_Value", _unpack(kind, packed))


def _unpack(kind: Any, packed: Any) -> Any:
    arguments = get_args(kind)
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        return _one_of(arguments, packed)
    if origin is tuple:
        return tuple(_each(arguments, packed))
    if origin is frozenset:
        return frozenset(_unpack(arguments[0], one) for one in packed)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(packed)
    if make := _MAKERS.get(kind):
        return make(packed)
    hints = _hints(kind)
    return kind(**{name: _unpack(hints[name], said) for name, said in packed.items()})


def _each(arguments: tuple[Any, ...], packed: Iterable[Any]) -> Iterable[Any]:
    if arguments[-1] is Ellipsis:
        return (_unpack(arguments[0], one) for one in packed)
    return (_unpack(kind, one) for kind, one in zip(arguments, packed, strict=True))


def _one_of(kinds: tuple[Any, ...], packed: Any) -> Any:
    if packed is None:
        return None
    rest = [kind for kind in kinds if kind is not NoneType]
    if Percent in rest and Money in rest:  # a step
        return _unpack(Percent if isinstance(packed, Mapping) else Money, packed)
    return _unpack(rest[0], packed)


_PACKERS: Mapping[type, Callable[[Any], Any]] = {
    Money: lambda money: money.tiyn,
    Percent: lambda share: {"percent": share.hundredths},
    timedelta: timedelta.total_seconds,
    datetime: datetime.isoformat,
    time: time.isoformat,
    tuple: lambda values: [pack(value) for value in values],
    frozenset: lambda values: sorted(pack(value) for value in values),
}
_MAKERS: Mapping[Any, Callable[[Any], Any]] = {
    bool: bool,
    int: int,
    str: str,
    Money: Money,
    Percent: lambda packed: Percent(packed["percent"]),
    timedelta: lambda packed: timedelta(seconds=packed),
    datetime: datetime.fromisoformat,
    time: time.fromisoformat,
}


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, localns={"Corridor": Corridor})


@cache
def _defaults(kind: type) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, _default(field)) for field in fields(cast("Any", kind)))


def _default(field: "Field[Any]") -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
