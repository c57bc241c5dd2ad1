"""What sellers write into their sheets of rules: checked against every product it holds for."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from kaspi.errors import StoreMissing
from kaspi.models import Store
from products.errors import RulesClash
from products.models import Change, ChangeState, Market, Product, RuleSheet
from products.pricing.model import CorridorEmpty
from products.pricing.newcomers import newcomers
from products.pricing.rules import RulesContradict
from products.pricing.sheets import Sheet, merged
from products.services.rulebook import Rulebook


def patched(sheet: Sheet, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The sheet with these entries; one that is ``None`` is taken off it."""
    return {name: said for name, said in {**sheet, **changes}.items() if said is not None}


def check_rules(products: Iterable[Product], *, book: Rulebook) -> None:
    """Raises RulesClash, with the product's sku, where a product would be left without rules."""
    for product in products:
        corridor = product.corridor
        if corridor is None:
            continue
        try:
            book.rules_of(product, corridor=corridor)
        except (RulesContradict, CorridorEmpty) as error:
            raise RulesClash(f"{product.sku}: {error}.") from error


def _check_newcomers(user: User) -> None:
    """Raises RulesClash where the sheets for a store would say nonsense of its new products."""
    rows = RuleSheet.rows.filter(user=user)  # also for stores that may come back
    sheets: dict[int | None, Sheet] = dict(rows.values_list("store", "rules"))
    account = sheets.pop(None, {})
    for sheet in ({}, *sheets.values()):
        try:
            newcomers(merged(account, sheet))
        except RulesContradict as error:
            raise RulesClash(f"{error}.") from error


def sheet_of(*, user: User, store_id: int | None) -> Sheet:
    """The seller's sheet for a store, or for the account. Raises StoreMissing."""
    _own_store(user, store_id)
    row = RuleSheet.objects.for_user(user).filter(store=store_id).first()
    return row.rules if row else {}


def change_sheet(
    *, user: User, store_id: int | None, changes: Mapping[str, Any], now: datetime
) -> Sheet:
    """Write into the seller's sheet for a store, or for the account, and look soon.

    Raises StoreMissing for a foreign id and RulesClash; then nothing is written.
    """
    _own_store(user, store_id)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # one writer of a seller's sheets
        row = RuleSheet.objects.for_user(user).filter(store=store_id).first()
        row = row or RuleSheet(user=user, store_id=store_id)
        sheet = patched(row.rules, changes)
        audit.record(
            seller=user,
            action="rules.changed",
            subject="account" if store_id is None else "store",
            subject_id=user.pk if store_id is None else store_id,
            changes=audit.differences(row.rules, sheet),
            now=now,
        )
        row.rules, row.changed_at = sheet, now
        row.save()
        _check_newcomers(user)
        own = Product.objects.for_user(user).select_related("store", "listing").exclude(floor=None)
        touched = own if store_id is None else own.filter(store=store_id)
        columns = ("sku", "rules", "floor", "ceiling", "step", "store__user", "listing__rules")
        check_rules(touched.only(*columns), book=Rulebook.of([user.pk], now=now))
        markets = Market.objects.filter(pk__in=touched.values("market"), next_look_at__gt=now)
        ids = list(markets.select_for_update().order_by("pk").values_list("pk", flat=True))
        Market.objects.filter(pk__in=ids).update(next_look_at=now)
        locked = touched.select_for_update(of=("self",)).order_by("pk")
        product_ids = list(locked.values_list("pk", flat=True))
        Product.rows.filter(pk__in=product_ids).update(edited_at=now, anchor=None, outside_at=None)
        if "mode" in changes:
            drop_unsent(product_ids, now=now)
    return sheet


def drop_unsent(product_ids: Iterable[int], *, now: datetime) -> None:
    """Drop what was decided for another mode and is not sent yet. Runs in a transaction."""
    unsent = (ChangeState.PROPOSED, ChangeState.PENDING)
    Change.rows.filter(product__in=list(product_ids), state__in=unsent).update(
        state=ChangeState.SUPERSEDED, settled_at=now
    )


def _own_store(user: User, store_id: int | None) -> None:
    if store_id is None:
        return
    if not Store.objects.for_user(user).filter(pk=store_id, released_at=None).exists():
        raise StoreMissing
