"""What a seller says about prices, as flat documents, and the rules that they make.

    account ◄ store ◄ product

The narrower sheet has the last word, entry by entry; merchants who are excluded on any sheet are
excluded. An entry is named and measured as in the API: ``…_tiyn``, ``…_s``, ``…_percent``.
"""

from collections.abc import Callable, Mapping
from datetime import time, timedelta
from typing import Any, TypeAlias

from cube_demper.kernel.money import Money
from products.pricing.floors import Costs, MarginFloor, margin_floor
from products.pricing.hours import EVERY_DAY, Hours, Span
from products.pricing.model import Corridor, Percent
from products.pricing.rules import (
    Alone,
    AtFloor,
    Climb,
    Ending,
    Pace,
    Reach,
    Rise,
    RivalFilter,
    Rules,
    RulesContradict,
    Strategy,
    Truce,
    WarPolicy,
)
from products.pricing.tariff import Tariff

Sheet: TypeAlias = Mapping[str, Any]
EXCLUDED = "excluded_merchants"
OUT_OF_REACH = Money.tenge(10**12)  # a floor where costs and shares eat all of any price


def merged(*sheets: Sheet) -> dict[str, Any]:
    """One sheet of several, the widest first."""
    whole: dict[str, Any] = {}
    for sheet in sheets:
        whole |= sheet
    if excluded := {merchant for sheet in sheets for merchant in sheet.get(EXCLUDED, ())}:
        whole[EXCLUDED] = sorted(excluded)
    return whole


def rules_from(sheet: Sheet, *, corridor: Corridor, tariff: Tariff) -> Rules:
    """The rules that a sheet makes of a corridor.

    Raises RulesContradict and CorridorEmpty for entries that do not go together.
    """
    if not sheet:
        return Rules(corridor)
    if "step_percent" in sheet:
        step = _percent(sheet["step_percent"])
        corridor = Corridor(corridor.floor, corridor.ceiling, step)
    floor = margin_floor_from(sheet, tariff=tariff)
    said = _taken(sheet, _PLAIN)
    if "cost_tiyn" in sheet:
        said["margin_floor"] = OUT_OF_REACH if floor is None else floor.price
    return Rules(
        corridor=corridor,
        climb=Climb(**_taken(sheet, _CLIMB)),
        rivals=rival_filter(sheet),
        truce=Truce(**_taken(sheet, _TRUCE)),
        pace=Pace(**_taken(sheet, _PACE)),
        hours=_hours(sheet, corridor),
        **said,
    )


def margin_floor_from(sheet: Sheet, *, tariff: Tariff) -> MarginFloor | None:
    """The floor of costs and margin; ``None`` without a cost, or where no price pays for it."""
    costs = costs_from(sheet)
    return None if costs is None else margin_floor(costs, commission=commission(sheet, tariff))


def costs_from(sheet: Sheet) -> Costs | None:
    """What a piece costs; ``None`` without a cost."""
    return Costs(**_taken(sheet, _COSTS)) if "cost_tiyn" in sheet else None


def commission(sheet: Sheet, tariff: Tariff) -> Percent:
    """What Kaspi keeps: as stated, or by the tariff, with the value-added tax on it."""
    if "commission_percent" in sheet:
        return _percent(sheet["commission_percent"])
    return tariff.rate(sheet.get("category", "")).with_vat


def _percent(share: float) -> Percent:
    return Percent(round(share * 100))


def _seconds(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


_Entries: TypeAlias = Mapping[str, tuple[str, Callable[[Any], Any]]]
_PLAIN: _Entries = {
    "strategy": ("strategy", Strategy),
    "position": ("position", int),
    "premium_percent": ("premium", _percent),
    "fixed_tiyn": ("fixed", Money),
    "alone": ("alone", Alone),
    "at_floor": ("at_floor", AtFloor),
    "rise": ("rise", Rise),
    "ending": ("ending", Ending),
    "biggest_move_percent": ("biggest_move", _percent),
}
_CLIMB: _Entries = {
    "climb_by_tiyn": ("by", Money),
    "climb_every_s": ("every", _seconds),
    "quiet_s": ("quiet", _seconds),
    "tipping_lasts_s": ("forget_tipping_after", _seconds),
}
_RIVALS: _Entries = {
    EXCLUDED: ("excluded", frozenset),
    "least_rating": ("least_rating", lambda stars: round(stars * 100)),
    "least_reviews": ("least_reviews", int),
    "reach": ("reach", Reach),
    "with_preorders": ("with_preorders", bool),
    "by_kaspi_only": ("by_kaspi_only", bool),
    "absurd_below_percent": ("absurd_below", _percent),
}
_TRUCE: _Entries = {
    "war_policy": ("policy", WarPolicy),
    "war_price_tiyn": ("price", Money),
    "war_lasts_s": ("lasts", _seconds),
}
_PACE: _Entries = {
    "low_stock": ("low_stock", int),
    "low_stock_rise_percent": ("rise", _percent),
    "slow_after_s": ("slow_after", _seconds),
    "slow_drop_percent": ("drop", _percent),
}
_COSTS: _Entries = {
    "cost_tiyn": ("cost", Money),
    "delivery_tiyn": ("delivery", Money),
    "packing_tiyn": ("packing", Money),
    "other_costs_tiyn": ("other", Money),
    "tax_percent": ("tax", _percent),
    "returns_percent": ("returns", _percent),
    "margin_percent": ("margin", _percent),
}


def _taken(sheet: Sheet, entries: _Entries) -> dict[str, Any]:
    return {name: make(sheet[key]) for key, (name, make) in entries.items() if key in sheet}


def rival_filter(sheet: Sheet) -> RivalFilter:
    """Who is a rival by this sheet."""
    said = _taken(sheet, _RIVALS)
    if "cost_tiyn" in sheet and not sheet.get("with_below_cost", False):
        said["below_cost"] = Money(sheet["cost_tiyn"])
    return RivalFilter(**said)


def _hours(sheet: Sheet, corridor: Corridor) -> Hours:
    return Hours(
        working=tuple(_span(one) for one in sheet.get("working_hours", ())),
        corridors=tuple(
            (_span(one), _corridor_at(one, corridor)) for one in sheet.get("corridors", ())
        ),
    )


def _span(said: Mapping[str, Any]) -> Span:
    weekdays = frozenset(said["weekdays"]) if "weekdays" in said else EVERY_DAY
    if not weekdays <= EVERY_DAY:
        raise RulesContradict("weekdays are 0 (Monday) to 6")
    return Span(time.fromisoformat(said["begins"]), time.fromisoformat(said["ends"]), weekdays)


def _corridor_at(said: Mapping[str, Any], usual: Corridor) -> Corridor:
    return Corridor(Money(said["floor_tiyn"]), Money(said["ceiling_tiyn"]), usual.step)
