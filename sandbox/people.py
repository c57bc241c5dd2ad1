"""Sellers: the accounts one can log in with, their merchants, and the merchants' points."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sandbox.cities import AKTOBE, ALMATY, ASTANA, CITIES, KARAGANDA, PAVLODAR, SHYMKENT

PASSWORD: Final = "Kaspi-2026"  # noqa: S105 -- printed in the README; opens nothing but the sandbox
CODE: Final = "123456"
_SELLERS: Final = 20
_POINT_CITIES: Final = (ALMATY, ASTANA, SHYMKENT, KARAGANDA, AKTOBE, PAVLODAR)


class Trait(StrEnum):
    """What is special about logging in with an account."""

    PLAIN = "plain"
    CODE = "code"
    FLOOD = "flood"
    WALL = "wall"


@dataclass(frozen=True, slots=True)
class Point:
    """A point of service: a warehouse or a pickup point in one city."""

    code: str
    city_id: str

    def store_id(self, merchant_id: str) -> str:
        return f"{merchant_id}_{self.code}"


@dataclass(frozen=True, slots=True)
class Merchant:
    merchant_id: str
    name: str
    points: tuple[Point, ...]
    # How many products it sells, and how many of them on cards shared with the other demo seller.
    listings: int
    shared: int = 0
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """A login. `login` is an e-mail, or a telephone number as the login page writes it."""

    login: str
    merchant_ids: tuple[str, ...]
    trait: Trait = Trait.PLAIN

    @property
    def is_phone(self) -> bool:
        return self.login.startswith("+7")

    @property
    def masked(self) -> str:
        if self.is_phone:
            return f"{self.login[:9]}***-**-{self.login[-2:]}"
        name, _, host = self.login.partition("@")
        return f"{name[0]}***@{host}"


def _points(count: int, *, first: int = 0) -> tuple[Point, ...]:
    cities = [_POINT_CITIES[(first + number) % len(_POINT_CITIES)] for number in range(count)]
    return tuple(Point(f"PP{number}", city) for number, city in enumerate(cities, start=1))


def _sellers() -> tuple[Merchant, ...]:
    return tuple(
        Merchant(
            merchant_id=str(30_500_000 + number * 17),
            name=f"Магазин {CITIES[_POINT_CITIES[number % 6]]} {number}",
            points=_points(1 + number % 3, first=number),
            listings=20 + number,
        )
        for number in range(1, _SELLERS + 1)
    )


AIGERIM: Final = "30112233"
DAULET: Final = "30445566"

MERCHANTS: Final[dict[str, Merchant]] = {
    merchant.merchant_id: merchant
    for merchant in (
        Merchant(AIGERIM, "Aigerim Store", _points(3), listings=54, shared=25, is_demo=True),
        Merchant(DAULET, "Daulet Market", _points(2), listings=46, shared=25, is_demo=True),
        Merchant("30700011", "Кодовый магазин", _points(2), listings=30),
        Merchant("30700022", "Первый из двух", _points(1), listings=24),
        Merchant("30700033", "Второй из двух", _points(2, first=1), listings=22),
        Merchant("30700044", "Телефонный магазин", _points(1), listings=26),
        *_sellers(),
    )
}

ACCOUNTS: Final[dict[str, Account]] = {
    account.login: account
    for account in (
        Account("aigerim@demo.kz", (AIGERIM,)),
        Account("daulet@demo.kz", (DAULET,)),
        Account("code@demo.kz", ("30700011",), Trait.CODE),
        Account("flood@demo.kz", (), Trait.FLOOD),
        Account("wall@demo.kz", (), Trait.WALL),
        Account("two@demo.kz", ("30700022", "30700033")),
        Account("nobody@demo.kz", ()),
        Account("+7 (701) 000-00-01", ("30700044",), Trait.CODE),
        *(
            Account(f"seller{number}@sandbox.kz", (merchant.merchant_id,))
            for number, merchant in enumerate(_sellers(), start=1)
        ),
    )
}
