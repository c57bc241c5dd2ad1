"""What Kaspi keeps of a sale: a share of the price by category, with the days on which it holds.

The published table of 2026 has 4 126 rows and three rates; a rate for everything and the paths
under which another holds say the same, row by row. A category's path is Kaspi's own: the names of
its levels, joined by spaces.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from products.pricing.model import Percent


@dataclass(frozen=True, slots=True)
class Rate:
    """A commission, without the value-added tax on it and with it."""

    without_vat: Percent
    with_vat: Percent


@dataclass(frozen=True, slots=True)
class Tariff:
    """One published table: what holds everywhere, and the paths under which something else does."""

    valid_from: date
    usual: Rate
    exceptions: tuple[tuple[str, Rate], ...]

    def rate(self, category_path: str) -> Rate:
        """The rate of the longest path that this one lies under, compared word by word."""
        words = f"{' '.join(category_path.split())} "
        under = [(path, rate) for path, rate in self.exceptions if words.startswith(f"{path} ")]
        return max(under, key=lambda pair: len(pair[0]))[1] if under else self.usual


def tariff_on(day: date, tariffs: Sequence[Tariff]) -> Tariff:
    """The newest that holds on a day; before the first, the first."""
    ordered = sorted(tariffs, key=lambda tariff: tariff.valid_from)
    return next((one for one in reversed(ordered) if one.valid_from <= day), ordered[0])


def fold(rows: Sequence[tuple[str, Rate]], *, valid_from: date) -> Tariff:
    """Make a tariff of a whole table: the same rates, row by row, in as few exceptions as it takes.

    Raises ValueError for an empty table, and for one that gives a path two rates.
    """
    if not rows:
        raise ValueError("a tariff needs at least one row")
    rates = [rate for _, rate in rows]
    usual = max(sorted(set(rates), key=lambda rate: rate.with_vat), key=rates.count)
    split = [(tuple(path.split()), rate) for path, rate in rows]
    exceptions: list[tuple[str, Rate]] = []
    _fold(split, (), usual, exceptions)
    tariff = Tariff(valid_from, usual, tuple(exceptions))
    for path, rate in rows:
        if tariff.rate(path) != rate:
            raise ValueError(f"two rates for {path}")
    return tariff


def _fold(
    rows: Sequence[tuple[tuple[str, ...], Rate]],
    path: tuple[str, ...],
    inherited: Rate,
    exceptions: list[tuple[str, Rate]],
) -> None:
    here = [rate for words, rate in rows if len(words) == len(path)]
    rates = [rate for _, rate in rows]
    # Of two that are as common, the one that needs no exception.
    usual = here[0] if here else max([inherited, *rates], key=rates.count)
    if usual != inherited:
        exceptions.append((" ".join(path), usual))
    below: dict[str, list[tuple[tuple[str, ...], Rate]]] = {}
    for words, rate in rows:
        if len(words) > len(path):
            below.setdefault(words[len(path)], []).append((words, rate))
    for word, some in sorted(below.items()):
        if any(rate != usual for _, rate in some):
            _fold(some, (*path, word), usual, exceptions)


_USUAL = Rate(Percent(10_90), Percent(12_50))
_LOW = Rate(Percent(6_40), Percent(7_30))
_HIGH = Rate(Percent(13_50), Percent(15_50))
TARIFF_2026 = Tariff(
    valid_from=date(2026, 1, 1),
    usual=_USUAL,
    exceptions=(
        ("Аксессуары", _HIGH),
        ("Аксессуары Маски", _USUAL),
        ("Аксессуары Очки", _USUAL),
        ("Аксессуары Сумки, чемоданы, кошельки", _USUAL),
        ("Аксессуары Сумки, чемоданы, кошельки Кошельки", _HIGH),
        ("Аксессуары Сумки, чемоданы, кошельки Обложки", _HIGH),
        ("Аксессуары Сумки, чемоданы, кошельки Рюкзаки", _HIGH),
        ("Аксессуары Сумки, чемоданы, кошельки Сумки", _HIGH),
        ("Аксессуары Часы", _USUAL),
        ("Аксессуары Часы Ювелирные", _HIGH),
        ("Аксессуары и", _USUAL),
        ("Аптека Лекарства", _LOW),
        ("Продукты", _LOW),
        ("ТВ, Аудио, Видео Аудиотехника Чехлы", _HIGH),
        ("ТВ, Аудио, Видео Аудиотехника Чехлы для плееров", _USUAL),
        ("Телефоны и гаджеты Аксессуары", _HIGH),
        ("Телефоны и гаджеты Аксессуары для телефонов Внешние", _USUAL),
        ("Телефоны и гаджеты Аксессуары для телефонов Зарядные", _USUAL),
        ("Товары для животных Гигиена и уход за животными Наполнители", _LOW),
        ("Товары для животных Для грызунов Корма", _LOW),
        ("Товары для животных Для грызунов Лакомства", _LOW),
        ("Товары для животных Для кошек", _LOW),
        ("Товары для животных Для кошек Игрушки", _USUAL),
        ("Товары для животных Для кошек Когтеточки", _USUAL),
        ("Товары для животных Для птиц Корма", _LOW),
        ("Товары для животных Для птиц Лакомства", _LOW),
        ("Товары для животных Для рыб и рептилий Корма", _LOW),
        ("Товары для животных Для сельскохозяйственных животных Комбикорма", _LOW),
        ("Товары для животных Для собак", _LOW),
        ("Товары для животных Для собак Вольеры", _USUAL),
        ("Товары для животных Для собак Игрушки", _USUAL),
        ("Украшения", _HIGH),
    ),
)
