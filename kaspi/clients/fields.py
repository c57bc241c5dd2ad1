"""Reading JSON field by field: strict, used to Kaspi's habits, able to say what is wrong."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cube_demper.kernel.money import TIYN_PER_TENGE, Money
from kaspi.errors import PayloadUnreadable

_NUMBER = re.compile(r"\d{1,18}(?:[.,]\d{1,6})?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 10**14
ZONE_UNSAID = UTC  # what the cabinet means by a time without a zone: nobody has measured it
_FIRST_YEAR, _LAST_YEAR = 2000, 2200  # what lies beyond is no time anybody meant
_NUMBERS = frozenset({int, float})
_DEAREST = 10**12  # tenge; anything above is not a price


class Fields:
    """One JSON object. Each reader takes the names a field has had; the first one present wins.

    A field that is null counts as missing. ``where`` is the object's place in the answer, for
    complaints. Raises PayloadUnreadable, naming the field, and nothing else.
    """

    def __init__(self, raw: Any, where: str) -> None:
        if not isinstance(raw, Mapping):
            raise PayloadUnreadable(where or "answer", "should be an object")
        self._raw = raw
        self._where = where

    def raw(self, *names: str) -> Any:
        """The value as it came, or None."""
        for name in names:
            value = self._raw.get(name)
            if value is not None:
                return value
        return None

    def place(self, name: str) -> str:
        """The field's full path."""
        return f"{self._where}.{name}" if self._where else name

    def text(self, *names: str) -> str:
        """Text that must be there. A number is taken as its digits: ids come either way."""
        value = self.text_or(None, *names)
        if not value:
            raise PayloadUnreadable(self.place(names[0]), "should be text")
        return value

    def text_or(self, default: str | None, *names: str) -> str | None:
        """Text, or the default when there is none."""
        value = self.raw(*names)
        if isinstance(value, str):
            if "\0" in value:
                value = value.replace("\0", "")  # which no database takes
            return value if value.strip() else default  # untrimmed: a sku is echoed as it is
        return str(value) if _is_whole(value) else default

    def rows(self, *names: str) -> list[tuple[str, Any]]:
        """A list, each element with its place. Missing is empty; anything else is unreadable."""
        value = self.raw(*names)
        if value is None:
            return []
        if not isinstance(value, list):
            raise PayloadUnreadable(self.place(names[0]), "should be a list")
        return [(f"{self.place(names[0])}[{index}]", row) for index, row in enumerate(value)]

    def count_or_none(self, *names: str) -> int | None:
        """A whole number ≥ 0: ``4``, ``4.0``, ``"4"``, ``true`` for 1. None when missing."""
        value = self.raw(*names)
        if value is None:
            return None
        if type(value) is int and 0 <= value <= _DEAREST:
            return value  # nearly always: offers are read by the thousand
        number = Decimal(value) if isinstance(value, bool) else _decimal(value)
        if number is None or number < 0 or number > _DEAREST or number != int(number):
            raise PayloadUnreadable(self.place(names[0]), f"should be a count, not {value!r:.40}")
        return int(number)

    def moment_or_none(self, *names: str) -> datetime | None:
        """A time in Unix milliseconds. None when missing or 0."""
        value = self.raw(*names)
        if value is None:
            return None
        number = _decimal(value)
        if number is None or not 0 <= number < _LATEST_MS:
            raise PayloadUnreadable(self.place(names[0]), f"should be a time, not {value!r:.40}")
        return _EPOCH + timedelta(milliseconds=int(number)) if number else None

    def flag_or_none(self, *names: str) -> bool | None:
        """True or false, also spelled "yes"/"no" and "true"/"false". None when missing."""
        value = self.raw(*names)
        if value is None or isinstance(value, bool):
            return value
        spelled = {"yes": True, "true": True, "no": False, "false": False}
        if isinstance(value, str) and value.lower() in spelled:
            return spelled[value.lower()]
        raise PayloadUnreadable(self.place(names[0]), f"should be yes or no, not {value!r:.40}")

    def iso_or_none(self, *names: str) -> datetime | None:
        """A time in ISO 8601, in UTC where it names no zone. None when missing or odd."""
        value = self.raw(*names)
        if not isinstance(value, str):
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=ZONE_UNSAID)

    def price(self, *names: str) -> Money:
        """A positive price that must be there."""
        found = self.price_or_none(*names)
        if found is None:
            raise PayloadUnreadable(self.place(names[0]), "should be a positive price")
        return found

    def price_or_none(self, *names: str) -> Money | None:
        """A price in tenge: ``24990``, ``24990.0``, ``"24 990"``. None when missing or 0."""
        value = self.raw(*names)
        if value is None:
            return None
        if type(value) in _NUMBERS and 0 < value <= _DEAREST and value == int(value):
            return Money(int(value) * TIYN_PER_TENGE)  # nearly always
        tenge = _decimal(value)
        if tenge is None or not 0 <= tenge <= _DEAREST:
            raise PayloadUnreadable(self.place(names[0]), f"should be a price, not {value!r:.40}")
        tiyn = tenge * TIYN_PER_TENGE
        if tiyn != int(tiyn):
            raise PayloadUnreadable(self.place(names[0]), f"{value!r:.40} is finer than a tiyn")
        return Money(int(tiyn)) if tiyn else None


def _is_whole(value: Any) -> bool:
    # Also keeps absurd numbers out: Python refuses to print integers of thousands of digits.
    return type(value) is int and abs(value) < 10**18


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if _is_whole(value) else None
    if isinstance(value, float):
        number = Decimal(repr(value))
        return number if number.is_finite() and abs(number) < 10**18 else None
    if isinstance(value, str):
        digits = "".join(value.split())  # also the no-break space that prices are grouped with
        return Decimal(digits.replace(",", ".")) if _NUMBER.fullmatch(digits) else None
    return None
