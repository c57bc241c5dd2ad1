"""Products that a catalogue brings: the corridor they begin with, where their seller wants one."""

from collections.abc import Mapping

from django.db.models import Q

from cube_demper.kernel.money import Money
from kaspi.models import Store
from products.models import RuleSheet
from products.pricing.newcomers import newcomers
from products.pricing.sheets import Sheet, merged

MINIMUM_PRICE_TENGE = 10  # Kaspi's own minimum, as one source has it
MAXIMUM_PRICE_TENGE = 1_000_000_000
DEFAULT_STEP = Money.tenge(1)


def sheet_for_new(store: Store) -> Sheet:
    """What is said of a store's products before any of them says something itself."""
    rows = RuleSheet.rows.filter(Q(store=store) | Q(user=store.user_id, store=None))
    sheets: dict[int | None, Sheet] = dict(rows.values_list("store", "rules"))
    return merged(sheets.get(None, {}), sheets.get(store.pk, {}))


def first_corridor(sheet: Sheet, *, price: Money | None) -> Mapping[str, Money]:
    """The columns of the corridor that a product begins with; none where it gets none."""
    wanted = newcomers(sheet)
    cost = Money(sheet["cost_tiyn"]) if "cost_tiyn" in sheet else None
    found = None if wanted is None else wanted.corridor(price=price, cost=cost)
    if found is None:
        return {}
    floor, ceiling = found
    if floor < Money.tenge(MINIMUM_PRICE_TENGE) or ceiling > Money.tenge(MAXIMUM_PRICE_TENGE):
        return {}
    return {"floor": floor, "ceiling": ceiling, "step": DEFAULT_STEP}
