"""What can be turned while the sandbox runs: delays, limits, and how strict it is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "foreign_merchant": ("401", "403"),
    "missing_availabilities": ("keep", "withdraw"),
    "stock_count": ("specified", "always", "never"),
    "quota_counts": ("items", "cities", "requests"),
    "batch_answers": ("id", "items", "empty"),
    "batch_refusals": ("whole", "items", "partly"),
    "protocol_rows": ("told", "bare"),
    "dropped_products": ("keep", "withdraw"),
    "list_without_a": ("both", "archive"),
    "foreign_address": ("no", "storefront", "everywhere"),
    "compress": ("never", "accepted", "gzip", "br", "zstd"),
}


# Those that may be below zero.
_SIGNED: Final = frozenset({"clock_skew_s"})
_MOST: Final[dict[str, float]] = {
    "all_city_prices": 320,
    "absurd_chance": 1,
    "orders_move_chance": 1,
}


class BadSetting(ValueError):
    """A setting that does not exist or cannot have this value; the text says which."""


@dataclass(slots=True)
class Settings:
    """Times are seconds of the sandbox's clock; a rate of 0 means no limit."""

    apply_delay_s: float = 1.0
    storefront_delay_s: float = 0.5
    session_ttl_s: float = 86_400.0
    sso_ttl_s: float = 604_800.0
    renew_sid_after_s: float = 0.0
    code_ttl_s: float = 600.0
    still: bool = False
    # How often a rival that moves asks ten tenge, or a hundred times its usual price.
    absurd_chance: float = 0.0
    # How far their clock is from ours, in what they write: a `Date`, a promise, a delivery.
    clock_skew_s: float = 0.0
    email_code: bool = False

    compress: Literal["never", "accepted", "gzip", "br", "zstd"] = "never"

    require_browser: bool = True
    require_auth_version: bool = True
    require_origin: bool = False
    require_sec_fetch: bool = False
    require_xsrf: bool = False
    foreign_merchant: Literal["401", "403"] = "403"
    foreign_address: Literal["no", "storefront", "everywhere"] = "no"

    list_most: int = 100
    list_without_a: Literal["both", "archive"] = "both"
    all_city_prices: int = 51
    offers_by_get: bool = True
    offers_most: int = 100
    merchant_twice: bool = False

    missing_availabilities: Literal["keep", "withdraw"] = "keep"
    stock_count: Literal["specified", "always", "never"] = "specified"

    batch_most: int = 500
    batch_answers: Literal["id", "items", "empty"] = "id"
    batch_refusals: Literal["whole", "items", "partly"] = "whole"
    protocol_rows: Literal["told", "bare"] = "told"

    feed_every_s: float = 3_600.0
    feed_conditional: bool = False
    file_delay_s: float = 2.0
    dropped_products: Literal["keep", "withdraw"] = "keep"
    export_delay_s: float = 2.0
    # How long the same export cannot be ordered again.
    export_rest_s: float = 60.0
    # How long a price has to have stood still before it may be crossed out.
    discount_history_s: float = 1_209_600.0

    # A merchant whose orders were asked for gets a new one as often; 0 is never.
    orders_every_s: float = 0.0
    orders_move_chance: float = 0.3
    archive_unasked: bool = False
    require_merchant_uid: bool = False
    # Phones of what was ordered since are zeros: 5 February 2026 in Almaty.
    phones_masked_from: float = 1_770_231_600.0

    offers_rps: float = 15.0
    offers_ban_s: float = 10.0
    offers_default_limit: int = 20
    push_rps: float = 3.0
    # A steady two a second is safe in life, so the rate is an average, not any three at once.
    push_window_s: float = 2.0
    push_ban_s: float = 1_800.0
    quota: int = 250
    quota_window_s: float = 1_800.0
    quota_ban_s: float = 1_800.0
    quota_counts: Literal["items", "cities", "requests"] = "items"

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Take over the named values, all or none. Raises BadSetting."""
        accepted = {name: self._accept(name, value) for name, value in wanted.items()}
        for name, value in accepted.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def _accept(self, name: str, value: Any) -> bool | int | float | str:
        if name not in {field.name for field in fields(self)}:
            raise BadSetting(f"There is no setting called {name!r}.")
        if name in _CHOICES:
            return _one_of(name, value, _CHOICES[name])
        present = getattr(self, name)
        if isinstance(present, bool):
            if not isinstance(value, bool):
                raise BadSetting(f"{name} is true or false, not {value!r}.")
            return value
        return _number(name, value, whole=isinstance(present, int))


def _one_of(name: str, value: Any, choices: tuple[str, ...]) -> str:
    text = str(value)
    if text not in choices:
        raise BadSetting(f"{name} is one of {', '.join(choices)}, not {value!r}.")
    return text


def _number(name: str, value: Any, *, whole: bool) -> int | float:
    is_number = type(value) is int or (type(value) is float and not whole)
    lowest = float("-inf") if name in _SIGNED else 0
    if not is_number or not lowest <= value < float("inf"):
        raise BadSetting(f"{name} is a number not below zero, not {value!r}.")
    if value > _MOST.get(name, value):
        raise BadSetting(f"{name} is at most {_MOST[name]}, not {value!r}.")
    return int(value) if whole else float(value)
