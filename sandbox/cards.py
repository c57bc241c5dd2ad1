"""Cards: shared product pages, invented one by one from the seed when first asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from sandbox.dice import dice
from sandbox.families import FAMILIES, Family

RECORDED_SKU = "102298404"

# Card number i has a sku in the i-th stretch of this length, so a sku leads back to its number.
_FIRST_SKU = 103_000_000
_STRETCH = 37
_NEAR = 40
_MOST_SIBLINGS = 5

_WEIGHTS: Final = tuple(accumulate(family.weight for family in FAMILIES))

_CYRILLIC: Final = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_SOUNDS: Final = "a b v g d e zh z i i k l m n o p r s t u f h c ch sh sh _ y _ e yu ya"
_LATIN: Final = dict(zip(_CYRILLIC, _SOUNDS.split(), strict=True))


@dataclass(frozen=True, slots=True)
class Card:
    """A product page with its place in the catalogue and the usual price of the goods."""

    master_sku: str
    title: str
    brand: str
    category: str
    category_codes: tuple[str, ...]
    vertical: str
    slug: str
    family_id: str
    usual_price: int

    @property
    def master_category(self) -> str:
        return f"Master - {self.category}"

    @property
    def path(self) -> str:
        return f"{self.slug}-{self.master_sku}"


@dataclass(slots=True)
class Catalogue:
    """`size` cards of one seed. Number 0 is the recorded telephone."""

    seed: int
    size: int
    _made: dict[int, Card] = field(default_factory=dict)

    def at(self, number: int) -> Card:
        card = self._made.get(number)
        if card is None:
            card = _recorded_card() if number == 0 else self._invent(number)
            self._made[number] = card
        return card

    def find(self, master_sku: str) -> Card | None:
        number = self._number_of(master_sku)
        return None if number is None else self.at(number)

    def siblings(self, card: Card) -> list[Card]:
        """The card and the nearest others of its family: one model in other colours and sizes."""
        number = self._number_of(card.master_sku) or 0
        near = range(max(0, number - _NEAR), min(self.size, number + _NEAR))
        found = [
            one for one in map(self.at, near) if one.family_id == card.family_id and one != card
        ]
        return [card, *found[:_MOST_SIBLINGS]]

    def __iter__(self) -> Iterator[Card]:
        return (self.at(number) for number in range(self.size))

    def _number_of(self, master_sku: str) -> int | None:
        if master_sku == RECORDED_SKU:
            return 0
        if not (master_sku.isascii() and master_sku.isdigit()):
            return None
        number = (int(master_sku) - _FIRST_SKU) // _STRETCH
        if not 0 < number < self.size or self._sku_of(number) != master_sku:
            return None
        return number

    def _sku_of(self, number: int) -> str:
        offset = dice(self.seed, "sku", number).randrange(_STRETCH)
        return str(_FIRST_SKU + number * _STRETCH + offset)

    def _invent(self, number: int) -> Card:
        chance = dice(self.seed, "card", number)
        family = chance.choices(FAMILIES, cum_weights=_WEIGHTS)[0]
        model = chance.choice(family.models)
        variant = [chance.choice(axis) for axis in family.axes]
        price = int(model.price * chance.lognormvariate(0, 0.08))
        return Card(
            master_sku=self._sku_of(number),
            title=_title(family, model.brand, model.name, variant),
            brand=model.brand,
            category=family.category,
            category_codes=(f"Master - {family.category}", family.category, *family.path),
            vertical=family.vertical,
            slug=slug_of(_title(family, model.brand, model.name, variant)),
            family_id=f"[Master - {family.category}][{slug_of(model.brand)}]",
            usual_price=max(price, 500),
        )


def slug_of(text: str) -> str:
    """Write a title in Latin letters, digits and single hyphens."""
    letters = (_LATIN.get(letter, letter).strip("_") for letter in text.lower())
    kept = (letter if letter.isascii() and letter.isalnum() else "-" for letter in "".join(letters))
    return "-".join(filter(None, "".join(kept).split("-")))


def _title(family: Family, brand: str, name: str, variant: list[str]) -> str:
    known_brand = [] if brand == "Без бренда" else [brand]
    return " ".join([family.kind, *known_brand, name, *variant])


def _recorded_card() -> Card:
    title = "Смартфон Apple iPhone 13 128Gb Midnight черный"
    return Card(
        master_sku=RECORDED_SKU,
        title=title,
        brand="Apple",
        category="Smartphones",
        category_codes=("Master - Smartphones", "Smartphones", "Smartphones and gadgets"),
        vertical="Телефоны и гаджеты",
        slug=slug_of("Apple iPhone 13 128Gb черный"),
        family_id="[Master - Smartphones][apple]{iphone-13}",
        usual_price=362_000,
    )
