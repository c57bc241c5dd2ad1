"""Cities by their KATO code, as the marketplace names them."""

from functools import cache
from typing import Final

ALMATY: Final = "750000000"
ASTANA: Final = "710000000"
SHYMKENT: Final = "511010000"
KARAGANDA: Final = "351010000"
AKTOBE: Final = "151010000"
PAVLODAR: Final = "551010000"

CITIES: Final[dict[str, str]] = {
    ALMATY: "Алматы",
    ASTANA: "Астана",
    SHYMKENT: "Шымкент",
    KARAGANDA: "Караганда",
    AKTOBE: "Актобе",
    "231010000": "Атырау",
    "471010000": "Актау",
    "391010000": "Костанай",
    PAVLODAR: "Павлодар",
    "632810000": "Семей",
    "271010000": "Уральск",
    "311010000": "Тараз",
    "631010000": "Усть-Каменогорск",
    "431010000": "Кызылорда",
    "191010000": "Талдыкорган",
    "591010000": "Петропавловск",
    "111010000": "Кокшетау",
    "512610000": "Туркестан",
    "552210000": "Экибастуз",
    "352410000": "Темиртау",
    "392410000": "Рудный",
    "351610000": "Балхаш",
    "351810000": "Жезказган",
    "352310000": "Сатпаев",
    "352810000": "Шахтинск",
    "352210000": "Сарань",
    "352010000": "Каражал",
    "551610000": "Аксу",
    "156420100": "Риддер",
    "634820100": "Алтай",
    "471810000": "Жанаозен",
    "233620100": "Кульсары",
    "156020100": "Хромтау",
    "392010000": "Лисаковск",
    "111810000": "Степногорск",
    "117020100": "Щучинск",
    "116651100": "Косшы",
    "612010000": "Кентау",
    "511610000": "Арысь",
    "515420100": "Сарыагаш",
    "316220100": "Каратау",
    "316621100": "Шу",
    "191610000": "Конаев",
    "195220100": "Каскелен",
    "196220100": "Талгар",
    "194020100": "Есик",
    "195620100": "Жаркент",
    "196830100": "Отеген батыр",
    "633420100": "Аягоз",
    "433220100": "Аральск",
    "431910000": "Байконыр",
}

# Villages' codes end in 101, and no city's does.
_FIRST_VILLAGE: Final = 113_020_101
_BETWEEN_VILLAGES: Final = 1_370_000


def village(number: int) -> str:
    """The code of a small place, of which the marketplace knows hundreds more than cities."""
    return str(_FIRST_VILLAGE + number * _BETWEEN_VILLAGES)


@cache
def shown_cities(count: int) -> tuple[str, ...]:
    """So many places: the cities first, then villages."""
    known = tuple(CITIES)[:count]
    return (*known, *(village(number) for number in range(count - len(known))))
