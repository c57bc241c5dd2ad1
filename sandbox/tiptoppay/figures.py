"""Money and times as the provider writes them, and as it reads them."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, Final

_HUNDRED: Final = 100
_MOST: Final = Decimal(10) ** 10


def number(hundredths: int) -> int | float:
    """An amount as a JSON number."""
    whole, rest = divmod(hundredths, _HUNDRED)
    return float(f"{whole}.{rest:02d}") if rest else whole


def text(hundredths: int) -> str:
    """An amount as forms have it."""
    whole, rest = divmod(hundredths, _HUNDRED)
    return f"{whole}.{rest:02d}"


def read_amount(said: Any) -> int | None:
    """An amount above zero in hundredths, more digits rounded; None for anything else."""
    if isinstance(said, bool) or not isinstance(said, int | float | Decimal | str):
        return None
    try:
        amount = Decimal(str(said))
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 < amount < _MOST:
        return None
    return int((amount * _HUNDRED).to_integral_value()) or None


def iso(moment: float | None) -> str | None:
    """UTC, and not a word about it."""
    return None if moment is None else f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S}"


def microsoft(moment: float | None) -> str | None:
    return None if moment is None else f"/Date({int(moment * 1000)})/"


def twice(name: str, moment: float | None) -> dict[str, str | None]:
    """A moment as answers tell it."""
    return {name: microsoft(moment), f"{name}Iso": iso(moment)}


def spoken(moment: float | None) -> str:
    """A moment as notifications tell it."""
    return "" if moment is None else f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}"


def read_moment(said: Any) -> float | None:
    """A moment in ISO 8601; UTC where it names no zone."""
    try:
        moment = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def day_bounds(day: Any, zone_h: int) -> tuple[float, float] | None:
    """When a day begins and ends somewhere so many hours east."""
    try:
        begins = datetime.strptime(str(day), "%Y-%m-%d").replace(
            tzinfo=timezone(timedelta(hours=zone_h))
        )
    except ValueError:
        return None
    return begins.timestamp(), (begins + timedelta(days=1)).timestamp()


def later(moment: float, interval: str, period: int) -> float:
    """So many days, weeks or months on; the 31st of a shorter month is its last day."""
    at = datetime.fromtimestamp(moment, UTC)
    if interval != "Month":
        days = period * (7 if interval == "Week" else 1)
        return (at + timedelta(days=days)).timestamp()
    years, month = divmod(at.month - 1 + period, 12)
    for day in range(at.day, 0, -1):
        try:
            return at.replace(year=at.year + years, month=month + 1, day=day).timestamp()
        except ValueError:
            continue
    raise AssertionError
