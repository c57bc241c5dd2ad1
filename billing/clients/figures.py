"""Amounts and times as the provider writes them: decimal tenge, and times without a zone."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from cube_demper.kernel.money import TIYN_PER_TENGE, Money

_MOST: Final = Decimal(10) ** 12
_PLAIN: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSOFT: Final = re.compile(r"/Date\((-?[0-9]{1,15})\)/", re.ASCII)


def money(said: object) -> Money:
    """Understand an amount: text or a number but no float, to the hundredth. Raises ValueError."""
    text = _digits(said)
    if not _PLAIN.fullmatch(text):
        raise ValueError("an amount is plain digits")
    hundredths = Decimal(text) * TIYN_PER_TENGE
    if hundredths != int(hundredths) or abs(hundredths) > _MOST:
        raise ValueError("an amount is in hundredths, and not beyond all bounds")
    return Money(int(hundredths))


def _digits(said: object) -> str:
    match said:
        case str():
            return said
        case bool():
            return ""
        case int():
            return str(said)
        case Decimal():
            return format(said, "f")
        case _:
            return ""


def tenge(amount: Money) -> str:
    """The amount as the provider wants it: digits with a point, exactly. Raises ValueError."""
    if amount.tiyn <= 0:
        raise ValueError(f"{amount} cannot be asked of anybody")
    whole, rest = divmod(amount.tiyn, TIYN_PER_TENGE)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def moment(said: object) -> datetime | None:
    """A time, which is UTC; ``None`` where none is told, or none that we understand."""
    if not isinstance(said, str):
        return None
    if microsoft := _MICROSOFT.fullmatch(said):
        return _since_epoch(int(microsoft[1]))
    try:
        told = datetime.fromisoformat(said)
    except ValueError:
        return None
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)


def first_moment(said: Mapping[str, object], name: str) -> datetime | None:
    """A time that is told twice: as ``NameIso``, and in Microsoft's manner as ``Name``."""
    return moment(said.get(f"{name}Iso")) or moment(said.get(name))


def _since_epoch(milliseconds: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
