"""The corridor of a product that a catalogue brings, where its seller's sheets say one.

    new_from: price · new_floor_percent: 90 · new_ceiling_percent: 120
    at 1 000 ₸ ──► 900 … 1 200 ₸

Off unless ``new_from`` stands on a sheet: nothing is repriced that nobody asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cube_demper.kernel.money import TIYN_PER_TENGE, Money
from products.pricing.model import Percent
from products.pricing.rules import RulesContradict

ENTRIES = ("new_from", "new_floor_percent", "new_ceiling_percent")


class Basis(StrEnum):
    """What a new product's corridor is a share of."""

    PRICE = "PRICE"
    COST = "COST"


@dataclass(frozen=True, slots=True)
class Newcomers:
    """What new products get: a floor and a ceiling that are shares of their price or their cost."""

    basis: Basis
    floor: Percent
    ceiling: Percent

    def corridor(self, *, price: Money | None, cost: Money | None) -> tuple[Money, Money] | None:
        """Floor and ceiling in whole tenge, both within the shares; ``None`` where none are."""
        amount = cost if self.basis is Basis.COST else price
        if amount is None:
            return None
        floor = -(-self.floor.of(amount).tiyn // TIYN_PER_TENGE)
        ceiling = self.ceiling.of(amount).tiyn // TIYN_PER_TENGE
        return (Money.tenge(floor), Money.tenge(ceiling)) if 0 < floor <= ceiling else None


def newcomers(sheet: Mapping[str, Any]) -> Newcomers | None:
    """What a sheet says of new products; ``None`` where it says nothing of them.

    Raises RulesContradict for a corridor of which a bound is missing, or the wrong way round.
    """
    if "new_from" not in sheet:
        return None
    if not sheet.keys() >= set(ENTRIES):
        raise RulesContradict(f"{' and '.join(ENTRIES[1:])} go with new_from")
    floor, ceiling = (Percent(round(sheet[name] * 100)) for name in ENTRIES[1:])
    if floor.hundredths > ceiling.hundredths:
        raise RulesContradict("new_floor_percent is above new_ceiling_percent")
    return Newcomers(Basis(sheet["new_from"]), floor, ceiling)
