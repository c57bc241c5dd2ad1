"""Money: a whole number of tiyn, and a type that says so.

1 tenge (₸) = 100 tiyn. The database, the API and the pricing heart speak tiyn; Kaspi speaks whole
tenge, and only ``kaspi/clients`` converts. There is no float anywhere.
"""

from dataclasses import dataclass
from typing import Self

from typing_extensions import override

TIYN_PER_TENGE = 100


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of tiyn. Adds to, subtracts from and compares with itself only."""

    tiyn: int

    def __post_init__(self) -> None:
        if type(self.tiyn) is not int:
            raise TypeError(f"tiyn is a whole number, not {self.tiyn!r}")

    @classmethod
    def tenge(cls, amount: int) -> Self:
        """Make an amount from whole tenge."""
        return cls(amount * TIYN_PER_TENGE)

    @property
    def whole_tenge(self) -> int:
        """The amount in tenge. Raises ValueError if a fraction of a tenge would be lost."""
        tenge, rest = divmod(self.tiyn, TIYN_PER_TENGE)
        if rest:
            raise ValueError(f"{self.tiyn} tiyn is not a whole number of tenge")
        return tenge

    def __add__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.tiyn + other.tiyn)

    def __sub__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.tiyn - other.tiyn)

    @override
    def __str__(self) -> str:
        sign = "-" if self.tiyn < 0 else ""
        tenge, rest = divmod(abs(self.tiyn), TIYN_PER_TENGE)
        grouped = f"{tenge:,}".replace(",", "\u00a0")
        fraction = f",{rest:02d}" if rest else ""
        return f"{sign}{grouped}{fraction}\u00a0₸"
