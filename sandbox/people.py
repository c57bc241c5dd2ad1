"""Sellers: the accounts one can log in with, their merchants, and the merchants' points."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from typing_extensions import override

from sandbox.cities import AKTOBE, ALMATY, ASTANA, CITIES, KARAGANDA, PAVLODAR, SHYMKENT

PASSWORD: Final = "Kaspi-2026"  # noqa: S105 -- printed in the README; opens nothing but the sandbox
CODE: Final = "123456"
_SELLERS: Final = 20
_MOST_SELLERS: Final = 5_000
_FIRST_ID: Final = 30_500_000
_BETWEEN_IDS: Final = 17
_POINT_CITIES: Final = (ALMATY, ASTANA, SHYMKENT, KARAGANDA, AKTOBE, PAVLODAR)


class Trait(StrEnum):
    """What is special about logging in with an account."""

    PLAIN = "plain"
    CODE = "code"
    FLOOD = "flood"
    STAFF = "staff"
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
    # Another merchant of the same account, on a few of whose cards it sells too.
    beside: str | None = None
    # Whether its products are there from the start, or only when somebody asks for them.
    at_once: bool = True


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


def _seller(number: int) -> Merchant:
    return Merchant(
        merchant_id=str(_FIRST_ID + number * _BETWEEN_IDS),
        name=f"Магазин {CITIES[_POINT_CITIES[number % 6]]} {number}",
        points=_points(1 + number % 3, first=number),
        listings=20 + number % (_SELLERS + 1),
        at_once=number <= _SELLERS,
    )


def _seller_by_id(merchant_id: str) -> Merchant | None:
    if not (merchant_id.isascii() and merchant_id.isdigit()):
        return None
    number, rest = divmod(int(merchant_id) - _FIRST_ID, _BETWEEN_IDS)
    return _seller(number) if not rest and 0 < number <= _MOST_SELLERS else None


def _seller_by_login(login: str) -> Account | None:
    number = login.removeprefix("seller").removesuffix("@sandbox.kz")
    if login != f"seller{number}@sandbox.kz" or not (number.isascii() and number.isdigit()):
        return None
    known = str(int(number)) == number and 0 < int(number) <= _MOST_SELLERS
    return Account(login, (_seller(int(number)).merchant_id,)) if known else None


T = TypeVar("T")


class Directory(Mapping[str, T], Generic[T]):
    """People by id: some written down, and thousands more made up when asked for.

    Only those written down are counted and gone through.
    """

    def __init__(self, written: dict[str, T], make_up: Callable[[str], T | None]) -> None:
        self._written = written
        self._make_up = make_up

    @override
    def __getitem__(self, key: str) -> T:
        found = self._written.get(key) or self._make_up(key)
        if found is None:
            raise KeyError(key)
        return found

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    @override
    def __len__(self) -> int:
        return len(self._written)


AIGERIM: Final = "30112233"
DAULET: Final = "30445566"

_WRITTEN_MERCHANTS: Final = {
    merchant.merchant_id: merchant
    for merchant in (
        Merchant(AIGERIM, "Aigerim Store", _points(3), listings=54, shared=25, is_demo=True),
        Merchant(DAULET, "Daulet Market", _points(2), listings=46, shared=25, is_demo=True),
        Merchant("30700011", "Кодовый магазин", _points(2), listings=30),
        Merchant("30700022", "Первый из двух", _points(1), listings=24),
        Merchant("30700033", "Второй из двух", _points(2, first=1), listings=22),
        Merchant("30700044", "Телефонный магазин", _points(1), listings=26),
        Merchant("30700055", "Большой магазин", _points(3), listings=20_000, at_once=False),
        Merchant("30700066", "Пустой магазин", _points(1), listings=0),
        Merchant("30700077", "Много точек", _points(9), listings=30, at_once=False),
        Merchant("30700088", "Третий, основной", _points(1), listings=24, at_once=False),
        Merchant("30700099", "Третий, второй", _points(2), 22, beside="30700088", at_once=False),
        *map(_seller, range(1, _SELLERS + 1)),
    )
}
MERCHANTS: Final = Directory(_WRITTEN_MERCHANTS, _seller_by_id)

_WRITTEN_ACCOUNTS: Final = {
    account.login: account
    for account in (
        Account("aigerim@demo.kz", (AIGERIM,)),
        Account("daulet@demo.kz", (DAULET,)),
        Account("code@demo.kz", ("30700011",), Trait.CODE),
        Account("flood@demo.kz", (), Trait.FLOOD),
        Account("wall@demo.kz", (), Trait.WALL),
        Account("two@demo.kz", ("30700022", "30700033")),
        Account("nobody@demo.kz", ()),
        Account("staff@demo.kz", (), Trait.STAFF),
        Account("+7 (701) 000-00-01", ("30700044",), Trait.CODE),
        Account("big@demo.kz", ("30700055",)),
        Account("empty@demo.kz", ("30700066",)),
        Account("points@demo.kz", ("30700077",)),
        Account("shops@demo.kz", ("30700088", "30700099")),
    )
}
ACCOUNTS: Final = Directory(_WRITTEN_ACCOUNTS, _seller_by_login)
