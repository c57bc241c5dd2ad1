"""Which rules hold for a product: its own sheet upon its store's upon its account's.

Where a city has a row of its own, its sheet lies upon its listing's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cube_demper.kernel.money import Money
from products.models import Product, RuleSheet, TariffTable
from products.pricing.gate import legal
from products.pricing.hours import ALMATY
from products.pricing.model import Corridor, CorridorEmpty
from products.pricing.rules import Rules, RulesContradict
from products.pricing.sheets import Sheet, merged, rules_from
from products.pricing.tariff import TARIFF_2026, Tariff, tariff_on


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The wider sheets of some sellers, and the tariff of a day: read once, used for many."""

    accounts: Mapping[int, Sheet]  # by user
    stores: Mapping[int, Sheet]
    tariff: Tariff

    @classmethod
    def of(cls, user_ids: Iterable[int], *, now: datetime) -> "Rulebook":
        rows = RuleSheet.objects.across_users(reason="one look decides for every seller on a card")
        accounts, stores = dict[int, Sheet](), dict[int, Sheet]()
        for user_id, store_id, rules in rows.filter(user__in=set(user_ids)).values_list(
            "user_id", "store_id", "rules"
        ):
            if store_id is None:
                accounts[user_id] = rules
            else:
                stores[store_id] = rules
        return cls(accounts, stores, tariff_at(now))

    def sheet_of(self, product: Product) -> Sheet:
        """All that is said about a product. Its store and its listing must be loaded."""
        account = self.accounts.get(product.store.user_id, {})
        listing: Sheet = product.listing.rules if product.listing else {}
        return merged(account, self.stores.get(product.store_id, {}), listing, product.rules)

    def rules_of(self, product: Product, *, corridor: Corridor | None = None) -> Rules:
        """The rules for a product with a corridor, its own or another.

        Raises RulesContradict and CorridorEmpty where what is said does not go together.
        """
        corridor = corridor or product.corridor
        if corridor is None:
            raise ValueError(f"{product} has no corridor")
        return rules_from(self.sheet_of(product), corridor=corridor, tariff=self.tariff)

    def allows(self, product: Product, price: Money, *, at: datetime) -> bool:
        """May this price stand at Kaspi now? The gate before a push: says no in any doubt."""
        if product.corridor is None:
            return False
        try:
            return price in legal(self.rules_of(product), at)
        except (RulesContradict, CorridorEmpty):
            return False


def rules_of(product: Product, *, now: datetime) -> Rules:
    """The rules of one product that has a corridor. For many, load a Rulebook."""
    return Rulebook.of([product.store.user_id], now=now).rules_of(product)


def tariff_at(now: datetime) -> Tariff:
    """Kaspi's tariff on that day in Almaty: one that was imported, or the one we came with."""
    imported = [table.tariff for table in TariffTable.objects.order_by("valid_from")]
    return tariff_on(now.astimezone(ALMATY).date(), [TARIFF_2026, *imported])
