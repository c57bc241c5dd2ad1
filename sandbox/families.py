"""What is sold: families of cards with their models, variants and price levels in tenge."""

from dataclasses import dataclass
from typing import Final

_COLOURS = ("черный", "белый", "серый", "синий", "зеленый", "бежевый", "розовый")
_SIZES = ("S", "M", "L", "XL", "2XL", "3XL", "46", "48", "50", "52", "54", "56")
_SHOE_SIZES = tuple(str(size) for size in range(36, 46))


@dataclass(frozen=True, slots=True)
class Model:
    """One model of a family: whose it is, its name, and its usual price in tenge."""

    brand: str
    name: str
    price: int


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of goods. `axes` are the variants whose values are appended to the title."""

    kind: str
    category: str
    path: tuple[str, ...]
    vertical: str
    models: tuple[Model, ...]
    axes: tuple[tuple[str, ...], ...]
    weight: int = 10


def _models(*rows: tuple[str, str, int]) -> tuple[Model, ...]:
    return tuple(Model(*row) for row in rows)


FAMILIES: Final[tuple[Family, ...]] = (
    Family(
        "Смартфон",
        "Smartphones",
        ("Smartphones and gadgets",),
        "Телефоны и гаджеты",
        _models(
            ("Apple", "iPhone 13 128Gb", 329_990),
            ("Apple", "iPhone 15 128Gb", 419_990),
            ("Apple", "iPhone 16 Pro 256Gb", 689_990),
            ("Samsung", "Galaxy A56 8/256Gb", 189_990),
            ("Samsung", "Galaxy S25 12/256Gb", 399_990),
            ("Xiaomi", "Redmi Note 14 8/256Gb", 109_990),
            ("Xiaomi", "Poco X7 12/512Gb", 159_990),
            ("HONOR", "X8c 8/256Gb", 119_990),
        ),
        (_COLOURS[:5],),
        weight=16,
    ),
    Family(
        "Наушники",
        "Headphones",
        ("Headphones and accessories", "Smartphones and gadgets"),
        "Телефоны и гаджеты",
        _models(
            ("Apple", "AirPods 4", 84_990),
            ("Apple", "AirPods Pro 3", 139_990),
            ("JBL", "Tune 520BT", 22_990),
            ("Sony", "WH-CH520", 26_490),
            ("Xiaomi", "Redmi Buds 6", 14_990),
            ("Samsung", "Galaxy Buds3", 64_990),
        ),
        (_COLOURS[:4],),
        weight=12,
    ),
    Family(
        "Чехол",
        "Phone cases",
        ("Phone accessories", "Smartphones and gadgets"),
        "Телефоны и гаджеты",
        _models(
            ("Без бренда", "силиконовый для Apple iPhone 13", 1_490),
            ("Без бренда", "с MagSafe для Apple iPhone 15", 2_490),
            ("Spigen", "Ultra Hybrid для Samsung Galaxy S25", 8_990),
            ("Nillkin", "Frosted Shield для Xiaomi Redmi Note 14", 4_290),
        ),
        (_COLOURS,),
        weight=8,
    ),
    Family(
        "Смарт-часы",
        "Smart watches",
        ("Smart watches and bracelets", "Smartphones and gadgets"),
        "Телефоны и гаджеты",
        _models(
            ("Apple", "Watch SE 44 мм", 129_990),
            ("Samsung", "Galaxy Watch7 40 мм", 99_990),
            ("Xiaomi", "Smart Band 9", 17_990),
            ("Amazfit", "Bip 6", 37_990),
        ),
        (_COLOURS[:4],),
    ),
    Family(
        "Ноутбук",
        "Laptops",
        ("Laptops and accessories", "Computers"),
        "Компьютеры",
        _models(
            ("Apple", "MacBook Air 13 M3 16/256Gb", 529_990),
            ("ASUS", "Vivobook 15 i5 16/512Gb", 279_990),
            ("Lenovo", "IdeaPad Slim 3 R5 8/512Gb", 219_990),
            ("Acer", "Aspire 3 N100 8/256Gb", 149_990),
        ),
        (_COLOURS[:3],),
        weight=7,
    ),
    Family(
        "Комплект термобелья",
        "Men thermal underwear",
        ("Men underwear", "Men fashion", "Fashion"),
        "Одежда",
        _models(
            ("ALPIKA", "зимний", 8_790),
            ("Norveg", "шерстяной", 27_900),
            ("Без бренда", "флисовый", 4_990),
            ("Guahoo", "спортивный", 16_490),
        ),
        (_COLOURS[:3], _SIZES),
        weight=12,
    ),
    Family(
        "Рашгард",
        "Men thermal underwear",
        ("Men underwear", "Men fashion", "Fashion"),
        "Одежда",
        _models(("Без бренда", "компрессионный", 2_890), ("Venum", "тренировочный", 14_990)),
        (_COLOURS[:3], _SIZES),
    ),
    Family(
        "Кроссовки",
        "Men sneakers",
        ("Men shoes", "Shoes"),
        "Обувь",
        _models(
            ("Nike", "Air Max 90", 64_990),
            ("Adidas", "Runfalcon 5", 31_990),
            ("New Balance", "574", 54_990),
            ("Без бренда", "зимние на меху", 11_990),
        ),
        (_COLOURS[:4], _SHOE_SIZES),
        weight=10,
    ),
    Family(
        "Диван",
        "Sofas",
        ("Sofas and armchairs", "Furniture"),
        "Мебель",
        _models(
            ("Mebel Land", "угловой Атланта", 189_990),
            ("Mebel Land", "прямой Бостон", 129_990),
            ("Комфорт", "аккордеон Милан", 159_990),
            ("Zeta", "еврокнижка Нео", 104_990),
        ),
        (_COLOURS[2:],),
        weight=7,
    ),
    Family(
        "Кресло",
        "Office chairs",
        ("Office furniture", "Furniture"),
        "Мебель",
        _models(
            ("Zeta", "офисное Престиж", 32_990),
            ("DXRacer", "игровое Formula", 124_990),
            ("Метта", "эргономичное SU-B", 69_990),
        ),
        (_COLOURS[:4],),
    ),
    Family(
        "Сковорода",
        "Frying pans",
        ("Cookware", "Household goods"),
        "Товары для дома",
        _models(
            ("Tefal", "Unlimited 28 см", 19_990),
            ("Kukmara", "Мраморная 26 см", 11_490),
            ("Без бренда", "блинная 24 см", 4_490),
        ),
        (("с крышкой", "без крышки"), _COLOURS[:3]),
    ),
    Family(
        "Электрочайник",
        "Electric kettles",
        ("Kitchen appliances", "Home equipment"),
        "Бытовая техника",
        _models(
            ("Tefal", "KO 2998 1.7 л", 18_990),
            ("Xiaomi", "Mi Smart Kettle 1.5 л", 16_490),
            ("Artel", "ART-KE-4002 2 л", 6_990),
        ),
        (_COLOURS[:4],),
    ),
    Family(
        "Стиральная машина",
        "Washing machines",
        ("Large appliances", "Home equipment"),
        "Бытовая техника",
        _models(
            ("LG", "F2J3HS 7 кг", 199_990),
            ("Samsung", "WW60 6 кг", 174_990),
            ("Beko", "WRS 55 5 кг", 119_990),
        ),
        (_COLOURS[1:3],),
        weight=5,
    ),
    Family(
        "Шуруповерт",
        "Screwdrivers",
        ("Power tools", "Construction and repair"),
        "Строительство и ремонт",
        _models(
            ("Makita", "DF333DWYE 12 В", 58_990),
            ("Bosch", "GSR 120-LI 12 В", 52_490),
            ("Alteco", "CD 1210 Li 12 В", 19_990),
            ("DEKO", "DKCD20 20 В", 15_990),
        ),
        (("1 аккумулятор", "2 аккумулятора", "в кейсе"),),
    ),
    Family(
        "Конструктор",
        "Construction toys",
        ("Toys", "Children goods"),
        "Детские товары",
        _models(
            ("LEGO", "City Полицейский участок", 44_990),
            ("LEGO", "Technic Внедорожник", 29_990),
            ("Без бренда", "магнитный 100 деталей", 9_490),
        ),
        (("5+", "6+", "8+", "10+"),),
    ),
    Family(
        "Автокресло",
        "Child car seats",
        ("Strollers and car seats", "Children goods"),
        "Детские товары",
        _models(("Joie", "Every Stage 0-36 кг", 119_990), ("Carrello", "Asteroid 9-36 кг", 54_990)),
        (_COLOURS[:5],),
        weight=5,
    ),
    Family(
        "Сыворотка для лица",
        "Face serums",
        ("Face care", "Beauty care"),
        "Красота и здоровье",
        _models(
            ("The Ordinary", "Niacinamide 10% + Zinc 1%", 5_490),
            ("COSRX", "Snail 96 Mucin", 8_990),
            ("Medi-Peel", "Peptide 9", 10_490),
        ),
        (("30 мл", "60 мл", "100 мл"),),
        weight=11,
    ),
    Family(
        "Шампунь",
        "Shampoos",
        ("Hair care", "Beauty care"),
        "Красота и здоровье",
        _models(
            ("Kerastase", "Nutritive Bain Satin", 14_990),
            ("Masil", "5 Probiotics", 4_990),
            ("Head & Shoulders", "Основной уход", 2_690),
        ),
        (("250 мл", "300 мл", "400 мл", "500 мл"),),
    ),
    Family(
        "Кофе",
        "Coffee",
        ("Tea and coffee", "Food"),
        "Продукты питания",
        _models(
            ("Lavazza", "Qualita Oro в зернах", 9_990),
            ("Jacobs", "Monarch растворимый", 5_290),
            ("Egoiste", "Noir молотый", 6_490),
        ),
        (("250 г", "500 г", "1000 г"),),
    ),
    Family(
        "Протеин",
        "Protein",
        ("Sport nutrition", "Food"),
        "Спорт и туризм",
        _models(
            ("Optimum Nutrition", "Gold Standard Whey", 32_990),
            ("Bombbar", "Whey Protein", 13_990),
        ),
        (("шоколад", "ваниль", "клубника"), ("900 г", "2270 г")),
        weight=6,
    ),
    Family(
        "Автошина",
        "Tyres",
        ("Tyres and wheels", "Auto goods"),
        "Автотовары",
        _models(
            ("Nokian", "Nordman 8 зимняя", 42_990),
            ("Michelin", "X-Ice Snow зимняя", 78_990),
            ("Sailun", "Atrezzo летняя", 23_990),
        ),
        (("185/65 R15", "195/65 R15", "205/55 R16", "215/60 R17"),),
        weight=7,
    ),
)
