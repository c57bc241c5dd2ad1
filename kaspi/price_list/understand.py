"""From raw rows to entries: what is usual is taken as it is, what is odd is said of its row.

Kaspi's own exports are not tidy: ``5.0`` pieces in stock, points by their full name, empty models
and no points at all in the archive. No row is worth losing the others for.
"""

import html
import re
from decimal import Decimal, InvalidOperation

from cube_demper.kernel.money import Money
from kaspi.ports import Point
from kaspi.price_list.model import LONGEST_PREORDER, LONGEST_SKU, Entry, Note, RawEntry

LONGEST_SKU_ANYWHERE = 64  # as the import of goods allows
_PLAIN_SKU = re.compile(r"[A-Za-z0-9_-]+")
_POINT = re.compile(r"(?:(?P<merchant>[^\s]+)_)?(?P<point>PP[0-9]{1,5})", re.IGNORECASE)
_GENERATED = re.compile(r"(?P<card>[0-9]{5,12})_[0-9]+")
_DEAREST = 1_000_000_000
_MOST_PIECES = 2_000_000_000
_YES, _NO = "yes", "no"


def master_sku_of(sku: str) -> str:
    """The card in a sku that Kaspi made itself; empty for a seller's own."""
    generated = _GENERATED.fullmatch(sku)
    return generated["card"] if generated else ""


def understand(raw: RawEntry, *, merchant_id: str) -> tuple[Entry | None, list[Note]]:
    """Make an entry of a row, or say why it can't be one; and whatever else is odd about it."""
    return _Reading(raw, merchant_id).result()


def once_encoded(text: str) -> str:
    """Undo a second encoding: ``Ð¡Ñ‚ÑƒÐ»`` and ``A &amp; B`` become what was meant.

    White space around the text goes as well: it may hide a second encoding.
    """
    while (single := _decoded(html.unescape(text) if "&" in text else text).strip()) != text:
        text = single  # shorter each time
    return text


def _decoded(text: str) -> str:
    if text.isascii():
        return text
    try:
        return b"".join(map(_as_byte, text)).decode()
    except UnicodeError:
        return text


def _as_byte(character: str) -> bytes:
    """The byte that a one-byte encoding, Windows' or the plain one, showed as this character."""
    try:
        return character.encode("latin-1")
    except UnicodeEncodeError:
        return character.encode("cp1252")


class _Reading:
    """One row on its way: what is understood of it, and what was noted."""

    def __init__(self, raw: RawEntry, merchant_id: str) -> None:
        self.raw = raw
        self.merchant_id = merchant_id
        self.sku = (raw.sku or "").strip()
        self.notes: list[Note] = []

    def result(self) -> tuple[Entry | None, list[Note]]:
        if not 0 < len(self.sku) <= LONGEST_SKU_ANYWHERE or "\x00" in self.sku:
            return self._left_out("no sku, or one of more than 64 characters")
        price, city_prices = self._price(self.raw.price), self._city_prices()
        if price is None and not city_prices:
            return self._left_out("no price")
        if len(self.sku) > LONGEST_SKU or not _PLAIN_SKU.fullmatch(self.sku):
            self._note("the sku is not 1 to 20 Latin letters and digits; Kaspi may refuse it")
        return self._entry(price, city_prices), self.notes

    def _entry(self, price: Money | None, city_prices: dict[str, Money]) -> Entry:
        points = self._points()
        if not points:
            self._note("no point of sale: it can't be stated as available")
        model = self._text("model")
        if not model:
            self._note("no model: the sku stands for it")
        return Entry(
            sku=self.sku,
            model=model or self.sku,
            brand=self._text("brand"),
            points=points,
            price=None if city_prices else price,
            city_prices=city_prices,
        )

    def _note(self, problem: str) -> None:
        self.notes.append(Note(self.raw.line, self.sku[:LONGEST_SKU_ANYWHERE], problem))

    def _left_out(self, problem: str) -> tuple[None, list[Note]]:
        sku = self.sku.replace("\x00", "")[:LONGEST_SKU_ANYWHERE]
        return None, [*self.notes, Note(self.raw.line, sku, problem, is_left_out=True)]

    def _text(self, name: str) -> str:
        text = self.raw.texts.get(name, "").strip()
        single = once_encoded(text)
        if single != text:
            self._note(f"{name} was encoded twice; undone")
        return single.replace("\x00", "").strip()

    def _price(self, text: str) -> Money | None:
        number = _number(text)
        if number is None and text:
            self._note(f"{text[:40]!r} is no price")
        if number is None or number == 0:
            return None
        if number != int(number) or not 0 < number <= _DEAREST:
            self._note(f"{text[:40]} is no price in whole tenge")
            return None
        return Money.tenge(int(number))

    def _city_prices(self) -> dict[str, Money]:
        prices = ((city_id, self._price(text)) for city_id, text in self.raw.city_prices)
        return {city_id: price for city_id, price in prices if city_id.isalnum() and price}

    def _points(self) -> tuple[Point, ...]:
        points = {
            point.point_id: point for raw in self.raw.availabilities for point in self._point(raw)
        }
        return tuple(points.values())

    def _point(self, raw: dict[str, str]) -> list[Point]:
        named = _POINT.fullmatch(raw.get("storeId", "").strip())
        if named is None:
            self._note(f"{raw.get('storeId', '')[:40]!r} is no point of sale")
            return []
        if named["merchant"] not in {None, self.merchant_id}:
            self._note(f"{named[0]} is a point of another shop")
            return []
        available = raw.get("available", "").strip().lower()
        if available not in {_YES, _NO}:
            self._note(f"available={available[:40]!r} is read as no")
        return [
            Point(
                point_id=named["point"].upper(),
                is_available=available == _YES,
                stock_count=self._count(raw, "stockCount", most=_MOST_PIECES),
                preorder_days=self._count(raw, "preOrder", most=LONGEST_PREORDER) or None,
            )
        ]

    def _count(self, raw: dict[str, str], name: str, *, most: int) -> int | None:
        text = raw.get(name, "").strip()
        number = _number(text)
        if not text:
            return None
        if number is None or number != int(number) or not 0 <= number <= most:
            self._note(f"{name}={text[:40]!r} is left out")
            return None
        return int(number)


def _number(text: str) -> Decimal | None:
    """A number with or without ``.0`` and spaces between thousands."""
    try:
        number = Decimal(re.sub(r"[\s\u00a0]", "", text))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 12 else None
