"""What can be turned while the stand-in runs: what nobody knows of the original, and its moods."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

Early = Literal["no", "call", "check"]
_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "early_pay": ("no", "call", "check"),
    "notifications": ("form", "json"),
}


class BadSwitch(ValueError):
    """A switch that does not exist or cannot have this value; the text says which."""


@dataclass(slots=True)
class Switches:
    """Times are seconds of the stand-in's clock, but for `hook_timeout_s`, which is real time."""

    # Whether it is no test: TestMode in all it tells, and 30 calls at once instead of 5.
    is_live: bool = False
    # How many calls at once; 0 leaves it to the mode.
    parallel: int = 0
    # How long the bank thinks.
    bank_s: float = 0.0
    # Whether a card is saved at all, where an account was named.
    saves_cards: bool = True
    # How long after a payment its notification sets out.
    notify_s: float = 0.05
    # Whether Pay arrives before the call is answered, or even before Check is.
    early_pay: Early = "no"
    hook_timeout_s: float = 30.0
    hooks_twice: float = 0.0
    hooks_late: float = 0.0
    late_s: float = 120.0
    notifications: Literal["form", "json"] = "form"
    # What a declined payment that is looked up says of itself: nobody could tell us.
    declined_is_success: bool = False
    # Whether a refund that is looked up names its payment.
    refund_names_payment: bool = True
    # What the original takes for Almaty's time.
    almaty_h: int = 5
    # Held money is let go after so long.
    held_s: float = 7 * 86_400.0
    # A schedule's charge that failed is tried again after so long.
    retry_s: float = 86_400.0
    # The share of a payment that the provider keeps, in hundredths of a percent.
    fee: int = 280

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Take over the named values, all or none. Raises BadSwitch."""
        accepted = {name: self._accept(name, value) for name, value in wanted.items()}
        for name, value in accepted.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def most_at_once(self) -> int:
        return self.parallel or (30 if self.is_live else 5)

    def _accept(self, name: str, value: Any) -> Any:
        if name not in {field.name for field in fields(self)}:
            raise BadSwitch(f"There is no setting called {name!r}.")
        if name in _CHOICES:
            return _chosen(name, value)
        present = getattr(self, name)
        if isinstance(present, bool):
            if not isinstance(value, bool):
                raise BadSwitch(f"{name} is true or false, not {value!r}.")
            return value
        return _number(name, value, whole=isinstance(present, int))


def _chosen(name: str, value: Any) -> str:
    if value not in _CHOICES[name]:
        raise BadSwitch(f"{name} is one of {', '.join(_CHOICES[name])}, not {value!r}.")
    return str(value)


def _number(name: str, value: Any, *, whole: bool) -> int | float:
    is_number = type(value) is int or (type(value) is float and not whole)
    if not is_number or not 0 <= value < float("inf"):
        raise BadSwitch(f"{name} is a number not below zero, not {value!r}.")
    return int(value) if whole else float(value)
